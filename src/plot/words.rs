//! How axes, numbers and metrics are written.
use crate::figure::superscript;

/// A number with at most `digits` digits, in powers of ten if it is very small or large.
fn written(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{:.*e}", digits.saturating_sub(1), value);
    let rounded: f64 = scientific.parse().unwrap_or(value);
    if rounded == 0.0 || (1e-3..1e5).contains(&rounded.abs()) {
        return format!("{rounded}").replace('-', "−");
    }
    let (factor, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let factor = if factor.contains('.') { factor.trim_end_matches('0').trim_end_matches('.') } else { factor };
    let power = format!("10{}", superscript(power.parse().unwrap_or(0)));
    match factor {
        "1" => power,
        "-1" => format!("−{power}"),
        factor => format!("{}·{power}", factor.replace('-', "−")),
    }
}

/// A number for people.
pub(super) fn number(value: f64) -> String {
    written(value, 4)
}

/// Labels of the values of an axis: as short as tells them apart.
pub(super) fn labels(values: &[f64]) -> Vec<String> {
    let with = |digits: usize| values.iter().map(|value| written(*value, digits)).collect::<Vec<_>>();
    let distinct = |labels: &[String]| labels.iter().collect::<std::collections::BTreeSet<_>>().len();
    let all = values.iter().map(|value| value.to_bits()).collect::<std::collections::BTreeSet<_>>().len();
    // Two digits are for values such as 0.0316 of a logarithmic axis; round values keep all of theirs.
    let exact = |labels: &[String]| labels.iter().zip(with(8)).all(|(short, long)| *short == long);
    let three = with(3);
    let found = [2, 3, 4, 6].map(with).into_iter().find(|labels| exact(labels) && distinct(labels) == all);
    found.or_else(|| (distinct(&three) == all).then_some(three)).unwrap_or_else(|| with(8))
}

/// A name with its unit in brackets.
pub(super) fn with_unit(name: &str, units: &str) -> String {
    match units {
        "" | "1" => name.to_owned(),
        "degree" => format!("{name} (°)"),
        units => format!("{name} ({units})"),
    }
}

/// How a metric is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metric {
    /// Name without unit.
    pub name: String,
    /// Name with unit.
    pub label: String,
    /// What its values are multiplied by.
    pub factor: f64,
    /// Values it cannot go beyond.
    pub limits: [f64; 2],
    /// Whether small values are good.
    pub small_is_good: bool,
    pub may_be_logarithmic: bool,
}

impl Metric {
    /// From the name of a variable and its unit.
    pub(super) fn new(variable: &str, units: &str) -> Self {
        let name = match variable {
            "angle_deg" => "angle to backprop".to_owned(),
            "cosine" => "cosine with backprop".to_owned(),
            "norm_ratio" => "norm over that of backprop".to_owned(),
            "difference_snr" => "SNR of the difference".to_owned(),
            "diverged_step" => "step of divergence".to_owned(),
            "nudging_gain" => "nudging gain |1−2α| β σ²".to_owned(),
            other => other.replace('_', " "),
        };
        let share = variable.contains("accuracy") || variable.ends_with("_clipped");
        let angle = variable == "angle_deg";
        let label = if share { format!("{name} (%)") } else { with_unit(&name, units) };
        let limits = match (share, angle) {
            (true, _) => [0.0, 100.0],
            (_, true) => [0.0, 180.0],
            _ => [f64::NEG_INFINITY, f64::INFINITY],
        };
        let small_is_good = !(variable.contains("accuracy")
            || ["cosine", "difference_snr", "difference_effective_bits", "diverged_step", "certified_radius_mean"]
                .contains(&variable));
        let factor = if share { 100.0 } else { 1.0 };
        let may_be_logarithmic = !share && !angle && variable != "cosine";
        Self { name, label, factor, limits, small_is_good, may_be_logarithmic }
    }

    /// A mean and its standard deviation with as many decimals.
    pub(super) fn with_deviation(&self, mean: f64, deviation: f64) -> String {
        let mean = self.value(mean);
        match mean.split_once('.') {
            // A power of ten has no decimals to share.
            _ if mean.contains('⁻') || mean.contains('·') => format!("{mean} ± {}", self.value(deviation)),
            Some((_, decimals)) => format!("{mean} ± {deviation:.*}", decimals.len()),
            None => format!("{mean} ± {deviation:.0}"),
        }
    }

    /// A value without its unit, for texts in cells and beside bars.
    pub(super) fn value(&self, value: f64) -> String {
        let size = value.abs();
        if !(1e-3..1e5).contains(&size) && value != 0.0 {
            return written(value, 2);
        }
        let decimals =
            [(100.0, 0), (10.0, 1), (1.0, 2)].iter().find(|(from, _)| size >= *from).map_or(3, |found| found.1);
        let decimals = if self.factor == 100.0 { decimals.min(1) } else { decimals };
        format!("{value:.decimals$}").replace('-', "−")
    }
}

/// "1 seed", "3 seeds".
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_tell_values_apart() {
        assert_eq!(labels(&[0.0, 0.30000000000000004, 1.0]), ["0", "0.3", "1"]);
        assert_eq!(labels(&[0.01, 0.03162277660168379, 0.1]), ["0.01", "0.0316", "0.1"]);
        assert_eq!(labels(&[1e-5, 0.1, 1e6]), ["10⁻⁵", "0.1", "10⁶"]);
        assert_eq!(labels(&[0.1231, 0.1232]), ["0.1231", "0.1232"]);
        assert_eq!(labels(&[0.12345671, 0.12345672]), ["0.12345671", "0.12345672"]);
        assert_eq!(labels(&[-0.5, 2.5e-7]), ["−0.5", "2.5·10⁻⁷"]);
    }

    #[test]
    fn shares_are_percent_and_other_units_in_brackets() {
        let accuracy = Metric::new("test_accuracy", "1");
        assert_eq!((accuracy.label.as_str(), accuracy.factor), ("test accuracy (%)", 100.0));
        assert!(!accuracy.small_is_good && Metric::new("test_loss", "1").small_is_good);
        assert_eq!(Metric::new("angle_deg", "degree").label, "angle to backprop (°)");
        assert_eq!(Metric::new("tau", "ms").label, "tau (ms)");
        assert_eq!(accuracy.with_deviation(97.123, 0.256), "97.1 ± 0.3");
        assert_eq!((accuracy.value(97.123), accuracy.value(5.55)), ("97.1".to_owned(), "5.5".to_owned()));
    }
}
