//! Axes: ranges with margins, linear or logarithmic, and ticks at round numbers.
use super::text::superscript;

/// Share of the range that stays empty beyond the outermost values.
const MARGIN: f64 = 0.06;
/// A range narrower than this share of its values is widened: ticks in it would need too many digits.
const NARROWEST: f64 = 1e-3;
/// Values beyond this size, and what is not finite, cannot be drawn.
const LARGEST: f64 = 1e100;
/// Ranges of values smaller than this count as one value.
const SMALLEST: f64 = 1e-100;

/// Whether a value can be drawn.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// Distances along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    /// Only for values above zero.
    Logarithmic,
}

/// The range of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Ends: values if linear, their decimal logarithms if logarithmic.
    low: f64,
    high: f64,
    pub scale: Scale,
}

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

fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| drawable(*value)).fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

impl Axis {
    /// A linear axis around all drawable values; `None` if there are none.
    pub(super) fn linear(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = extent(values)?;
        let size = low.abs().max(high.abs());
        let span = high - low;
        let (low, high) = if size < SMALLEST {
            (-1.0, 1.0)
        } else if span < NARROWEST * size {
            let half = (NARROWEST * size).max(if span == 0.0 { 0.1 * size } else { span });
            let middle = low.midpoint(high);
            (middle - half, middle + half)
        } else {
            (low - MARGIN * span, high + MARGIN * span)
        };
        Some(Self { low, high, scale: Scale::Linear })
    }

    /// An axis around all drawable values, logarithmic if they are positive and span more than a decade.
    pub(super) fn spanning(values: impl IntoIterator<Item = f64> + Clone) -> Option<Self> {
        let (low, high) = extent(values.clone())?;
        if low < SMALLEST || high <= 10.0 * low {
            return Self::linear(values);
        }
        let (low, high) = (low.log10(), high.log10());
        let margin = MARGIN * (high - low);
        Some(Self { low: low - margin, high: high + margin, scale: Scale::Logarithmic })
    }

    /// An axis of counted things: a single one has half a step on either side.
    pub(super) fn counted(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = extent(values)?;
        let margin = if high > low { 0.03 * (high - low) } else { 0.5 };
        // Beyond 2⁵³ adding a half changes nothing.
        let margin = margin.max(NARROWEST * low.abs().max(high.abs()));
        Some(Self { low: low - margin, high: high + margin, scale: Scale::Linear })
    }

    /// A logarithmic axis around all positive values that can be drawn; `None` if there are none.
    pub(super) fn logarithmic(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = extent(values.into_iter().filter(|value| *value >= SMALLEST))?;
        let (low, high) = (low.log10(), high.log10());
        let margin = if high > low { 0.5 * MARGIN * (high - low) } else { 0.5 };
        Some(Self { low: low - margin, high: high + margin, scale: Scale::Logarithmic })
    }

    /// An axis from one value to a larger one, without margins.
    pub(super) fn exactly(low: f64, high: f64, scale: Scale) -> Self {
        match scale {
            Scale::Linear => Self { low, high, scale },
            Scale::Logarithmic => Self { low: low.log10(), high: high.log10(), scale },
        }
    }

    /// The same axis, whose margins do not reach beyond `limits` if its values do not. Linear axes only; logarithmic
    /// ones are returned as they are.
    pub(super) fn within(self, [least, most]: [f64; 2], values: impl IntoIterator<Item = f64>) -> Self {
        match (self.scale, extent(values)) {
            (Scale::Linear, Some((low, high))) if least <= low && high <= most => {
                Self { low: self.low.max(least), high: self.high.min(most), ..self }
            }
            _ => self,
        }
    }

    /// Place of a value along the axis, 0 at its start and 1 at its end; `None` if it cannot be drawn.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        // What no axis is made for has no place on a logarithmic one either.
        let value = match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic if !drawable(value) => return None,
            Scale::Logarithmic => value.log10(),
        };
        drawable(value).then(|| (value - self.low) / (self.high - self.low))
    }

    /// At most about `most` round values; `whole` admits whole numbers only.
    pub(super) fn ticks(&self, most: usize, whole: bool) -> Ticks {
        match self.scale {
            Scale::Linear => self.linear_ticks(most, whole),
            Scale::Logarithmic => self.logarithmic_ticks(most),
        }
    }

    fn linear_ticks(&self, most: usize, whole: bool) -> Ticks {
        let span = self.high - self.low;
        let mut step = round_up(span / most.max(1) as f64);
        if whole {
            step = step.max(1.0);
        }
        let ends = |step: f64| ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        let (mut first, mut last) = ends(step);
        // Few marks may all fall next to a narrow range.
        while first > last && !whole {
            step = round_up(0.4 * step);
            (first, last) = ends(step);
        }
        let size = self.low.abs().max(self.high.abs());
        let (size_digit, step_digit) = (digit(size), digit(step));
        let exponent = if size_digit >= 5 || (size_digit < -1 && step_digit < -2) { size_digit } else { 0 };
        let decimals = usize::try_from(exponent - step_digit).unwrap_or(0);
        let unit = 10f64.powi(exponent);
        let tick = |index: i64| {
            let value = index as f64 * step;
            let label = format!("{:.decimals$}", value.abs() / unit);
            let sign = if index < 0 { "−" } else { "" };
            Tick { place: (value - self.low) / span, label: format!("{sign}{label}") }
        };
        Ticks { ticks: (first..=last).map(tick).collect(), exponent }
    }

    fn logarithmic_ticks(&self, most: usize) -> Ticks {
        let decades = self.high - self.low;
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
        let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
        let plain = first >= -3 && last <= 4;
        let mut ticks = Vec::new();
        for decade in (first..=last).filter(|decade| decade.rem_euclid(every) == 0) {
            for factor in factors {
                let place = (f64::from(decade) + factor.log10() - self.low) / decades;
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
        Ticks { ticks, exponent: 0 }
    }
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
    use proptest::prelude::*;

    fn labels(axis: Axis, most: usize) -> Vec<String> {
        axis.ticks(most, false).ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_carry_a_true_minus() {
        let axis = Axis::linear([-1.0, 1.0]).unwrap();
        assert_eq!(labels(axis, 5), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(Axis::linear([0.0, 97.0]).unwrap(), 6), ["0", "20", "40", "60", "80", "100"]);
    }

    #[test]
    fn a_range_between_two_round_numbers_has_a_mark_too() {
        assert!(!Axis::linear([-224.33642834440187]).unwrap().ticks(2, false).ticks.is_empty());
    }

    #[test]
    fn tiny_values_have_their_power_of_ten_taken_out() {
        let ticks = Axis::linear([-1e-6, 2e-6]).unwrap().ticks(4, false);
        let labels: Vec<_> = ticks.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!((ticks.exponent, labels), (-6, vec!["−1", "0", "1", "2"]));
    }

    #[test]
    fn more_than_a_decade_of_positive_values_is_drawn_logarithmically() {
        let axis = Axis::spanning([0.004, 0.5, 3.0]).unwrap();
        assert_eq!(axis.scale, Scale::Logarithmic);
        assert_eq!(labels(axis, 4), ["0.01", "0.1", "1"]);
        let (half, whole) = (axis.place(0.3).unwrap(), axis.place(3.0).unwrap());
        let decades = (3.0f64 / 0.004).log10() * (1.0 + 2.0 * MARGIN);
        assert!(((whole - half) * decades - 1.0).abs() < 1e-12);
        for linear in [[0.0, 1.0], [0.2, 1.0], [-5.0, 100.0]] {
            assert_eq!(Axis::spanning(linear).unwrap().scale, Scale::Linear);
        }
    }

    #[test]
    fn epochs_are_marked_at_whole_numbers_only() {
        assert_eq!(labels_whole(&[1.0]), ["1"]);
        assert_eq!(labels_whole(&[0.0, 1.0, 2.0]), ["0", "1", "2"]);
    }

    fn labels_whole(values: &[f64]) -> Vec<String> {
        let axis = Axis::counted(values.iter().copied()).unwrap();
        axis.ticks(8, true).ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn margins_end_where_the_quantity_does_unless_values_go_further() {
        let axis = |values: [f64; 2]| Axis::linear(values).unwrap().within([0.0, 100.0], values);
        let usual = axis([1.0, 99.0]);
        assert_eq!((usual.place(0.0), usual.place(100.0)), (Some(0.0), Some(1.0)));
        assert_eq!(axis([50.0, 60.0]), Axis::linear([50.0, 60.0]).unwrap());
        assert_eq!(axis([-50.0, 60.0]), Axis::linear([-50.0, 60.0]).unwrap());
    }

    #[test]
    fn nothing_drawable_makes_no_axis() {
        assert_eq!(Axis::linear([f64::NAN, f64::INFINITY, 1e200]), None);
        assert_eq!(Axis::counted([]), None);
    }

    proptest! {
        #[test]
        fn every_axis_holds_its_values_and_marks_different_places(
            values in prop::collection::vec(prop_oneof![-1e3..1e3, -1e-7..1e-7, 1e-30..1e30, Just(0.1 + 0.2)], 1..9),
            most in 2usize..9,
        ) {
            for axis in [Axis::linear(values.clone()), Axis::spanning(values.clone()), Axis::counted(values.clone())] {
                let axis = axis.unwrap();
                for value in &values {
                    let place = axis.place(*value).unwrap();
                    prop_assert!((0.0..=1.0).contains(&place), "{value} at {place} of {axis:?}");
                }
                let ticks = axis.ticks(most, false).ticks;
                prop_assert!((1..=most + 1).contains(&ticks.len()), "{ticks:?} on {axis:?}");
                for pair in ticks.windows(2) {
                    prop_assert!(pair[0].place < pair[1].place && pair[0].label != pair[1].label, "{ticks:?}");
                }
                prop_assert!(ticks.iter().all(|tick| (-1e-9..=1.0 + 1e-9).contains(&tick.place)));
            }
        }
    }
}
