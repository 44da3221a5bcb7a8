//! What a user asks to see.
use super::error::PlotError;
use crate::figure::Width;
use crate::vocabulary::axis;

/// A kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page of a run.
    Run,
    /// Learning curves.
    Curves,
    /// Angle of the gradient per layer.
    Angle,
    /// Histograms of weights.
    Weights,
    /// Flips and writes of synapses.
    Flips,
    /// States of chosen units.
    States,
    /// States of a whole layer.
    Raster,
    /// Lines over an axis of a sweep.
    Lines,
    /// Heat maps over two axes of a sweep.
    Map,
    /// Bars over an axis of a sweep.
    Bars,
    /// Share of chips that are good enough.
    Yield,
    /// How the points of a sweep ended.
    Verdict,
}

/// The files of a kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    Traces,
    Sweeps,
    Both,
}

/// Options of figures of sweeps whose axes can be chosen.
const AXES: &[&str] = &["--metric", "--x", "--panel", "--select", "--layer"];

/// (kind, its name, what it shows, its files, its options).
const KINDS: [(Kind, &str, &str, Files, &[&str]); 12] = [
    (Kind::Run, "run", "the page of a run: errors, loss, angles, dyad states", Files::Traces, &[]),
    (
        Kind::Curves,
        "curves",
        "a metric over the epochs, in sweeps with bands over the seeds",
        Files::Both,
        &["--metric", "--panel", "--select", "--layer"],
    ),
    (
        Kind::Angle,
        "angle",
        "angle of the gradient to backprop of every layer",
        Files::Both,
        &["--x", "--panel", "--select", "--layer"],
    ),
    (Kind::Weights, "weights", "histograms of the weights of every layer", Files::Traces, &["--layer"]),
    (Kind::Flips, "flips", "flips and writes of synapses", Files::Both, &["--x", "--panel", "--select", "--layer"]),
    (
        Kind::States,
        "states",
        "s⁺, s⁻, mean and difference of chosen units over time",
        Files::Traces,
        &["--layer", "--units", "--steps", "--select"],
    ),
    (
        Kind::Raster,
        "raster",
        "a signal of a whole layer over time, as a heat map",
        Files::Traces,
        &["--metric", "--layer", "--units", "--steps", "--select"],
    ),
    (Kind::Lines, "lines", "a metric over an axis, with error bars over the seeds", Files::Sweeps, AXES),
    (
        Kind::Map,
        "map",
        "a metric over two axes, as heat maps",
        Files::Sweeps,
        &["--metric", "--x", "--y", "--panel", "--select", "--layer"],
    ),
    (Kind::Bars, "bars", "a metric over one axis, as bars", Files::Sweeps, &["--metric", "--x", "--select", "--layer"]),
    (
        Kind::Yield,
        "yield",
        "share of seeds that reach a metric, over the threshold or over an axis at one threshold",
        Files::Sweeps,
        &["--metric", "--x", "--panel", "--select", "--layer", "--threshold"],
    ),
    (
        Kind::Verdict,
        "verdict",
        "how points ended, over one or two axes: converged, limit cycle, diverged, …",
        Files::Sweeps,
        &["--x", "--y", "--panel", "--select"],
    ),
];

impl Kind {
    fn row(self) -> &'static (Kind, &'static str, &'static str, Files, &'static [&'static str]) {
        // Every kind has a row, which a test checks.
        KINDS.iter().find(|row| row.0 == self).unwrap_or(&KINDS[0])
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The kind of this name.
    ///
    /// # Errors
    /// If there is none; the message lists all.
    pub fn parse(name: &str) -> Result<Self, PlotError> {
        let found = KINDS.iter().find(|row| row.1 == name).map(|row| row.0);
        found.ok_or_else(|| {
            let mut error =
                PlotError::unknown("--what", "kind of figure", name, KINDS.iter().map(|row| row.1.to_owned()));
            if let PlotError::Unknown { valid, .. } = &mut error {
                *valid = KINDS.iter().map(|row| format!("{} ({})", row.1, row.2)).collect();
            }
            error
        })
    }

    /// Names and descriptions of all kinds, one a line.
    pub fn table() -> String {
        let line = |(_, name, what, files, _): &(Kind, &str, &str, Files, &[&str])| {
            let files = match files {
                Files::Traces => "trace",
                Files::Sweeps => "sweep",
                Files::Both => "both ",
            };
            format!("  {name:<8} {files}  {what}\n")
        };
        KINDS.iter().map(line).collect()
    }

    fn fits(self, sweep: bool) -> bool {
        match self.row().3 {
            Files::Both => true,
            Files::Traces => !sweep,
            Files::Sweeps => sweep,
        }
    }

    /// Refuses files it cannot show.
    pub(super) fn check_file(self, sweep: bool) -> Result<(), PlotError> {
        if self.fits(sweep) {
            return Ok(());
        }
        let names = ["the trace of a run", "the result of a sweep"];
        let valid = KINDS.iter().filter(|row| row.0.fits(sweep)).map(|row| row.1).collect();
        let plural = ["traces", "sweeps"][usize::from(!sweep)];
        Err(PlotError::WrongFile { kind: self.name(), other: plural, file: names[usize::from(sweep)], valid })
    }
}

/// What a user asks to see; whatever is not given is chosen by the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// Kind of figure.
    pub kind: Option<Kind>,
    /// Variable.
    pub metric: Option<String>,
    /// Horizontal axis.
    pub x: Option<String>,
    /// Vertical axis of maps.
    pub y: Option<String>,
    /// Axis of the panels.
    pub panel: Option<String>,
    /// Values that axes are restricted to.
    pub select: Vec<Selected>,
    /// Layers.
    pub layer: Option<Vec<String>>,
    /// Units of the layer.
    pub units: Option<Vec<usize>>,
    /// First and last training step, both included.
    pub steps: Option<[f64; 2]>,
    /// What is good enough.
    pub threshold: Option<f64>,
    /// Width on paper.
    pub width: Option<Width>,
}

/// The values of an axis that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Axis.
    pub axis: String,
    /// Values, as they are written at the axis.
    pub values: Vec<String>,
}

impl Selected {
    /// From AXIS=VALUE or AXIS=VALUE,VALUE,….
    ///
    /// # Errors
    /// If there is no equals sign or no value.
    pub fn parse(text: &str) -> Result<Self, PlotError> {
        let values = |values: &str| values.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>();
        match text.split_once('=') {
            Some((axis, rest)) if !axis.is_empty() && !rest.is_empty() => {
                Ok(Self { axis: axis.trim().to_owned(), values: values(rest) })
            }
            _ => Err(PlotError::Form {
                option: "--select",
                given: text.to_owned(),
                expected: "AXIS=VALUE or AXIS=VALUE,VALUE",
            }),
        }
    }
}

/// Steps from FROM..TO; either may be missing.
///
/// # Errors
/// If it has another form.
pub fn parse_steps(text: &str) -> Result<[f64; 2], PlotError> {
    let wrong =
        || PlotError::Form { option: "--steps", given: text.to_owned(), expected: "FROM..TO, as 0..100 or 500.." };
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, none: f64| {
        if text.is_empty() { Ok(none) } else { text.parse::<u64>().map(|step| step as f64).map_err(|_| wrong()) }
    };
    let steps = [number(from, 0.0)?, number(to, f64::INFINITY)?];
    if steps[0] <= steps[1] { Ok(steps) } else { Err(wrong()) }
}

impl Request {
    /// The values an axis is restricted to.
    pub(super) fn selected(&self, name: &str) -> Option<(&'static str, &[String])> {
        let layer = self.layer.as_deref().filter(|_| axis::is_of_parts(name)).map(|values| ("--layer", values));
        layer.or_else(|| {
            self.select.iter().find(|selected| selected.axis == name).map(|selected| ("--select", &selected.values[..]))
        })
    }

    /// The layers asked for among those that there are; all if none was.
    pub(super) fn chosen_layers(&self, there: &[usize]) -> Result<Vec<usize>, PlotError> {
        let Some(given) = &self.layer else { return Ok(there.to_vec()) };
        let find = |text: &String| {
            let found = text.parse::<usize>().ok().filter(|layer| there.contains(layer));
            found.ok_or_else(|| {
                PlotError::unknown("--layer", axis::LAYER.name, text, there.iter().map(usize::to_string))
            })
        };
        given.iter().map(find).collect()
    }

    /// Refuses options that would change nothing.
    pub(super) fn check_options(&self, kind: Kind) -> Result<(), PlotError> {
        let given = [
            ("--metric", self.metric.is_some()),
            ("--x", self.x.is_some()),
            ("--y", self.y.is_some()),
            ("--panel", self.panel.is_some()),
            ("--select", !self.select.is_empty()),
            ("--layer", self.layer.is_some()),
            ("--units", self.units.is_some()),
            ("--steps", self.steps.is_some()),
            ("--threshold", self.threshold.is_some()),
            ("--width", self.width.is_some() && kind == Kind::Run),
        ];
        let options = kind.row().4;
        match given.iter().find(|(option, given)| *given && !options.contains(option)) {
            Some((option, _)) => {
                let width = (kind != Kind::Run).then_some("--width");
                let valid = options.iter().copied().chain(width).chain(["-o"]).collect();
                Err(PlotError::Idle { option, kind: kind.name(), valid })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_a_wrong_one_is_told_all() {
        for (kind, name, ..) in KINDS {
            assert_eq!((Kind::parse(name).unwrap(), kind.name()), (kind, name));
        }
        let message = Kind::parse("heatmap").unwrap_err().to_string();
        assert!(KINDS.iter().all(|row| message.contains(&format!("{} (", row.1))), "{message}");
        assert!(Kind::parse("curve").unwrap_err().to_string().contains("did you mean curves?"));
    }

    #[test]
    fn options_that_would_change_nothing_are_refused() {
        let request = Request { units: Some(vec![1]), ..Request::default() };
        let message = request.check_options(Kind::Map).unwrap_err().to_string();
        assert!(message.starts_with("--units changes nothing with --what map") && message.contains("--metric"));
        assert!(request.check_options(Kind::States).is_ok());
        assert!(Kind::Map.check_file(false).unwrap_err().to_string().contains("weights"));
        assert!(Kind::Weights.check_file(true).unwrap_err().to_string().contains("verdict"));
    }

    #[test]
    fn ranges_and_selections_have_their_form() {
        assert_eq!(parse_steps("5..9").unwrap(), [5.0, 9.0]);
        assert_eq!(parse_steps("..9").unwrap(), [0.0, 9.0]);
        assert_eq!(parse_steps("5..").unwrap(), [5.0, f64::INFINITY]);
        for wrong in ["5", "a..b", "9..5", "5..9..11"] {
            assert!(parse_steps(wrong).is_err(), "{wrong}");
        }
        let selected = Selected::parse("alpha=0, 0.5").unwrap();
        assert_eq!((selected.axis.as_str(), selected.values), ("alpha", vec!["0".to_owned(), "0.5".to_owned()]));
        assert!(Selected::parse("alpha").is_err() && Selected::parse("=3").is_err());
    }
}
