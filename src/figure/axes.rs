//! Axes: ranges with margins, linear or logarithmic.
use super::ticks::{self, Ticks};

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    Linear,
    /// Only for values above zero.
    Logarithmic,
    /// By logarithms beyond ± this value, linear between: zero and both signs have a place.
    Symlog(f64),
}

impl Scale {
    /// The place of a value before ends and margins are known; not finite if it has none.
    fn stretch(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.log10(),
            Self::Symlog(linear) if value.abs() <= linear => value / linear,
            Self::Symlog(linear) => value.signum() * (1.0 + (value.abs() / linear).log10()),
        }
    }
}

/// The range of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Ends, as the scale stretches them: values if linear, their decimal logarithms if logarithmic.
    low: f64,
    high: f64,
    pub scale: Scale,
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

    /// An axis of all drawable values, by logarithms on either side of zero; `None` if there are none. It is linear
    /// up to the smallest size that is not zero.
    pub(super) fn symlog(values: impl IntoIterator<Item = f64> + Clone) -> Option<Self> {
        let (low, high) = extent(values.clone())?;
        let sizes = values.into_iter().map(f64::abs).filter(|size| drawable(*size) && *size >= SMALLEST);
        let linear = sizes.fold(f64::INFINITY, f64::min);
        if !linear.is_finite() {
            return Self::linear([low, high]);
        }
        let scale = Scale::Symlog(linear);
        let (low, high) = (scale.stretch(low), scale.stretch(high));
        let margin = if high > low { MARGIN * (high - low) } else { 0.5 };
        Some(Self { low: low - margin, high: high + margin, scale })
    }

    /// An axis from one value to a larger one, without margins.
    pub(super) fn exactly(low: f64, high: f64, scale: Scale) -> Self {
        Self { low: scale.stretch(low), high: scale.stretch(high), scale }
    }

    /// The same axis with ends of its own, where they are given. `None` if an end has no place on the scale, or they
    /// are not in order.
    pub(super) fn between(self, [low, high]: [Option<f64>; 2]) -> Option<Self> {
        let end = |given: Option<f64>, own: f64| given.map_or(own, |value| self.scale.stretch(value));
        let axis = Self { low: end(low, self.low), high: end(high, self.high), ..self };
        (axis.low.is_finite() && axis.high.is_finite() && axis.low < axis.high).then_some(axis)
    }

    /// The part of the axis that is linear, as places; `None` unless another part is logarithmic.
    pub(super) fn linear_part(&self) -> Option<[f64; 2]> {
        let Scale::Symlog(linear) = self.scale else { return None };
        Some([-linear, linear].map(|value| self.place(value).unwrap_or(0.0).clamp(0.0, 1.0)))
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
        if !drawable(value) {
            return None;
        }
        let value = self.scale.stretch(value);
        drawable(value).then(|| (value - self.low) / (self.high - self.low))
    }

    /// At most about `most` round values; `whole` admits whole numbers only.
    pub(super) fn ticks(&self, most: usize, whole: bool) -> Ticks {
        let ends = [self.low, self.high];
        match self.scale {
            Scale::Linear => ticks::linear(ends, most, whole),
            Scale::Logarithmic => ticks::logarithmic(ends, most),
            Scale::Symlog(linear) => ticks::symlog(ends, most, linear, |value| self.place(value)),
        }
    }
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
    fn zero_has_a_place_before_the_first_decade() {
        let axis = Axis::symlog([0.0, 0.001, 0.01, 0.1]).unwrap();
        let places: Vec<f64> = [0.0, 0.001, 0.01, 0.1].iter().map(|value| axis.place(*value).unwrap()).collect();
        assert!(places.windows(2).all(|pair| (pair[1] - pair[0] - 1.0 / (3.0 * 1.12)).abs() < 1e-12), "{places:?}");
        assert_eq!(labels(axis, 8), ["0", "0.001", "0.01", "0.1"]);
        let both = Axis::symlog([-100.0, 0.0, 1.0, 100.0]).unwrap();
        assert_eq!(labels(both, 9), ["−100", "−10", "−1", "0", "1", "10", "100"]);
        assert_eq!(both.linear_part().map(|ends| ends.map(|end| (end * 100.0).round())), Some([35.0, 65.0]));
        assert_eq!(Axis::symlog([0.0, 0.0]).unwrap().scale, Scale::Linear);
    }

    #[test]
    fn ends_that_are_given_are_the_ends() {
        let axis = Axis::logarithmic([0.01, 1.0]).unwrap();
        let own = axis.between([Some(0.1), None]).unwrap();
        assert_eq!((own.place(0.1), own.high), (Some(0.0), axis.high));
        assert_eq!((axis.between([Some(0.0), None]), axis.between([Some(2.0), Some(1.0)])), (None, None));
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
            let of = |make: fn(Vec<f64>) -> Option<Axis>| make(values.clone());
            for axis in [of(Axis::linear), of(Axis::spanning), of(Axis::counted), of(Axis::symlog)] {
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
