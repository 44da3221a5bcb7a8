//! A section of maps whose cells are of one of a few kinds; a cell of several is divided in their proportion.
use super::canvas::{Anchor, Canvas, Rect};
use super::cells::{Cells, SIGN, cell, draw_contour_sign, draw_missing, draw_over, have_room, write_in};
use super::grid::{KEY_ROW, entry_width, flow, key_height};
use super::palette::{GRID, KINDS, Stroke, ink_on};
use super::panel::{AXIS_LINE, PLAIN};
use super::sheet::{KindPanel, KindSection};
use super::text::{BODY, Weight, shortened};

/// Kinds that have a name, with their numbers.
fn named(section: &KindSection) -> impl Iterator<Item = (usize, &String)> {
    section.kinds.iter().enumerate().filter(|(_, kind)| !kind.is_empty())
}

fn widths(section: &KindSection) -> Vec<f64> {
    named(section).map(|(_, kind)| entry_width(SIGN, kind)).collect()
}

fn cells(section: &KindSection, width: f64) -> Cells<'_> {
    let contour = if section.contour.is_empty() { 0.0 } else { KEY_ROW };
    Cells {
        title: &section.title,
        x: &section.x,
        y: &section.y,
        panels: section.panels.iter().map(|panel| panel.title.as_str()).collect(),
        key: key_height(&widths(section), width) + contour,
    }
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &KindSection, width: f64) -> f64 {
    cells(section, width).height(width)
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &KindSection) {
    let cells = cells(section, area.width());
    let top = cells.key_top(area);
    for ((kind, name), (x, row)) in named(section).zip(flow(&widths(section), area.width())) {
        let (left, middle) = (area.left + x, top + KEY_ROW * (row as f64 + 0.5));
        let sign = Rect { left, right: left + SIGN, top: middle - 9.0, bottom: middle + 9.0 };
        fill(canvas, sign, kind);
        canvas.outline(sign, AXIS_LINE);
        canvas.centered(name, (left + SIGN + 8.0, middle), Anchor::Start, PLAIN);
    }
    if !section.contour.is_empty() {
        let middle = top + key_height(&widths(section), area.width()) - 6.0 + KEY_ROW / 2.0;
        draw_contour_sign(canvas, (area.left, middle));
        let text = shortened(&section.contour, BODY, Weight::Regular, area.width() - SIGN - 8.0);
        canvas.centered(&text, (area.left + SIGN + 8.0, middle), Anchor::Start, PLAIN);
    }
    cells.draw(canvas, area, |canvas, index, frame| draw_panel(canvas, frame, section, &section.panels[index]))
}

fn fill(canvas: &mut Canvas, area: Rect, kind: usize) {
    if kind == 0 { draw_missing(canvas, area) } else { canvas.fill(area, KINDS[kind.min(KINDS.len() - 1)]) }
}

fn draw_panel(canvas: &mut Canvas, frame: Rect, section: &KindSection, panel: &KindPanel) {
    let (columns, rows) = (section.x.labels.len(), section.y.labels.len());
    for (row, line) in panel.counts.iter().enumerate() {
        for (column, counts) in line.iter().enumerate() {
            let place = cell(frame, (column, columns), (row, rows));
            let total: usize = counts.iter().sum();
            if total == 0 {
                fill(canvas, place, 0);
            }
            let mut left = place.left;
            let mut most = (0, 0);
            for (kind, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let right = left + place.width() * *count as f64 / total as f64;
                fill(canvas, Rect { left, right, ..place }, kind);
                left = right;
                most = most.max((*count, kind));
            }
            canvas.outline(place, Stroke::solid(GRID, 1.0));
            // A divided cell has no colour that a text could be read on.
            let text =
                panel.texts.get(row).and_then(|texts| texts.get(column)).filter(|_| most.0 == total && total > 0);
            if let Some(text) = text.filter(|text| have_room([text.as_str()], place)) {
                write_in(canvas, place, text, ink_on(KINDS[most.1.min(KINDS.len() - 1)]));
            }
        }
    }
    draw_over(canvas, frame, (columns, rows), &panel.contours, &[])
}
