//! A panel: heading, frame with axes, grid and labels, and the labels of its lines.
use super::axes::Axis;
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::palette::{GRID, INK, MUTED, Stroke};
use super::text::{self, BODY, HEADING, Weight, length, shortened};
use super::ticks::Ticks;

/// Text of axes and labels.
pub(super) const PLAIN: Lettering = Lettering::new(BODY, Weight::Regular, INK);
/// Text of less weight.
pub(super) const NOTE: Lettering = Lettering::new(BODY, Weight::Regular, MUTED);
const BOLD: Lettering = Lettering::new(HEADING, Weight::Bold, INK);
pub(super) const AXIS_LINE: Stroke = Stroke::solid(INK, 1.4);
pub(super) const GRID_LINE: Stroke = Stroke::solid(GRID, 1.0);
/// Height of the heading with the space below it, pixels.
pub(super) const HEADING_HEIGHT: f64 = 42.0;
/// Height of the tick labels of a horizontal axis, pixels.
pub(super) const TICK_ROW: f64 = 28.0;
/// Height of the tick labels and the name of a horizontal axis, pixels.
pub(super) const AXIS_HEIGHT: f64 = 60.0;
/// Width of the name of a vertical axis, pixels.
pub(super) const AXIS_NAME_WIDTH: f64 = 30.0;
/// Space between frame and tick labels, pixels.
pub(super) const TICK_GAP: f64 = 8.0;
/// Distance of the base lines of line labels, pixels.
const LABEL_ROW: f64 = 24.0;
/// How close tick labels may stand where there is no other way, as a share of that distance.
const CLOSEST: f64 = 0.85;
/// Width of the strokes that lead from a line's end to its label, pixels.
const LEADER: f64 = 30.0;
/// Level part of a leader before its label, pixels.
const LEADER_STUB: f64 = 8.0;
/// Space on either side of a leader, pixels.
const LEADER_GAP: f64 = 6.0;

/// Writes the heading of a panel: a title, and a note that is shortened first.
pub(super) fn heading(canvas: &mut Canvas, area: Rect, title: &str, note: &str) {
    let base = area.top + HEADING;
    let title = shortened(title, HEADING, Weight::Bold, area.width());
    canvas.text(&title, (area.left, base), Anchor::Start, BOLD);
    let start = area.left + length(&title, HEADING, Weight::Bold) + 14.0;
    let note = shortened(note, BODY, Weight::Regular, area.right - start);
    if !note.is_empty() {
        canvas.text(&note, (start, base), Anchor::Start, NOTE);
    }
}

/// Draws an empty frame that says that nothing was recorded.
pub(super) fn not_recorded(canvas: &mut Canvas, inner: Rect) {
    let Rect { left, top, right, bottom } = inner;
    canvas.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], GRID_LINE);
    canvas.centered("not recorded", inner.middle(), Anchor::Middle, NOTE)
}

/// A frame with two axes.
pub(super) struct Frame {
    pub inner: Rect,
    pub x: Axis,
    pub y: Axis,
}

impl Frame {
    /// The place of a pair of values on the page; `None` if it cannot be drawn.
    pub(super) fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let inner = &self.inner;
        let (x, y) = (self.x.place(x)?, self.y.place(y)?);
        Some((inner.left + x * inner.width(), inner.bottom - y * (inner.bottom - inner.top)))
    }

    /// Draws the vertical axis with its grid. `ticks` come from [`vertical_ticks`].
    pub(super) fn draw_vertical_axis(&self, canvas: &mut Canvas, ticks: &Ticks) {
        let Rect { left, right, top, bottom } = self.inner;
        for tick in &ticks.ticks {
            let y = bottom - tick.place * (bottom - top);
            canvas.line([(left, y), (right, y)], GRID_LINE);
            canvas.centered(&tick.label, (left - TICK_GAP, y), Anchor::End, PLAIN);
        }
        let place = |place: f64| (left, bottom - place * (bottom - top));
        draw_axis_line(canvas, &self.y, place)
    }

    /// Draws the line of the horizontal axis.
    pub(super) fn draw_horizontal_line(&self, canvas: &mut Canvas) {
        let Rect { left, bottom, .. } = self.inner;
        draw_axis_line(canvas, &self.x, |place| (left + place * self.inner.width(), bottom))
    }

    /// Writes the name of the vertical axis upward, its middle at that of the frame.
    pub(super) fn name_vertical_axis(&self, canvas: &mut Canvas, name: &str, ticks: &Ticks, left: f64) {
        canvas.upward(&with_factor(name, ticks.exponent), (left + BODY * 0.8, self.inner.middle().1), PLAIN)
    }

    /// Draws the grid of the horizontal axis, which has whole numbers only.
    pub(super) fn draw_horizontal_grid(&self, canvas: &mut Canvas) {
        let Rect { left, top, bottom, .. } = self.inner;
        for tick in &self.horizontal_ticks().ticks {
            let x = left + tick.place * self.inner.width();
            canvas.line([(x, top), (x, bottom)], GRID_LINE);
        }
    }

    /// Draws the horizontal axis below the frame, with its labels and its name.
    pub(super) fn draw_horizontal_axis(&self, canvas: &mut Canvas, name: &str) {
        let Rect { left, bottom, .. } = self.inner;
        self.draw_horizontal_line(canvas);
        let ticks = self.horizontal_ticks();
        for tick in &ticks.ticks {
            let x = left + tick.place * self.inner.width();
            canvas.line([(x, bottom), (x, bottom + 5.0)], AXIS_LINE);
            canvas.text(&tick.label, (x, bottom + TICK_ROW - 3.0), Anchor::Middle, PLAIN);
        }
        let name = with_factor(name, ticks.exponent);
        canvas.text(&name, (self.inner.middle().0, bottom + AXIS_HEIGHT - 8.0), Anchor::Middle, PLAIN)
    }

    /// As many ticks as there is room for the labels.
    fn horizontal_ticks(&self) -> Ticks {
        let fits = |ticks: &Ticks| {
            let places = ticks.ticks.windows(2).map(|pair| pair[1].place - pair[0].place);
            let pitch = places.fold(1.0, f64::min) * self.inner.width();
            widest(ticks) + BODY <= pitch
        };
        let counts = (2..=8).rev().map(|most| self.x.ticks(most, true));
        counts.into_iter().find(fits).unwrap_or_else(|| self.x.ticks(1, true))
    }
}

/// The line of an axis: dashed where it is linear although it is logarithmic elsewhere.
fn draw_axis_line(canvas: &mut Canvas, axis: &Axis, at: impl Fn(f64) -> (f64, f64)) {
    let Some([from, to]) = axis.linear_part() else { return canvas.line([at(0.0), at(1.0)], AXIS_LINE) };
    canvas.line([at(0.0), at(from)], AXIS_LINE);
    canvas.line([at(from), at(to)], Stroke::dashed(AXIS_LINE.color, AXIS_LINE.width));
    canvas.line([at(to), at(1.0)], AXIS_LINE)
}

/// Ticks of a vertical axis of some height in pixels: comfortably far apart, but at least two where they fit.
pub(super) fn vertical_ticks(axis: &Axis, height: f64) -> Ticks {
    let comfortable = ((height / 46.0) as usize).clamp(2, 7);
    let fits =
        |ticks: &Ticks, row: f64| ticks.ticks.windows(2).all(|pair| (pair[1].place - pair[0].place) * height >= row);
    let denser = || (comfortable..=2 * comfortable + 2).map(|most| axis.ticks(most, false));
    let enough = denser().find(|ticks| ticks.ticks.len() >= 3 && fits(ticks, LABEL_ROW));
    // A single mark tells no scale: rather two that stand close.
    let close = || denser().find(|ticks| ticks.ticks.len() >= 2 && fits(ticks, CLOSEST * LABEL_ROW));
    enough.or_else(close).unwrap_or_else(|| axis.ticks(comfortable, false))
}

/// Room that the labels of a vertical axis need left of the frame, pixels.
pub(super) fn label_room(ticks: &Ticks) -> f64 {
    widest(ticks) + TICK_GAP
}

fn widest(ticks: &Ticks) -> f64 {
    ticks.ticks.iter().map(|tick| length(&tick.label, BODY, Weight::Regular)).fold(0.0, f64::max)
}

/// The name of an axis, with the power of ten its labels are to be multiplied by.
pub(super) fn with_factor(name: &str, exponent: i32) -> String {
    if exponent == 0 { name.to_owned() } else { format!("{name} (×10{})", text::superscript(exponent)) }
}

/// The label of a line, right of the frame.
pub(super) struct LineLabel {
    pub text: String,
    pub stroke: Stroke,
    /// Height of the line's end on the page, pixels.
    pub y: f64,
}

/// Room that labels need right of the frame, at most `most`; pixels.
pub(super) fn line_label_room<'a>(labels: impl IntoIterator<Item = &'a str>, most: f64) -> f64 {
    let widest = labels.into_iter().map(|label| length(label, BODY, Weight::Regular)).fold(0.0, f64::max);
    if widest == 0.0 { 0.0 } else { (widest + LEADER + 2.0 * LEADER_GAP).min(most) }
}

/// Writes labels right of the frame near the ends of their lines, moved apart so that none covers another. If there
/// are too many, the last place says how many are missing.
pub(super) fn draw_line_labels(canvas: &mut Canvas, inner: Rect, right: f64, mut labels: Vec<LineLabel>) {
    // Nothing leads to a label without letters, for which no room was made.
    labels.retain(|label| length(&label.text, BODY, Weight::Regular) > 0.0);
    let (top, bottom) = (inner.top + 6.0, inner.bottom - 6.0);
    let places = ((bottom - top) / LABEL_ROW) as usize + 1;
    let missing = if labels.len() > places { labels.len() - (places - 1) } else { 0 };
    labels.truncate(labels.len() - missing);
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let wanted: Vec<f64> = labels.iter().map(|label| label.y).collect();
    let bottom_of_labels = if missing > 0 { bottom - LABEL_ROW } else { bottom };
    let heights = moved_apart(&wanted, LABEL_ROW, top, bottom_of_labels);
    let start = inner.right + LEADER_GAP + LEADER + LEADER_GAP;
    for (label, y) in labels.iter().zip(heights) {
        let from = (inner.right + LEADER_GAP, label.y);
        let bend = (start - LEADER_GAP - LEADER_STUB, y);
        canvas.line([from, bend, (start - LEADER_GAP, y)], label.stroke);
        let text = shortened(&label.text, BODY, Weight::Regular, right - start);
        canvas.centered(&text, (start, y), Anchor::Start, PLAIN);
    }
    if missing == 0 {
        return;
    }
    canvas.centered(&format!("+ {missing} more"), (start, bottom), Anchor::Start, NOTE)
}

/// Moves ascending heights apart to a distance of at least `row` between `top` and `bottom`, in the same order.
fn moved_apart(wanted: &[f64], row: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut heights = wanted.to_vec();
    let mut least = top;
    for height in &mut heights {
        *height = height.max(least);
        least = *height + row;
    }
    // Being pushed down only, a cluster hangs too low: share the way.
    let mut first = 0;
    while first < heights.len() {
        let cluster = 1 + heights[first..].windows(2).take_while(|pair| pair[1] - pair[0] <= row + 1e-9).count();
        let members = first..first + cluster;
        let excess: f64 = members.clone().map(|k| heights[k] - wanted[k]).sum::<f64>() / cluster as f64;
        let above = if first == 0 { top } else { heights[first - 1] + row };
        let shift = excess.min(heights[first] - above).max(0.0);
        heights[members].iter_mut().for_each(|height| *height -= shift);
        first += cluster;
    }
    let mut most = bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(most);
        most = *height - row;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_with_room_stay_where_they_are_and_others_share_the_way() {
        assert_eq!(moved_apart(&[10.0, 50.0, 90.0], 24.0, 0.0, 100.0), [10.0, 50.0, 90.0]);
        assert_eq!(moved_apart(&[50.0, 50.0], 24.0, 0.0, 100.0), [38.0, 62.0]);
        assert_eq!(moved_apart(&[99.0, 100.0], 24.0, 0.0, 100.0), [76.0, 100.0]);
    }

    proptest! {
        #[test]
        fn labels_never_cover_each_other_nor_leave_the_frame(mut wanted in prop::collection::vec(0.0..300.0, 0..13)) {
            wanted.sort_by(f64::total_cmp);
            let heights = moved_apart(&wanted, 24.0, 0.0, 300.0);
            prop_assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 24.0 - 1e-9), "{heights:?}");
            prop_assert!(heights.iter().all(|y| (-1e-9..=300.0 + 1e-9).contains(y)), "{heights:?}");
        }
    }
}
