//! What the chip of a learner does for the stimuli of its training and for an answer, before any of it is trained.
use super::divergence::Divergence;
use super::learner::Learner;
use super::stream_training::train_in_stream;
use crate::costs::Operations;
use crate::device::noise_key::Context;
use crate::linalg::{Matrix, MatrixView};
use crate::relax::NetworkState;

/// What the chip does for a forward pass of one stimulus, without learning.
pub fn operations_of_an_answer(learner: &Learner) -> Operations {
    let Learner { weights, inference, .. } = learner;
    let mut state = NetworkState::zeros(weights, 1, &inference.substrate);
    let inputs = Matrix::zeros(weights.populations()[0].units(), 1);
    state.begin(Context::EvaluationTest, 0);
    inference.prepared(weights).forward(&weights.folded(), inputs.as_view(), &mut state);
    state.take_operations()
}

/// What the chip does for the first `steps` training steps of this learner, which learns nothing that lasts: to train, and to
/// calibrate.
///
/// # Errors
/// If a state or weight leaves the finite range.
pub fn operations_of_training(
    learner: &mut Learner,
    inputs: MatrixView,
    targets: MatrixView,
    steps: u64,
) -> Result<[Operations; 2], Divergence> {
    for step in 0..steps {
        if learner.stream().is_some() {
            train_in_stream(learner, inputs, targets, 0.0, step, None)?;
        } else {
            learner.infer(inputs, targets, step, None)?;
        }
    }
    Ok(learner.take_operations())
}
