//! What a user asks to see.
use super::error::PlotError;
use super::kind::Kind;
use super::lengths::Limits;
use crate::figure::{Paper, Style};
use crate::results::statistics::ErrorKind;
use crate::vocabulary::axis;

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
    /// Axis of the lines, which colours tell apart.
    pub hue: Option<String>,
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
    /// What bands and bars around a mean over replicates show.
    pub error: Option<ErrorKind>,
    /// How it is dressed.
    pub dress: Dress,
    /// The paper it is made for.
    pub paper: Paper,
}

/// How a figure is dressed: what its axes say, where they end, and how distances along them are drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dress {
    /// What stands above the figure.
    pub title: Title,
    /// Name of the horizontal axis.
    pub x_label: Option<String>,
    /// Name of the vertical axis.
    pub y_label: Option<String>,
    /// Ends of the horizontal axis.
    pub x_limits: Option<Limits>,
    /// Ends of the vertical axis.
    pub y_limits: Option<Limits>,
    /// Distances along the horizontal axis.
    pub x_scale: Option<AxisScale>,
    /// Distances along the vertical axis.
    pub y_scale: Option<AxisScale>,
}

/// What stands above a figure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Title {
    /// The title of the experiment, and notes on what is drawn.
    #[default]
    Usual,
    /// Another title, and the notes.
    Own(String),
    /// Neither title nor notes: they are for the caption.
    None,
}

/// Distances along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisScale {
    /// Linear.
    Linear,
    /// Logarithmic.
    Log,
    /// Logarithmic, but for a linear part around zero.
    Symlog,
}

impl AxisScale {
    /// All by name.
    pub const ALL: [(&str, Self); 3] = [("linear", Self::Linear), ("log", Self::Log), ("symlog", Self::Symlog)];
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

    /// Refuses options that would change nothing in a figure of a sweep, or of a trace.
    pub(super) fn check_options(&self, kind: Kind, sweep: bool) -> Result<(), PlotError> {
        let (dress, paper) = (&self.dress, &self.paper);
        let given = [
            ("--metric", self.metric.is_some()),
            ("--x", self.x.is_some()),
            ("--y", self.y.is_some()),
            ("--hue", self.hue.is_some()),
            ("--panel", self.panel.is_some()),
            ("--select", !self.select.is_empty()),
            ("--layer", self.layer.is_some()),
            ("--units", self.units.is_some()),
            ("--steps", self.steps.is_some()),
            ("--threshold", self.threshold.is_some()),
            ("--error", self.error.is_some()),
            ("--xlabel", dress.x_label.is_some()),
            ("--ylabel", dress.y_label.is_some()),
            ("--xlim", dress.x_limits.is_some()),
            ("--ylim", dress.y_limits.is_some()),
            ("--xscale", dress.x_scale.is_some()),
            ("--yscale", dress.y_scale.is_some()),
            ("--width", paper.width.is_some()),
            ("--height", paper.height.is_some()),
            ("--font-size", paper.font_size.is_some()),
            ("--style", paper.style != Style::default()),
        ];
        let valid = kind.options(sweep);
        match given.iter().find(|(option, given)| *given && !valid.contains(option)) {
            Some((option, _)) => Err(PlotError::Idle { option, kind: kind.name(), valid }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_would_change_nothing_are_refused() {
        let request = Request { units: Some(vec![1]), ..Request::default() };
        let message = request.check_options(Kind::Map, true).unwrap_err().to_string();
        assert!(message.starts_with("--units changes nothing with --what map") && message.contains("--metric"));
        assert!(request.check_options(Kind::States, false).is_ok());
        let request = Request { paper: Paper { height: Some(2.0), ..Paper::default() }, ..Request::default() };
        assert!(request.check_options(Kind::Run, false).is_err() && request.check_options(Kind::Bars, true).is_ok());
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
