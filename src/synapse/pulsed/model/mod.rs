//! How the step of a pulsed device depends on its state: a file for each model, with its settings and its law.
mod constant_step;
mod exp_step;
mod law;
mod linear_step;
mod piecewise_step;
mod pow_step;
mod soft_bounds;
mod soft_bounds_reference;

pub use exp_step::ExpStep;
pub(super) use law::{Made, Nominal, Stepping};
pub use linear_step::LinearStep;
pub use piecewise_step::PiecewiseStep;
pub use pow_step::PowStep;
pub use soft_bounds::SoftBounds;
pub use soft_bounds_reference::SoftBoundsReference;

use crate::math::Elementary;
use constant_step::ConstantStep;
use law::StepLaw;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the step depends on the state; formulas in [`super`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepModel {
    /// Not at all.
    ConstantStep,
    /// Linearly.
    LinearStep(LinearStep),
    /// Linearly, down to nothing at the device's own bound.
    SoftBounds(SoftBounds),
    /// As soft bounds, around a reference device that is subtracted.
    SoftBoundsReference(SoftBoundsReference),
    /// Exponentially.
    ExpStep(ExpStep),
    /// With a power of the distance to the bound.
    PowStep(PowStep),
    /// As given at nodes.
    PiecewiseStep(PiecewiseStep),
}

/// Does with the law of a model what a block says, for every model in code of its own: a step is too short for a call
/// through a table.
macro_rules! with_law {
    ($model:expr, $law:ident => $work:expr) => {
        match $model {
            StepModel::ConstantStep => {
                let $law = &ConstantStep;
                $work
            }
            StepModel::LinearStep($law) => $work,
            StepModel::SoftBounds($law) => $work,
            StepModel::SoftBoundsReference($law) => $work,
            StepModel::ExpStep($law) => $work,
            StepModel::PowStep($law) => $work,
            StepModel::PiecewiseStep($law) => $work,
        }
    };
}

impl StepModel {
    /// Frozen numbers that a device of this model has for steps up and down; standard normals come from `normal`.
    pub(super) fn own_numbers<T: Elementary>(
        &self,
        device: &Made<T>,
        normal: &mut impl FnMut() -> T,
    ) -> Option<[T; 2]> {
        with_law!(self, law => law.own_numbers(device, normal))
    }

    /// What is subtracted from the state of a device with this number of its own to give the weight.
    #[inline]
    pub(super) fn reference<T: Elementary>(&self, own: T) -> T {
        with_law!(self, law => law.reference(own))
    }

    /// Size of the step.
    #[inline]
    pub(super) fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        with_law!(self, law => law.step(device))
    }

    /// The step that pulse trains count with.
    pub(super) fn granularity(&self, device: &Nominal) -> f64 {
        with_law!(self, law => law.granularity(device))
    }

    /// The broken rules between settings, with their keys.
    pub(super) fn conflicts(&self) -> Vec<(&'static str, &'static str)> {
        with_law!(self, law => law.conflicts())
    }
}
