//! Colours that people with any colour vision tell apart, and line widths.
use plotters::style::RGBColor;

/// The colours of Okabe & Ito (2008), those with most contrast on white first. Their yellow is hard to see as a line
/// on white; the grey that often extends the set stands in for it.
const OKABE_ITO: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(153, 153, 153),
];

/// Text and axis lines.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Text of less weight.
pub(super) const MUTED: RGBColor = RGBColor(102, 102, 102);
/// Lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(226, 226, 226);
/// The plus compartment of a dyad.
pub(super) const PLUS: RGBColor = OKABE_ITO[1];
/// The minus compartment of a dyad.
pub(super) const MINUS: RGBColor = OKABE_ITO[0];
/// The difference of the two compartments.
pub(super) const DIFFERENCE: RGBColor = OKABE_ITO[2];

/// The range of many such differences.
pub(super) const DIFFERENCE_RANGE: RGBColor = RGBColor(127, 206, 185);

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub color: RGBColor,
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
    pub(super) const fn solid(color: RGBColor, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }

    pub(super) const fn dashed(color: RGBColor, width: f64) -> Self {
        Self { color, width, dash: Dash::Dashed }
    }
}

/// The stroke of the `index`-th of several series: eight colours solid, then the same dashed, and so on in turn.
pub(super) fn series(index: usize) -> Stroke {
    let color = OKABE_ITO[index % OKABE_ITO.len()];
    if (index / OKABE_ITO.len()).is_multiple_of(2) { Stroke::solid(color, 2.6) } else { Stroke::dashed(color, 2.6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_series_look_different_from_each_other() {
        for first in 0..16 {
            for second in 0..first {
                assert_ne!(series(first), series(second));
            }
        }
    }
}
