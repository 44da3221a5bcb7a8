//! Numbers for the page: rounded, thinned.
use serde_json::Value;

/// Significant digits of measurements on the page.
pub(super) const DIGITS: usize = 7;

/// A measurement as JSON: rounded, and null if it is no number.
pub(super) fn measurement(x: f64) -> Value {
    let rounded = format!("{x:.*e}", DIGITS - 1).parse::<f64>().ok();
    // NaN and infinities become null.
    rounded.map_or(Value::Null, number)
}

/// Measurements as JSON.
pub(super) fn measurements(values: &[f64]) -> Vec<Value> {
    values.iter().map(|&x| measurement(x)).collect()
}

/// A number as JSON, whole numbers without decimal point, null if it is none.
pub(super) fn number(x: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if x.fract() == 0.0 && x.abs() < EXACT { Value::from(x as i64) } else { Value::from(x) }
}

/// Whole numbers of which only some can be shown: `most` of `count`, evenly spread, the first and the last among them.
pub(super) fn evenly(count: usize, most: usize) -> Vec<usize> {
    match most {
        _ if count <= most => (0..count).collect(),
        0 => vec![],
        1 => vec![count - 1],
        _ => (0..most).map(|k| (k * (count - 1) + (most - 1) / 2) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_null_and_others_keep_seven_digits() {
        assert_eq!(measurement(f64::NAN), Value::Null);
        assert_eq!(measurement(f64::INFINITY), Value::Null);
        assert_eq!(measurement(0.123_456_789).to_string(), "0.1234568");
        assert_eq!(measurement(3.0).to_string(), "3");
        assert_eq!(number(1e20).as_f64(), Some(1e20));
    }

    proptest! {
        #[test]
        fn a_selection_is_even_and_keeps_both_ends(count in 1usize..500, most in 2usize..60) {
            let chosen = evenly(count, most);
            prop_assert_eq!(chosen.len(), count.min(most));
            prop_assert_eq!(*chosen.last().unwrap(), count - 1);
            prop_assert_eq!(chosen[0], 0);
            let gaps: Vec<_> = chosen.windows(2).map(|pair| pair[1] - pair[0]).collect();
            if let (Some(least), Some(greatest)) = (gaps.iter().min(), gaps.iter().max()) {
                prop_assert!(*least >= 1 && greatest - least <= 1, "{chosen:?}");
            }
        }
    }
}
