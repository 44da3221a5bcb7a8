//! The page: title, a row of curves over the epochs, rows of dyad states.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::curves::{self, CurvePanel, Range};
use super::palette::{Color, INK, MINUS, MUTED, PLUS, Stroke};
use super::panel::{HEADING_HEIGHT, NOTE, PLAIN, not_recorded};
use super::run::{Curve, RunFigure, StatePanel};
use super::states;
use super::text::{BODY, HEADING, LINE, TITLE, Weight, length, wrapped};

/// Width of the page, pixels.
pub(super) const WIDTH: u32 = 1600;
/// Height of a page with at most one row of state panels, pixels.
const HEIGHT: u32 = 1000;
/// Height of each further row of state panels, pixels.
const ROW_HEIGHT: u32 = 430;
/// Panels in a row.
const COLUMNS: usize = 4;
/// State panels on a page; of more layers the first ones are drawn.
const MOST_LAYERS: usize = 12;
/// Empty border of the page, pixels.
const BORDER: f64 = 28.0;
/// Space between the panels of a row, pixels.
const GUTTER: f64 = 30.0;
/// Distance of the base lines of the title.
const TITLE_ROW: f64 = 37.0;
const CURVES_TOP: f64 = 100.0;
const CURVES_BOTTOM: f64 = 506.0;
/// Base line of the heading of the states.
const STATES_HEADING: f64 = 546.0;
const STATES_TOP: f64 = 566.0;

/// Rows and columns of the state panels.
fn grid(panels: usize) -> (usize, usize) {
    let panels = panels.clamp(1, MOST_LAYERS);
    let rows = panels.div_ceil(COLUMNS);
    (rows, panels.div_ceil(rows))
}

/// Title and subtitle in lines.
struct Head {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Head {
    fn new(figure: &RunFigure) -> Self {
        let width = f64::from(WIDTH) - 2.0 * BORDER;
        Self {
            title: wrapped(&figure.title, TITLE, Weight::Bold, width),
            subtitle: wrapped(&figure.subtitle, BODY, Weight::Regular, width),
        }
    }

    /// Height of all lines but the first of each, by which everything else stands lower.
    fn further(&self) -> f64 {
        let further = |lines: &[String]| lines.len().saturating_sub(1) as f64;
        TITLE_ROW * further(&self.title) + LINE * further(&self.subtitle)
    }

    fn draw(&self, canvas: &mut Canvas) {
        let mut base = 46.0;
        for (row, line) in self.title.iter().enumerate() {
            base = 46.0 + TITLE_ROW * row as f64;
            canvas.text(line, (BORDER, base), Anchor::Start, Lettering::new(TITLE, Weight::Bold, INK));
        }
        for (row, line) in self.subtitle.iter().enumerate() {
            canvas.text(line, (BORDER, base + 30.0 + LINE * row as f64), Anchor::Start, NOTE);
        }
    }
}

/// Size of the page in pixels.
pub(super) fn size(figure: &RunFigure) -> (u32, u32) {
    let (rows, _) = grid(figure.states.len());
    (WIDTH, HEIGHT + ROW_HEIGHT * (rows as u32 - 1) + Head::new(figure).further() as u32)
}

/// Draws the whole page.
pub(super) fn draw(canvas: &mut Canvas, figure: &RunFigure) {
    let head = Head::new(figure);
    head.draw(canvas);
    draw_curves(canvas, figure, head.further());
    draw_states(canvas, figure, head.further())
}

fn columns(count: usize, top: f64, bottom: f64) -> impl Iterator<Item = Rect> {
    let width = (f64::from(WIDTH) - 2.0 * BORDER - GUTTER * (count - 1) as f64) / count as f64;
    (0..count).map(move |column| {
        let left = BORDER + (width + GUTTER) * column as f64;
        Rect { left, top, right: left + width, bottom }
    })
}

fn draw_curves(canvas: &mut Canvas, figure: &RunFigure, lower: f64) {
    let epochs = figure.epochs.as_slice();
    let percent =
        |curve: &Curve| Curve { y: curve.y.iter().map(|fraction| 100.0 * (1.0 - fraction)).collect(), ..curve.clone() };
    let errors: Vec<_> = figure.accuracy.iter().map(percent).collect();
    let panels = [
        CurvePanel {
            title: "Classification error",
            quantity: "error rate (%)",
            curves: &errors,
            epochs,
            range: Range::Spanning([0.0, 100.0]),
        },
        CurvePanel {
            title: "Loss",
            quantity: "loss",
            curves: &figure.loss,
            epochs,
            range: Range::Spanning([f64::NEG_INFINITY, f64::INFINITY]),
        },
        CurvePanel {
            title: "Gradient angle to backprop",
            quantity: "angle (°)",
            curves: &figure.angles_deg,
            epochs,
            range: Range::Within([0.0, 180.0]),
        },
    ];
    for (area, panel) in columns(panels.len(), CURVES_TOP + lower, CURVES_BOTTOM + lower).zip(&panels) {
        curves::draw(canvas, area, panel);
    }
}

fn draw_states(canvas: &mut Canvas, figure: &RunFigure, lower: f64) {
    let height = f64::from(size(figure).1);
    let shown = &figure.states[..figure.states.len().min(MOST_LAYERS)];
    let title = if shown.len() < figure.states.len() {
        format!("Dyad states, first {} of {} layers", shown.len(), figure.states.len())
    } else {
        "Dyad states".to_owned()
    };
    let lettering = Lettering::new(HEADING, Weight::Bold, INK);
    canvas.text(&title, (BORDER, STATES_HEADING + lower), Anchor::Start, lettering);
    if shown.is_empty() {
        let (left, right) = (BORDER, f64::from(WIDTH) - BORDER);
        return not_recorded(canvas, Rect { left, top: STATES_TOP + lower, right, bottom: height - BORDER });
    }
    let start = BORDER + length(&title, HEADING, Weight::Bold) + GUTTER;
    draw_key(canvas, (start, STATES_HEADING + lower - 0.36 * HEADING), shown);
    let (rows, in_row) = grid(shown.len());
    let states_top = STATES_TOP + lower;
    let row_height = (height - 14.0 - states_top) / rows as f64;
    for (row, panels) in shown.chunks(in_row).enumerate() {
        let top = states_top + row_height * row as f64;
        for (area, panel) in columns(in_row, top, top + row_height - 0.15 * HEADING_HEIGHT).zip(panels) {
            states::draw(canvas, area, panel);
        }
    }
}

/// Explains the signs of the state panels, next to their heading.
fn draw_key(canvas: &mut Canvas, (left, middle): (f64, f64), panels: &[StatePanel]) {
    let mut x = left;
    if panels.iter().any(|panel| !panel.is_course()) {
        for (name, sign) in [("s⁺", Sign::Dot(PLUS)), ("s⁻", Sign::Dot(MINUS)), ("mean", Sign::Line(states::MEAN))]
        {
            x = draw_key_entry(canvas, (x, middle), name, sign);
        }
    }
    if panels.iter().any(StatePanel::is_course) {
        for (name, stroke) in [("s⁺", Stroke::solid(MUTED, 2.6)), ("s⁻", Stroke::dashed(MUTED, 2.6))] {
            x = draw_key_entry(canvas, (x, middle), name, Sign::Line(stroke));
        }
        canvas.centered("of the units that differ most at the last update", (x, middle), Anchor::Start, NOTE);
    }
}

/// How a thing is drawn.
#[derive(Clone, Copy)]
enum Sign {
    Dot(Color),
    Line(Stroke),
}

/// Draws a sign and its name; returns where the next one may stand.
fn draw_key_entry(canvas: &mut Canvas, (x, y): (f64, f64), name: &str, sign: Sign) -> f64 {
    let width = match sign {
        Sign::Dot(color) => {
            canvas.dot((x + 5.0, y), 5.0, color);
            10.0
        }
        Sign::Line(stroke) => {
            canvas.line([(x, y), (x + 40.0, y)], stroke);
            40.0
        }
    };
    let start = x + width + 8.0;
    canvas.centered(name, (start, y), Anchor::Start, PLAIN);
    start + length(name, BODY, Weight::Regular) + 24.0
}
