//! AdaSTE: an adaptive straight-through estimator (Le, Høier, Lin & Zach, CVPR 2022).
//!
//! A latent value θ stands for the weight w* = s(θ) = argmin_w E(w; θ), E(w; θ) = −θw + G(w). The derivative of the loss
//! after θ is replaced by the difference quotient (w* − ŵ)/τ with ŵ = s(θ − τℓ′), ℓ′ = ∂ℓ/∂w, and τ chosen for every
//! weight: where descent wants θ to cross zero (θℓ′ > 0), τ = |θ|/|ℓ′| puts ŵ just across; elsewhere τ → 0. The result
//! is g_θ = c ℓ′ with a slope c that depends on the mapping:
//!
//! | mapping | s(θ) | c where θℓ′ > 0 | c elsewhere |
//! |---|---|---|---|
//! | `double_well`, μα < 1 | clip((θ + μ(1+α) sgn θ)/(1+μ), −1, 1) | (1+2μ+μα)/((1+μ)\|θ\|) if \|θ\| > 1−μα, else (2μ(1+α)+\|θ\|)/((1+μ)\|θ\|) | 1/(1+μ), 0 where s is ±1 |
//! | `double_well`, μα ≥ 1 | sgn θ | 2/\|θ\| | 0 |
//! | `tanh` | tanh βθ | tanh(β\|θ\|)/\|θ\| | β(1 − tanh² βθ) |
//! | `hardtanh` | clip(βθ, −1, 1) | 2β/(β\|θ\|+1) if β\|θ\| ≥ 1, else β | β, 0 where s is ±1 |
//!
//! E of the double well is ½(w−θ)² + (μ/2)(|w| − (1+α))² on [−1, 1]. The published code (FenBPOpt.py) differs: its slope
//! is at most ½, has −θ for |θ| in the middle range, is half as large where μα ≥ 1, and gives way to that of plain STE
//! where |ℓ′| ≤ 10⁻³; that is `as_published`.
//!
//! Whether a threshold of |ℓ′| lets the rule act at all depends on the size of the gradients: with the mean loss of a
//! mini-batch of 100 hardly any weight of a network for MNIST has |ℓ′| above 10⁻³, and `as_published` is plain STE. The
//! metric `gradients_above_threshold` tells the share that has; `loss` and `threshold_unit` scale one against the other.
mod slope;

use super::growth::Growth;
use super::latent_step::{GradientNeeds, LatentRule, LatentStep, MeanGradient};
use crate::math::Elementary;
use crate::parameter::{NonNegative, Positive};
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slope::{Slope, Wells};
use std::sync::Arc;

/// Settings of AdaSTE.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdaSte {
    /// s(θ).
    pub mapping: Mapping,
    /// The slope c is at most so large; null is no limit.
    pub largest_slope: Option<Positive>,
    /// c = 1, plain STE, where |ℓ′| is not above this threshold.
    pub straight_through_below: NonNegative,
    /// Unit of the thresholds of |ℓ′|: this one, and that of the published form.
    pub threshold_unit: ThresholdUnit,
    /// What ℓ of a mini-batch is, for this rule alone.
    pub loss: BatchLoss,
}

/// Unit of the thresholds of |ℓ′|.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdUnit {
    /// 1, that of the loss.
    #[default]
    Absolute,
    /// Root mean square of ℓ′ over the weights of the projection, in every mini-batch.
    RootMeanSquare,
}

/// What the loss of a mini-batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchLoss {
    /// The mean over its stimuli.
    #[default]
    Mean,
    /// Their sum: ℓ′ is `batch_size` times as large, and so is the step of an optimizer that is not free of scale.
    Sum,
}

/// How a latent value becomes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// The published one.
    DoubleWell(DoubleWell),
    /// tanh βθ.
    Tanh(Gain),
    /// clip(βθ, −1, 1).
    Hardtanh(Gain),
}

/// The double well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DoubleWell {
    /// α: how far beyond ±1 the wells lie.
    pub alpha: Positive,
    /// μ: how deep they are. It stops growing at 1/α unless `last` says otherwise; from there on s = sgn.
    pub mu: Growth,
    /// Which slope.
    pub form: SlopeForm,
    /// |ℓ′| up to which the slope of the published form gives way to that of plain STE; other forms have no use for it.
    pub published_threshold: NonNegative,
}

/// Which slope of the double well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlopeForm {
    /// The one that follows from the energy.
    #[default]
    Exact,
    /// The one of the authors' code.
    AsPublished,
}

/// Steepness of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gain {
    /// β.
    pub beta: Growth,
}

impl Default for DoubleWell {
    fn default() -> Self {
        Self {
            alpha: Positive::constant(0.01),
            mu: Growth { factor: Positive::constant(1.05), ..Growth::constant(0.01) },
            form: SlopeForm::Exact,
            published_threshold: NonNegative::constant(1e-3),
        }
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self::DoubleWell(DoubleWell::default())
    }
}

impl AdaSte {
    /// The largest |ℓ′|, in its unit, for which plain STE stands in; 0 if for none.
    fn threshold(&self) -> f64 {
        let published = match self.mapping {
            Mapping::DoubleWell(well) if well.form == SlopeForm::AsPublished => well.published_threshold.get(),
            _ => 0.0,
        };
        published.max(self.straight_through_below.get())
    }

    /// ℓ′ over that of the mean loss.
    fn gain(&self, gradient: &MeanGradient) -> f64 {
        match self.loss {
            BatchLoss::Mean => 1.0,
            BatchLoss::Sum => gradient.samples as f64,
        }
    }

    /// The mapping at training step `step`.
    fn slope<T: Elementary>(&self, step: u64, steps_per_epoch: u64) -> Slope<T> {
        let number = |x: f64| T::from(x).expect("a finite number");
        match self.mapping {
            Mapping::DoubleWell(well) => {
                let alpha = well.alpha.get();
                let last = Positive::new(alpha.recip()).ok();
                let mu = Growth { last: well.mu.last.or(last), ..well.mu }.at(step, steps_per_epoch);
                let as_published = well.form == SlopeForm::AsPublished;
                let threshold = number(well.published_threshold.get());
                Slope::DoubleWell(Wells { mu: number(mu), alpha: number(alpha), as_published, threshold })
            }
            Mapping::Tanh(gain) => Slope::Tanh(number(gain.beta.at(step, steps_per_epoch))),
            Mapping::Hardtanh(gain) => Slope::Hardtanh(number(gain.beta.at(step, steps_per_epoch))),
        }
    }
}

/// The arithmetic of one training step.
#[derive(Debug)]
struct AdaptiveStep {
    settings: AdaSte,
    slope: Slope<f32>,
    limits: Limits,
}

/// A slope limited to `largest`, and plain STE for loss gradients up to `below`; those of the mean loss are multiplied
/// by `gain` first.
#[derive(Debug, Clone, Copy)]
struct Limits {
    largest: f32,
    below: f32,
    gain: f32,
}

impl Limits {
    #[inline(always)]
    fn apply(self, loss_gradient: f32, surrogate: f32) -> f32 {
        let limit = self.largest * loss_gradient.abs();
        let limited = surrogate.max(-limit).min(limit);
        if loss_gradient.abs() > self.below { limited } else { loss_gradient }
    }
}

impl LatentRule for AdaSte {
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep> {
        let largest = self.largest_slope.map_or(f32::INFINITY, |c| c.get() as f32);
        let limits = Limits { largest, below: self.straight_through_below.get() as f32, gain: 1.0 };
        Arc::new(AdaptiveStep { settings: *self, slope: self.slope(step, steps_per_epoch), limits })
    }

    fn needs(&self) -> GradientNeeds {
        let root_mean_square = self.threshold_unit == ThresholdUnit::RootMeanSquare && self.threshold() > 0.0;
        GradientNeeds { root_mean_square, anything: root_mean_square || self.loss == BatchLoss::Sum }
    }

    fn threshold(&self, of: &MeanGradient) -> Option<f64> {
        let unit = match self.threshold_unit {
            ThresholdUnit::RootMeanSquare => of.root_mean_square?,
            ThresholdUnit::Absolute => self.gain(of).recip(),
        };
        let threshold = self.threshold();
        (threshold > 0.0).then_some(threshold * unit)
    }
}

impl LatentStep for AdaptiveStep {
    fn of_gradient(&self, gradient: &MeanGradient) -> Option<Arc<dyn LatentStep>> {
        let Self { settings, mut slope, mut limits } = *self;
        let gain = settings.gain(gradient);
        limits.gain = gain as f32;
        if let (ThresholdUnit::RootMeanSquare, Some(unit)) = (settings.threshold_unit, gradient.root_mean_square) {
            let unit = (gain * unit) as f32;
            limits.below *= unit;
            if let Slope::DoubleWell(wells) = &mut slope {
                wells.threshold *= unit;
            }
        }
        Some(Arc::new(Self { settings, slope, limits }))
    }

    fn surrogate(&self, [theta, _]: [&[f32]; 2], _: &[f32], scale: &[f32], [g, _]: [&mut [f32]; 2]) {
        adaste(theta, scale, g, self.slope, self.limits);
    }

    fn relaxed(&self, [theta, _]: [&[f32]; 2], _: &Codebook, out: &mut [f32], _: &mut Stream) {
        out.iter_mut().zip(theta).for_each(|(w, &x)| *w = self.slope.weight(x));
    }
}

/// One loop for each form, without a branch in it, so that the compiler vectorises them.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn adaste(theta: &[f32], scale: &[f32], g: &mut [f32], slope: Slope<f32>, limits: Limits) {
    macro_rules! each {
        (|$theta:ident, $l:ident| $surrogate:expr) => {
            for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
                let ($theta, $l) = (*theta, limits.gain * (scale * *g));
                *g = limits.apply($l, $surrogate);
            }
        };
    }
    match slope {
        Slope::DoubleWell(wells) => match (wells.as_published, wells.are_deep()) {
            (false, true) => each!(|theta, l| Wells::exact_deep(theta, l)),
            (false, false) => each!(|theta, l| wells.exact_shallow(theta, l)),
            (true, true) => each!(|theta, l| wells.published_deep(theta, l)),
            (true, false) => each!(|theta, l| wells.published_shallow(theta, l)),
        },
        Slope::Tanh(_) | Slope::Hardtanh(_) => each!(|theta, l| slope.surrogate_gradient(theta, l)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    /// μ stops at 1/α, where the weights are signs.
    #[test]
    fn annealing_ends_with_signs() {
        let rule = AdaSte::default();
        let Slope::DoubleWell(start) = rule.slope::<f64>(0, 10) else { panic!() };
        assert_eq!(start.mu, 0.01);
        let end = rule.slope::<f64>(10 * 400, 10);
        assert!(
            [-2.0, -1e-3, 1e-9, 0.4].into_iter().all(|theta: f64| (end.weight(theta) - theta.signum()).abs() < 1e-12)
        );
    }

    #[test]
    fn limits_of_the_slope_and_plain_gradients_below_the_threshold() {
        let slope = Slope::DoubleWell(Wells { mu: 100.0, alpha: 0.01, as_published: false, threshold: 1e-3 });
        let limits = Limits { largest: 0.7, below: 0.12, gain: 1.0 };
        let step = AdaptiveStep { settings: AdaSte::default(), slope, limits };
        // c = 2/|θ| where θℓ′ > 0, at most 0.7; else 0; plain where |ℓ′| ≤ 0.12.
        assert_close(&surrogate(&step, &[0.0; 5]), [0.0, -0.1, 0.0, 0.35, 0.0]);
    }

    /// ℓ′ = (0.2, −0.1, 0.15, 0.5, −0.4): thresholds in units of its root mean square, or against the sum over 4 stimuli.
    #[test]
    fn thresholds_follow_the_gradients_or_the_summed_loss() {
        let root_mean_square = loss_gradients().map(|l| l * l / 5.0).sum::<f64>().sqrt();
        let mean = MeanGradient { samples: 4, root_mean_square: Some(root_mean_square) };
        let well = DoubleWell { mu: Growth::constant(100.0), form: SlopeForm::AsPublished, ..DoubleWell::default() };
        // Published, deep: c = ½ at most where descent wants a flip, else 0; plain STE up to the threshold.
        let published = |threshold: f64, gain: f64| {
            theta().zip(loss_gradients()).map(move |(x, l): (f64, f64)| {
                let l = gain * l;
                let c = if x * l > 0.0 { (1.0 / x.abs()).min(0.5) } else { 0.0 };
                if l.abs() <= threshold || x.abs() <= 1e-3 { l } else { c * l }
            })
        };
        let of = |published_threshold: f64, threshold_unit, loss| {
            let published_threshold = NonNegative::new(published_threshold).unwrap();
            let mapping = Mapping::DoubleWell(DoubleWell { published_threshold, ..well });
            AdaSte { mapping, threshold_unit, loss, ..AdaSte::default() }
        };
        let found = |rule: AdaSte| surrogate(&*rule.at(0, 1).of_gradient(&mean).unwrap(), &[0.0; 5]);
        for share in [0.2, 0.6, 1.4] {
            let rule = of(share, ThresholdUnit::RootMeanSquare, BatchLoss::Mean);
            assert_close(&found(rule), published(share * root_mean_square, 1.0));
            assert!((LatentRule::threshold(&rule, &mean).unwrap() - share * root_mean_square).abs() < 1e-12);
            // The sum is larger, and its threshold as well.
            let summed = of(share, ThresholdUnit::RootMeanSquare, BatchLoss::Sum);
            assert_close(&found(summed), published(4.0 * share * root_mean_square, 4.0));
            let rule = of(share, ThresholdUnit::Absolute, BatchLoss::Sum);
            assert_close(&found(rule), published(share, 4.0));
            assert!((LatentRule::threshold(&rule, &mean).unwrap() - share / 4.0).abs() < 1e-12);
        }
        let rule = AdaSte {
            straight_through_below: NonNegative::constant(0.9),
            ..of(0.1, ThresholdUnit::RootMeanSquare, BatchLoss::Mean)
        };
        assert!((LatentRule::threshold(&rule, &mean).unwrap() - 0.9 * root_mean_square).abs() < 1e-12);
        // The exact form has a threshold only where one is given, and asks for nothing otherwise.
        assert_eq!(LatentRule::threshold(&AdaSte::default(), &mean), None);
        assert!(!AdaSte::default().needs().anything);
    }
}
