//! A section of horizontal bars: names on the left, a panel for every quantity.
use super::axes::{Axis, drawable};
use super::canvas::{Anchor, Canvas, Rect};
use super::grid::{AXIS_NAME, Room, heading_height, section_heading, write_lines};
use super::label_row::{LabelRow, number_row};
use super::palette::{INK, Stroke, series};
use super::panel::{AXIS_LINE, GRID_LINE, PLAIN, TICK_GAP, with_factor};
use super::sheet::{BarPanel, BarSection};
use super::text::{BODY, LINE, Weight, length, wrapped};
use super::ticks::Tick;

/// Distance of the bars whose names are one line, pixels.
const PITCH: f64 = 34.0;
/// Thickness of a bar, pixels, unless it is stretched.
const THICKNESS: f64 = 22.0;
/// Half the height of the cap of an error bar, pixels.
const CAP: f64 = 5.0;
const GUTTER: f64 = 30.0;
/// Height of the labels below a frame, pixels.
const LABELS: f64 = 28.0;
const ERROR: Stroke = Stroke::solid(INK, 1.5);
/// Panels narrower than this stand below each other, pixels.
const NARROWEST: f64 = 300.0;

fn width_of(text: &str) -> f64 {
    length(text, BODY, Weight::Regular)
}

/// Room of the names, at most two fifths of the sheet.
fn name_room(section: &BarSection, width: f64) -> f64 {
    let widest = section.categories.iter().map(|name| width_of(name)).fold(0.0, f64::max);
    (widest + TICK_GAP).min(0.4 * width)
}

/// Panels next to each other.
fn columns(section: &BarSection, width: f64) -> usize {
    let panels = section.panels.len().max(1);
    let fit = ((width - name_room(section, width) + GUTTER) / (NARROWEST + GUTTER)) as usize;
    if fit >= panels { panels } else { 1 }
}

/// What the section is laid out with.
struct Layout {
    columns: usize,
    /// Width of the names, and of a panel.
    widths: [f64; 2],
    /// Names in lines.
    names: Vec<Vec<String>>,
    /// Distance of the bars.
    pitch: f64,
    stretch: f64,
    /// Height of a row of panels, and of the names of quantities in it.
    row: f64,
    below: f64,
    heading: f64,
}

fn layout(section: &BarSection, Room { width, stretch }: Room) -> Layout {
    let columns = columns(section, width);
    let room = name_room(section, width);
    let panel = (width - room - GUTTER * (columns as f64 - 1.0)) / columns as f64;
    let names: Vec<Vec<String>> =
        section.categories.iter().map(|name| wrapped(name, BODY, Weight::Regular, room - TICK_GAP)).collect();
    let most = names.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let pitch = f64::max(stretch * PITCH, LINE * most as f64 + 10.0);
    let lines = section.panels.iter().map(|own| quantity_lines(&own.quantity, panel).len()).max().unwrap_or(1);
    let below = AXIS_NAME + LINE * lines.saturating_sub(1) as f64;
    let row = pitch * names.len().max(1) as f64 + 10.0 + LABELS + below + 10.0;
    let heading = heading_height(&section.title, width);
    Layout { columns, widths: [room, panel], names, pitch, stretch, row, below, heading }
}

/// The name of a quantity in lines, with room for a power of ten.
fn quantity_lines(name: &str, width: f64) -> Vec<String> {
    wrapped(name, BODY, Weight::Regular, width)
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &BarSection, room: Room) -> f64 {
    let layout = layout(section, room);
    layout.heading + layout.row * section.panels.len().div_ceil(layout.columns) as f64
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &BarSection, stretch: f64) {
    let layout = layout(section, Room { width: area.width(), stretch });
    section_heading(canvas, area, &section.title);
    let [names, width] = layout.widths;
    for (index, panel) in section.panels.iter().enumerate() {
        let (row, column) = ((index / layout.columns) as f64, index % layout.columns);
        let left = area.left + names + column as f64 * (width + GUTTER);
        let top = area.top + layout.heading + row * layout.row + 4.0;
        let bottom = top + layout.pitch * section.categories.len().max(1) as f64 + 10.0;
        let place = Rect { left, right: left + width, top, bottom };
        if column == 0 {
            for (bar, name) in layout.names.iter().enumerate() {
                let first = layout.middle(place, bar) - LINE * (name.len().max(1) - 1) as f64 / 2.0;
                write_lines(canvas, name, (left - TICK_GAP, first), Anchor::End);
            }
        }
        draw_panel(canvas, place, panel, index, &layout);
    }
}

impl Layout {
    fn middle(&self, frame: Rect, bar: usize) -> f64 {
        frame.top + 5.0 + self.pitch * (bar as f64 + 0.5)
    }
}

fn draw_panel(canvas: &mut Canvas, area: Rect, panel: &BarPanel, index: usize, layout: &Layout) {
    let ends = panel.spread.iter().flatten().chain(&panel.values).copied().chain([0.0]);
    let texts = panel.texts.iter().map(|text| width_of(text)).fold(0.0, f64::max);
    let texts = if texts > 0.0 { texts + 3.0 * TICK_GAP } else { 0.0 };
    let inner = Rect { right: area.right - texts, ..area };
    // Zero is always in.
    let Some(axis) = Axis::linear(ends.clone()).map(|axis| match ends.clone().any(|value| value < 0.0) {
        true => axis,
        false => axis.within([0.0, f64::INFINITY], ends),
    }) else {
        return;
    };
    let (row, exponent) = number_row(&axis, inner.width(), false);
    for Tick { place, .. } in row.ticks() {
        let x = inner.left + place * inner.width();
        canvas.line([(x, inner.top), (x, inner.bottom)], GRID_LINE);
    }
    let x_of = |value: f64| axis.place(value).map(|place| inner.left + place * inner.width());
    let zero = x_of(0.0).unwrap_or(inner.left);
    let color = series(index).color;
    for (bar, value) in panel.values.iter().enumerate() {
        let y = layout.middle(inner, bar);
        let half = layout.stretch * THICKNESS / 2.0;
        let mut end = zero;
        match x_of(*value).filter(|_| drawable(*value)) {
            Some(x) => {
                let (left, right) = (zero.min(x), zero.max(x));
                canvas.fill(Rect { left, right, top: y - half, bottom: y + half }, color);
                end = right;
            }
            None => canvas.centered("no value", (zero + TICK_GAP, y), Anchor::Start, super::panel::NOTE),
        }
        if let Some((Some(low), Some(high))) = panel.spread.get(bar).map(|[low, high]| (x_of(*low), x_of(*high))) {
            canvas.line([(low, y), (high, y)], ERROR);
            for x in [low, high] {
                canvas.line([(x, y - CAP), (x, y + CAP)], ERROR);
            }
            end = end.max(high);
        }
        if let Some(text) = panel.texts.get(bar).filter(|_| drawable(*value)) {
            canvas.centered(text, (end + TICK_GAP, y), Anchor::Start, PLAIN);
        }
    }
    canvas.line([(zero, inner.top), (zero, inner.bottom)], AXIS_LINE);
    LabelRow::draw(&row, canvas, inner);
    let last = area.bottom + LABELS + layout.below - 8.0;
    for (above, line) in quantity_lines(&with_factor(&panel.quantity, exponent), area.width()).iter().rev().enumerate()
    {
        let half = width_of(line) / 2.0;
        let middle = inner.middle().0.min(area.right - half).max(area.left + half);
        canvas.text(line, (middle, last - LINE * above as f64), Anchor::Middle, PLAIN);
    }
}
