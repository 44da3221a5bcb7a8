//! What the targets make impossible in an experiment.
use super::measure::MeasureConfig;
use crate::data::{DataConfig, TargetKind};
use crate::dynamics::Loss;

/// What stands in the experiment next to the targets.
pub(super) struct Surroundings<'a> {
    pub data: &'a DataConfig,
    pub loss: Loss,
    pub is_supervised: bool,
    /// Whether training samples are held out.
    pub holds_out: bool,
    pub measure: &'a MeasureConfig,
}

/// Calls `conflict` with every key that does not go with the targets, and the rule.
pub(super) fn conflicts(around: &Surroundings, conflict: &mut impl FnMut(&str, String)) {
    let targets = around.data.targets;
    around.data.conflicts().into_iter().for_each(|(key, rule)| conflict(&key, rule));
    if around.holds_out && around.data.source.has_validation() {
        conflict(
            "training.validation",
            "is not used with a source that has a validation set of its own: remove it".into(),
        );
    }
    let name = match targets {
        TargetKind::Classes => return,
        TargetKind::Values => "values",
        TargetKind::Labels => "labels",
    };
    let fits = match targets {
        TargetKind::Values => around.loss == Loss::HalfSquaredError,
        _ => around.loss != Loss::SoftmaxCrossEntropy,
    };
    if !fits {
        let other = if targets == TargetKind::Labels { "\"sigmoid_cross_entropy\" or " } else { "" };
        conflict("loss", format!("must be {other}\"half_squared_error\" with data.targets \"{name}\""));
    }
    if !around.is_supervised {
        conflict("data.targets", "is not used with objective \"reconstruction\": remove it".into());
    }
    let measure = around.measure;
    for (key, is_given) in [
        ("measure.robustness", measure.robustness.is_some()),
        ("measure.target_accuracy", measure.target_accuracy.is_some() && targets == TargetKind::Values),
        ("measure.float_twin", measure.float_twin.flatten().is_some()),
    ] {
        if is_given {
            conflict(key, format!("is for classes, not for data.targets \"{name}\": remove it"));
        }
    }
}
