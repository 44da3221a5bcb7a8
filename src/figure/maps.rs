//! A section of heat maps with a common scale of colours, which stands above them.
use super::axes::{Axis, Scale, drawable};
use super::canvas::{Anchor, Canvas, Rect};
use super::cells::{Cells, SIGN, cell, draw_contour_sign, draw_missing, draw_over, have_room, write_in};
use super::grid::{Room, write_lines};
use super::label_row::number_row;
use super::palette::{Color, diverging, ink_on, sequential};
use super::panel::{AXIS_LINE, PLAIN, TICK_ROW, with_factor};
use super::sheet::{ColorScale, MapPanel, MapSection};
use super::text::{BODY, LINE, Weight, wrapped};

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

/// What explains the colours: the name of the quantity, and what else is drawn.
struct Explained {
    name: Vec<String>,
    contour: Vec<String>,
}

fn explained(section: &MapSection, colors: &Colors, width: f64) -> Explained {
    let exponent = colors.axis.map_or(0, |axis| number_row(&axis, bar_width(width), false).1);
    Explained {
        name: wrapped(&with_factor(&section.quantity, exponent), BODY, Weight::Regular, width),
        contour: wrapped(&section.contour, BODY, Weight::Regular, width - SIGN - 8.0),
    }
}

fn bar_width(width: f64) -> f64 {
    BAR[0].min(0.7 * width)
}

fn cells<'a>(section: &'a MapSection, explained: &Explained) -> Cells<'a> {
    let rows = usize::from(has_missing(section)) + usize::from(!section.contour.is_empty());
    let further = |lines: &[String]| LINE * lines.len().saturating_sub(1) as f64;
    Cells {
        title: &section.title,
        x: &section.x,
        y: &section.y,
        panels: section.panels.iter().map(|panel| panel.title.as_str()).collect(),
        key: NAME
            + BAR[1]
            + TICK_ROW
            + 10.0
            + ROW * rows as f64
            + further(&explained.name)
            + further(&explained.contour),
    }
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &MapSection, room: Room) -> f64 {
    cells(section, &explained(section, &Colors::new(section), room.width)).height(room)
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &MapSection, stretch: f64) {
    let colors = Colors::new(section);
    let explained = explained(section, &colors, area.width());
    let cells = cells(section, &explained);
    draw_key(canvas, Rect { top: cells.key_top(area), ..area }, section, &colors, &explained);
    let panel =
        |canvas: &mut Canvas, index: usize, frame| draw_panel(canvas, frame, section, &section.panels[index], &colors);
    cells.draw(canvas, area, stretch, panel)
}

fn draw_key(canvas: &mut Canvas, area: Rect, section: &MapSection, colors: &Colors, explained: &Explained) {
    let width = bar_width(area.width());
    let left = area.left + 12.0;
    let top = area.top + NAME + LINE * explained.name.len().saturating_sub(1) as f64;
    let bar = Rect { left, right: left + width, top, bottom: top + BAR[1] };
    if let Some(axis) = &colors.axis {
        for piece in 0..PIECES {
            let from = left + width * piece as f64 / PIECES as f64;
            let to = left + width * (piece + 1) as f64 / PIECES as f64;
            let color = colors.at((piece as f64 + 0.5) / PIECES as f64);
            canvas.fill(Rect { left: from, right: to, ..bar }, color);
        }
        canvas.outline(bar, AXIS_LINE);
        number_row(axis, width, false).0.draw(canvas, bar);
    }
    for (row, line) in explained.name.iter().enumerate() {
        canvas.text(line, (area.left, area.top + NAME - 9.0 + LINE * row as f64), Anchor::Start, PLAIN);
    }
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
        write_lines(canvas, &explained.contour, (end + 8.0, middle), Anchor::Start);
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
