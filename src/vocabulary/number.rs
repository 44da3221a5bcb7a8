//! Numbers and units as text.
use std::collections::BTreeSet;

/// Significant digits of a number for people.
pub const DIGITS: usize = 4;
/// Decimals of a percentage in texts.
pub const PERCENT_DECIMALS: usize = 2;
/// What stands where there is no number.
pub const NONE: &str = "–";

/// A number with at most `digits` digits, in powers of ten if it is very small or large.
fn with_digits(value: f64, digits: usize) -> String {
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
    let power = format!("10{}", superscript(power));
    match factor {
        "1" => power,
        "-1" => format!("−{power}"),
        factor => format!("{}·{power}", factor.replace('-', "−")),
    }
}

/// A whole number as exponent.
fn superscript(number: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number
        .chars()
        .filter_map(|c| if c == '-' { Some('⁻') } else { DIGITS.get(c.to_digit(10)? as usize).copied() })
        .collect()
}

/// A number for people.
pub fn number(value: f64) -> String {
    if value.is_nan() { NONE.to_owned() } else { with_digits(value, DIGITS) }
}

/// A number for a cell or next to a bar: about three digits, at most `most_decimals` decimals.
pub fn short(value: f64, most_decimals: usize) -> String {
    let size = value.abs();
    if !(1e-3..1e5).contains(&size) && value != 0.0 {
        return with_digits(value, 2);
    }
    let decimals = [(100.0, 0), (10.0, 1), (1.0, 2)].iter().find(|(from, _)| size >= *from).map_or(3, |found| found.1);
    let decimals = decimals.min(most_decimals);
    format!("{value:.decimals$}").replace('-', "−")
}

/// A share in percent, with its sign.
pub fn percent(share: f64) -> String {
    if share.is_nan() { NONE.to_owned() } else { format!("{:.*} %", PERCENT_DECIMALS, 100.0 * share) }
}

/// Labels of the values of an axis: as short as tells them apart.
pub fn labels(values: &[f64]) -> Vec<String> {
    let with = |digits: usize| values.iter().map(|value| with_digits(*value, digits)).collect::<Vec<_>>();
    let distinct = |labels: &[String]| labels.iter().collect::<BTreeSet<_>>().len();
    let all = values.iter().map(|value| value.to_bits()).collect::<BTreeSet<_>>().len();
    // Two digits are for values such as 0.0316 of a logarithmic axis; round values keep all of theirs.
    let exact = |labels: &[String]| labels.iter().zip(with(8)).all(|(short, long)| *short == long);
    let three = with(3);
    let found = [2, 3, 4, 6].map(with).into_iter().find(|labels| exact(labels) && distinct(labels) == all);
    found.or_else(|| (distinct(&three) == all).then_some(three)).unwrap_or_else(|| with(8))
}

/// A unit as it stands next to numbers; empty if there is none.
pub fn unit_sign(units: &str) -> &str {
    match units {
        "" | "1" => "",
        "degree" => "°",
        units => units,
    }
}

/// A name with its unit in brackets.
pub fn with_unit(name: &str, units: &str) -> String {
    match unit_sign(units) {
        "" => name.to_owned(),
        sign => format!("{name} ({sign})"),
    }
}

/// A number with its unit.
pub fn in_units(value: f64, units: &str) -> String {
    match unit_sign(units) {
        _ if value.is_nan() => NONE.to_owned(),
        sign @ ("" | "°") => format!("{}{sign}", number(value)),
        sign => format!("{} {sign}", number(value)),
    }
}

/// "1 replicate", "3 replicates".
pub fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// A name for people: without underscores.
pub fn spelled(name: &str) -> String {
    name.replace('_', " ")
}

/// A number of bytes, as in "87.1 MB".
pub fn bytes(bytes: f64) -> String {
    match bytes {
        b if b < 1e3 => format!("{b:.0} B"),
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.2} GB", b / 1e9),
    }
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
    fn numbers_are_told_in_four_digits() {
        let told: Vec<_> = [0.0, 12.0, 0.012_345_6, 98_765.4, -1.5, 2.5e-7, f64::NAN].map(number).into();
        assert_eq!(told, ["0", "12", "0.01235", "98770", "−1.5", "2.5·10⁻⁷", NONE]);
        assert_eq!([percent(0.98765), in_units(12.5, "degree"), in_units(2.0, "dB")], ["98.77 %", "12.5°", "2 dB"]);
        assert_eq!([short(97.123, 1), short(0.05, 3), short(123.4, 3)], ["97.1", "0.050", "123"]);
    }
}
