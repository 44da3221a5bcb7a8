//! The graph of a network as a trace describes it.
use super::run::RunResult;
use crate::vocabulary::axis;
use crate::vocabulary::place::attribute;
use serde::{Deserialize, Serialize};

/// Populations and the projections between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkGraph {
    /// All populations, the stimulus first.
    pub populations: Vec<PopulationEntry>,
    /// All projections, in the order of their weights.
    pub projections: Vec<ProjectionEntry>,
}

/// A population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationEntry {
    /// Its name.
    pub name: String,
    /// Channels, rows, columns.
    pub shape: [usize; 3],
}

/// A projection, by the numbers of its populations; 0 is the stimulus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectionEntry {
    /// The one that sends.
    pub from: usize,
    /// The one that receives.
    pub to: usize,
    /// How its array is used; traces of before maps were described have dense ones.
    #[serde(default)]
    pub map: MapEntry,
    /// Windows of what is read, of which the largest value counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pool: Option<WindowEntry>,
}

/// A linear map.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapEntry {
    /// Every unit to every unit.
    #[default]
    Dense,
    /// Features from a window that slides over an image.
    Convolution(ConvolutionEntry),
    /// Every unit to the one at its place, without synapses.
    Identity,
    /// A map of an image after average pooling.
    Pooled(PooledEntry),
}

/// A convolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvolutionEntry {
    /// Its window.
    pub window: WindowEntry,
    /// Groups of channels, each with features of its own.
    pub groups: usize,
}

/// A map after average pooling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PooledEntry {
    /// Windows whose mean is taken.
    pub average_pool: WindowEntry,
    /// The map of what they make.
    pub then: Box<MapEntry>,
}

/// A window over an image; all numbers are those of rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowEntry {
    /// Size of the image.
    pub input: [usize; 2],
    /// Size of what the windows make.
    pub output: [usize; 2],
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Distance of two windows.
    pub stride: [usize; 2],
    /// Distance of two taps of a window.
    pub dilation: [usize; 2],
    /// Places of zero before the first row and column.
    pub padding: [usize; 2],
}

impl PopulationEntry {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.shape.iter().product()
    }

    /// "8 x 14 x 14", or the number of units without places.
    pub fn size(&self) -> String {
        match self.shape {
            [channels, 1, 1] => channels.to_string(),
            shape => shape.map(|n| n.to_string()).join(" x "),
        }
    }
}

impl MapEntry {
    /// Whether it has an array of synapses.
    pub fn has_synapses(&self) -> bool {
        match self {
            Self::Dense | Self::Convolution(_) => true,
            Self::Identity => false,
            Self::Pooled(pooled) => pooled.then.has_synapses(),
        }
    }
}

impl NetworkGraph {
    /// Of a trace, if it describes one.
    pub fn of_run(run: &RunResult) -> Option<Self> {
        serde_json::from_str(&run.text(attribute::NETWORK)).ok().filter(Self::holds_together)
    }

    /// Whether projections go forward between populations that there are, whose units can be counted.
    fn holds_together(&self) -> bool {
        let goes_forward = |own: &ProjectionEntry| own.from < own.to && own.to < self.populations.len();
        let is_countable =
            |own: &PopulationEntry| own.shape.iter().try_fold(1u32, |n, &k| n.checked_mul(k.try_into().ok()?));
        self.projections.iter().all(goes_forward) && self.populations.iter().all(|own| is_countable(own).is_some())
    }

    /// Projections that arrive at population k, by their numbers from 0.
    pub fn arriving(&self, k: usize) -> Vec<usize> {
        (0..self.projections.len()).filter(|&p| self.projections[p].to == k).collect()
    }

    /// Whether every population is reached from the one before it alone.
    pub fn is_chain(&self) -> bool {
        let follows = |(k, own): (usize, &ProjectionEntry)| (own.from, own.to) == (k, k + 1);
        self.projections.len() == self.last() && self.projections.iter().enumerate().all(follows)
    }

    /// What people call a projection, by its number from 1: "layer 2" of a chain, else with what it connects.
    pub fn name(&self, projection: usize) -> String {
        let population = |k: usize| self.populations.get(k).map_or("", |own| own.name.as_str());
        match self.projections.get(projection.wrapping_sub(1)) {
            Some(own) if !self.is_chain() => {
                let (from, to) = (population(own.from), population(own.to));
                format!("{} {projection}, {from} -> {to}", axis::PROJECTION.name)
            }
            _ => format!("{} {projection}", axis::LAYER.name),
        }
    }

    /// The number of the output population.
    pub fn last(&self) -> usize {
        self.populations.len().saturating_sub(1)
    }
}
