//! Colours that people with any colour vision tell apart, and line widths.
use super::sheet::{MOST_KINDS, Tone};
use std::fmt::{Display, Formatter};

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub u8, pub u8, pub u8);

impl Color {
    pub(super) const WHITE: Self = Self(255, 255, 255);
}

impl Display for Color {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "#{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }
}

/// The colours of Okabe & Ito (2008), those with most contrast on white first. Their yellow is hard to see as a line
/// on white; the grey that often extends the set stands in for it.
const OKABE_ITO: [Color; 8] = [
    Color(0, 114, 178),
    Color(213, 94, 0),
    Color(0, 158, 115),
    Color(204, 121, 167),
    Color(230, 159, 0),
    Color(86, 180, 233),
    Color(0, 0, 0),
    Color(153, 153, 153),
];

/// Text and axis lines.
pub(super) const INK: Color = Color(34, 34, 34);
/// Text of less weight.
pub(super) const MUTED: Color = Color(102, 102, 102);
/// Lines of the grid.
pub(super) const GRID: Color = Color(226, 226, 226);
/// The plus compartment of a dyad.
pub(super) const PLUS: Color = OKABE_ITO[1];
/// The minus compartment of a dyad.
pub(super) const MINUS: Color = OKABE_ITO[0];
/// The difference of the two compartments.
pub(super) const DIFFERENCE: Color = OKABE_ITO[2];

/// The range of many such differences.
pub(super) const DIFFERENCE_RANGE: Color = Color(127, 206, 185);

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub color: Color,
    /// Pixels.
    pub width: f64,
    pub dash: Dash,
}

/// Whether a line has gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Dashed,
}

impl Stroke {
    pub(super) const fn solid(color: Color, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }

    pub(super) const fn dashed(color: Color, width: f64) -> Self {
        Self { color, width, dash: Dash::Dashed }
    }
}

/// The stroke of the `index`-th of several series: eight colours solid, then the same dashed, and so on in turn.
pub(super) fn series(index: usize) -> Stroke {
    let color = OKABE_ITO[index % OKABE_ITO.len()];
    if (index / OKABE_ITO.len()).is_multiple_of(2) { Stroke::solid(color, 2.6) } else { Stroke::dashed(color, 2.6) }
}

/// Colours of kinds of cells: the first of empty ones, the others ever darker.
pub(super) const KINDS: [Color; MOST_KINDS] =
    [Color::WHITE, Color(166, 216, 245), Color(230, 159, 0), Color(0, 146, 106), Color(140, 40, 90), Color(34, 34, 34)];

/// The colour of a place on a sequential scale, 0 to 1: viridis, uniform to the eye and ever lighter.
pub(super) fn sequential(place: f64) -> Color {
    let color = colorous::VIRIDIS.eval_continuous(place.clamp(0.0, 1.0));
    Color(color.r, color.g, color.b)
}

/// The colour of a place on a scale on either side of zero, which is at ½: orange below, purple above, white between.
pub(super) fn diverging(place: f64) -> Color {
    let color = colorous::PURPLE_ORANGE.eval_continuous(1.0 - place.clamp(0.0, 1.0));
    Color(color.r, color.g, color.b)
}

/// Lightness L* of CIELAB, 0 to 100.
pub(super) fn lightness(Color(red, green, blue): Color) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    if luminance <= 0.008856 { 903.3 * luminance } else { 116.0 * luminance.cbrt() - 16.0 }
}

/// Ink that can be read on a colour.
pub(super) fn ink_on(color: Color) -> Color {
    if lightness(color) < 55.0 { Color::WHITE } else { INK }
}

/// The stroke of a line of this tone.
pub(super) fn stroke_of(tone: Tone) -> Stroke {
    match tone {
        Tone::Nth(index) => series(index),
        // The light end of the scale cannot be seen on white.
        Tone::Along(place) => Stroke::solid(sequential(0.88 * place.clamp(0.0, 1.0)), 2.6),
        Tone::Plus => Stroke::solid(PLUS, 2.6),
        // Dashed, so that s⁺ is seen where both are the same.
        Tone::Minus => Stroke::dashed(MINUS, 2.6),
        Tone::Mean => Stroke::solid(INK, 1.2),
        Tone::Difference => Stroke::solid(DIFFERENCE, 2.6),
        Tone::Muted => Stroke::dashed(MUTED, 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_cells_and_shades_of_scales_differ_in_lightness() {
        assert!(KINDS.windows(2).all(|pair| lightness(pair[0]) - lightness(pair[1]) > 10.0));
        let shades: Vec<f64> = (0..=20).map(|k| lightness(sequential(f64::from(k) / 20.0))).collect();
        assert!(shades.windows(2).all(|pair| pair[1] - pair[0] > 2.0), "{shades:?}");
        let white = lightness(diverging(0.5));
        assert!(white > 90.0 && lightness(diverging(0.0)) < 45.0 && lightness(diverging(1.0)) < 45.0);
        assert_eq!((lightness(Color::WHITE).round(), lightness(Color(0, 0, 0))), (100.0, 0.0));
    }

    #[test]
    fn sixteen_series_look_different_from_each_other() {
        for first in 0..16 {
            for second in 0..first {
                assert_ne!(series(first), series(second));
            }
        }
    }
}
