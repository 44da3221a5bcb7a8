//! Small multiples: where the panels of a section stand, what they share, and the key above them.
use super::axes::{Axis, Tick};
use super::backend::{Drawn, PageBackend};
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::palette::INK;
use super::panel::{AXIS_LINE, NOTE, PLAIN, TICK_GAP, TICK_ROW};
use super::text::{BODY, HEADING, Weight, length, shortened};

/// Space between panels, pixels.
const GUTTER: f64 = 28.0;
/// Panels are not made narrower than this, pixels.
const NARROWEST: f64 = 250.0;
/// Height of the heading of a section, pixels.
pub(super) const SECTION_HEADING: f64 = 36.0;
/// Height of the title of a panel, pixels.
const PANEL_TITLE: f64 = 32.0;
/// Height of the name of a horizontal axis, pixels.
pub(super) const AXIS_NAME: f64 = 30.0;
/// Height of a row of a key, pixels.
pub(super) const KEY_ROW: f64 = 30.0;
/// Longest label below or beside cells, pixels.
pub(super) const LONGEST_LABEL: f64 = 190.0;
/// Titles of panels.
const PANEL_HEADING: Lettering = Lettering::new(BODY, Weight::Bold, INK);

/// The frames of the panels of a section.
pub(super) struct Grid {
    columns: usize,
    count: usize,
    left: f64,
    width: f64,
    /// Height of a frame.
    pub height: f64,
    title: f64,
    below: f64,
    /// Whether the labels of both axes stand only at the outermost panels.
    shared: bool,
}

/// How many columns of panels fit.
pub(super) fn columns(count: usize, width: f64, left: f64) -> usize {
    let fit = ((width - left + GUTTER) / (NARROWEST + GUTTER)) as usize;
    let fit = fit.clamp(1, count.max(1));
    // As many rows, but evenly filled.
    count.max(1).div_ceil(count.max(1).div_ceil(fit))
}

impl Grid {
    /// A grid of `count` panels on `width` pixels with room for labels `left` of and `below` the frames; the height of
    /// a frame follows from its width.
    pub(super) fn new(
        (count, titled): (usize, bool),
        width: f64,
        [left, below]: [f64; 2],
        shared: bool,
        height: impl Fn(f64) -> f64,
    ) -> Self {
        let lefts = |columns: usize| if shared { left } else { left * columns as f64 };
        let columns = if shared { columns(count, width, left) } else { columns(count, width + left, 2.0 * left) };
        let frame = (width - lefts(columns) - GUTTER * (columns as f64 - 1.0) - 12.0) / columns as f64;
        let title = if titled { PANEL_TITLE } else { 8.0 };
        Self { columns, count, left, width: frame, height: height(frame), title, below, shared }
    }

    /// Height of the whole grid without the name of the horizontal axis.
    pub(super) fn total_height(&self) -> f64 {
        let rows = self.count.div_ceil(self.columns) as f64;
        let between = if self.shared { 6.0 } else { self.below };
        rows * (self.title + self.height) + (rows - 1.0) * between + self.below
    }

    /// The frame of a panel.
    pub(super) fn frame(&self, area: Rect, index: usize) -> Rect {
        let (row, column) = ((index / self.columns) as f64, (index % self.columns) as f64);
        let between = if self.shared { 6.0 } else { self.below };
        let lefts = if self.shared { self.left } else { self.left * (column + 1.0) };
        let left = area.left + lefts + column * (self.width + GUTTER);
        let top = area.top + self.title + row * (self.title + self.height + between);
        Rect { left, top, right: left + self.width, bottom: top + self.height }
    }

    /// Width of a frame.
    pub(super) fn frame_width(&self) -> f64 {
        self.width
    }

    /// Whether the labels of the vertical axis stand beside a panel.
    pub(super) fn has_labels_left(&self, index: usize) -> bool {
        !self.shared || index.is_multiple_of(self.columns)
    }

    /// Whether the labels of the horizontal axis stand below a panel.
    pub(super) fn has_labels_below(&self, index: usize) -> bool {
        !self.shared || index + self.columns >= self.count
    }

    /// The middle of all frames, where the name of the horizontal axis stands.
    pub(super) fn middle(&self, area: Rect) -> f64 {
        self.frame(area, 0).left.midpoint(self.frame(area, self.columns - 1).right)
    }

    /// Middle heights of all rows, where the name of the vertical axis stands.
    pub(super) fn row_middles(&self, area: Rect) -> impl Iterator<Item = f64> + '_ {
        (0..self.count).step_by(self.columns).map(move |index| self.frame(area, index).middle().1)
    }
}

/// Writes the heading of a section.
pub(super) fn section_heading<B: PageBackend>(canvas: &Canvas<'_, B>, area: Rect, title: &str) -> Drawn<B> {
    if title.is_empty() {
        return Ok(());
    }
    let title = shortened(title, HEADING, Weight::Bold, area.width());
    canvas.text(&title, (area.left, area.top + HEADING), Anchor::Start, Lettering::new(HEADING, Weight::Bold, INK))
}

/// Writes the title of a panel above its frame.
pub(super) fn panel_title<B: PageBackend>(canvas: &Canvas<'_, B>, frame: Rect, title: &str) -> Drawn<B> {
    let title = shortened(title, BODY, Weight::Bold, frame.width());
    canvas.text(&title, (frame.left, frame.top - 9.0), Anchor::Start, PANEL_HEADING)
}

/// Labels below a frame: beside each other, or upward where they are too long for that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelRow {
    ticks: Vec<Tick>,
    upward: bool,
}

fn width_of(label: &str) -> f64 {
    length(label, BODY, Weight::Regular)
}

impl LabelRow {
    /// Marks that are known to have room.
    pub(super) fn level(ticks: Vec<Tick>) -> Self {
        Self { ticks, upward: false }
    }

    /// Labels at equal distances in the middle of `labels.len()` cells over `width`. Numbers too many to be written
    /// are written at every second, fifth, tenth, … cell.
    pub(super) fn cells(labels: &[String], width: f64) -> Self {
        let count = labels.len().max(1) as f64;
        let widest = labels.iter().map(|label| width_of(label)).fold(0.0, f64::max);
        let pitch = width / count;
        // Of many numbers at equal steps not all need be written.
        let upward =
            !(labels.len() > 6 && even(labels).is_some()) && widest + 0.5 * BODY > pitch && pitch >= 1.15 * BODY;
        let room = if upward { LONGEST_LABEL } else { f64::INFINITY };
        let every = if upward { 1 } else { stride(pitch, widest + 0.5 * BODY) };
        let first = round_start(labels, every);
        let tick = |(index, label): (usize, &String)| Tick {
            place: (index as f64 + 0.5) / count,
            label: shortened(label, BODY, Weight::Regular, room),
        };
        Self { ticks: labels.iter().enumerate().skip(first).step_by(every).map(tick).collect(), upward }
    }

    /// The marks.
    pub(super) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// Room that the labels need, pixels.
    pub(super) fn height(&self) -> f64 {
        if !self.upward {
            return TICK_ROW;
        }
        self.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max) + 2.0 * TICK_GAP
    }

    /// Draws the labels below a frame, with a mark for each.
    pub(super) fn draw<B: PageBackend>(&self, canvas: &Canvas<'_, B>, frame: Rect) -> Drawn<B> {
        for tick in &self.ticks {
            let x = frame.left + tick.place * frame.width();
            canvas.line([(x, frame.bottom), (x, frame.bottom + 5.0)], AXIS_LINE)?;
            if self.upward {
                canvas.upward_to(&tick.label, (x, frame.bottom + TICK_GAP), PLAIN)?;
            } else {
                canvas.text(&tick.label, (x, frame.bottom + TICK_ROW - 3.0), Anchor::Middle, PLAIN)?;
            }
        }
        Ok(())
    }
}

/// The step between labels that are numbers at equal steps, and the first number.
fn even(labels: &[String]) -> Option<[f64; 2]> {
    let numbers =
        labels.iter().map(|label| label.replace('−', "-").parse::<f64>()).collect::<Result<Vec<_>, _>>().ok()?;
    let steps: Vec<f64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let step = *steps.first()?;
    let equal = steps.iter().all(|other| (other - step).abs() <= 1e-3 * step.abs());
    equal.then_some([step, numbers[0]])
}

/// Where labels begin of which every so-many-th is written: at a multiple of their distance, if they are numbers.
pub(super) fn round_start(labels: &[String], every: usize) -> usize {
    let Some([step, first]) = even(labels) else { return 0 };
    let is_round = |index: &usize| {
        let multiple = (first + step * *index as f64) / (step * every as f64);
        (multiple - multiple.round()).abs() < 1e-6
    };
    (0..every.min(labels.len())).find(is_round).unwrap_or(0)
}

/// The smallest of 1, 2, 5, 10, … so that every so-many-th label has `room`.
pub(super) fn stride(pitch: f64, room: f64) -> usize {
    let strides = (0..).flat_map(|power| [1, 2, 5].map(|factor| factor * 10usize.pow(power)));
    strides.take(18).find(|stride| *stride as f64 * pitch >= room).unwrap_or(usize::MAX)
}

/// Marks of an axis of numbers below a frame: as many as have room.
pub(super) fn number_row(axis: &Axis, width: f64, whole: bool) -> (LabelRow, i32) {
    let fits = |ticks: &super::axes::Ticks| {
        let places = ticks.ticks.windows(2).map(|pair| pair[1].place - pair[0].place);
        let widest = ticks.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max);
        widest + BODY <= places.fold(1.0, f64::min) * width
    };
    let counts = (2..=8).rev().map(|most| axis.ticks(most, whole));
    let ticks = counts.into_iter().find(fits).unwrap_or_else(|| axis.ticks(1, whole));
    (LabelRow::level(ticks.ticks), ticks.exponent)
}

/// An entry of a key: the width of its sign and its name.
pub(super) fn entry_width(sign: f64, label: &str) -> f64 {
    sign + 8.0 + width_of(label) + 26.0
}

/// Places of entries of these widths in rows of `room` pixels: (x, row).
pub(super) fn flow(widths: &[f64], room: f64) -> Vec<(f64, usize)> {
    let (mut x, mut row) = (0.0, 0);
    widths
        .iter()
        .map(|width| {
            if x > 0.0 && x + width - 26.0 > room {
                (x, row) = (0.0, row + 1);
            }
            let place = (x, row);
            x += width;
            place
        })
        .collect()
}

/// Height of a key of entries of these widths.
pub(super) fn key_height(widths: &[f64], room: f64) -> f64 {
    flow(widths, room).last().map_or(0.0, |(_, row)| KEY_ROW * (row + 1) as f64 + 6.0)
}

/// Writes names of axes: the horizontal one once, the vertical one beside every row.
pub(super) fn axis_names<B: PageBackend>(
    canvas: &Canvas<'_, B>,
    grid: &Grid,
    area: Rect,
    (x_name, y_name): (&str, &str),
    bottom: f64,
) -> Drawn<B> {
    let room = grid.frame(area, 0).left - area.left + grid.frame_width() * grid.columns as f64;
    let x_name = shortened(x_name, BODY, Weight::Regular, room);
    let half = width_of(&x_name) / 2.0;
    let middle = grid.middle(area).min(area.right - half).max(area.left + half);
    canvas.text(&x_name, (middle, bottom - 8.0), Anchor::Middle, PLAIN)?;
    for middle in grid.row_middles(area) {
        let y_name = shortened(y_name, BODY, Weight::Regular, grid.height + PANEL_TITLE);
        canvas.upward(&y_name, (area.left + 0.8 * BODY, middle), PLAIN)?;
    }
    Ok(())
}

/// Says in a frame that there is nothing to draw.
pub(super) fn empty<B: PageBackend>(canvas: &Canvas<'_, B>, frame: Rect) -> Drawn<B> {
    canvas.centered("no values", frame.middle(), Anchor::Middle, NOTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_in_rows_that_are_evenly_filled() {
        assert_eq!((columns(1, 653.0, 80.0), columns(4, 653.0, 80.0)), (1, 2));
        assert_eq!((columns(5, 1344.0, 80.0), columns(6, 1344.0, 80.0), columns(3, 1344.0, 80.0)), (3, 3, 3));
    }

    #[test]
    fn frames_do_not_overlap_and_stay_in_their_area() {
        for (count, shared) in [(1, true), (5, true), (7, false), (2, false)] {
            let area = Rect { left: 10.0, top: 20.0, right: 1310.0, bottom: 9999.0 };
            let grid = Grid::new((count, true), area.width(), [90.0, 40.0], shared, |width| 0.7 * width);
            let frames: Vec<Rect> = (0..count).map(|index| grid.frame(area, index)).collect();
            for (a, first) in frames.iter().enumerate() {
                assert!(first.left >= area.left + 90.0 && first.right <= area.right, "{first:?}");
                assert!(first.bottom + 40.0 <= area.top + grid.total_height() + 1e-9, "{first:?}");
                for second in &frames[..a] {
                    assert!(second.right < first.left || second.bottom < first.top);
                }
            }
        }
    }

    #[test]
    fn labels_stand_level_or_upward_or_are_thinned_as_there_is_room() {
        let words: Vec<String> = (0..6).map(|k| format!("damped dyads {k}")).collect();
        let upward = LabelRow::cells(&words, 500.0);
        assert!(upward.upward && upward.ticks.len() == 6 && upward.height() > 100.0);
        assert!(!LabelRow::cells(&words, 2000.0).upward);
        let numbers: Vec<String> = (0..128).map(|k| k.to_string()).collect();
        let thinned = LabelRow::cells(&numbers, 500.0);
        let labels: Vec<&str> = thinned.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels[..4], ["0", "20", "40", "60"]);
        assert!((thinned.ticks[1].place - 20.5 / 128.0).abs() < 1e-12);
        let late: Vec<String> = (2947..3187).map(|k| k.to_string()).collect();
        assert_eq!(LabelRow::cells(&late, 500.0).ticks[0].label, "2950");
    }

    #[test]
    fn entries_of_a_key_go_on_in_the_next_row() {
        assert_eq!(flow(&[100.0, 100.0, 100.0], 220.0), [(0.0, 0), (100.0, 0), (0.0, 1)]);
        assert_eq!(key_height(&[], 100.0), 0.0);
    }
}
