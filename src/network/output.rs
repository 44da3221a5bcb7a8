//! The outputs: linear dyads that the teacher nudges.
//!
//! ```text
//! linearised   u± = a ∓ c± β ∂ℓ/∂a
//! proximal     u± = argmin_s ½‖s − a‖² ± c± β ℓ(s, y)
//! ```
//!
//! See [`super::credit_rule`] for the shares c±.
use super::credit_rule::{LossGradientAt, OutputNudge};
use super::loss::Loss;
use super::state::LayerTile;
use crate::linalg::MatrixView;

/// Constants of a visit to the outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputStep {
    pub loss: Loss,
    /// c⁺β
    pub plus: f32,
    /// c⁻β
    pub minus: f32,
    pub alpha: f32,
    pub nudge: OutputNudge,
}

impl OutputStep {
    /// Makes u± of outputs whose compartments receive a± of their own, in place of a±. `states` are s± as they stand,
    /// `shares` c±β of every output, `teacher_noise(output, ±1)` what is added to the target that a compartment sees.
    /// A proximal nudge takes the nominal shares: its argmin couples all outputs.
    pub fn nudge_pair(
        &self,
        [a_plus, a_minus]: [&mut [f32]; 2],
        [s_plus, s_minus]: [&[f32]; 2],
        targets: &[f32],
        gradient: &mut [f32],
        [share_plus, share_minus]: [&[f32]; 2],
        teacher_noise: impl Fn(usize, f32) -> f32,
    ) {
        let outputs = a_plus.len();
        match self.nudge {
            OutputNudge::Linearised(linearised) => {
                let between = |plus: &[f32], minus: &[f32]| -> Vec<f32> {
                    plus.iter().zip(minus).map(|(plus, minus)| minus + MIDDLE * (plus - minus)).collect()
                };
                match linearised.loss_gradient_at {
                    LossGradientAt::CurrentDrive => self.loss.gradient(&between(a_plus, a_minus), targets, gradient),
                    LossGradientAt::MeanState => self.loss.gradient(&between(s_plus, s_minus), targets, gradient),
                    LossGradientAt::InitialForward => {}
                }
                for i in 0..outputs {
                    a_plus[i] -= share_plus[i] * (gradient[i] - teacher_noise(i, 1.0));
                    a_minus[i] += share_minus[i] * (gradient[i] - teacher_noise(i, -1.0));
                }
            }
            OutputNudge::Proximal => {
                // ℓ is linear in the target: noise t on it shifts a by c t.
                for i in 0..outputs {
                    a_plus[i] += self.plus * teacher_noise(i, 1.0);
                    a_minus[i] -= self.minus * teacher_noise(i, -1.0);
                }
                let mut u = vec![0.0; outputs];
                self.loss.proximal(a_plus, targets, self.plus, &mut u);
                a_plus.copy_from_slice(&u);
                self.loss.proximal(a_minus, targets, -self.minus, &mut u);
                a_minus.copy_from_slice(&u);
            }
        }
    }
}

/// Where between the compartments the loss gradient is taken, and the mean of outputs without a nudge.
const MIDDLE: f32 = 0.5;

/// Sets s± = u± on ideal hardware; without a nudge u± = a.
pub(crate) fn visit_outputs(step: Option<OutputStep>, bias: &[f32], targets: MatrixView, tile: &mut LayerTile) {
    for j in 0..tile.samples() {
        let y = targets.column(j);
        let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
        let (mut mean, mut difference) = (tile.mean.column_mut(j), tile.difference.column_mut(j));
        let (drive, mut gradient) = (tile.drive.column(j), tile.feedback.column_mut(j));
        let (s_plus, s_minus) = (s_plus.as_mut_slice(), s_minus.as_mut_slice());
        let (mean, difference) = (mean.as_mut_slice(), difference.as_mut_slice());
        let (y, gradient) = (y.as_slice(), gradient.as_mut_slice());
        // Until the end `mean` holds the drive with its bias, `difference` serves as scratch.
        if let Some(OutputStep { nudge: OutputNudge::Linearised(l), loss, .. }) = step
            && l.loss_gradient_at == LossGradientAt::MeanState
        {
            for i in 0..bias.len() {
                difference[i] = s_minus[i] + MIDDLE * (s_plus[i] - s_minus[i]);
            }
            loss.gradient(difference, y, gradient);
        }
        mean.iter_mut().zip(drive.iter().zip(bias)).for_each(|(a, (drive, bias))| *a = drive + bias);
        let alpha = match step {
            None => {
                s_plus.copy_from_slice(mean);
                s_minus.copy_from_slice(mean);
                MIDDLE
            }
            Some(OutputStep { nudge: OutputNudge::Linearised(l), loss, plus, minus, alpha }) => {
                if l.loss_gradient_at == LossGradientAt::CurrentDrive {
                    loss.gradient(mean, y, gradient);
                }
                for i in 0..bias.len() {
                    s_plus[i] = mean[i] - plus * gradient[i];
                    s_minus[i] = mean[i] + minus * gradient[i];
                }
                alpha
            }
            Some(OutputStep { nudge: OutputNudge::Proximal, loss, plus, minus, alpha }) => {
                loss.proximal(mean, y, plus, s_plus);
                loss.proximal(mean, y, -minus, s_minus);
                alpha
            }
        };
        for i in 0..bias.len() {
            difference[i] = s_plus[i] - s_minus[i];
            mean[i] = s_minus[i] + alpha * difference[i];
        }
    }
}
