//! Numbers for the page: rounded, thinned, told to people.
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

/// Measurements in the order in which they are offered, and kept where there is no room for all.
const FIRST: [&str; 14] = [
    "test_accuracy",
    "train_accuracy",
    "validation_accuracy",
    "test_loss",
    "train_loss",
    "angle_deg",
    "product_operator_norm",
    "nudging_gain",
    "verdict",
    "residual",
    "flips_per_synapse",
    "difference_snr",
    "spectral_norm",
    "norm_ratio",
];

/// The place of a measurement in the order of the page.
pub(super) fn rank(name: &str) -> usize {
    FIRST.iter().position(|&first| first == name).unwrap_or(FIRST.len())
}

/// Whether more of this measurement is better.
pub(super) fn more_is_better(name: &str) -> bool {
    ["accuracy", "cosine", "snr", "effective_bits"].iter().any(|part| name.contains(part))
}

/// A measurement with its unit in about four digits; accuracies in percent.
pub(super) fn told(name: &str, units: &str, x: f64) -> String {
    if x.is_nan() {
        "–".to_owned()
    } else if name.contains("accuracy") {
        format!("{:.2} %", 100.0 * x)
    } else {
        let unit = match units {
            "1" => String::new(),
            "degree" => "°".to_owned(),
            other => format!(" {other}"),
        };
        format!("{}{unit}", short(x))
    }
}

/// A number in four significant digits.
pub(super) fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e5).contains(&size) {
        let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
        let text = format!("{x:.decimals$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        text.replace('-', "−")
    } else {
        let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
        format!("{rounded:e}").replace('-', "−")
    }
}

/// The name of a variable for people.
pub(super) fn spelled(name: &str) -> String {
    name.trim_end_matches("_deg").replace('_', " ")
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

    #[test]
    fn numbers_are_told_in_four_digits() {
        let told: Vec<_> = [0.0, 12.0, 0.012_345_6, 98_765.4, -1.5, 2.5e-7].map(short).into();
        assert_eq!(told, ["0", "12", "0.01235", "98765", "−1.5", "2.5e−7"]);
        assert_eq!(super::told("test_accuracy", "1", 0.98765), "98.77 %");
        assert_eq!(super::told("angle_deg", "degree", 12.5), "12.5°");
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
