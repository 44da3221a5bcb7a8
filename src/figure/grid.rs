//! Small multiples: where the panels of a section stand, what they share, and the key above them.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::palette::INK;
use super::panel::{NOTE, PLAIN};
use super::text::{BODY, HEADING, LINE, Weight, length, wrapped};

/// Space between panels, pixels.
const GUTTER: f64 = 28.0;
/// Panels are not made narrower than this, pixels.
const NARROWEST: f64 = 250.0;
/// Height of the heading of a section of one line, and of each further one, pixels.
const SECTION_HEADING: f64 = 36.0;
const HEADING_ROW: f64 = 27.0;
/// Height of a line of the title of a panel, and space around it, pixels.
const TITLE_ROW: f64 = 25.0;
const TITLE_SPACE: f64 = 7.0;
/// Height of the name of a horizontal axis in one line, pixels.
pub(super) const AXIS_NAME: f64 = 30.0;
/// Height of a row of a key, pixels.
pub(super) const KEY_ROW: f64 = 30.0;
/// Space between the sign of an entry of a key and its name, and between entries, pixels.
const KEY_GAPS: [f64; 2] = [8.0, 26.0];
/// Titles of panels.
const PANEL_HEADING: Lettering = Lettering::new(BODY, Weight::Bold, INK);

/// What a section is laid out in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Width of the sheet without borders, pixels.
    pub width: f64,
    /// Height of the frames, as a multiple of what suits their width.
    pub stretch: f64,
}

/// The frames of the panels of a section.
pub(super) struct Grid {
    columns: usize,
    count: usize,
    left: f64,
    width: f64,
    /// Height of a frame.
    pub height: f64,
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
        let title_rows = titles.iter().map(|title| title_lines(title.as_ref(), frame).len()).max().unwrap_or(0);
        let title = TITLE_SPACE + TITLE_ROW * title_rows as f64;
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

    /// Writes the title of a panel above its frame.
    pub(super) fn draw_title(&self, canvas: &mut Canvas, frame: Rect, title: &str) {
        let lines = title_lines(title, frame.width());
        for (above, line) in lines.iter().rev().enumerate() {
            let base = frame.top - 9.0 - TITLE_ROW * above as f64;
            canvas.text(line, (frame.left, base), Anchor::Start, PANEL_HEADING);
        }
    }

    /// The lines of the name of the horizontal axis.
    fn horizontal_name(&self, name: &str) -> Vec<String> {
        let frames = self.left + (self.width + GUTTER) * self.columns as f64 - GUTTER;
        wrapped(name, BODY, Weight::Regular, frames)
    }

    /// Height of the name of the horizontal axis.
    pub(super) fn name_height(&self, name: &str) -> f64 {
        AXIS_NAME + LINE * self.horizontal_name(name).len().saturating_sub(1) as f64
    }

    /// The lines of the name of the vertical axis.
    fn vertical_name(&self, name: &str) -> Vec<String> {
        wrapped(name, BODY, Weight::Regular, self.height + self.title)
    }

    /// Width that the name of the vertical axis needs beyond that of a single line.
    pub(super) fn further_name_width(&self, name: &str) -> f64 {
        LINE * self.vertical_name(name).len().saturating_sub(1) as f64
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

/// The lines of the heading of a section.
fn heading_lines(title: &str, width: f64) -> Vec<String> {
    wrapped(title, HEADING, Weight::Bold, width)
}

/// Height of the heading of a section.
pub(super) fn heading_height(title: &str, width: f64) -> f64 {
    match heading_lines(title, width).len() {
        0 => 0.0,
        lines => SECTION_HEADING + HEADING_ROW * (lines - 1) as f64,
    }
}

/// Writes the heading of a section.
pub(super) fn section_heading(canvas: &mut Canvas, area: Rect, title: &str) {
    for (row, line) in heading_lines(title, area.width()).iter().enumerate() {
        let base = area.top + HEADING + HEADING_ROW * row as f64;
        canvas.text(line, (area.left, base), Anchor::Start, Lettering::new(HEADING, Weight::Bold, INK));
    }
}

/// The lines of the title of a panel.
fn title_lines(title: &str, width: f64) -> Vec<String> {
    wrapped(title, BODY, Weight::Bold, width)
}

/// Lines of text below each other, of which the first has its middle at this height.
pub(super) fn write_lines(canvas: &mut Canvas, lines: &[String], (x, middle): (f64, f64), anchor: Anchor) {
    for (row, line) in lines.iter().enumerate() {
        canvas.centered(line, (x, middle + LINE * row as f64), anchor, PLAIN);
    }
}

/// An entry of a key.
struct KeyPlace {
    /// Left end and height of the middle of its sign.
    at: (f64, f64),
    name: Vec<String>,
}

/// A key: signs with their names, as many in a row as have room; a name longer than a row goes on in lines.
pub(super) struct Key {
    sign: f64,
    entries: Vec<KeyPlace>,
    /// Height of the whole key.
    pub height: f64,
}

impl Key {
    /// A key of these names, with signs of this width.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>, sign: f64, room: f64) -> Self {
        let mut key = Self { sign, entries: vec![], height: 0.0 };
        let (mut x, mut top, mut row) = (0.0, 0.0, 0.0);
        for name in names {
            let name = wrapped(name, BODY, Weight::Regular, room - sign - KEY_GAPS[0]);
            let widest = name.iter().map(|line| length(line, BODY, Weight::Regular)).fold(0.0, f64::max);
            let width = sign + KEY_GAPS[0] + widest;
            if x > 0.0 && x + width > room {
                (x, top, row) = (0.0, top + row, 0.0);
            }
            row = f64::max(row, KEY_ROW + LINE * name.len().saturating_sub(1) as f64);
            key.entries.push(KeyPlace { at: (x, top + KEY_ROW / 2.0), name });
            x += width + KEY_GAPS[1];
            key.height = top + row + 6.0;
        }
        key
    }

    /// Writes the names, and calls `draw(entry, left, middle)` for their signs.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, mut draw: impl FnMut(&mut Canvas, usize, (f64, f64))) {
        for (nth, entry) in self.entries.iter().enumerate() {
            let (left, middle) = (area.left + entry.at.0, area.top + entry.at.1);
            draw(canvas, nth, (left, middle));
            write_lines(canvas, &entry.name, (left + self.sign + KEY_GAPS[0], middle), Anchor::Start);
        }
    }
}

/// Writes names of axes: the horizontal one once, the vertical one next to every row.
pub(super) fn axis_names(canvas: &mut Canvas, grid: &Grid, area: Rect, (x_name, y_name): (&str, &str), bottom: f64) {
    for (above, line) in grid.horizontal_name(x_name).iter().rev().enumerate() {
        let half = length(line, BODY, Weight::Regular) / 2.0;
        let middle = grid.middle(area).min(area.right - half).max(area.left + half);
        canvas.text(line, (middle, bottom - 8.0 - LINE * above as f64), Anchor::Middle, PLAIN);
    }
    let lines = grid.vertical_name(y_name);
    for middle in grid.row_middles(area) {
        for (row, line) in lines.iter().enumerate() {
            canvas.upward(line, (area.left + 0.8 * BODY + LINE * row as f64, middle), PLAIN);
        }
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
        assert_eq!((long.title - short.title, short.width), (TITLE_ROW, long.width));
        let area = Rect { left: 0.0, top: 0.0, right: 1344.0, bottom: 999.0 };
        let mut canvas = Canvas::new((1344, 999), 192.0);
        let frame = long.frame(area, 0);
        long.draw_title(&mut canvas, frame, "rule: dp_transpose, passes of 3");
        let svg = canvas.finish();
        assert!(svg.contains(">rule: dp_transpose,</text>") && svg.contains(">passes of 3</text>"), "{svg}");
        assert!(frame.top - 9.0 - TITLE_ROW - BODY > 0.0);
    }

    #[test]
    fn entries_of_a_key_go_on_in_the_next_row() {
        let key = Key::new(["first one", "second one", "a third one that goes on and on"], 36.0, 320.0);
        let places: Vec<(bool, f64, usize)> =
            key.entries.iter().map(|entry| (entry.at.0 > 0.0, entry.at.1, entry.name.len())).collect();
        assert_eq!(places, [(false, 15.0, 1), (true, 15.0, 1), (false, 45.0, 2)]);
        assert_eq!((key.height, Key::new([], 36.0, 320.0).height), (2.0 * KEY_ROW + LINE + 6.0, 0.0));
    }
}
