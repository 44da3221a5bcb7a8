//! A section of horizontal bars: names on the left, a panel for every quantity.
use super::axes::{Axis, Tick, drawable};
use super::canvas::{Anchor, Canvas, Rect};
use super::grid::{AXIS_NAME, SECTION_HEADING, section_heading};
use super::label_row::{LabelRow, number_row};
use super::palette::{INK, Stroke, series};
use super::panel::{AXIS_LINE, GRID_LINE, PLAIN, TICK_GAP, with_factor};
use super::sheet::{BarPanel, BarSection};
use super::text::{BODY, Weight, length, shortened};

/// Distance of the bars, pixels.
const PITCH: f64 = 34.0;
/// Thickness of a bar as a share of that.
const THICKNESS: f64 = 0.66;
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

fn frame_height(section: &BarSection) -> f64 {
    PITCH * section.categories.len().max(1) as f64 + 10.0
}

/// Panels next to each other.
fn columns(section: &BarSection, width: f64) -> usize {
    let panels = section.panels.len().max(1);
    let fit = ((width - name_room(section, width) + GUTTER) / (NARROWEST + GUTTER)) as usize;
    if fit >= panels { panels } else { 1 }
}

fn row_height(section: &BarSection) -> f64 {
    frame_height(section) + LABELS + AXIS_NAME + 10.0
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &BarSection, width: f64) -> f64 {
    let heading = if section.title.is_empty() { 0.0 } else { SECTION_HEADING };
    heading + row_height(section) * section.panels.len().div_ceil(columns(section, width)) as f64
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &BarSection) {
    section_heading(canvas, area, &section.title);
    let top = area.top + if section.title.is_empty() { 0.0 } else { SECTION_HEADING };
    let columns = columns(section, area.width());
    let names = name_room(section, area.width());
    let width = (area.width() - names - GUTTER * (columns as f64 - 1.0)) / columns as f64;
    for (index, panel) in section.panels.iter().enumerate() {
        let (row, column) = ((index / columns) as f64, index % columns);
        let left = area.left + names + column as f64 * (width + GUTTER);
        let top = top + row * row_height(section) + 4.0;
        let place = Rect { left, right: left + width, top, bottom: top + frame_height(section) };
        if column == 0 {
            for (bar, name) in section.categories.iter().enumerate() {
                let name = shortened(name, BODY, Weight::Regular, names - TICK_GAP);
                canvas.centered(&name, (left - TICK_GAP, middle(place, bar)), Anchor::End, PLAIN);
            }
        }
        draw_panel(canvas, place, panel, index);
    }
}

fn middle(frame: Rect, bar: usize) -> f64 {
    frame.top + 5.0 + PITCH * (bar as f64 + 0.5)
}

fn draw_panel(canvas: &mut Canvas, area: Rect, panel: &BarPanel, index: usize) {
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
        let y = middle(inner, bar);
        let half = PITCH * THICKNESS / 2.0;
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
    let name = shortened(&with_factor(&panel.quantity, exponent), BODY, Weight::Regular, area.width());
    canvas.text(&name, (inner.middle().0, area.bottom + LABELS + AXIS_NAME - 8.0), Anchor::Middle, PLAIN)
}
