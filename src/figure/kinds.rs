//! A section of maps whose cells are of one of a few kinds; a cell of several is divided in their proportion.
use super::canvas::{Anchor, Canvas, Rect};
use super::cells::{Cells, SIGN, cell, draw_contour_sign, draw_missing, draw_over, have_room, write_in};
use super::grid::{KEY_ROW, Key, Room, write_lines};
use super::palette::{GRID, KINDS, Stroke, ink_on};
use super::panel::AXIS_LINE;
use super::sheet::{KindPanel, KindSection};
use super::text::{BODY, LINE, Weight, wrapped};

/// Kinds that have a name, with their numbers.
fn named(section: &KindSection) -> impl Iterator<Item = (usize, &String)> {
    section.kinds.iter().enumerate().filter(|(_, kind)| !kind.is_empty())
}

fn key(section: &KindSection, width: f64) -> Key {
    Key::new(named(section).map(|(_, kind)| kind.as_str()), SIGN, width)
}

/// What explains the contours, in lines.
fn contour_lines(section: &KindSection, width: f64) -> Vec<String> {
    wrapped(&section.contour, BODY, Weight::Regular, width - SIGN - 8.0)
}

fn cells(section: &KindSection, width: f64) -> Cells<'_> {
    let contour = match contour_lines(section, width).len() {
        0 => 0.0,
        lines => KEY_ROW + LINE * (lines - 1) as f64,
    };
    Cells {
        title: &section.title,
        x: &section.x,
        y: &section.y,
        panels: section.panels.iter().map(|panel| panel.title.as_str()).collect(),
        key: key(section, width).height + contour,
    }
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &KindSection, room: Room) -> f64 {
    cells(section, room.width).height(room)
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &KindSection, stretch: f64) {
    let cells = cells(section, area.width());
    let top = cells.key_top(area);
    let key = key(section, area.width());
    let kinds: Vec<usize> = named(section).map(|(kind, _)| kind).collect();
    key.draw(canvas, Rect { top, ..area }, |canvas, nth, (left, middle)| {
        let sign = Rect { left, right: left + SIGN, top: middle - 9.0, bottom: middle + 9.0 };
        fill(canvas, sign, kinds[nth]);
        canvas.outline(sign, AXIS_LINE);
    });
    let contour = contour_lines(section, area.width());
    if !contour.is_empty() {
        let middle = top + key.height - 6.0 + KEY_ROW / 2.0;
        draw_contour_sign(canvas, (area.left, middle));
        write_lines(canvas, &contour, (area.left + SIGN + 8.0, middle), Anchor::Start);
    }
    cells.draw(canvas, area, stretch, |canvas, index, frame| draw_panel(canvas, frame, section, &section.panels[index]))
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
