//! The marks of an axis: at round numbers, as many as there is room for.
use super::text::superscript;

/// A marked value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Place along the axis, 0 at its start and 1 at its end.
    pub place: f64,
    pub label: String,
}

/// The marks of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    pub ticks: Vec<Tick>,
    /// All labels are to be multiplied by ten to this power.
    pub exponent: i32,
}

/// Round values between the ends; `whole` admits whole numbers only.
pub(super) fn linear([low, high]: [f64; 2], most: usize, whole: bool) -> Ticks {
    let span = high - low;
    let mut step = round_up(span / most.max(1) as f64);
    if whole {
        step = step.max(1.0);
    }
    let ends = |step: f64| ((low / step).ceil() as i64, (high / step).floor() as i64);
    let (mut first, mut last) = ends(step);
    // Few marks may all fall next to a narrow range.
    while first > last && !whole {
        step = round_up(0.4 * step);
        (first, last) = ends(step);
    }
    let size = low.abs().max(high.abs());
    let (size_digit, step_digit) = (digit(size), digit(step));
    let exponent = if size_digit >= 5 || (size_digit < -1 && step_digit < -2) { size_digit } else { 0 };
    let decimals = usize::try_from(exponent - step_digit).unwrap_or(0);
    let unit = 10f64.powi(exponent);
    let tick = |index: i64| {
        let value = index as f64 * step;
        let label = format!("{:.decimals$}", value.abs() / unit);
        let sign = if index < 0 { "−" } else { "" };
        Tick { place: (value - low) / span, label: format!("{sign}{label}") }
    };
    Ticks { ticks: (first..=last).map(tick).collect(), exponent }
}

/// Powers of ten, or their doubles and halves, between ends that are given by their decimal logarithms.
pub(super) fn logarithmic([low, high]: [f64; 2], most: usize) -> Ticks {
    let decades = high - low;
    let room = most;
    let most = most.max(2) as f64;
    // The finest of these that leaves room for the labels.
    let factors: &[f64] = if decades * 3.0 <= most {
        &[1.0, 2.0, 5.0]
    } else if decades * 2.0 <= most {
        &[1.0, 3.0]
    } else {
        &[1.0]
    };
    let every = (decades / most).ceil().max(1.0) as i32;
    let (first, last) = (low.floor() as i32, high.ceil() as i32);
    let plain = first >= -3 && last <= 4;
    let mut ticks = Vec::new();
    for decade in (first..=last).filter(|decade| decade.rem_euclid(every) == 0) {
        for factor in factors {
            let place = (f64::from(decade) + factor.log10() - low) / decades;
            if !(0.0..=1.0).contains(&place) {
                continue;
            }
            let label = match (plain, *factor == 1.0) {
                (true, _) => {
                    let decimals = usize::try_from(-decade).unwrap_or(0);
                    format!("{:.decimals$}", factor * 10f64.powi(decade))
                }
                (false, true) => format!("10{}", superscript(decade)),
                (false, false) => format!("{factor}·10{}", superscript(decade)),
            };
            ticks.push(Tick { place, label });
        }
    }
    if ticks.len() >= 2 {
        return Ticks { ticks, exponent: 0 };
    }
    // Between two powers of ten there may be no such value: then round ones, at their places by logarithms.
    let [from, to] = [low, high].map(|end| 10f64.powf(end));
    let mut round = linear([from, to], room, false);
    let logarithmic = |place: f64| ((from + place * (to - from)).log10() - low) / decades;
    round.ticks.iter_mut().for_each(|tick| tick.place = logarithmic(tick.place));
    round.ticks.retain(|tick| (0.0..=1.0).contains(&tick.place));
    if round.ticks.len() > ticks.len() { round } else { Ticks { ticks, exponent: 0 } }
}

/// Zero, and powers of ten on either side of it, for an axis that is linear up to `linear`; its ends are stretched as its
/// values are.
pub(super) fn symlog([low, high]: [f64; 2], most: usize, linear: f64, place: impl Fn(f64) -> Option<f64>) -> Ticks {
    let reach = low.abs().max(high.abs()) - 1.0;
    let first = digit(linear) + i32::from((linear / 10f64.powi(digit(linear)) - 1.0).abs() > 1e-9);
    let last = (linear.log10() + reach.max(0.0) + 1e-9).floor() as i32;
    let sides = if low < 0.0 && high > 0.0 { 2.0 } else { 1.0 };
    let every = (f64::from((last - first + 1).max(1)) * sides / (most.max(2) as f64 - 1.0)).ceil().max(1.0) as usize;
    let plain = first >= -3 && last <= 4;
    let label = |power: i32| match plain {
        true => format!("{:.*}", usize::try_from(-power).unwrap_or(0), 10f64.powi(power)),
        false => format!("10{}", superscript(power)),
    };
    let mut marks = vec![(0.0, "0".to_owned())];
    // A range of less than a decade beyond the linear part has its two ends.
    if first > last {
        let power = digit(linear);
        let label = match (-3..=4).contains(&power) {
            true => format!("{linear:.*}", usize::try_from(1 - power).unwrap_or(0)),
            false => format!("{:.1}·10{}", linear / 10f64.powi(power), superscript(power)),
        };
        marks.push((linear, label));
    }
    for power in (first..=last).step_by(every) {
        marks.push((10f64.powi(power), label(power)));
    }
    let negative: Vec<_> = marks[1..].iter().map(|(value, label)| (-value, format!("−{label}"))).collect();
    let all = negative.into_iter().rev().chain(marks);
    let ticks = all.filter_map(|(value, label)| {
        let place = place(value)?;
        (0.0..=1.0).contains(&place).then_some(Tick { place, label })
    });
    Ticks { ticks: ticks.collect(), exponent: 0 }
}

/// Power of ten of the leading digit of a positive number.
fn digit(value: f64) -> i32 {
    // The addend forgives logarithms of powers of ten that come out a hair too small.
    (value.log10() + 1e-9).floor() as i32
}

/// The next number of 1, 2, 5, 10, … × a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powi(digit(value));
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= value * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_decade_has_marks_too() {
        let found = logarithmic([59f64.log10(), 91f64.log10()], 4);
        let labels: Vec<&str> = found.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["60", "70", "80", "90"]);
        assert!((found.ticks[1].place - (70f64 / 59.0).ln() / (91f64 / 59.0).ln()).abs() < 1e-9);
    }
}
