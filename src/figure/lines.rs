//! A section of lines: with bands or error bars, as dots, or as the steps of histograms.
use super::axes::{Axis, Scale, drawable};
use super::canvas::{Canvas, Rect};
use super::grid::{Grid, Key, Room, axis_names, empty, heading_height, section_heading};
use super::label_row::{LabelRow, number_row};
use super::palette::{INK, MUTED, Stroke, stroke_of};
use super::panel::{AXIS_NAME_WIDTH, Frame, GRID_LINE, label_room, vertical_ticks, with_factor};
use super::sheet::{KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Spacing};
use super::ticks::Tick;

/// Width of the sign of an entry of the key, pixels.
const SIGN: f64 = 36.0;
/// How much of the paper a band covers.
const OPACITY: f64 = 0.22;
/// Height of a frame that is not laid out yet, pixels.
const USUAL_HEIGHT: f64 = 260.0;
/// Half the width of the cap of an error bar, pixels.
const CAP: f64 = 5.0;
/// Distance of error bars of different lines at the same label, pixels.
const DODGE: f64 = 7.0;
const RULE: Stroke = Stroke { width: 1.2, ..Stroke::dashed(MUTED, 1.2) };
const LEVEL: Stroke = Stroke::dashed(INK, 1.4);

/// What the section is laid out with.
struct Layout {
    x: Option<Axis>,
    /// The range of every panel.
    y: Vec<Option<Axis>>,
    grid: Grid,
    labels: Option<(LabelRow, i32)>,
    key: Key,
    heading: f64,
    /// Names of the axes.
    names: (String, String),
}

fn explained(section: &LineSection) -> Vec<&KeyEntry> {
    section.key.iter().filter(|entry| !entry.label.is_empty()).collect()
}

fn horizontal_axis(section: &LineSection) -> Option<Axis> {
    let panels = section.panels.iter();
    let places = panels.flat_map(|panel| panel.lines.iter().flat_map(|line| &line.x).chain(&panel.rules)).copied();
    let axis = match &section.x.spacing {
        Spacing::Linear | Spacing::Whole => Axis::counted(places),
        Spacing::Logarithmic => Axis::logarithmic(places),
        Spacing::Symlog => Axis::symlog(places),
        Spacing::Labels(labels) => Some(Axis::exactly(-0.5, labels.len() as f64 - 0.5, Scale::Linear)),
    };
    axis?.between(section.x.range)
}

fn vertical_axis(section: &LineSection, panels: &[LinePanel]) -> Option<Axis> {
    let lines = || panels.iter().flat_map(|panel| &panel.lines);
    let filled = lines().any(|line| matches!(section.key[line.entry].look, Look::Steps | Look::Outline));
    let levels = panels.iter().flat_map(|panel| panel.levels.iter().copied());
    let zero = filled.then_some(0.0);
    let values: Vec<f64> = lines().flat_map(|line| line.y.iter().copied()).chain(levels).chain(zero).collect();
    let ends: Vec<f64> = lines().flat_map(|line| line.spread.iter().flatten().copied()).collect();
    let chosen = match section.y.scaling {
        Scaling::Symlog => Axis::symlog(values.iter().copied().chain(ends.iter().copied()).collect::<Vec<_>>()),
        Scaling::Logarithmic => Axis::logarithmic(values.iter().copied().chain(ends.iter().copied())),
        Scaling::Linear | Scaling::Spanning => usual_axis(section, values, ends, filled),
    };
    chosen?.between(section.y.range)
}

/// A linear axis, or a logarithmic one where that is left to the values.
fn usual_axis(section: &LineSection, values: Vec<f64>, ends: Vec<f64>, filled: bool) -> Option<Axis> {
    let spanning = section.y.scaling == Scaling::Spanning
        && Axis::spanning(values.iter().copied()).is_some_and(|axis| axis.scale == Scale::Logarithmic);
    if spanning {
        let least = values.iter().copied().filter(|value| drawable(*value)).fold(f64::INFINITY, f64::min);
        // A spread that reaches down to zero or below would stretch the axis without end.
        let ends = ends.into_iter().filter(|end| *end > least / 3.0);
        return Axis::spanning(values.iter().copied().chain(ends).collect::<Vec<_>>());
    }
    let all: Vec<f64> = values.into_iter().chain(ends).collect();
    let limits = section.y.limits;
    let axis = Axis::linear(all.iter().copied())?;
    Some(if filled { axis.within([0.0, f64::INFINITY], all) } else { axis.within(limits, all) })
}

/// The power of ten of a panel of some height: a range of its own may have one of its own.
fn own_exponent(section: &LineSection, axis: Option<Axis>, height: f64) -> i32 {
    axis.filter(|_| !section.y.shared).map_or(0, |axis| vertical_ticks(&axis, height).exponent)
}

fn layout(section: &LineSection, Room { width, stretch }: Room) -> Layout {
    let x = horizontal_axis(section);
    let y: Vec<Option<Axis>> = if section.y.shared {
        vec![vertical_axis(section, &section.panels); section.panels.len()]
    } else {
        section.panels.iter().map(|panel| vertical_axis(section, std::slice::from_ref(panel))).collect()
    };
    let height = |width: f64| stretch * (0.68 * width).clamp(190.0, 400.0);
    let room_at = |height: f64| {
        let rooms = y.iter().flatten().map(|axis| label_room(&vertical_ticks(axis, height)));
        AXIS_NAME_WIDTH + rooms.fold(0.0, f64::max)
    };
    let left = room_at(USUAL_HEIGHT);
    let titles: Vec<String> = section
        .panels
        .iter()
        .zip(&y)
        .map(|(panel, axis)| with_factor(&panel.title, own_exponent(section, *axis, USUAL_HEIGHT)))
        .collect();
    let labels = |width: f64| match &section.x.spacing {
        Spacing::Labels(labels) => Some((LabelRow::cells(labels, width), 0)),
        other => x.map(|axis| number_row(&axis, width, *other == Spacing::Whole)),
    };
    let first = Grid::new(&titles, width, [left, 0.0], section.y.shared, height);
    let shared = y.iter().flatten().next().filter(|_| section.y.shared);
    let y_name = with_factor(&section.y.name, shared.map_or(0, |axis| vertical_ticks(axis, first.height).exponent));
    // A frame of another height has other ticks, whose labels may be wider.
    let left = left.max(room_at(first.height));
    let left = left + first.further_name_width(&y_name);
    let labels = labels(Grid::new(&titles, width, [left, 0.0], section.y.shared, height).frame_width());
    let below = labels.as_ref().map_or(0.0, |(row, _)| row.height());
    let grid = Grid::new(&titles, width, [left, below], section.y.shared, height);
    let x_name = with_factor(&section.x.name, labels.as_ref().map_or(0, |(_, exponent)| *exponent));
    let key = Key::new(explained(section).into_iter().map(|entry| entry.label.as_str()), SIGN, width);
    let heading = heading_height(&section.title, width);
    Layout { x, y, grid, labels, key, heading, names: (x_name, y_name) }
}

/// Height of the section on a sheet of this width without borders, pixels.
pub(super) fn height(section: &LineSection, room: Room) -> f64 {
    let layout = layout(section, room);
    layout.heading + layout.key.height + layout.grid.total_height() + layout.grid.name_height(&layout.names.0)
}

/// Draws the section.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, section: &LineSection, stretch: f64) {
    let layout = layout(section, Room { width: area.width(), stretch });
    section_heading(canvas, area, &section.title);
    let top = area.top + layout.heading;
    draw_key(canvas, Rect { top, ..area }, section, &layout.key);
    let panels = Rect { top: top + layout.key.height, ..area };
    for (index, panel) in section.panels.iter().enumerate() {
        let inner = layout.grid.frame(panels, index);
        let exponent = own_exponent(section, layout.y[index], layout.grid.height);
        layout.grid.draw_title(canvas, inner, &with_factor(&panel.title, exponent));
        match (layout.x, layout.y[index]) {
            (Some(x), Some(y)) => draw_panel(canvas, &layout, (index, panel), &Frame { inner, x, y }, section),
            _ => empty(canvas, inner),
        }
    }
    axis_names(canvas, &layout.grid, panels, (&layout.names.0, &layout.names.1), area.bottom)
}

fn draw_key(canvas: &mut Canvas, area: Rect, section: &LineSection, key: &Key) {
    let entries = explained(section);
    key.draw(canvas, area, |canvas, nth, (left, middle)| {
        let entry = entries[nth];
        let stroke = stroke_of(entry.tone);
        let ends = [(left, middle), (left + SIGN, middle)];
        match entry.look {
            Look::Steps => {
                canvas.fill(Rect { left, top: middle - 8.0, right: left + SIGN, bottom: middle + 8.0 }, stroke.color)
            }
            Look::Points => canvas.dot((left + SIGN / 2.0, middle), 5.0, stroke.color),
            Look::Band => {
                let corners = [
                    (left, middle - 7.0),
                    (left + SIGN, middle - 7.0),
                    (left + SIGN, middle + 7.0),
                    (left, middle + 7.0),
                ];
                let has_spread =
                    section.panels.iter().flat_map(|panel| &panel.lines).any(|line| !line.spread.is_empty());
                if has_spread {
                    canvas.area(corners, stroke.color, OPACITY);
                }
                canvas.line(ends, stroke);
            }
            Look::Bars | Look::Outline => canvas.line(ends, stroke),
        }
        if entry.look == Look::Bars {
            canvas.dot((left + SIGN / 2.0, middle), 4.5, stroke.color);
        }
    })
}

fn draw_panel(
    canvas: &mut Canvas,
    layout: &Layout,
    (index, panel): (usize, &LinePanel),
    frame: &Frame,
    section: &LineSection,
) {
    let Rect { left, right, top, bottom } = frame.inner;
    let within = |place: &f64| (0.0..=1.0).contains(place);
    let ticks = vertical_ticks(&frame.y, bottom - top);
    let mut shown = ticks.clone();
    if !layout.grid.has_labels_left(index) {
        shown.ticks = ticks.ticks.iter().map(|tick| Tick { place: tick.place, label: String::new() }).collect();
    }
    frame.draw_vertical_axis(canvas, &shown);
    frame.draw_horizontal_line(canvas);
    if let Some((row, _)) = layout.labels.as_ref().filter(|_| layout.grid.has_labels_below(index)) {
        row.draw(canvas, frame.inner);
    }
    for rule in &panel.rules {
        if let Some(place) = frame.x.place(*rule).filter(within) {
            let x = left + place * frame.inner.width();
            canvas.line([(x, top), (x, bottom)], RULE);
        }
    }
    for level in &panel.levels {
        if let Some(place) = frame.y.place(*level).filter(within) {
            let y = bottom - place * (bottom - top);
            canvas.line([(left, y), (right, y)], LEVEL);
        }
    }
    let labelled = matches!(section.x.spacing, Spacing::Labels(_));
    // Only ends that are given can leave something outside of the frame.
    let is_cut = [section.x.range, section.y.range].iter().flatten().any(Option::is_some);
    if is_cut {
        canvas.clip(frame.inner);
    }
    for (nth, line) in panel.lines.iter().enumerate() {
        let shift = if labelled { DODGE * (nth as f64 - (panel.lines.len() as f64 - 1.0) / 2.0) } else { 0.0 };
        draw_line(canvas, frame, line, &section.key[line.entry], shift);
    }
    if is_cut {
        canvas.end_clip();
    }
    if panel.lines.iter().all(|line| !line.y.iter().any(|value| drawable(*value))) {
        empty(canvas, frame.inner);
    }
}

fn draw_line(canvas: &mut Canvas, frame: &Frame, line: &Line, entry: &KeyEntry, shift: f64) {
    let stroke = stroke_of(entry.tone);
    if matches!(entry.look, Look::Steps | Look::Outline) {
        return draw_steps(canvas, frame, line, stroke, entry.look == Look::Steps);
    }
    let Rect { top, bottom, .. } = frame.inner;
    let at = |x: f64, y: f64| frame.point(x, y).map(|(x, y)| (x + shift, y));
    // The end of a spread that a logarithmic axis does not reach stands at the edge of the frame.
    let end = |x: f64, value: f64, edge: f64| {
        let height = frame.y.place(value).map_or(edge, |place| (bottom - place * (bottom - top)).clamp(top, bottom));
        frame.x.place(x).map(|place| (frame.inner.left + place * frame.inner.width() + shift, height))
    };
    let ends: Vec<_> = line
        .x
        .iter()
        .zip(&line.spread)
        .map(|(x, [low, high])| Some((end(*x, *low, bottom)?, end(*x, *high, top)?)))
        .collect();
    let points: Vec<_> = line.x.iter().zip(&line.y).map(|(x, y)| at(*x, *y)).collect();
    let pieces = || points.split(Option::is_none).map(|piece| piece.iter().flatten().copied().collect::<Vec<_>>());
    let known: Vec<_> = ends.iter().zip(&points).map(|(ends, point)| point.and(*ends)).collect();
    for piece in known.split(Option::is_none) {
        // A band of a single place would have no width.
        if entry.look == Look::Band && piece.len() > 1 {
            let lower = piece.iter().flatten().map(|ends| ends.0);
            let upper = piece.iter().rev().flatten().map(|ends| ends.1);
            canvas.area(lower.chain(upper), stroke.color, OPACITY);
        } else {
            piece.iter().flatten().for_each(|ends| draw_error_bar(canvas, *ends, stroke));
        }
    }
    for piece in pieces() {
        let lonely = piece.len() == 1;
        if entry.look != Look::Band || lonely {
            for point in &piece {
                canvas.dot(*point, if lonely && entry.look == Look::Band { 3.0 } else { 4.5 }, stroke.color);
            }
        }
        if entry.look != Look::Points {
            canvas.line(piece, stroke);
        }
    }
}

fn draw_error_bar(canvas: &mut Canvas, (low, high): ((f64, f64), (f64, f64)), stroke: Stroke) {
    let thin = Stroke::solid(stroke.color, 1.5);
    canvas.line([low, high], thin);
    for (x, y) in [low, high] {
        canvas.line([(x - CAP, y), (x + CAP, y)], thin);
    }
}

/// Draws the steps of a histogram.
fn draw_steps(canvas: &mut Canvas, frame: &Frame, line: &Line, stroke: Stroke, filled: bool) {
    let mut corners = Vec::new();
    for (edges, value) in line.x.windows(2).zip(&line.y) {
        let (Some(from), Some(to)) = (frame.point(edges[0], *value), frame.point(edges[1], *value)) else { continue };
        if filled {
            canvas.fill(Rect { left: from.0, top: from.1, right: to.0, bottom: frame.inner.bottom }, stroke.color);
        }
        corners.extend([from, to]);
    }
    if filled {
        canvas.line([(frame.inner.left, frame.inner.bottom), (frame.inner.right, frame.inner.bottom)], GRID_LINE)
    } else {
        canvas.line(corners, stroke)
    }
}
