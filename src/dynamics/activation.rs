//! Activation functions f of the hidden layers; outputs are linear.
//!
//! | setting | f(v) | f′(v) |
//! |---|---|---|
//! | `relu` | max(v, 0) | 1 for v > 0, else 0 |
//! | `leaky_relu` | v for v > 0, else slope · v | 1 or slope |
//! | `tanh` | tanh v | 1 − tanh² v |
//! | `hard_sigmoid` | clip(v, 0, 1) | 1 inside, else 0 |
//! | `identity` | v | 1 |
//!
//! `hard_sigmoid` is the form of the ICML 2024 code and of energy-based models, not that of PyTorch, clip((v + 3)/6, 0, 1).
//! All propagate NaN, so that a divergence cannot hide behind a clip.
use crate::math;
use crate::parameter::Fraction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which activation the hidden units have.
///
/// ```
/// use dyadsim::prelude::*;
///
/// assert_eq!(Activation::Relu.value(-2.0), 0.0);
/// assert_eq!(Activation::HardSigmoid.derivative(0.5), 1.0);
/// let leaky: Activation = serde_json::from_str(r#"{"leaky_relu": {"slope": 0.25}}"#)?;
/// assert_eq!(leaky.value(-2.0), -0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(v, 0)
    #[default]
    Relu,
    /// v for v > 0, else slope · v
    LeakyRelu(LeakyReluConfig),
    /// tanh v
    Tanh,
    /// clip(v, 0, 1)
    HardSigmoid,
    /// v
    Identity,
}

/// Settings of the leaky rectifier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeakyReluConfig {
    /// Slope below zero.
    pub slope: Fraction,
}

impl Default for LeakyReluConfig {
    fn default() -> Self {
        Self { slope: Fraction::constant(0.01) }
    }
}

/// A scalar function with its derivative; one type for each activation, so that loops over units are compiled for it.
pub(crate) trait Transfer: Copy + Send + Sync {
    fn value(self, v: f32) -> f32;
    /// f′ at v; where f has a kink, the derivative from the left.
    fn derivative(self, v: f32) -> f32;
    /// Whether u and v lie on one linear piece of f; never if one of them is NaN.
    fn is_linear_between(self, u: f32, v: f32) -> bool;
}

/// Whether u and v are on the same side of zero, where the rectifiers have their kink.
#[inline(always)]
fn on_one_side(u: f32, v: f32) -> bool {
    (u >= 0.0) & (v >= 0.0) | (u <= 0.0) & (v <= 0.0)
}

#[derive(Clone, Copy)]
pub(crate) struct Relu;
#[derive(Clone, Copy)]
pub(crate) struct LeakyRelu(pub f32);
#[derive(Clone, Copy)]
pub(crate) struct Tanh;
#[derive(Clone, Copy)]
pub(crate) struct HardSigmoid;
#[derive(Clone, Copy)]
pub(crate) struct Identity;

impl Transfer for Relu {
    #[inline(always)]
    fn value(self, v: f32) -> f32 {
        // Not `max`: it would turn NaN into 0.
        if v < 0.0 { 0.0 } else { v }
    }
    #[inline(always)]
    fn derivative(self, v: f32) -> f32 {
        if v > 0.0 { 1.0 } else { 0.0 }
    }
    #[inline(always)]
    fn is_linear_between(self, u: f32, v: f32) -> bool {
        on_one_side(u, v)
    }
}

impl Transfer for LeakyRelu {
    #[inline(always)]
    fn value(self, v: f32) -> f32 {
        if v < 0.0 { self.0 * v } else { v }
    }
    #[inline(always)]
    fn derivative(self, v: f32) -> f32 {
        if v > 0.0 { 1.0 } else { self.0 }
    }
    #[inline(always)]
    fn is_linear_between(self, u: f32, v: f32) -> bool {
        on_one_side(u, v)
    }
}

impl Transfer for Tanh {
    #[inline(always)]
    fn value(self, v: f32) -> f32 {
        math::tanh(v)
    }
    #[inline(always)]
    fn derivative(self, v: f32) -> f32 {
        let t = math::tanh(v);
        1.0 - t * t
    }
    #[inline(always)]
    fn is_linear_between(self, _: f32, _: f32) -> bool {
        false
    }
}

impl Transfer for HardSigmoid {
    #[inline(always)]
    fn value(self, v: f32) -> f32 {
        // Unlike `min` and `max`, `clamp` hands NaN on.
        v.clamp(0.0, 1.0)
    }
    #[inline(always)]
    fn derivative(self, v: f32) -> f32 {
        if v > 0.0 && v < 1.0 { 1.0 } else { 0.0 }
    }
    #[inline(always)]
    fn is_linear_between(self, u: f32, v: f32) -> bool {
        on_one_side(u, v) & on_one_side(u - 1.0, v - 1.0)
    }
}

impl Transfer for Identity {
    #[inline(always)]
    fn value(self, v: f32) -> f32 {
        v
    }
    #[inline(always)]
    fn derivative(self, _: f32) -> f32 {
        1.0
    }
    #[inline(always)]
    fn is_linear_between(self, u: f32, v: f32) -> bool {
        !(u.is_nan() | v.is_nan())
    }
}

/// Calls `$body` with `$f` bound to the activation's own type.
macro_rules! with_transfer {
    ($activation:expr, |$f:ident| $body:expr) => {
        match $activation {
            $crate::dynamics::activation::Activation::Relu => {
                let $f = $crate::dynamics::activation::Relu;
                $body
            }
            $crate::dynamics::activation::Activation::LeakyRelu(config) => {
                let $f = $crate::dynamics::activation::LeakyRelu(config.slope.get() as f32);
                $body
            }
            $crate::dynamics::activation::Activation::Tanh => {
                let $f = $crate::dynamics::activation::Tanh;
                $body
            }
            $crate::dynamics::activation::Activation::HardSigmoid => {
                let $f = $crate::dynamics::activation::HardSigmoid;
                $body
            }
            $crate::dynamics::activation::Activation::Identity => {
                let $f = $crate::dynamics::activation::Identity;
                $body
            }
        }
    };
}
pub(crate) use with_transfer;

impl Activation {
    /// Between which of its values f has a slope: below and above them it is flat.
    pub fn sloped_values(self) -> (f32, f32) {
        match self {
            Self::Relu => (0.0, f32::INFINITY),
            Self::LeakyRelu(leaky) if leaky.slope.get() == 0.0 => (0.0, f32::INFINITY),
            Self::HardSigmoid => (0.0, 1.0),
            Self::LeakyRelu(_) | Self::Tanh | Self::Identity => (f32::NEG_INFINITY, f32::INFINITY),
        }
    }

    /// f(v).
    pub fn value(self, v: f32) -> f32 {
        with_transfer!(self, |f| f.value(v))
    }

    /// f′(v); where f has a kink, the derivative from the left.
    pub fn derivative(self, v: f32) -> f32 {
        with_transfer!(self, |f| f.derivative(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Activation; 5] = [
        Activation::Relu,
        Activation::LeakyRelu(LeakyReluConfig { slope: Fraction::constant(0.1) }),
        Activation::Tanh,
        Activation::HardSigmoid,
        Activation::Identity,
    ];

    #[test]
    fn hand_computed_values() {
        let values = |v: f32| ALL.map(|f| f.value(v));
        assert_eq!(values(-2.0), [0.0, -0.2, (-2.0f32).tanh(), 0.0, -2.0]);
        assert_eq!(values(4.0), [4.0, 4.0, 4.0f32.tanh(), 1.0, 4.0]);
    }

    #[test]
    fn nan_passes_through() {
        assert!(ALL.iter().all(|f| f.value(f32::NAN).is_nan()));
    }

    proptest! {
        #[test]
        fn a_piece_is_linear_if_its_middle_is_on_the_chord(u in -3.0f32..3.0, v in -3.0f32..3.0) {
            // Kinks at the very ends belong to the piece.
            for (u, v) in [(u, v), (0.0, v), (u, 1.0), (u, u)] {
                for f in ALL {
                    let is_linear = with_transfer!(f, |f| f.is_linear_between(u, v));
                    let on_chord = |w: f32| {
                        let (chord, value) = (f.value(u) + w * (f.value(v) - f.value(u)), f.value(u + w * (v - u)));
                        (chord - value).abs() < 3e-6
                    };
                    let is_chord = [0.01, 0.25, 0.5, 0.75, 0.99].into_iter().all(on_chord);
                    prop_assert!(is_chord || !is_linear, "{f:?} between {u} and {v}");
                    if !matches!(f, Activation::Tanh) && (u - v).abs() > 1e-2 && !is_linear {
                        prop_assert!(!is_chord, "{f:?} between {u} and {v}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_linear_up_to_nan() {
        for f in ALL {
            for (u, v) in [(f32::NAN, 1.0), (-1.0, f32::NAN), (f32::NAN, f32::NAN)] {
                assert!(!with_transfer!(f, |f| f.is_linear_between(u, v)), "{f:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_derivative_is_the_slope(v in -5.0f32..5.0) {
            // Away from the kinks at 0 and 1.
            prop_assume!([0.0, 1.0].iter().all(|kink: &f32| (v - kink).abs() > 2e-2));
            let h = 1e-2;
            for f in ALL {
                let slope = (f.value(v + h) - f.value(v - h)) / (2.0 * h);
                prop_assert!((slope - f.derivative(v)).abs() < 2e-4, "{f:?} at {v}");
            }
        }
    }
}
