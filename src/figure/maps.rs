//! A section of heat maps with a common scale of colours, which stands above them.
use super::axes::{Axis, Scale, drawable};
use super::canvas::{Anchor, Canvas, Rect};
use super::cells::{Cells, SIGN, cell, draw_contour_sign, draw_missing, draw_over, have_room, write_in};
use super::label_row::number_row;
use super::palette::{Color, diverging, ink_on, sequential};
use super::panel::{AXIS_LINE, PLAIN, TICK_ROW, with_factor};
use super::sheet::{ColorScale, MapPanel, MapSection};
use super::text::{BODY, Weight, shortened};

/// Width and height of the bar of colours, pixels.
const BAR: [f64; 2] = [420.0, 20.0];
/// Height of the name above the bar, pixels.
const NAME: f64 = 28.0;
/// Height of a row that explains another sign, pixels.
const ROW: f64 = 30.0;
/// Pieces of the bar of colours.
const PIECES: usize = 140;

/// Values to colours.
struct Colors {
    axis: Option<Axis>,
    diverging: bool,
}

impl Colors {
    fn new(section: &MapSection) -> Self {
        let values: Vec<f64> = section
            .panels
            .iter()
            .flat_map(|panel| panel.values.iter().flatten().copied())
            .filter(|v| drawable(*v))
            .collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let diverging = section.colors == ColorScale::Diverging;
        let axis = if values.is_empty() {
            None
        } else if diverging {
            let size = low.abs().max(high.abs());
            Some(Axis::exactly(-size.max(f64::MIN_POSITIVE.sqrt()), size.max(f64::MIN_POSITIVE.sqrt()), Scale::Linear))
        } else if low == high {
            Axis::linear(values)
        } else if section.colors == ColorScale::Logarithmic && low > 0.0 && high > 10.0 * low {
            Some(Axis::exactly(low, high, Scale::Logarithmic))
        } else {
            Some(Axis::exactly(low, high, Scale::Linear))
        };
        Self { axis, diverging }
    }

    fn at(&self, place: f64) -> Color {
        if self.diverging { diverging(place) } else { sequential(place) }
    }

    /// The colour of a value; `None` if it cannot be drawn.
    fn of(&self, value: f64) -> Option<Color> {
        Some(self.at(self.axis?.place(value)?))
    }
}

fn has_missing(section: &MapSection) -> bool {
    section.panels.iter().any(|panel| panel.values.iter().flatten().any(|value| !drawable(*value)))
}

fn cells(section: &MapSection) -> Cells<'_> {
    let rows = usize::from(has_missing(section)) + usize::from(!section.contour.is_empty());
    Cells {
        title: &section.title,
        x: &section.x,
        y: &section.y,
        panels: section.panels.iter().map(|panel| panel.title.as_str()).collect(),
        key: NAME + BAR[1] + TICK_ROW + 10.0 + ROW * rows as f64,
    }
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &MapSection, width: f64) -> f64 {
    cells(section).height(width)
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &MapSection) {
    let cells = cells(section);
    let colors = Colors::new(section);
    draw_key(canvas, Rect { top: cells.key_top(area), ..area }, section, &colors);
    cells.draw(canvas, area, |canvas, index, frame| draw_panel(canvas, frame, section, &section.panels[index], &colors))
}

fn draw_key(canvas: &mut Canvas, area: Rect, section: &MapSection, colors: &Colors) {
    let width = BAR[0].min(0.7 * area.width());
    let (left, top) = (area.left + 12.0, area.top + NAME);
    let bar = Rect { left, right: left + width, top, bottom: top + BAR[1] };
    let mut name = section.quantity.clone();
    if let Some(axis) = &colors.axis {
        for piece in 0..PIECES {
            let from = left + width * piece as f64 / PIECES as f64;
            let to = left + width * (piece + 1) as f64 / PIECES as f64;
            let color = colors.at((piece as f64 + 0.5) / PIECES as f64);
            canvas.fill(Rect { left: from, right: to, ..bar }, color);
        }
        canvas.outline(bar, AXIS_LINE);
        let (row, exponent) = number_row(axis, width, false);
        row.draw(canvas, bar);
        name = with_factor(&name, exponent);
    }
    let name = shortened(&name, BODY, Weight::Regular, area.width());
    canvas.text(&name, (area.left, area.top + NAME - 9.0), Anchor::Start, PLAIN);
    let mut middle = bar.bottom + TICK_ROW + ROW / 2.0;
    let end = area.left + SIGN;
    if has_missing(section) {
        let sign = Rect { left: area.left, right: end, top: middle - 9.0, bottom: middle + 9.0 };
        draw_missing(canvas, sign);
        canvas.outline(sign, AXIS_LINE);
        canvas.centered("no value", (end + 8.0, middle), Anchor::Start, PLAIN);
        middle += ROW;
    }
    if !section.contour.is_empty() {
        draw_contour_sign(canvas, (area.left, middle));
        let text = shortened(&section.contour, BODY, Weight::Regular, area.right - end - 8.0);
        canvas.centered(&text, (end + 8.0, middle), Anchor::Start, PLAIN);
    }
}

fn draw_panel(canvas: &mut Canvas, frame: Rect, section: &MapSection, panel: &MapPanel, colors: &Colors) {
    let (columns, rows) = (section.x.labels.len(), section.y.labels.len());
    let place = |row: usize, column: usize| cell(frame, (column, columns), (row, rows));
    let texts = || panel.texts.iter().flatten().map(String::as_str);
    let written = have_room(texts(), place(0, 0));
    for (row, values) in panel.values.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let place = place(row, column);
            let Some(color) = colors.of(*value) else {
                draw_missing(canvas, place);
                continue;
            };
            canvas.fill(place, color);
            if let Some(text) = panel.texts.get(row).and_then(|texts| texts.get(column)).filter(|_| written) {
                write_in(canvas, place, text, ink_on(color));
            }
        }
    }
    draw_over(canvas, frame, (columns, rows), &panel.contours, &panel.rules)
}
