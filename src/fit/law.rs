//! Models as numbers to be fitted: s↑, s↓, b↑ and b↓ of a device, and those of the shape of its step.
use crate::parameter::{Finite, NonNegative};
use crate::synapse::pulsed::mean_device::MeanDevice;
use crate::synapse::pulsed::model::{
    ExpStep, LinearStep, PiecewiseStep, PowStep, SoftBounds, SoftBoundsReference, StepModel,
};
use std::fmt;
use std::str::FromStr;

/// A model that can be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FittedModel {
    /// `constant_step`
    ConstantStep,
    /// `linear_step`
    LinearStep,
    /// `soft_bounds`
    SoftBounds,
    /// `soft_bounds_reference`: its reference is 0, since another one gives the same steps with other bounds.
    SoftBoundsReference,
    /// `exp_step` with a = 1 and b = 0: other values give the same steps with other amplitudes and γ.
    ExpStep,
    /// `pow_step`
    PowStep,
    /// `piecewise_step` with so many nodes.
    PiecewiseStep {
        /// At least 2.
        nodes: usize,
    },
}

/// Nodes of the piecewise step, unless their number is given.
const NODES: usize = 5;
/// Most of them.
const MOST_NODES: usize = 32;

/// A model is none that can be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of {}, or piecewise_step:N with N nodes from 2 to {MOST_NODES}",
    FittedModel::ALL.map(|model| model.to_string()).join(", ")
)]
pub struct NoSuchModel;

impl FromStr for FittedModel {
    type Err = NoSuchModel;

    fn from_str(text: &str) -> Result<Self, NoSuchModel> {
        if let Some(nodes) = text.strip_prefix("piecewise_step:") {
            let nodes = nodes.parse().ok().filter(|nodes| (2..=MOST_NODES).contains(nodes));
            return nodes.map(|nodes| Self::PiecewiseStep { nodes }).ok_or(NoSuchModel);
        }
        Self::ALL.into_iter().find(|model| model.to_string() == text).ok_or(NoSuchModel)
    }
}

impl fmt::Display for FittedModel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ConstantStep => "constant_step",
            Self::LinearStep => "linear_step",
            Self::SoftBounds => "soft_bounds",
            Self::SoftBoundsReference => "soft_bounds_reference",
            Self::ExpStep => "exp_step",
            Self::PowStep => "pow_step",
            Self::PiecewiseStep { .. } => "piecewise_step",
        })
    }
}

/// Whether the noise of a step scales with all of it, or with the step at weight 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoiseLaw {
    Multiplicative,
    Additive,
}

/// A number of the shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShapeNumber {
    /// Where it may be.
    pub limits: [f64; 2],
    /// Where the search may begin.
    pub starts: &'static [f64],
}

/// How many numbers come before those of the shape.
pub(super) const OWN: usize = 4;

impl FittedModel {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ConstantStep,
        Self::LinearStep,
        Self::SoftBounds,
        Self::SoftBoundsReference,
        Self::ExpStep,
        Self::PowStep,
        Self::PiecewiseStep { nodes: NODES },
    ];

    /// The laws of noise that the model has a setting for.
    pub(super) fn noise_laws(self) -> &'static [NoiseLaw] {
        match self {
            Self::LinearStep | Self::SoftBounds | Self::SoftBoundsReference => {
                &[NoiseLaw::Multiplicative, NoiseLaw::Additive]
            }
            _ => &[NoiseLaw::Multiplicative],
        }
    }

    /// Numbers of the shape.
    pub(super) fn shape(self) -> Vec<ShapeNumber> {
        let one = |low, high, starts| ShapeNumber { limits: [low, high], starts };
        match self {
            Self::ConstantStep | Self::SoftBounds | Self::SoftBoundsReference => vec![],
            Self::LinearStep => vec![one(0.0, 20.0, &[0.5]); 2],
            Self::PowStep => vec![one(0.0, 20.0, &[1.0, 3.0]); 2],
            Self::ExpStep => {
                // Beyond these an exponential is a straight line, which has no one amplitude.
                let amplitude = one(-20.0, 0.9, &[0.2, -2.0]);
                let gamma = one(-10.0, 10.0, &[2.0, -2.0]);
                vec![amplitude, amplitude, gamma, gamma]
            }
            Self::PiecewiseStep { nodes } => vec![one(0.0, 1e4, &[1.0]); 2 * nodes],
        }
    }

    /// Whether all devices of the model have the same shape.
    pub(super) fn shares_shape(self) -> bool {
        matches!(self, Self::ExpStep | Self::PiecewiseStep { .. })
    }

    /// Whether the steps of a device alone cannot be told from its shape.
    pub(super) fn steps_are_in_shape(self) -> bool {
        matches!(self, Self::PiecewiseStep { .. })
    }

    /// Whether the step knows the bounds; otherwise only a device that has been driven against them tells where they are.
    pub(super) fn steps_know_bounds(self) -> bool {
        matches!(self, Self::SoftBounds | Self::SoftBoundsReference | Self::PowStep)
    }

    /// The model without spread between devices.
    pub(super) fn model(self, shape: &[f64], noise: NoiseLaw) -> StepModel {
        let finite = |x: f64| Finite::new(x).unwrap_or_default();
        let above = |x: f64| NonNegative::new(x).unwrap_or_default();
        let multiplicative_noise = noise == NoiseLaw::Multiplicative;
        match self {
            Self::ConstantStep => StepModel::ConstantStep,
            Self::SoftBounds => StepModel::SoftBounds(SoftBounds { multiplicative_noise }),
            Self::SoftBoundsReference => StepModel::SoftBoundsReference(SoftBoundsReference {
                multiplicative_noise,
                ..SoftBoundsReference::default()
            }),
            Self::LinearStep => StepModel::LinearStep(LinearStep {
                gamma_up: above(shape[0]),
                gamma_down: above(shape[1]),
                gamma_up_dtod: above(0.0),
                gamma_down_dtod: above(0.0),
                mean_bound_reference: false,
                multiplicative_noise,
            }),
            Self::ExpStep => StepModel::ExpStep(ExpStep {
                amplitude_up: finite(shape[0]),
                amplitude_down: finite(shape[1]),
                gamma_up: finite(shape[2]),
                gamma_down: finite(shape[3]),
                a: finite(1.0),
                b: finite(0.0),
                ..ExpStep::default()
            }),
            Self::PowStep => {
                let (gamma, up_down) = size_and_asymmetry(shape[0], shape[1]);
                StepModel::PowStep(PowStep {
                    gamma: above(gamma),
                    gamma_dtod: above(0.0),
                    up_down: finite(up_down),
                    up_down_dtod: above(0.0),
                })
            }
            Self::PiecewiseStep { nodes } => {
                let (up, down) = shape.split_at(nodes);
                let side = |nodes: &[f64]| nodes.iter().map(|&node| above(node)).collect();
                StepModel::PiecewiseStep(PiecewiseStep { up: side(up), down: side(down) })
            }
        }
    }

    /// A device of which all numbers are known.
    pub(super) fn device(self, numbers: &[f64], noise: NoiseLaw) -> MeanDevice {
        let (own, shape) = numbers.split_at(OWN);
        MeanDevice::new(self.model(shape, noise), [own[0], own[1]], [own[2], own[3]])
    }
}

/// Numbers of both directions as the larger of them and the asymmetry: above 0 that of steps down, below 0 that of steps up is
/// smaller by that share.
pub(super) fn size_and_asymmetry(up: f64, down: f64) -> (f64, f64) {
    let size = up.max(down);
    if size <= 0.0 {
        return (0.0, 0.0);
    }
    (size, (up - down) / size)
}
