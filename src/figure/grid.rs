//! Small multiples: where the panels of a section stand, what they share, and the key above them.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::palette::INK;
use super::panel::{NOTE, PLAIN};
use super::text::{BODY, HEADING, Weight, length, shortened, wrapped};

/// Space between panels, pixels.
const GUTTER: f64 = 28.0;
/// Panels are not made narrower than this, pixels.
const NARROWEST: f64 = 250.0;
/// Height of the heading of a section, pixels.
pub(super) const SECTION_HEADING: f64 = 36.0;
/// Height of a line of the title of a panel, and space around it, pixels.
const TITLE_ROW: f64 = 25.0;
const TITLE_SPACE: f64 = 7.0;
/// Lines of the title of a panel.
const MOST_TITLE_ROWS: usize = 3;
/// Height of the name of a horizontal axis, pixels.
pub(super) const AXIS_NAME: f64 = 30.0;
/// Height of a row of a key, pixels.
pub(super) const KEY_ROW: f64 = 30.0;
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
    /// Lines of the titles.
    title_rows: usize,
    /// Height of the titles.
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
    /// A grid of panels with these titles on `width` pixels with room for labels `left` of and `below` the frames; the height of
    /// a frame follows from its width.
    pub(super) fn new(
        titles: &[impl AsRef<str>],
        width: f64,
        [left, below]: [f64; 2],
        shared: bool,
        height: impl Fn(f64) -> f64,
    ) -> Self {
        let count = titles.len();
        let lefts = |columns: usize| if shared { left } else { left * columns as f64 };
        let columns = if shared { columns(count, width, left) } else { columns(count, width + left, 2.0 * left) };
        let frame = (width - lefts(columns) - GUTTER * (columns as f64 - 1.0) - 12.0) / columns as f64;
        let title_rows =
            titles.iter().map(|title| title_lines(title.as_ref(), frame, MOST_TITLE_ROWS).len()).max().unwrap_or(0);
        let title = TITLE_SPACE + TITLE_ROW * title_rows as f64;
        Self { columns, count, left, width: frame, height: height(frame), title_rows, title, below, shared }
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

    /// Writes the title of a panel above its frame.
    pub(super) fn draw_title(&self, canvas: &mut Canvas, frame: Rect, title: &str) {
        let lines = title_lines(title, frame.width(), self.title_rows.max(1));
        for (above, line) in lines.iter().rev().enumerate() {
            let base = frame.top - 9.0 - TITLE_ROW * above as f64;
            canvas.text(line, (frame.left, base), Anchor::Start, PANEL_HEADING);
        }
    }

    /// Width of a frame.
    pub(super) fn frame_width(&self) -> f64 {
        self.width
    }

    /// Whether the labels of the vertical axis stand next to a panel.
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
pub(super) fn section_heading(canvas: &mut Canvas, area: Rect, title: &str) {
    if title.is_empty() {
        return;
    }
    let title = shortened(title, HEADING, Weight::Bold, area.width());
    canvas.text(&title, (area.left, area.top + HEADING), Anchor::Start, Lettering::new(HEADING, Weight::Bold, INK))
}

/// The lines of the title of a panel.
fn title_lines(title: &str, width: f64, most: usize) -> Vec<String> {
    wrapped(title, BODY, Weight::Bold, width, most)
}

/// An entry of a key: the width of its sign and its name.
pub(super) fn entry_width(sign: f64, label: &str) -> f64 {
    sign + 8.0 + length(label, BODY, Weight::Regular) + 26.0
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

/// Writes names of axes: the horizontal one once, the vertical one next to every row.
pub(super) fn axis_names(canvas: &mut Canvas, grid: &Grid, area: Rect, (x_name, y_name): (&str, &str), bottom: f64) {
    let room = grid.frame(area, 0).left - area.left + grid.frame_width() * grid.columns as f64;
    let x_name = shortened(x_name, BODY, Weight::Regular, room);
    let half = length(&x_name, BODY, Weight::Regular) / 2.0;
    let middle = grid.middle(area).min(area.right - half).max(area.left + half);
    canvas.text(&x_name, (middle, bottom - 8.0), Anchor::Middle, PLAIN);
    for middle in grid.row_middles(area) {
        let y_name = shortened(y_name, BODY, Weight::Regular, grid.height + grid.title);
        canvas.upward(&y_name, (area.left + 0.8 * BODY, middle), PLAIN);
    }
}

/// Says in a frame that there is nothing to draw.
pub(super) fn empty(canvas: &mut Canvas, frame: Rect) {
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
            let titles = vec!["title".to_owned(); count];
            let grid = Grid::new(&titles, area.width(), [90.0, 40.0], shared, |width| 0.7 * width);
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
    fn a_title_too_long_for_its_frame_goes_on_in_lines_above_it() {
        let grid = |title: &str| Grid::new(&vec![title.to_owned(); 4], 1344.0, [80.0, 30.0], true, |width| width);
        let (short, long) = (grid("rule: dp"), grid("rule: dp_transpose, passes of 3"));
        assert_eq!((short.title_rows, long.title_rows, short.width), (1, 2, long.width));
        assert_eq!(long.title - short.title, TITLE_ROW);
        let area = Rect { left: 0.0, top: 0.0, right: 1344.0, bottom: 999.0 };
        let mut canvas = Canvas::new((1344, 999));
        let frame = long.frame(area, 0);
        long.draw_title(&mut canvas, frame, "rule: dp_transpose, passes of 3");
        let svg = canvas.finish();
        assert!(svg.contains(">rule: dp_transpose,</text>") && svg.contains(">passes of 3</text>"), "{svg}");
        assert!(frame.top - 9.0 - TITLE_ROW - BODY > 0.0);
    }

    #[test]
    fn entries_of_a_key_go_on_in_the_next_row() {
        assert_eq!(flow(&[100.0, 100.0, 100.0], 220.0), [(0.0, 0), (100.0, 0), (0.0, 1)]);
        assert_eq!(key_height(&[], 100.0), 0.0);
    }
}
