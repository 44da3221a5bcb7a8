//! The quantities that are measured.
use super::consumption;
use super::term::{Format, Term};

/// Loss, accuracy or another score of each set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// What the sets have in common.
    pub label: &'static str,
    /// Of each set.
    pub of_sets: &'static [(&'static str, Term)],
}

/// Name of the training set.
pub const TRAINING: &str = "train";
/// Name of the validation set.
pub const VALIDATION: &str = "validation";
/// Name of the test set.
pub const TEST: &str = "test";

/// Accuracy on the test set.
pub const TEST_ACCURACY: Term = Term::accuracy("test_accuracy", "accuracy on the test set");
/// Accuracy on the training set.
pub const TRAIN_ACCURACY: Term = Term::accuracy("train_accuracy", "accuracy on the training set");
/// Accuracy on the validation set.
pub const VALIDATION_ACCURACY: Term = Term::accuracy("validation_accuracy", "accuracy on the validation set");
/// Loss on the test set.
pub const TEST_LOSS: Term = Term::new("test_loss", "mean loss on the test set");
/// Loss on the training set.
pub const TRAIN_LOSS: Term = Term::new("train_loss", "mean loss on the training set");
/// Loss on the validation set.
pub const VALIDATION_LOSS: Term = Term::new("validation_loss", "mean loss on the validation set");
/// Energy on the training set.
pub const TRAIN_ENERGY: Term = Term::new("train_energy", "mean least energy on the training set");
/// Energy on the test set.
pub const TEST_ENERGY: Term = Term::new("test_energy", "mean least energy on the test set");
/// Reconstruction of the training inputs.
pub const TRAIN_RECONSTRUCTION_ERROR: Term = Term::new(
    "train_reconstruction_error",
    "mean squared error of the reconstructed inputs over their square, on the training set",
)
.format(Format::Percent);
/// Reconstruction of the test inputs.
pub const TEST_RECONSTRUCTION_ERROR: Term = Term::new(
    "test_reconstruction_error",
    "mean squared error of the reconstructed inputs over their square, on the test set",
)
.format(Format::Percent);

/// R² on the test set.
pub const TEST_R2: Term = Term::r2("test_r2", "coefficient of determination R² on the test set, mean over the outputs");
/// R² on the training set.
pub const TRAIN_R2: Term =
    Term::r2("train_r2", "coefficient of determination R² on the training set, mean over the outputs");
/// R² on the validation set.
pub const VALIDATION_R2: Term =
    Term::r2("validation_r2", "coefficient of determination R² on the validation set, mean over the outputs");
/// Error on the test set.
pub const TEST_RMSE: Term =
    Term::new("test_rmse", "root of the mean squared error on the test set, in units of the targets");
/// Error on the training set.
pub const TRAIN_RMSE: Term =
    Term::new("train_rmse", "root of the mean squared error on the training set, in units of the targets");
/// Error on the validation set.
pub const VALIDATION_RMSE: Term =
    Term::new("validation_rmse", "root of the mean squared error on the validation set, in units of the targets");
/// F1 on the test set.
pub const TEST_F1: Term = Term::accuracy("test_f1", "F1 over all labels of all samples of the test set");
/// F1 on the training set.
pub const TRAIN_F1: Term = Term::accuracy("train_f1", "F1 over all labels of all samples of the training set");
/// F1 on the validation set.
pub const VALIDATION_F1: Term =
    Term::accuracy("validation_f1", "F1 over all labels of all samples of the validation set");

/// Loss, accuracy, R², RMSE and F1 of the training set; those that its targets have are measured.
pub const TRAIN_SCORES: [Term; 5] = [TRAIN_LOSS, TRAIN_ACCURACY, TRAIN_R2, TRAIN_RMSE, TRAIN_F1];
/// The same of the validation set.
pub const VALIDATION_SCORES: [Term; 5] =
    [VALIDATION_LOSS, VALIDATION_ACCURACY, VALIDATION_R2, VALIDATION_RMSE, VALIDATION_F1];
/// The same of the test set.
pub const TEST_SCORES: [Term; 5] = [TEST_LOSS, TEST_ACCURACY, TEST_R2, TEST_RMSE, TEST_F1];

/// R² of every set.
pub const R2: Scores =
    Scores { label: "R²", of_sets: &[(TRAINING, TRAIN_R2), (VALIDATION, VALIDATION_R2), (TEST, TEST_R2)] };

/// Accuracy of every set.
pub const ACCURACY: Scores = Scores {
    label: "accuracy",
    of_sets: &[(TRAINING, TRAIN_ACCURACY), (VALIDATION, VALIDATION_ACCURACY), (TEST, TEST_ACCURACY)],
};
/// Loss of every set.
pub const LOSS: Scores =
    Scores { label: "loss", of_sets: &[(TRAINING, TRAIN_LOSS), (VALIDATION, VALIDATION_LOSS), (TEST, TEST_LOSS)] };
/// Energy of every set, of a network without supervision.
pub const ENERGY: Scores = Scores { label: "energy", of_sets: &[(TRAINING, TRAIN_ENERGY), (TEST, TEST_ENERGY)] };
/// Reconstruction error of every set, of a network without supervision.
pub const RECONSTRUCTION_ERROR: Scores = Scores {
    label: "reconstruction error",
    of_sets: &[(TRAINING, TRAIN_RECONSTRUCTION_ERROR), (TEST, TEST_RECONSTRUCTION_ERROR)],
};

impl Scores {
    /// That of a set.
    pub fn of(&self, set: &str) -> Option<&'static Term> {
        self.of_sets.iter().find(|(name, _)| *name == set).map(|(_, term)| term)
    }
}

/// Accuracy without deviations of the devices.
pub const TEST_ACCURACY_IDEAL_DEVICES: Term =
    Term::accuracy("test_accuracy_ideal_devices", "accuracy on the test set if every synapse held its level exactly");
/// Accuracy of the twin.
pub const TEST_ACCURACY_FLOAT_TWIN: Term =
    Term::accuracy("test_accuracy_float_twin", "accuracy on the test set of the twin with float synapses");

/// Direction of the gradient.
pub const ANGLE: Term = Term::new("angle_deg", "angle of the local gradient to the backprop gradient")
    .units("degree")
    .label_as("angle to backprop")
    .format(Format::Angle);
/// Direction of the gradient after every update.
pub const ANGLE_AFTER_UPDATE: Term =
    ANGLE.described_as("angle of the local gradient to the backprop gradient after every update");
/// Cosine of that angle.
pub const COSINE: Term = Term::new("cosine", "cosine of the local gradient with the backprop gradient")
    .label_as("cosine with backprop")
    .format(Format::Linear)
    .higher_is_better();
/// Size of the gradient.
pub const NORM_RATIO: Term = Term::new("norm_ratio", "norm of the local gradient over that of the backprop gradient")
    .label_as("norm over that of backprop");

/// Norm of all weights together.
pub const PRODUCT_OPERATOR_NORM: Term =
    Term::new("product_operator_norm", "largest singular value of the product of all weight matrices");
/// Norm of the weights of a layer.
pub const SPECTRAL_NORM: Term = Term::new("spectral_norm", "largest singular value of the weight matrix");
/// Stability of nudged outputs.
pub const NUDGING_GAIN: Term = Term::new(
    "nudging_gain",
    "growth of a deviation of the outputs in a round of updates, linearised near the activities; inference is stable below 1",
)
.label_as("nudging gain |1−2α| γ c λ");

/// What a probe of inference found.
pub const VERDICT: Term =
    Term::new("verdict", "inference of the probe stimuli: 1 converged, 2 limit_cycle, 3 diverged, 4 undecided")
        .format(Format::Verdict);
/// Length of a probe.
pub const VERDICT_PASSES: Term = Term::new("verdict_passes", "passes of the schedule until the verdict");
/// Motion at the end of a probe.
pub const VERDICT_RESIDUAL: Term =
    Term::new("verdict_residual", "change of all states in the last pass over their norm");
/// Length of a limit cycle.
pub const VERDICT_PERIOD: Term = Term::new("verdict_period", "passes in the limit cycle");

/// Motion of the states in an update.
pub const RESIDUAL: Term = Term::new("residual", "root mean square over samples of |s(t+1) - s(t)| of the update");
/// Motion of the states in the last update.
pub const LAST_RESIDUAL: Term =
    RESIDUAL.described_as("root mean square over samples of |s(t+1) - s(t)| of the last update");
/// What an update moved; no measurement of its own.
pub const UPDATED_LAYER: Term = Term::new("updated_layer", "layer of the update, 0 where several were updated at once");
/// Length of the inference of a lifted network.
pub const INFERENCE_PASSES: Term =
    Term::new("inference_passes", "passes of inference at the last training step of the epoch, both phases");
/// End of the inference of a lifted network.
pub const INFERENCE_RESIDUAL: Term = Term::new(
    "inference_residual",
    "change of all states in the last pass of inference over their norm, the larger of both phases",
);

/// Flips of synapses.
pub const FLIPS_PER_SYNAPSE: Term =
    Term::new("flips_per_synapse", "changes of level in the epoch, over the number of synapses");
/// Writes of synapses.
pub const WRITES_PER_SAMPLE: Term =
    Term::new("writes_per_sample", "attempts to write a synapse in the epoch, over the number of stimuli");

/// Events forward.
pub const EVENTS_FORWARD: Term =
    Term::new("events_forward", "values s̄ that dyads send as events, for a stimulus of training");
/// Events back.
pub const EVENTS_BACK: Term =
    Term::new("events_back", "values s⁺ − s⁻ that dyads send as events, for a stimulus of training");

/// How often a rule with a threshold acts.
pub const GRADIENTS_ABOVE_THRESHOLD: Term =
    Term::new("gradients_above_threshold", "share of the synapses whose gradient is above the threshold of their rule")
        .format(Format::Share);

/// Quality of the learning signal.
pub const DIFFERENCE_SNR: Term =
    Term::new("difference_snr", "power of the learning signal along the exact error over the power across it")
        .units("dB")
        .label_as("SNR of the difference")
        .higher_is_better();
/// The same as bits of a converter.
pub const DIFFERENCE_EFFECTIVE_BITS: Term =
    Term::new("difference_effective_bits", "resolution of a converter with that ratio, (SNR - 1.76)/6.02")
        .units("bit")
        .higher_is_better();
/// Clipping on the way into the arrays.
pub const DAC_CLIPPED: Term =
    Term::new("dac_clipped", "share of the values sent that a DAC clips").format(Format::Share);
/// Clipping on the way out of the arrays.
pub const ADC_CLIPPED: Term =
    Term::new("adc_clipped", "share of the products received that an ADC clips").format(Format::Share);
/// Clipping of states.
pub const RAIL_CLIPPED: Term =
    Term::new("rail_clipped", "share of the states at the supply rails").format(Format::Share);
/// Clipping of differences.
pub const DIFFERENCE_CLIPPED: Term =
    Term::new("difference_clipped", "share of the differences that the learning circuit clips").format(Format::Share);

/// Accuracy on what is attacked.
pub const ACCURACY_CLEAN: Term =
    Term::accuracy("accuracy_clean", "accuracy on the samples that are attacked, without perturbation");
/// Upper bound of the Lipschitz constant.
pub const LIPSCHITZ_CERTIFIED: Term =
    Term::new("lipschitz_certified", "upper bound of the Lipschitz constant, the product of the norms of all weights");
/// Local Lipschitz constant.
pub const LIPSCHITZ_LOCAL: Term = Term::new("lipschitz_local", "largest norm of the Jacobian at a sample");
/// Mean local Lipschitz constant.
pub const LIPSCHITZ_LOCAL_MEAN: Term = Term::new("lipschitz_local_mean", "mean norm of the Jacobian over the samples");
/// Lower bound of the Lipschitz constant.
pub const LIPSCHITZ_PAIRS: Term =
    Term::new("lipschitz_pairs", "largest ratio found of the distances of outputs and inputs of two points");
/// Certified radius.
pub const CERTIFIED_RADIUS_MEAN: Term =
    Term::new("certified_radius_mean", "mean over the samples of the radius in L2 within which the class is certain")
        .higher_is_better();

/// Accuracies against perturbations whose size one norm measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnderPerturbation {
    /// What figures call the size.
    pub label: &'static str,
    /// What tables call the norm.
    pub norm: &'static str,
    /// Random noise.
    pub noise: Term,
    /// One step along the gradient.
    pub fgsm: Term,
    /// Steps along the gradient.
    pub pgd: Term,
    /// Certain at this size.
    pub certified: Term,
    /// PGD over all valid inputs, which tells masked gradients.
    pub pgd_huge: Term,
}

impl UnderPerturbation {
    /// Those along the sizes, with what figures and tables call them, from above to below if all is well.
    pub fn curves(&self) -> [(&'static str, Term); 4] {
        [("random noise", self.noise), ("FGSM", self.fgsm), ("PGD", self.pgd), ("certified", self.certified)]
    }
}

const NOISE: &str = "samples that are right under all draws of random noise of this size";
const FGSM: &str = "samples that are right after one step of this size along the gradient";
const PGD: &str = "samples that are right under PGD of this size";
const CERTIFIED: &str = "samples that are certain to be right at this size";

/// Against perturbations in L2.
pub const UNDER_L2: UnderPerturbation = UnderPerturbation {
    label: "ε in L2",
    norm: "L2",
    noise: Term::accuracy("accuracy_noise_l2", NOISE),
    fgsm: Term::accuracy("accuracy_fgsm_l2", FGSM),
    pgd: Term::accuracy("accuracy_pgd_l2", PGD),
    certified: Term::accuracy("certified_accuracy_l2", CERTIFIED),
    pgd_huge: Term::accuracy(
        "accuracy_pgd_huge_l2",
        "accuracy under PGD in L2 that spans all valid inputs; not near 0: masked gradient",
    ),
};
/// Against perturbations in the maximum norm.
pub const UNDER_LINF: UnderPerturbation = UnderPerturbation {
    label: "ε in the maximum norm",
    norm: "L∞",
    noise: Term::accuracy("accuracy_noise_linf", NOISE),
    fgsm: Term::accuracy("accuracy_fgsm_linf", FGSM),
    pgd: Term::accuracy("accuracy_pgd_linf", PGD),
    certified: Term::accuracy("certified_accuracy_linf", CERTIFIED),
    pgd_huge: Term::accuracy(
        "accuracy_pgd_huge_linf",
        "accuracy under PGD in the maximum norm that spans all valid inputs",
    ),
};

/// When a run diverged.
pub const DIVERGED_STEP: Term = Term::new("diverged_step", "training step at which the run diverged")
    .label_as("step of divergence")
    .higher_is_better();
/// Where a run diverged.
pub const DIVERGED_LAYER: Term = Term::new("diverged_layer", "layer in which the run diverged");

fn all() -> impl Iterator<Item = &'static Term> {
    METRICS.iter().chain(&consumption::ALL)
}

/// A measurement by its name.
pub fn find(name: &str) -> Option<&'static Term> {
    all().find(|term| term.name == name)
}

/// The place of a measurement in the order in which they are offered; unknown ones come last.
pub fn rank(name: &str) -> usize {
    all().position(|term| term.name == name).unwrap_or(usize::MAX)
}

/// All measurements but those of [`consumption`], which follow them, in the order in which they are offered; where there is no
/// room for all, the first ones are kept.
pub static METRICS: [Term; 64] = [
    TEST_ACCURACY,
    TRAIN_ACCURACY,
    VALIDATION_ACCURACY,
    TEST_LOSS,
    TRAIN_LOSS,
    ANGLE,
    PRODUCT_OPERATOR_NORM,
    NUDGING_GAIN,
    VERDICT,
    RESIDUAL,
    FLIPS_PER_SYNAPSE,
    DIFFERENCE_SNR,
    SPECTRAL_NORM,
    NORM_RATIO,
    VALIDATION_LOSS,
    TEST_ACCURACY_IDEAL_DEVICES,
    TEST_ACCURACY_FLOAT_TWIN,
    TEST_R2,
    TRAIN_R2,
    VALIDATION_R2,
    TEST_RMSE,
    TRAIN_RMSE,
    VALIDATION_RMSE,
    TEST_F1,
    TRAIN_F1,
    VALIDATION_F1,
    TEST_RECONSTRUCTION_ERROR,
    TRAIN_RECONSTRUCTION_ERROR,
    TEST_ENERGY,
    TRAIN_ENERGY,
    INFERENCE_PASSES,
    INFERENCE_RESIDUAL,
    COSINE,
    VERDICT_PASSES,
    VERDICT_RESIDUAL,
    VERDICT_PERIOD,
    UPDATED_LAYER,
    WRITES_PER_SAMPLE,
    EVENTS_FORWARD,
    EVENTS_BACK,
    GRADIENTS_ABOVE_THRESHOLD,
    DIFFERENCE_EFFECTIVE_BITS,
    DAC_CLIPPED,
    ADC_CLIPPED,
    RAIL_CLIPPED,
    DIFFERENCE_CLIPPED,
    ACCURACY_CLEAN,
    LIPSCHITZ_CERTIFIED,
    LIPSCHITZ_LOCAL,
    LIPSCHITZ_LOCAL_MEAN,
    LIPSCHITZ_PAIRS,
    CERTIFIED_RADIUS_MEAN,
    UNDER_L2.noise,
    UNDER_L2.fgsm,
    UNDER_L2.pgd,
    UNDER_L2.certified,
    UNDER_L2.pgd_huge,
    UNDER_LINF.noise,
    UNDER_LINF.fgsm,
    UNDER_LINF.pgd,
    UNDER_LINF.certified,
    UNDER_LINF.pgd_huge,
    DIVERGED_STEP,
    DIVERGED_LAYER,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measurement_stands_once_and_is_described() {
        for (place, term) in METRICS.iter().enumerate() {
            assert_eq!(rank(term.name), place, "{} stands twice", term.name);
            assert!(!term.long_name.is_empty() && !term.label().contains('_'), "{term:?}");
        }
        for scores in [ACCURACY, R2, LOSS, ENERGY, RECONSTRUCTION_ERROR] {
            assert!(scores.of_sets.iter().all(|(set, term)| find(term.name) == scores.of(set)), "{scores:?}");
        }
    }
}
