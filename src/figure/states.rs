//! A panel of the dyad states of one layer: the states above, the small differences of the compartments below.
use super::axes::{Axis, drawable};
use super::canvas::{Anchor, Canvas, Rect};
use super::curves::{Dots, draw_curve};
use super::palette::{DIFFERENCE, DIFFERENCE_RANGE, INK, MINUS, MUTED, PLUS, Stroke, series};
use super::panel::{
    AXIS_HEIGHT, AXIS_NAME_WIDTH, Frame, HEADING_HEIGHT, LineLabel, PLAIN, draw_line_labels, heading, label_room,
    line_label_room, not_recorded, vertical_ticks, with_factor,
};
use super::run::StatePanel;

/// Units whose course over the updates is drawn.
const FOLLOWED: usize = 4;
/// Distance of neighbouring points, pixels; where units are denser, evenly spaced ones are drawn.
const POINT_PITCH: f64 = 2.0;
/// Radii of the points of s⁺, s⁻ and their difference, pixels: coinciding states show as rings.
const RADII: [f64; 3] = [4.4, 2.6, 3.0];
/// Share of the height that belongs to the states.
const STATES_SHARE: f64 = 0.64;
/// Height of the line above the lower frame that names its axis, pixels.
const CAPTION_HEIGHT: f64 = 38.0;
/// The line of the means.
pub(super) const MEAN: Stroke = Stroke::solid(INK, 1.2);
const ZERO: Stroke = Stroke::solid(MUTED, 1.2);

/// A layer's units that can be drawn.
struct Units {
    units: Vec<Unit>,
    /// Units with states that are not finite.
    left_out: usize,
}

/// The states of a unit at the last update.
#[derive(Clone, Copy)]
struct Unit {
    /// Number in the layer, from 0.
    index: usize,
    mean: f64,
    plus: f64,
    minus: f64,
    difference: f64,
}

impl Unit {
    fn plus(&self) -> f64 {
        self.plus
    }

    fn minus(&self) -> f64 {
        self.minus
    }
}

impl Units {
    /// The units at the last update that has any.
    fn at_last_update(panel: &StatePanel) -> Self {
        let updates = panel.s_plus.iter().zip(&panel.s_minus).rev();
        let mut found = updates.map(|(plus, minus)| Self::at(plus, minus, panel.alpha));
        found.find(|found| !found.units.is_empty()).unwrap_or(Self { units: Vec::new(), left_out: 0 })
    }

    fn at(plus: &[f64], minus: &[f64], alpha: f64) -> Self {
        let unit = |(index, (plus, minus)): (usize, (&f64, &f64))| Unit {
            index,
            mean: alpha * plus + (1.0 - alpha) * minus,
            plus: *plus,
            minus: *minus,
            difference: plus - minus,
        };
        let all = plus.iter().zip(minus).enumerate().map(unit);
        let units: Vec<Unit> = all.filter(|unit| drawable(unit.plus) && drawable(unit.minus)).collect();
        Self { left_out: plus.len() - units.len(), units }
    }
}

/// The two frames of a panel, one above the other, with the horizontal axis in common.
struct Frames {
    states: Frame,
    differences: Frame,
}

/// The part of a panel between heading and tick labels.
fn frames_area(area: Rect) -> Rect {
    Rect { top: area.top + HEADING_HEIGHT, bottom: area.bottom - AXIS_HEIGHT, ..area }
}

/// What the frames are laid out for.
struct Extent<'a> {
    x: Axis,
    states: Axis,
    differences: Axis,
    x_name: &'a str,
    labels_right: f64,
}

impl Frames {
    fn draw(canvas: &mut Canvas, area: Rect, extent: Extent<'_>) -> Self {
        let Rect { top, bottom, .. } = frames_area(area);
        let middle = top + STATES_SHARE * (bottom - top - CAPTION_HEIGHT);
        let state_ticks = vertical_ticks(&extent.states, middle - top);
        let difference_ticks = vertical_ticks(&extent.differences, bottom - middle - CAPTION_HEIGHT);
        let left = area.left + AXIS_NAME_WIDTH + label_room(&state_ticks).max(label_room(&difference_ticks));
        let inner = Rect { left, top, right: area.right - extent.labels_right, bottom: middle };
        let states = Frame { inner, x: extent.x, y: extent.states };
        let inner = Rect { top: middle + CAPTION_HEIGHT, bottom, ..inner };
        let differences = Frame { inner, x: extent.x, y: extent.differences };
        for (frame, ticks) in [(&states, &state_ticks), (&differences, &difference_ticks)] {
            frame.draw_horizontal_grid(canvas);
            frame.draw_vertical_axis(canvas, ticks);
        }
        states.name_vertical_axis(canvas, "state", &state_ticks, area.left);
        let caption = with_factor("s⁺ − s⁻", difference_ticks.exponent);
        canvas.text(&caption, (left, inner.top - 12.0), Anchor::Start, PLAIN);
        differences.draw_horizontal_axis(canvas, extent.x_name);
        Self { states, differences }
    }

    /// Draws the line of no difference.
    fn draw_zero(&self, canvas: &mut Canvas) {
        let Rect { left, right, top, bottom } = self.differences.inner;
        let Some(zero) = self.differences.y.place(0.0) else { return };
        let y = bottom - zero * (bottom - top);
        canvas.line([(left, y), (right, y)], ZERO)
    }
}

/// Draws the states of a layer: of several updates the course of a few units, of a single one all units by rank.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, panel: &StatePanel) {
    let mut found = Units::at_last_update(panel);
    if found.units.is_empty() {
        heading(canvas, area, &panel.title, "");
        return not_recorded(canvas, frames_area(area));
    }
    let note = match found.left_out {
        0 => format!("{} units", found.units.len()),
        some => format!("{} units, {some} not finite", found.units.len() + some),
    };
    if panel.is_course() {
        draw_courses(canvas, area, panel, found.units, &note)
    } else {
        found.units.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        draw_ranks(canvas, area, panel, &found.units, &note)
    }
}

/// The axis of differences, which always shows zero.
fn difference_axis(differences: impl IntoIterator<Item = f64>) -> Option<Axis> {
    Axis::linear(differences.into_iter().chain([0.0]))
}

fn draw_ranks(canvas: &mut Canvas, area: Rect, panel: &StatePanel, units: &[Unit], note: &str) {
    let rank = |index: usize| (index + 1) as f64;
    let x = Axis::counted([1.0, rank(units.len() - 1)]);
    let states = Axis::linear(units.iter().flat_map(|unit| [unit.plus, unit.minus]));
    let differences = difference_axis(units.iter().map(|unit| unit.difference));
    let (Some(x), Some(states), Some(differences)) = (x, states, differences) else { return };
    let extent = Extent { x, states, differences, x_name: "rank of the unit by mean", labels_right: 12.0 };
    let frames = Frames::draw(canvas, area, extent);
    let stride = units.len().div_ceil((frames.states.inner.width() / POINT_PITCH).max(1.0) as usize);
    let note = if stride == 1 { note.to_owned() } else { format!("{note}, • 1 in {stride}") };
    heading(canvas, area, &panel.title, &note);
    // All of s⁻ are drawn on all of s⁺, so that a neighbour's s⁺ does not cover them.
    for (state, radius, color) in [(Unit::plus as fn(&Unit) -> f64, RADII[0], PLUS), (Unit::minus, RADII[1], MINUS)] {
        for (index, unit) in units.iter().enumerate().step_by(stride) {
            if let Some(point) = frames.states.point(rank(index), state(unit)) {
                canvas.dot(point, radius, color);
            }
        }
    }
    let mean = units.iter().enumerate().filter_map(|(index, unit)| frames.states.point(rank(index), unit.mean));
    canvas.line(mean, MEAN);
    draw_differences(canvas, &frames.differences, units, stride);
    frames.draw_zero(canvas)
}

/// Draws the difference of every unit, or of every group of units the range.
fn draw_differences(canvas: &mut Canvas, frame: &Frame, units: &[Unit], stride: usize) {
    for (index, group) in units.chunks(stride).enumerate() {
        let rank = (index * stride + 1) as f64 + (group.len() - 1) as f64 / 2.0;
        let lowest = group.iter().map(|unit| unit.difference).fold(f64::INFINITY, f64::min);
        let highest = group.iter().map(|unit| unit.difference).fold(f64::NEG_INFINITY, f64::max);
        let (Some(from), Some(to)) = (frame.point(rank, lowest), frame.point(rank, highest)) else { continue };
        if lowest == highest {
            canvas.dot(from, RADII[2], DIFFERENCE);
        } else {
            canvas.line([from, to], Stroke::solid(DIFFERENCE_RANGE, 1.5 * POINT_PITCH));
        }
    }
}

fn draw_courses(canvas: &mut Canvas, area: Rect, panel: &StatePanel, mut units: Vec<Unit>, note: &str) {
    units.sort_by(|a, b| b.difference.abs().total_cmp(&a.difference.abs()));
    let followed = units.len().min(FOLLOWED);
    let note = if units.len() > followed { format!("{followed} of {note}") } else { note.to_owned() };
    let course =
        |states: &[Vec<f64>], unit: &Unit| states.iter().map(|update| update[unit.index]).collect::<Vec<f64>>();
    let courses: Vec<_> = units[..followed]
        .iter()
        .map(|unit| {
            let (plus, minus) = (course(&panel.s_plus, unit), course(&panel.s_minus, unit));
            let difference: Vec<f64> = plus.iter().zip(&minus).map(|(plus, minus)| plus - minus).collect();
            (format!("unit {}", unit.index), plus, minus, difference)
        })
        .collect();
    let x = Axis::counted(panel.updates.iter().copied());
    let states = Axis::linear(courses.iter().flat_map(|(_, plus, minus, _)| plus.iter().chain(minus).copied()));
    let differences = difference_axis(courses.iter().flat_map(|(_, _, _, difference)| difference.iter().copied()));
    heading(canvas, area, &panel.title, &note);
    let (Some(x), Some(states), Some(differences)) = (x, states, differences) else {
        return not_recorded(canvas, frames_area(area));
    };
    let labels_right = line_label_room(courses.iter().map(|(label, ..)| label.as_str()), 0.4 * area.width());
    let frames = Frames::draw(canvas, area, Extent { x, states, differences, x_name: "update", labels_right });
    frames.draw_zero(canvas);
    let mut labels = Vec::new();
    for (index, (label, plus, minus, difference)) in courses.into_iter().enumerate() {
        let stroke = series(index);
        draw_curve(canvas, &frames.differences, &panel.updates, &difference, stroke, Dots::Lonely);
        let dashed = Stroke::dashed(stroke.color, stroke.width);
        draw_curve(canvas, &frames.states, &panel.updates, &minus, dashed, Dots::Lonely);
        if let Some(end) = draw_curve(canvas, &frames.states, &panel.updates, &plus, stroke, Dots::Lonely) {
            labels.push(LineLabel { text: label, stroke, y: end.1 });
        }
    }
    draw_line_labels(canvas, frames.states.inner, area.right, labels)
}
