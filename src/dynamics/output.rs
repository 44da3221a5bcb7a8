//! The outputs: linear dyads that the teacher nudges.
//!
//! ```text
//! linearised   u± = a ∓ c± β ∂ℓ/∂a
//! proximal     u± = argmin_s ½‖s − a‖² ± c± β ℓ(s, y)
//! ```
//!
//! See [`crate::credit`] for the shares c±.
use super::kernel::Dyad;
use super::loss::Loss;
use super::moves::MoveWatch;
use super::tile::Tile;
use crate::linalg::MatrixView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// How the loss nudges the outputs away from their drive a.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputNudge {
    /// s± = a ∓ c±β ∂ℓ/∂a
    Linearised(Linearised),
    /// s± = argmin ½‖s − a‖² ± c±β ℓ(s): exact, but has no minimiser for s⁻ once c⁻β ≥ 1
    Proximal,
}

impl Default for OutputNudge {
    fn default() -> Self {
        Self::Linearised(Linearised::default())
    }
}

impl OutputNudge {
    /// Whether the loss gradient is taken there.
    pub(crate) fn takes_gradient_at(self, at: LossGradientAt) -> bool {
        matches!(self, Self::Linearised(linearised) if linearised.loss_gradient_at == at)
    }
}

/// Settings of the linearised output nudge.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Linearised {
    /// Where ∂ℓ/∂a is taken.
    pub loss_gradient_at: LossGradientAt,
}

/// Where the loss gradient of a linearised nudge is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossGradientAt {
    /// At the drive of the update (the 2024 JAX code for `dp`, and its Julia script).
    #[default]
    CurrentDrive,
    /// Once, at the outputs of the initial forward pass (the 2024 JAX code for `dp_transpose` and `damped_dp`).
    InitialForward,
    /// At the mean ½(s⁺+s⁻) of the output dyads before the update (the 2023 code, `dualprop_betaL_lin_mse`).
    MeanState,
}

/// Constants of an update of the outputs.
#[derive(Debug, Clone, Copy)]
pub struct OutputStep {
    /// ℓ.
    pub loss: Loss,
    /// c⁺β
    pub plus: f32,
    /// c⁻β
    pub minus: f32,
    /// α of s̄ = α s⁺ + (1−α) s⁻.
    pub alpha: f32,
    /// How the loss nudges.
    pub nudge: OutputNudge,
}

/// Numbers of one sample, on the stack up to CIFAR-100.
pub(crate) type OutputScratch = SmallVec<[f32; 128]>;

/// Where between the compartments the loss gradient is taken, and the mean of outputs without a nudge.
const MIDDLE: f32 = 0.5;

impl OutputStep {
    /// Makes u± of one sample's outputs out of a±, in their place. `states` are s± as they stand, `shares` c±β of an
    /// output, `teacher_noise(output, ±1)` what is added to the target that a compartment sees. A proximal nudge takes
    /// the nominal shares: its argmin couples all outputs.
    #[allow(clippy::too_many_arguments, reason = "both compartments of one sample, column by column")]
    pub(crate) fn nudge_pair(
        &self,
        [a_plus, a_minus]: [&mut [f32]; 2],
        [s_plus, s_minus]: [&[f32]; 2],
        targets: &[f32],
        gradient: &mut [f32],
        shares: impl Fn(usize) -> [f32; 2],
        teacher_noise: impl Fn(usize, f32) -> f32,
        scratch: &mut OutputScratch,
    ) {
        let outputs = a_plus.len();
        scratch.resize(outputs, 0.0);
        match self.nudge {
            OutputNudge::Linearised(linearised) => {
                match linearised.loss_gradient_at {
                    LossGradientAt::CurrentDrive => {
                        middle(a_plus, a_minus, scratch);
                        self.loss.gradient(scratch, targets, gradient);
                    }
                    LossGradientAt::MeanState => {
                        middle(s_plus, s_minus, scratch);
                        self.loss.gradient(scratch, targets, gradient);
                    }
                    LossGradientAt::InitialForward => {}
                }
                for i in 0..outputs {
                    let [share_plus, share_minus] = shares(i);
                    a_plus[i] -= share_plus * (gradient[i] - teacher_noise(i, 1.0));
                    a_minus[i] += share_minus * (gradient[i] - teacher_noise(i, -1.0));
                }
            }
            OutputNudge::Proximal => {
                // ℓ is linear in the target: noise t on it shifts a by c t.
                for i in 0..outputs {
                    a_plus[i] += self.plus * teacher_noise(i, 1.0);
                    a_minus[i] -= self.minus * teacher_noise(i, -1.0);
                }
                self.loss.proximal(a_plus, targets, self.plus, scratch);
                a_plus.copy_from_slice(scratch);
                self.loss.proximal(a_minus, targets, -self.minus, scratch);
                a_minus.copy_from_slice(scratch);
            }
        }
    }
}

fn middle(plus: &[f32], minus: &[f32], into: &mut [f32]) {
    for ((into, &plus), &minus) in into.iter_mut().zip(plus).zip(minus) {
        // Both may be infinite.
        *into = if plus == minus { minus } else { minus + MIDDLE * (plus - minus) };
    }
}

/// Sets s± = u± on ideal hardware; without a nudge u± = a. Notes which samples have moved.
pub(crate) fn update_outputs(
    nudge: Option<(OutputStep, MatrixView)>,
    bias: &[f32],
    tile: &mut Tile,
    watch: &MoveWatch,
) {
    let (mut scratch, mut before) = (OutputScratch::new(), [OutputScratch::new(), OutputScratch::new()]);
    for j in 0..tile.samples() {
        let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
        let (mut mean, mut difference) = (tile.mean.column_mut(j), tile.difference.column_mut(j));
        let (drive, mut gradient) = (tile.drive.column(j), tile.feedback.column_mut(j));
        let (s_plus, s_minus) = (s_plus.as_mut_slice(), s_minus.as_mut_slice());
        for (before, now) in before.iter_mut().zip([&mean, &difference]) {
            before.clear();
            before.extend_from_slice(now.as_slice());
        }
        // Until the end they hold u⁺ and u⁻.
        let (u_plus, u_minus) = (mean.as_mut_slice(), difference.as_mut_slice());
        u_plus.iter_mut().zip(drive.iter().zip(bias)).for_each(|(a, (drive, bias))| *a = drive + bias);
        u_minus.copy_from_slice(u_plus);
        let mut alpha = MIDDLE;
        if let Some((step, targets)) = nudge {
            let targets = targets.column(tile.first_sample + j);
            step.nudge_pair(
                [u_plus, u_minus],
                [s_plus, s_minus],
                targets.as_slice(),
                gradient.as_mut_slice(),
                |_| [step.plus, step.minus],
                |_, _| 0.0,
                &mut scratch,
            );
            alpha = step.alpha;
        }
        for i in 0..bias.len() {
            let dyad = Dyad::new(u_plus[i], u_minus[i], alpha);
            (s_plus[i], s_minus[i], u_plus[i], u_minus[i]) = (dyad.plus, dyad.minus, dyad.mean, dyad.difference);
        }
        let differs = |before: &[f32], now: &[f32]| before.iter().zip(now).any(|(x, y)| x.to_bits() != y.to_bits());
        watch.note(tile.first_sample + j, [differs(&before[0], u_plus), differs(&before[1], u_minus)]);
    }
}
