//! What a place of the schema demands, in words that stand after "must be".
use super::node::{Kind, Node, Shape};
use serde_json::Value;
use std::fmt;

/// The words for everything that may stand at a place.
pub fn demand(shape: &Shape) -> String {
    let mut choices = Vec::new();
    if !shape.variants.is_empty() {
        let name =
            |name: &str, has_content| if has_content { format!("{{\"{name}\": …}}") } else { format!("\"{name}\"") };
        let names: Vec<_> =
            shape.variants.iter().map(|variant| name(variant.name, variant.content.is_some())).collect();
        choices.push(if names.len() == 1 { names.concat() } else { format!("one of {}", names.join(", ")) });
    }
    choices.extend(shape.plain.iter().map(|plain| demand_of(*plain)));
    if shape.nullable {
        choices.push("null".to_owned());
    }
    choices.join(" or ")
}

/// The words for a place without choice.
pub fn demand_of(plain: Node) -> String {
    let length = |keyword| plain.keyword(keyword).and_then(Value::as_u64);
    match plain.kind() {
        Kind::Object => match plain.keys().as_slice() {
            [] => "an object".to_owned(),
            keys => format!("an object with the keys {}", keys.join(", ")),
        },
        Kind::Array => match (length("minItems"), length("maxItems")) {
            (Some(min), Some(max)) if min == max => format!("an array of {min} elements"),
            (Some(min), Some(max)) => format!("an array of {min} to {max} elements"),
            (Some(min), None) => format!("an array of at least {min} elements"),
            (None, Some(max)) => format!("an array of at most {max} elements"),
            (None, None) => "an array".to_owned(),
        },
        Kind::Integer | Kind::Number => {
            let noun = if plain.kind() == Kind::Integer { "a whole number" } else { "a number" };
            format!("{noun} {}", Range::of(plain)).trim_end().to_owned()
        }
        Kind::Text => "a text".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Anything => "any value".to_owned(),
    }
}

/// The numbers a place takes; a bound of `None` is no bound, `true` marks one that is itself inside.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    low: Option<(f64, bool)>,
    high: Option<(f64, bool)>,
    single_precision: bool,
}

impl Range {
    /// The range the schema gives, or that of the Rust type if that is narrower.
    pub fn of(plain: Node) -> Self {
        let number = |keyword: &str| plain.keyword(keyword).and_then(Value::as_f64);
        let bound = |open: &str, closed: &str| number(open).map(|x| (x, false)).or(number(closed).map(|x| (x, true)));
        let (low, high) = (bound("exclusiveMinimum", "minimum"), bound("exclusiveMaximum", "maximum"));
        let format = plain.keyword("format").and_then(Value::as_str).unwrap_or_default();
        let (type_low, type_high) = match format {
            "int8" => (Some(f64::from(i8::MIN)), Some(f64::from(i8::MAX))),
            "int16" => (Some(f64::from(i16::MIN)), Some(f64::from(i16::MAX))),
            "int32" => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
            "uint8" => (None, Some(f64::from(u8::MAX))),
            "uint16" => (None, Some(f64::from(u16::MAX))),
            "uint32" => (None, Some(f64::from(u32::MAX))),
            _ => (None, None),
        };
        Self {
            low: low.or(type_low.map(|x| (x, true))),
            high: high.or(type_high.map(|x| (x, true))),
            single_precision: format == "float",
        }
    }

    /// The rule a number outside breaks, to be read after "must be".
    pub fn rule(self, x: f64) -> String {
        if self.single_precision && x.abs() > f64::from(f32::MAX) {
            return "a number of single precision, up to 3.4e38 in size".to_owned();
        }
        self.to_string()
    }

    /// Whether a number is inside; NaN never is.
    pub fn contains(self, x: f64) -> bool {
        let above = self.low.is_none_or(|(low, closed)| x > low || (closed && x == low));
        let below = self.high.is_none_or(|(high, closed)| x < high || (closed && x == high));
        // A number beyond single precision would silently become infinite.
        let largest = if self.single_precision { f64::from(f32::MAX) } else { f64::MAX };
        above && below && x.abs() <= largest
    }
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |x: f64| Value::from(x).to_string().trim_end_matches(".0").to_owned();
        match (self.low, self.high) {
            (Some((low, low_closed)), Some((high, high_closed))) => {
                let (left, right) = (if low_closed { '[' } else { '(' }, if high_closed { ']' } else { ')' });
                write!(out, "in {left}{}, {}{right}", number(low), number(high))
            }
            (Some((low, closed)), None) => write!(out, "{} {}", if closed { ">=" } else { ">" }, number(low)),
            (None, Some((high, closed))) => write!(out, "{} {}", if closed { "<=" } else { "<" }, number(high)),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::{Count, Finite, Fraction, NonNegative, Positive, PositiveFraction, ProperFraction};
    use proptest::prelude::*;
    use schemars::JsonSchema;
    use serde::de::DeserializeOwned;

    fn range_of<T: JsonSchema + 'static>() -> (Range, String) {
        let schema = super::super::schema::schema_of::<T>();
        (Range::of(Node::root(schema)), demand(Node::root(schema).shape()))
    }

    fn agree<T: JsonSchema + DeserializeOwned + 'static>(x: f64) {
        let built = serde_json::from_value::<T>(Value::from(x)).is_ok();
        assert_eq!(range_of::<T>().0.contains(x), built, "{x} in {}", range_of::<T>().0);
    }

    fn agree_all(x: f64) {
        agree::<Finite>(x);
        agree::<Positive>(x);
        agree::<NonNegative>(x);
        agree::<Fraction>(x);
        agree::<PositiveFraction>(x);
        agree::<ProperFraction>(x);
    }

    proptest! {
        #[test]
        fn the_schema_takes_exactly_the_numbers_the_type_takes(x in prop_oneof![-2.0..2.0, prop::num::f64::NORMAL]) {
            agree_all(x);
        }
    }

    #[test]
    fn schema_and_type_agree_at_the_bounds() {
        for x in [0.0, 1.0, -f64::MIN_POSITIVE, f64::MIN_POSITIVE, 1.0 + f64::EPSILON, 1.0 - f64::EPSILON] {
            agree_all(x);
        }
    }

    #[test]
    fn words_name_type_and_range() {
        assert_eq!(range_of::<Fraction>().1, "a number in [0, 1]");
        assert_eq!(range_of::<ProperFraction>().1, "a number in [0, 1)");
        assert_eq!(range_of::<Positive>().1, "a number > 0");
        assert_eq!(range_of::<Finite>().1, "a number");
        assert_eq!(range_of::<Count>().1, "a whole number >= 1");
        assert_eq!(range_of::<Option<u16>>().1, "a whole number in [0, 65535] or null");
        assert_eq!(range_of::<[bool; 2]>().1, "an array of 2 elements");
    }

    #[test]
    fn a_number_too_large_for_single_precision_is_outside() {
        assert!(!range_of::<f32>().0.contains(1e39) && range_of::<f32>().0.contains(-3e38));
    }
}
