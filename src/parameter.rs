//! Numbers with a range. A value outside it cannot be built, neither in Rust nor from a file, and the JSON Schema
//! carries the same bounds, so that an editor marks what the program would refuse.
//!
//! ```
//! use dyadsim::parameter::{Count, Fraction};
//!
//! assert_eq!(Count::new(3)?.get(), 3);
//! assert_eq!(Fraction::new(1.5).unwrap_err().to_string(), "must be in [0, 1], got 1.5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::borrow::Cow;

/// A value outside the range of its parameter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("must be {rule}, got {value}")]
pub struct OutOfRange {
    /// What the parameter demands, to be read after "must be".
    pub rule: &'static str,
    /// The refused value.
    pub value: String,
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident: $number:ty, $rule:literal, |$x:ident| $inside:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name($number);

        #[allow(clippy::manual_range_contains, reason = "contains() cannot be called in a const fn")]
        impl $name {
            /// What is demanded of a value, to be read after "must be".
            pub const RULE: &'static str = $rule;

            /// Checks the range.
            ///
            /// # Errors
            /// [`OutOfRange`] if the value is not inside it (NaN never is).
            pub fn new(value: $number) -> Result<Self, OutOfRange> {
                let $x = value;
                if $inside {
                    Ok(Self(value))
                } else {
                    Err(OutOfRange { rule: Self::RULE, value: value.to_string() })
                }
            }

            /// A constant of the program, checked when it is compiled.
            ///
            /// # Panics
            /// If the value is outside the range; in a `const` that stops the compiler.
            pub const fn constant(value: $number) -> Self {
                let $x = value;
                assert!($inside, "constant outside the range of its parameter");
                Self(value)
            }

            /// The number itself.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(<$number>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

bounded!(
    /// Any finite number.
    Finite: f64, "finite", |x| x.is_finite(), {"type": "number"}
);
bounded!(
    /// Finite and above zero.
    Positive: f64, "finite and > 0", |x| x.is_finite() && x > 0.0, {"type": "number", "exclusiveMinimum": 0}
);
bounded!(
    /// Finite and not below zero.
    NonNegative: f64, "finite and >= 0", |x| x.is_finite() && x >= 0.0, {"type": "number", "minimum": 0}
);
bounded!(
    /// A number in [0, 1].
    Fraction: f64, "in [0, 1]", |x| x >= 0.0 && x <= 1.0, {"type": "number", "minimum": 0, "maximum": 1}
);
bounded!(
    /// A number in (0, 1].
    PositiveFraction: f64, "in (0, 1]", |x| x > 0.0 && x <= 1.0,
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
);
bounded!(
    /// A number in [0, 1).
    ProperFraction: f64, "in [0, 1)", |x| x >= 0.0 && x < 1.0,
    {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
);
bounded!(
    /// A number in (0, 1).
    OpenFraction: f64, "in (0, 1)", |x| x > 0.0 && x < 1.0,
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
);
bounded!(
    /// Finite and above one.
    AboveOne: f64, "finite and > 1", |x| x.is_finite() && x > 1.0, {"type": "number", "exclusiveMinimum": 1}
);
bounded!(
    /// Finite and not below one.
    AtLeastOne: f64, "finite and >= 1", |x| x.is_finite() && x >= 1.0, {"type": "number", "minimum": 1}
);
bounded!(
    /// A whole number of at least 1.
    Count: usize, "a whole number >= 1", |x| x >= 1, {"type": "integer", "minimum": 1}
);
bounded!(
    /// A whole number that may be zero.
    WholeNumber: usize, "a whole number in [0, 65536]", |x| x <= 65_536, {"type": "integer", "minimum": 0, "maximum": 65_536}
);
bounded!(
    /// Passes over the training samples. The largest number is left out, so that one more can be counted.
    Epochs: usize, "a whole number >= 0", |x| x < usize::MAX, {"type": "integer", "minimum": 0}
);
bounded!(
    /// Passes of a probe: two can be compared.
    ProbePasses: usize, "a whole number in [2, 65536]", |x| x >= 2 && x <= 65_536,
    {"type": "integer", "minimum": 2, "maximum": 65_536}
);
bounded!(
    /// How often something is done in one place, for each stimulus say.
    Repeats: usize, "a whole number in [1, 65536]", |x| x >= 1 && x <= 65_536,
    {"type": "integer", "minimum": 1, "maximum": 65_536}
);
bounded!(
    /// Number of units, or of stimuli in a mini-batch.
    Size: usize, "a whole number in [1, 1048576]", |x| x >= 1 && x <= 1_048_576,
    {"type": "integer", "minimum": 1, "maximum": 1_048_576}
);

bounded!(
    /// Levels of a synapse, which are remembered in one byte.
    LevelCount: usize, "a whole number in [2, 256]", |x| x >= 2 && x <= 256,
    {"type": "integer", "minimum": 2, "maximum": 256}
);
bounded!(
    /// Bits of a small counter.
    CounterBits: u8, "a whole number in [1, 7]", |x| x >= 1 && x <= 7, {"type": "integer", "minimum": 1, "maximum": 7}
);
bounded!(
    /// Pulses of a train, which fit into one word.
    TrainLength: u32, "a whole number in [1, 31]", |x| x >= 1 && x <= 31,
    {"type": "integer", "minimum": 1, "maximum": 31}
);

bounded!(
    /// Version of a file format.
    SchemaVersion: u32, "2, the only version this program reads", |x| x == 2, {"type": "integer", "const": 2}
);

impl Default for Finite {
    /// 0.
    fn default() -> Self {
        Self(0.0)
    }
}

impl Default for NonNegative {
    fn default() -> Self {
        Self(0.0)
    }
}

impl Default for Fraction {
    fn default() -> Self {
        Self(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_infinity_are_outside_every_range() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Finite::new(x).is_err());
            assert!(Positive::new(x).is_err());
            assert!(NonNegative::new(x).is_err());
            assert!(Fraction::new(x).is_err());
            assert!(PositiveFraction::new(x).is_err());
            assert!(ProperFraction::new(x).is_err());
            assert!(OpenFraction::new(x).is_err());
        }
    }

    #[test]
    fn bounds_are_open_or_closed_as_their_rule_says() {
        assert!(Fraction::new(0.0).is_ok() && Fraction::new(1.0).is_ok());
        assert!(PositiveFraction::new(0.0).is_err() && PositiveFraction::new(1.0).is_ok());
        assert!(ProperFraction::new(0.0).is_ok() && ProperFraction::new(1.0).is_err());
        assert!(OpenFraction::new(0.0).is_err() && OpenFraction::new(1.0).is_err());
        assert!(Positive::new(0.0).is_err() && NonNegative::new(0.0).is_ok());
        assert!(Count::new(0).is_err() && Count::new(1).is_ok());
    }

    #[test]
    fn a_refusal_names_rule_and_value() {
        let error = serde_json::from_str::<Fraction>("1.5").unwrap_err().to_string();
        assert!(error.contains("must be in [0, 1], got 1.5"), "{error}");
    }
}
