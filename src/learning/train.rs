//! One training step, in a stream or not.
use super::divergence::Divergence;
use super::learner::Learner;
use super::stream_training::train_in_stream;
use crate::linalg::MatrixView;

/// One training step: infers the states for a mini-batch and learns from them with `rate`, in a stream at the same
/// time. `step` counts the steps from 0; shapes as in [`Learner::infer`].
///
/// # Errors
/// If a state or weight leaves the finite range.
pub fn train(
    learner: &mut Learner,
    inputs: MatrixView,
    targets: MatrixView,
    rate: f64,
    step: u64,
) -> Result<(), Divergence> {
    if learner.stream().is_some() {
        return train_in_stream(learner, inputs, targets, rate, step, None);
    }
    learner.infer(inputs, targets, step, None)?;
    learner.update(rate, step)
}
