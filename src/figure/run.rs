//! What the page of a run shows: plain numbers and labels.
use super::error::FigureError;

/// What is drawn of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFigure {
    /// Name of the run.
    pub title: String,
    /// What sets the run apart: network, data, seed.
    pub subtitle: String,
    /// Epochs of the run; all curves share an axis that shows them all. May be empty.
    pub epochs: Vec<f64>,
    /// Fractions of samples classified correctly, 0 to 1, one curve per data set. Drawn as error rate in percent.
    pub accuracy: Vec<Curve>,
    /// Loss per sample, one curve per data set.
    pub loss: Vec<Curve>,
    /// Angle of the dyad gradient to the backprop gradient in degrees, one curve per layer.
    pub angles_deg: Vec<Curve>,
    /// Dyad states for one stimulus, one panel per layer.
    pub states: Vec<StatePanel>,
}

/// A quantity over the epochs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Written at the end of the line.
    pub label: String,
    /// Epochs, ascending; as many as `y`.
    pub x: Vec<f64>,
    /// Values; what is not finite, or beyond ±1e100, is a gap.
    pub y: Vec<f64>,
}

/// The dyad states of one layer for one stimulus.
///
/// Several updates are drawn as the course of the few units whose compartments differ most at the last update. A
/// single update is drawn as all units in ascending order of their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct StatePanel {
    /// Name of the layer.
    pub title: String,
    /// Weight of s⁺ in the mean α s⁺ + (1 − α) s⁻, 0 to 1.
    pub alpha: f64,
    /// Numbers of the updates, ascending. May be empty.
    pub updates: Vec<f64>,
    /// States s⁺, `[update][unit]`; units are numbered from 0.
    pub s_plus: Vec<Vec<f64>>,
    /// States s⁻, `[update][unit]`.
    pub s_minus: Vec<Vec<f64>>,
}

impl RunFigure {
    /// Checks that all lengths match.
    pub(super) fn check(&self) -> Result<(), FigureError> {
        for curve in self.accuracy.iter().chain(&self.loss).chain(&self.angles_deg) {
            let (epochs, values) = (curve.x.len(), curve.y.len());
            if epochs != values {
                return Err(FigureError::CurveLength { curve: curve.label.clone(), epochs, values });
            }
        }
        self.states.iter().try_for_each(StatePanel::check)
    }
}

impl StatePanel {
    /// Whether the course over several updates is drawn, not the units of one update.
    pub(super) fn is_course(&self) -> bool {
        self.updates.len() > 1
    }

    fn check(&self) -> Result<(), FigureError> {
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err(FigureError::Alpha { panel: self.title.clone(), alpha: self.alpha });
        }
        let updates = self.updates.len();
        let units = self.s_plus.first().map_or(0, Vec::len);
        for (states, rows) in [("s_plus", &self.s_plus), ("s_minus", &self.s_minus)] {
            let wrong = rows.iter().position(|row| row.len() != units);
            let got = match wrong {
                _ if rows.len() != updates => format!("{} updates", rows.len()),
                Some(update) => format!("{} units in row {update}", rows[update].len()),
                None => continue,
            };
            return Err(FigureError::StateShape { panel: self.title.clone(), states, updates, units, got });
        }
        Ok(())
    }
}
