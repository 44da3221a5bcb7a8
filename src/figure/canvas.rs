//! Strokes, dots and text in pixels of the page, written as SVG.
use super::palette::{Color, Dash, Stroke};
use super::svg::{Pixels, Points, Svg};
use super::text::Weight;
use std::fmt::Display;

/// Height of capital letters and digits, in em.
const CAPITAL_HEIGHT: f64 = 0.73;
/// Lengths of the dashes and of the gaps of a dashed line, pixels.
const DASH: &str = "9 6";
/// How far a filled rectangle reaches over its right and lower side, pixels, so that cells that touch do not show a
/// seam when a PDF is drawn.
const OVERLAP: f64 = 0.34;

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
    pub color: Color,
}

impl Lettering {
    pub(super) const fn new(size: f64, weight: Weight, color: Color) -> Self {
        Self { size, weight, color }
    }
}

/// Which part of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Where a text runs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Rightward,
    Upward,
}

/// A page to draw on.
pub(super) struct Canvas {
    svg: Svg,
}

impl Canvas {
    /// A white page of this size in pixels, of which so many are an inch on paper.
    pub(super) fn new(size: (u32, u32), pixels_per_inch: f64) -> Self {
        Self { svg: Svg::page(size, pixels_per_inch) }
    }

    /// From here on nothing is drawn outside of this area.
    pub(super) fn clip(&mut self, area: Rect) {
        self.svg.clip([area.left, area.top, area.width(), area.bottom - area.top]);
    }

    /// Ends what [`Canvas::clip`] began.
    pub(super) fn end_clip(&mut self) {
        self.svg.end_clip();
    }

    /// The page as an SVG file.
    pub(super) fn finish(self) -> String {
        self.svg.finish()
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: impl IntoIterator<Item = (f64, f64)>, stroke: Stroke) {
        let mut points: Vec<_> = points.into_iter().collect();
        points.dedup_by_key(|(x, y)| (Pixels(*x).rounded(), Pixels(*y).rounded()));
        if points.len() < 2 {
            return;
        }
        let (points, width) = (Points(&points), Pixels(stroke.width));
        let attributes: [(&str, &dyn Display); 4] =
            [("points", &points), ("fill", &"none"), ("stroke", &stroke.color), ("stroke-width", &width)];
        let dash: Option<(&str, &dyn Display)> = match stroke.dash {
            Dash::Solid => None,
            Dash::Dashed => Some(("stroke-dasharray", &DASH)),
        };
        self.svg.element("polyline", attributes.into_iter().chain(dash));
    }

    /// A filled disc.
    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, color: Color) {
        self.svg.element(
            "circle",
            [("cx", &Pixels(x) as &dyn Display), ("cy", &Pixels(y)), ("r", &Pixels(radius)), ("fill", &color)],
        );
    }

    /// A filled rectangle.
    pub(super) fn fill(&mut self, area: Rect, color: Color) {
        let (width, height) = (area.right - area.left + OVERLAP, area.bottom - area.top + OVERLAP);
        self.svg.element(
            "rect",
            [
                ("x", &Pixels(area.left) as &dyn Display),
                ("y", &Pixels(area.top)),
                ("width", &Pixels(width)),
                ("height", &Pixels(height)),
                ("fill", &color),
            ],
        );
    }

    /// A rectangle's outline.
    pub(super) fn outline(&mut self, area: Rect, stroke: Stroke) {
        let Rect { left, top, right, bottom } = area;
        self.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], stroke);
    }

    /// A filled area between corners, through which `1 - opacity` of what is below it shows.
    pub(super) fn area(&mut self, corners: impl IntoIterator<Item = (f64, f64)>, color: Color, opacity: f64) {
        let corners: Vec<_> = corners.into_iter().collect();
        if corners.len() >= 3 {
            self.svg.element(
                "polygon",
                [("points", &Points(&corners) as &dyn Display), ("fill", &color), ("fill-opacity", &opacity)],
            );
        }
    }

    /// Text to the right whose base line is at `at`.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64), anchor: Anchor, lettering: Lettering) {
        self.write(text, at, anchor, Direction::Rightward, lettering);
    }

    /// Text to the right whose capitals have their middle at the height of `at`.
    pub(super) fn centered(&mut self, text: &str, at: (f64, f64), anchor: Anchor, lettering: Lettering) {
        self.text(text, (at.0, at.1 + lettering.size * CAPITAL_HEIGHT / 2.0), anchor, lettering);
    }

    /// Text upward whose base line has its middle at `at`.
    pub(super) fn upward(&mut self, text: &str, at: (f64, f64), lettering: Lettering) {
        self.write(text, at, Anchor::Middle, Direction::Upward, lettering);
    }

    /// Text upward that ends at `at`, its capitals having their middle there.
    pub(super) fn upward_to(&mut self, text: &str, at: (f64, f64), lettering: Lettering) {
        let at = (at.0 + lettering.size * CAPITAL_HEIGHT / 2.0, at.1);
        self.write(text, at, Anchor::End, Direction::Upward, lettering);
    }

    fn write(
        &mut self,
        text: &str,
        (x, y): (f64, f64),
        anchor: Anchor,
        direction: Direction,
        Lettering { size, weight, color }: Lettering,
    ) {
        if text.trim().is_empty() {
            return;
        }
        let (x, y, size) = (Pixels(x), Pixels(y), Pixels(size));
        let turn = format!("rotate(-90 {x} {y})");
        let place: [(&str, &dyn Display); 4] = [("x", &x), ("y", &y), ("font-size", &size), ("fill", &color)];
        let weight: Option<(&str, &dyn Display)> = match weight {
            Weight::Regular => None,
            Weight::Bold => Some(("font-weight", &"bold")),
        };
        let anchor: Option<(&str, &dyn Display)> = match anchor {
            Anchor::Start => None,
            Anchor::Middle => Some(("text-anchor", &"middle")),
            Anchor::End => Some(("text-anchor", &"end")),
        };
        let turn: Option<(&str, &dyn Display)> = match direction {
            Direction::Rightward => None,
            Direction::Upward => Some(("transform", &turn)),
        };
        self.svg.text(text, place.into_iter().chain(weight).chain(anchor).chain(turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::palette::INK;

    #[test]
    fn a_line_whose_points_fall_together_is_not_drawn() {
        let mut canvas = Canvas::new((10, 10), 192.0);
        canvas.line([(1.0, 1.0), (1.001, 1.0)], Stroke::solid(INK, 1.0));
        canvas.line([(1.0, 1.0), (1.0, 1.0), (5.0, 1.0)], Stroke::dashed(INK, 1.0));
        let svg = canvas.finish();
        let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polyline")).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("points=\"1,1 5,1\"") && lines[0].contains("stroke-dasharray=\"9 6\""));
    }

    #[test]
    fn texts_stand_where_they_are_anchored_and_run_where_they_are_told() {
        let mut canvas = Canvas::new((10, 10), 192.0);
        let bold = Lettering::new(20.0, Weight::Bold, INK);
        canvas.upward_to("β", (3.0, 4.0), bold);
        canvas.centered("γ", (3.0, 4.0), Anchor::Middle, bold);
        canvas.text("  ", (3.0, 4.0), Anchor::Start, bold);
        let svg = canvas.finish();
        assert!(
            svg.contains("x=\"10.3\" y=\"4\"")
                && svg.contains("font-weight=\"bold\" text-anchor=\"end\" transform=\"rotate(-90 10.3 4)\">β<")
        );
        assert!(svg.contains("x=\"3\" y=\"11.3\"") && svg.contains("font-weight=\"bold\" text-anchor=\"middle\">γ<"));
        assert_eq!(svg.matches("<text").count(), 2);
    }
}
