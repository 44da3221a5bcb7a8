//! The sweep file: one question asked of many experiments. Field documentation is what the JSON Schema says.
use super::axis::AxisConfig;
use super::settings::Settings;
use crate::config::strict::{CrossCheck, Violation};
use crate::parameter::{SchemaVersion, Size};
use crate::random::Seeds;
use crate::vocabulary::{axis, seed, state};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A sweep: variations of one experiment along axes, repeated with other seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepConfig {
    /// Address of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Version of this format: 2.
    pub schema_version: SchemaVersion,
    /// One line for tables and figures.
    pub title: String,
    /// What is asked, and what is expected.
    #[serde(default)]
    pub description: String,
    /// File of the experiment that all points vary, relative to this file.
    pub base: PathBuf,
    /// Settings in which all points differ from the base: dotted keys and values, as of `--set`.
    #[serde(default)]
    pub set: Settings,
    /// What varies.
    pub axes: Vec<AxisConfig>,
    /// Which points of the space of the axes are made.
    #[serde(default)]
    pub sampling: Sampling,
    /// How often every point is repeated, and with which seeds.
    #[serde(default)]
    pub replicates: Replicates,
    /// A network that is trained once and whose weights every point begins with, unless it sets
    /// `network.initial_weights` itself.
    #[serde(default)]
    pub trained: Option<Trained>,
    /// What is kept, and where.
    #[serde(default)]
    pub output: SweepOutput,
}

/// Which points of the space of the axes are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// All combinations (Cartesian product).
    #[default]
    Grid,
    /// Points drawn independently: uniformly from lists and linear ranges, with uniform logarithm from logarithmic ones.
    Random(Draws),
    /// Latin hypercube: as `random`, but every axis is cut into as many equally probable strata as there are points, and
    /// each is met once (McKay, Beckman & Conover, Technometrics 1979).
    LatinHypercube(Draws),
}

/// Points that are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draws {
    /// How many.
    pub count: Size,
    /// Seed of the drawing.
    #[serde(default = "one")]
    pub seed: u64,
}

fn one() -> u64 {
    1
}

impl Sampling {
    /// The drawing, unless it is a grid.
    pub fn draws(self) -> Option<Draws> {
        match self {
            Self::Grid => None,
            Self::Random(draws) | Self::LatinHypercube(draws) => Some(draws),
        }
    }
}

/// Repetitions of every point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicates {
    /// How many.
    pub count: Size,
    /// Which seeds differ between them; the others are those of the base.
    pub vary: Vec<SeedKind>,
    /// The n-th replicate of every point has the same seeds, so that points differ by their settings alone. Otherwise
    /// every run has seeds of its own.
    #[serde(default = "yes")]
    pub common_random_numbers: bool,
}

fn yes() -> bool {
    true
}

impl Default for Replicates {
    fn default() -> Self {
        Self { count: Size::constant(1), vary: vec![], common_random_numbers: true }
    }
}

/// One of the four seeds of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeedKind {
    /// Order of the samples, validation split, built-in digits.
    Data,
    /// Initial weights.
    Init,
    /// Device mismatch.
    Chip,
    /// Temporal noise.
    Noise,
}

impl SeedKind {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Data, Self::Init, Self::Chip, Self::Noise];

    /// That of these seeds.
    pub(super) fn of(self, seeds: &mut Seeds) -> &mut u64 {
        match self {
            Self::Data => &mut seeds.data,
            Self::Init => &mut seeds.init,
            Self::Chip => &mut seeds.chip,
            Self::Noise => &mut seeds.noise,
        }
    }

    /// Its name in `seeds`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => seed::DATA.key,
            Self::Init => seed::INIT.key,
            Self::Chip => seed::CHIP.key,
            Self::Noise => seed::NOISE.key,
        }
    }
}

/// A network that is trained once, before the points.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trained {
    /// Settings in which its training differs from the base.
    pub set: Settings,
}

/// What is kept, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SweepOutput {
    /// Folder, relative to this file; the first free one of runs/NAME, runs/NAME-2, … unless given.
    pub directory: Option<PathBuf>,
    /// Keep the trace of every point, in points/NUMBER/trace.h5.
    pub traces: bool,
    /// Draw figure.svg and figure.png.
    pub figure: bool,
}

impl Default for SweepOutput {
    fn default() -> Self {
        Self { directory: None, traces: false, figure: true }
    }
}

/// Names in braces.
fn placeholders(key: &str) -> impl Iterator<Item = &str> {
    key.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

fn has_inserts(axes: &[AxisConfig], name: &str) -> bool {
    axes.iter().any(|axis| axis.name == name && axis.has_inserts())
}

/// Names of axes and columns that the result has itself.
const RESERVED: [&str; 11] = [
    axis::DRAWN_SAMPLE.name,
    axis::REPLICATE.name,
    axis::EPOCH.name,
    axis::LAYER.name,
    axis::PROJECTION.name,
    axis::POINT.name,
    state::STATUS.name,
    "metric",
    "value",
    state::MESSAGE.name,
    state::SETTINGS.name,
];

impl CrossCheck for SweepConfig {
    fn cross_check(&self) -> Vec<Violation> {
        let mut broken = vec![];
        let mut violate = |key: String, rule: String| broken.push(Violation { key, rule });
        for (i, axis) in self.axes.iter().enumerate() {
            let plain = axis.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain || !axis.name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let rule = "must be a letter followed by letters, digits and _";
                violate(format!("axes[{i}].name"), rule.to_owned());
            } else if RESERVED.contains(&axis.name.as_str()) {
                violate(format!("axes[{i}].name"), "is a name that the result needs itself; take another".to_owned());
            } else if self.axes[..i].iter().any(|earlier| earlier.name == axis.name) {
                violate(format!("axes[{i}].name"), "is the name of an earlier axis; take another".to_owned());
            }
            for (k, key) in axis.keys.iter().enumerate() {
                if let Some(name) = placeholders(key).find(|name| !has_inserts(&self.axes, name)) {
                    let rule =
                        format!("holds {{{name}}}, but there is no axis {name:?} all of whose points have `insert`");
                    violate(format!("axes[{i}].keys[{k}]"), rule);
                }
            }
            axis.cross_check(self.sampling.draws().is_some(), &mut |key: &str, rule: &str| {
                violate(format!("axes[{i}].{key}"), rule.to_owned());
            });
        }
        let Replicates { count, vary, .. } = &self.replicates;
        if count.get() > 1 && vary.is_empty() {
            let rule = "must name the seeds that differ between the replicates: data, init, chip, noise";
            violate("replicates.vary".to_owned(), rule.to_owned());
        }
        if (1..vary.len()).any(|i| vary[..i].contains(&vary[i])) {
            violate("replicates.vary".to_owned(), "names a seed twice".to_owned());
        }
        broken
    }
}
