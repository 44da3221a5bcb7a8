//! What the two plotters backends do differently: vectors for SVG, an oversampled raster for PNG.
//!
//! Both count in *device units*, [`UNITS`] to the pixel, because plotters knows only whole coordinates. plotters'
//! own text stands at other heights and sizes in the two formats and loses the space before each letter in a raster,
//! and its thick lines in a raster have spikes at sharp corners; here both formats show the same.
use super::text::{self, Weight};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

/// Device units per pixel: positions of an SVG are that fine, and a pixel of a PNG is the mean of as many samples
/// each way.
pub(super) const UNITS: u32 = 3;

/// A point in device units.
pub(super) type Point = (i32, i32);
/// The outcome of drawing on a backend.
pub(super) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Which part of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Where a text runs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Rightward,
    Upward,
}

/// A line of text; lengths in device units.
pub(super) struct Line<'a> {
    pub text: &'a str,
    /// Point of the base line that `anchor` speaks of.
    pub at: Point,
    pub anchor: Anchor,
    pub direction: Direction,
    /// Per em.
    pub size: f64,
    pub weight: Weight,
    pub color: RGBColor,
}

/// A plotters backend a page can be drawn on.
pub(super) trait PageBackend: DrawingBackend {
    /// Draws a line of text.
    fn write(area: &DrawingArea<Self, Shift>, line: &Line<'_>) -> Drawn<Self>;

    /// Draws a solid line with round joints through at least two points.
    fn stroke(area: &DrawingArea<Self, Shift>, points: Vec<Point>, color: RGBColor, width: u32) -> Drawn<Self>;
}

impl PageBackend for SVGBackend<'_> {
    fn write(area: &DrawingArea<Self, Shift>, line: &Line<'_>) -> Drawn<Self> {
        /// plotters asks for text so many times larger than it writes into the file.
        const SIZE_FACTOR: f64 = 1.24;
        /// The base line plotters gives to text anchored at its top, in em below the position.
        const BASE_LINE: f64 = 0.76;
        let shift = (BASE_LINE * line.size).round() as i32;
        let (position, transform) = match line.direction {
            Direction::Rightward => ((line.at.0, line.at.1 - shift), FontTransform::None),
            Direction::Upward => ((line.at.0 - shift, line.at.1), FontTransform::Rotate270),
        };
        let style = match line.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let anchor = match line.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = FontDesc::new(FontFamily::Name(text::FAMILY), line.size * SIZE_FACTOR, style).transform(transform);
        area.draw_text(line.text, &TextStyle::from(font).color(&line.color).pos(Pos::new(anchor, VPos::Top)), position)
    }

    fn stroke(area: &DrawingArea<Self, Shift>, points: Vec<Point>, color: RGBColor, width: u32) -> Drawn<Self> {
        area.draw(&PathElement::new(points, color.stroke_width(width)))
    }
}

impl PageBackend for BitMapBackend<'_> {
    fn write(area: &DrawingArea<Self, Shift>, line: &Line<'_>) -> Drawn<Self> {
        let length = text::length(line.text, line.size, line.weight);
        let start = match line.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -length / 2.0,
            Anchor::End => -length,
        };
        let start = start.round() as i32;
        let mut outcome = Ok(());
        for letter in text::outlines(line.text, line.size, line.weight) {
            let corner = letter.px_bounds().min;
            letter.draw(|x, y, coverage| {
                let along = start + corner.x as i32 + x as i32;
                let below = corner.y as i32 + y as i32;
                let pixel = match line.direction {
                    Direction::Rightward => (line.at.0 + along, line.at.1 + below),
                    Direction::Upward => (line.at.0 + below, line.at.1 - along),
                };
                if outcome.is_ok() && coverage > 0.0 {
                    outcome = area.draw_pixel(pixel, &line.color.mix(f64::from(coverage.min(1.0))));
                }
            });
        }
        outcome
    }

    fn stroke(area: &DrawingArea<Self, Shift>, points: Vec<Point>, color: RGBColor, width: u32) -> Drawn<Self> {
        // Shapes include the samples on their rim.
        let width = width.saturating_sub(1);
        for ends in points.windows(2) {
            area.draw(&Polygon::new(band(ends[0], ends[1], f64::from(width)).to_vec(), color.filled()))?;
        }
        for point in points {
            area.draw(&Circle::new(point, width / 2, color.filled()))?;
        }
        Ok(())
    }
}

/// The corners of a straight line of some width between two different points.
fn band(from: Point, to: Point, width: f64) -> [Point; 4] {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let half = width / 2.0 / dx.hypot(dy);
    let (x, y) = ((-dy * half).round() as i32, (dx * half).round() as i32);
    [(from.0 + x, from.1 + y), (to.0 + x, to.1 + y), (to.0 - x, to.1 - y), (from.0 - x, from.1 - y)]
}
