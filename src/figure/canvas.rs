//! Strokes, dots and text in pixels of the page, on either backend.
pub(super) use super::backend::{Anchor, Direction};
use super::backend::{Drawn, Line, PageBackend, Point, UNITS};
use super::palette::{Dash, Stroke};
use super::text::Weight;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, Polygon, Rectangle};
use plotters::style::{Color, RGBColor};

/// Height of capital letters and digits, in em.
const CAPITAL_HEIGHT: f64 = 0.73;
/// Lengths of the dashes and of the gaps of a dashed line, pixels.
const DASH: [f64; 2] = [9.0, 6.0];

/// A rectangle of the page, pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn middle(&self) -> (f64, f64) {
        (self.left.midpoint(self.right), self.top.midpoint(self.bottom))
    }
}

/// The look of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    /// Pixels per em.
    pub size: f64,
    pub weight: Weight,
    pub color: RGBColor,
}

impl Lettering {
    pub(super) const fn new(size: f64, weight: Weight, color: RGBColor) -> Self {
        Self { size, weight, color }
    }
}

/// A page to draw on.
pub(super) struct Canvas<'a, B: PageBackend>(pub &'a DrawingArea<B, Shift>);

fn device(length: f64) -> i32 {
    (length * f64::from(UNITS)).round() as i32
}

fn device_point((x, y): (f64, f64)) -> Point {
    (device(x), device(y))
}

impl<B: PageBackend> Canvas<'_, B> {
    /// A line through points.
    pub(super) fn line(&self, points: impl IntoIterator<Item = (f64, f64)>, stroke: Stroke) -> Drawn<B> {
        let points: Vec<_> = points.into_iter().collect();
        match stroke.dash {
            Dash::Solid => self.solid(&points, stroke),
            Dash::Dashed => dashes(&points).iter().try_for_each(|dash| self.solid(dash, stroke)),
        }
    }

    fn solid(&self, points: &[(f64, f64)], stroke: Stroke) -> Drawn<B> {
        let mut points: Vec<Point> = points.iter().copied().map(device_point).collect();
        points.dedup();
        if points.len() < 2 {
            return Ok(());
        }
        B::stroke(self.0, points, stroke.color, device(stroke.width).max(1).unsigned_abs())
    }

    /// A filled disc.
    pub(super) fn dot(&self, center: (f64, f64), radius: f64, color: RGBColor) -> Drawn<B> {
        self.0.draw(&Circle::new(device_point(center), device(radius), color.filled()))
    }

    /// A filled rectangle. It reaches one device unit over its right and lower side, lest cells that touch show a seam.
    pub(super) fn fill(&self, area: Rect, color: RGBColor) -> Drawn<B> {
        let (upper, lower) = (device_point((area.left, area.top)), device_point((area.right, area.bottom)));
        self.0.draw(&Rectangle::new([upper, lower], color.filled()))
    }

    /// A rectangle's outline.
    pub(super) fn outline(&self, area: Rect, stroke: Stroke) -> Drawn<B> {
        let Rect { left, top, right, bottom } = area;
        self.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], stroke)
    }

    /// A filled area between corners, through which `1 - opacity` of what is below it shows.
    pub(super) fn area(
        &self,
        corners: impl IntoIterator<Item = (f64, f64)>,
        color: RGBColor,
        opacity: f64,
    ) -> Drawn<B> {
        let corners: Vec<Point> = corners.into_iter().map(device_point).collect();
        if corners.len() < 3 { Ok(()) } else { self.0.draw(&Polygon::new(corners, color.mix(opacity).filled())) }
    }

    /// Text to the right whose base line is at `at`.
    pub(super) fn text(&self, text: &str, at: (f64, f64), anchor: Anchor, lettering: Lettering) -> Drawn<B> {
        self.write(text, at, anchor, Direction::Rightward, lettering)
    }

    /// Text to the right whose capitals have their middle at the height of `at`.
    pub(super) fn centered(&self, text: &str, at: (f64, f64), anchor: Anchor, lettering: Lettering) -> Drawn<B> {
        self.text(text, (at.0, at.1 + lettering.size * CAPITAL_HEIGHT / 2.0), anchor, lettering)
    }

    /// Text upward whose base line has its middle at `at`.
    pub(super) fn upward(&self, text: &str, at: (f64, f64), lettering: Lettering) -> Drawn<B> {
        self.write(text, at, Anchor::Middle, Direction::Upward, lettering)
    }

    /// Text upward that ends at `at`, its capitals having their middle there.
    pub(super) fn upward_to(&self, text: &str, at: (f64, f64), lettering: Lettering) -> Drawn<B> {
        let at = (at.0 + lettering.size * CAPITAL_HEIGHT / 2.0, at.1);
        self.write(text, at, Anchor::End, Direction::Upward, lettering)
    }

    fn write(
        &self,
        text: &str,
        at: (f64, f64),
        anchor: Anchor,
        direction: Direction,
        Lettering { size, weight, color }: Lettering,
    ) -> Drawn<B> {
        let size = size * f64::from(UNITS);
        // Control characters would make the SVG file unreadable and have no letters.
        let text = text.replace(char::is_control, " ");
        B::write(self.0, &Line { text: &text, at: device_point(at), anchor, direction, size, weight, color })
    }
}

/// Cuts a line into the pieces that are drawn of it when it is dashed.
fn dashes(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let Some(&first) = points.first() else { return Vec::new() };
    let mut pieces = Vec::new();
    let mut piece = vec![first];
    let (mut phase, mut left) = (0, DASH[0]);
    for ends in points.windows(2) {
        let (mut from, to) = (ends[0], ends[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            let part = left / length;
            from = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
            piece.push(from);
            if phase == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            phase = 1 - phase;
            left = DASH[phase];
            piece = vec![from];
        }
    }
    if phase == 0 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(piece: &[(f64, f64)]) -> f64 {
        piece.windows(2).map(|ends| (ends[1].0 - ends[0].0).hypot(ends[1].1 - ends[0].1)).sum()
    }

    #[test]
    fn dashes_keep_their_length_around_corners_and_cover_their_share() {
        let zigzag: Vec<_> = (0..101).map(|i| (f64::from(i) * 3.0, f64::from(i % 2) * 4.0)).collect();
        let pieces = dashes(&zigzag);
        let whole = length(&zigzag);
        assert!(pieces[..pieces.len() - 1].iter().all(|piece| (length(piece) - DASH[0]).abs() < 1e-9));
        let drawn: f64 = pieces.iter().map(|piece| length(piece)).sum();
        assert!((drawn / whole - 0.6).abs() < 0.02, "{drawn} of {whole}");
    }

    #[test]
    fn a_line_shorter_than_a_dash_is_drawn_whole() {
        assert_eq!(dashes(&[(0.0, 0.0), (5.0, 0.0)]), [vec![(0.0, 0.0), (5.0, 0.0)]]);
        assert_eq!(dashes(&[]), Vec::<Vec<(f64, f64)>>::new());
    }
}
