//! Maps of cells: what heat maps and maps of kinds have in common.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::grid::{Grid, Room, axis_names, heading_height, section_heading, write_lines};
use super::label_row::{LONGEST_LABEL, LabelRow, round_start, stride};
use super::palette::{Color, INK, MUTED, Stroke};
use super::panel::{AXIS_LINE, AXIS_NAME_WIDTH, TICK_GAP};
use super::sheet::CellAxis;
use super::text::{BODY, LINE, Weight, length, wrapped};

/// Text in cells, pixels per em: 6 points.
const IN_CELL: f64 = 16.0;
/// A contour: dark on a light rim, so that it can be seen on every colour.
const CONTOUR: [Stroke; 2] = [Stroke::solid(Color::WHITE, 6.0), Stroke::solid(INK, 2.8)];
const RULE: Stroke = Stroke::solid(Color::WHITE, 1.0);

/// What maps of cells are laid out for.
pub(super) struct Cells<'a> {
    pub title: &'a str,
    pub x: &'a CellAxis,
    pub y: &'a CellAxis,
    pub panels: Vec<&'a str>,
    /// Height of what explains the colours, pixels.
    pub key: f64,
}

/// Where everything stands.
pub(super) struct CellLayout {
    grid: Grid,
    below: LabelRow,
    heading: f64,
    /// Labels of the rows in lines.
    labels: Vec<Vec<String>>,
}

/// Height of the frames for some width: cells neither flat nor tall, unless there are many.
fn frame_height(width: f64, columns: usize, rows: usize, lowest: f64) -> f64 {
    let cell = width / columns.max(1) as f64;
    let height = rows as f64 * cell.clamp(lowest, lowest.max(64.0));
    if rows > 24 {
        (0.75 * width).clamp(240.0, 420.0)
    } else {
        height.clamp(56.0, width.max(240.0).max(rows as f64 * lowest))
    }
}

impl Cells<'_> {
    pub(super) fn layout(&self, Room { width, stretch }: Room) -> CellLayout {
        let (columns, rows) = (self.x.labels.len(), self.y.labels.len());
        let labels: Vec<Vec<String>> =
            self.y.labels.iter().map(|label| wrapped(label, BODY, Weight::Regular, LONGEST_LABEL)).collect();
        let widest = labels.iter().flatten().map(|line| length(line, BODY, Weight::Regular)).fold(0.0, f64::max);
        let most = labels.iter().map(Vec::len).max().unwrap_or(1);
        // Where labels are more than one line, no row may be lower than they are.
        let lowest = if most > 1 { LINE * most as f64 + 4.0 } else { 28.0 };
        let grid = |left: f64, below: f64| {
            let height = |width| f64::max(stretch * frame_height(width, columns, rows, lowest), 40.0);
            Grid::new(&self.panels, width, [left, below], true, height)
        };
        let left = AXIS_NAME_WIDTH + widest + TICK_GAP;
        let left = left + grid(left, 0.0).further_name_width(&self.y.name);
        let below = LabelRow::cells(&self.x.labels, grid(left, 0.0).frame_width());
        let heading = heading_height(self.title, width);
        CellLayout { grid: grid(left, below.height()), below, heading, labels }
    }

    /// Height of the section, pixels.
    pub(super) fn height(&self, room: Room) -> f64 {
        let layout = self.layout(room);
        layout.heading + self.key + layout.grid.total_height() + layout.grid.name_height(&self.x.name)
    }

    /// Draws titles, axes and frames, and calls `fill(panel, frame)` before each frame's lines.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        stretch: f64,
        mut fill: impl FnMut(&mut Canvas, usize, Rect),
    ) {
        let layout = self.layout(Room { width: area.width(), stretch });
        section_heading(canvas, area, self.title);
        let panels = Rect { top: area.top + layout.heading + self.key, ..area };
        for (index, title) in self.panels.iter().enumerate() {
            let frame = layout.grid.frame(panels, index);
            layout.grid.draw_title(canvas, frame, title);
            fill(canvas, index, frame);
            canvas.outline(frame, AXIS_LINE);
            if layout.grid.has_labels_left(index) {
                self.draw_row_labels(canvas, frame, &layout.labels);
            }
            if layout.grid.has_labels_below(index) {
                layout.below.draw(canvas, frame);
            }
        }
        axis_names(canvas, &layout.grid, panels, (&self.x.name, &self.y.name), area.bottom)
    }

    /// The top of the area for what explains the colours.
    pub(super) fn key_top(&self, area: Rect) -> f64 {
        area.top + heading_height(self.title, area.width())
    }

    fn draw_row_labels(&self, canvas: &mut Canvas, frame: Rect, labels: &[Vec<String>]) {
        let rows = self.y.labels.len();
        let pitch = (frame.bottom - frame.top) / rows.max(1) as f64;
        let every = stride(pitch, 1.1 * BODY);
        let first = round_start(&self.y.labels, every);
        for (row, lines) in labels.iter().enumerate().skip(first).step_by(every) {
            let y = frame.bottom - (row as f64 + 0.5) * pitch;
            canvas.line([(frame.left - 5.0, y), (frame.left, y)], AXIS_LINE);
            let top = y - LINE * lines.len().saturating_sub(1) as f64 / 2.0;
            write_lines(canvas, lines, (frame.left - TICK_GAP, top), Anchor::End);
        }
    }
}

/// The cell of a frame.
pub(super) fn cell(frame: Rect, (column, columns): (usize, usize), (row, rows): (usize, usize)) -> Rect {
    let (width, height) = (frame.width() / columns as f64, (frame.bottom - frame.top) / rows as f64);
    Rect {
        left: frame.left + width * column as f64,
        right: frame.left + width * (column + 1) as f64,
        top: frame.bottom - height * (row + 1) as f64,
        bottom: frame.bottom - height * row as f64,
    }
}

/// Marks a cell without value: white, with a stroke across.
pub(super) fn draw_missing(canvas: &mut Canvas, cell: Rect) {
    canvas.fill(cell, Color::WHITE);
    canvas.line([(cell.left, cell.bottom), (cell.right, cell.top)], Stroke::solid(MUTED, 1.0))
}

/// Whether all texts have room in cells of this frame.
pub(super) fn have_room<'a>(texts: impl IntoIterator<Item = &'a str>, cell: Rect) -> bool {
    let widest = texts.into_iter().map(|text| length(text, IN_CELL, Weight::Regular)).fold(0.0, f64::max);
    widest + 6.0 <= cell.width() && IN_CELL + 4.0 <= cell.bottom - cell.top
}

/// Writes into a cell.
pub(super) fn write_in(canvas: &mut Canvas, cell: Rect, text: &str, ink: Color) {
    canvas.centered(text, cell.middle(), Anchor::Middle, Lettering::new(IN_CELL, Weight::Regular, ink))
}

/// Draws contours and rules over the cells.
pub(super) fn draw_over(
    canvas: &mut Canvas,
    frame: Rect,
    (columns, rows): (usize, usize),
    contours: &[Vec<(f64, f64)>],
    rules: &[usize],
) {
    let (width, height) = (frame.width() / columns as f64, (frame.bottom - frame.top) / rows as f64);
    for rule in rules {
        let x = frame.left + width * *rule as f64;
        canvas.line([(x, frame.top), (x, frame.bottom)], RULE);
    }
    for stroke in CONTOUR {
        for contour in contours {
            let place = |(x, y): &(f64, f64)| (frame.left + (x + 0.5) * width, frame.bottom - (y + 0.5) * height);
            canvas.line(contour.iter().map(place), stroke);
        }
    }
}

/// Draws the sign of a contour; returns the width of the sign.
pub(super) fn draw_contour_sign(canvas: &mut Canvas, (left, middle): (f64, f64)) {
    canvas.line([(left, middle), (left + SIGN, middle)], CONTOUR[1])
}

/// Width of a sign of a key of cells, pixels.
pub(super) const SIGN: f64 = 30.0;
