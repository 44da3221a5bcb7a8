//! A panel of curves over the epochs: learning curves, angles of gradients.
use super::axes::Axis;
use super::canvas::{Canvas, Rect};
use super::palette::{Stroke, series};
use super::panel::{
    AXIS_HEIGHT, AXIS_NAME_WIDTH, Frame, HEADING_HEIGHT, LineLabel, draw_line_labels, heading, label_room,
    line_label_room, not_recorded, vertical_ticks,
};
use super::run::Curve;

/// Curves with at most this many points show each as a dot.
const MOST_DOTTED: usize = 30;

/// What a panel of curves shows.
pub(super) struct CurvePanel<'a> {
    pub title: &'a str,
    /// Name of the vertical axis with its unit.
    pub quantity: &'a str,
    pub curves: &'a [Curve],
    /// The epochs all panels of the page have in common.
    pub epochs: &'a [f64],
    pub range: Range,
}

/// How the vertical axis is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Range {
    /// Linear, with margins not beyond these limits.
    Within([f64; 2]),
    /// Logarithmic if the values are positive and span more than a decade, else linear as above.
    Spanning([f64; 2]),
}

/// Draws a panel of curves, each with its label at its end.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, panel: &CurvePanel<'_>) {
    heading(canvas, area, panel.title, "");
    let rows = Rect { top: area.top + HEADING_HEIGHT, bottom: area.bottom - AXIS_HEIGHT, ..area };
    let curves = panel.curves;
    let values = curves.iter().flat_map(|curve| curve.y.iter().copied());
    let y = match panel.range {
        Range::Within(limits) => Axis::linear(values.clone()).map(|axis| axis.within(limits, values)),
        Range::Spanning(limits) => Axis::spanning(values.clone()).map(|axis| axis.within(limits, values)),
    };
    let epochs = curves.iter().flat_map(|curve| curve.x.iter()).chain(panel.epochs).copied();
    let (Some(y), Some(x)) = (y, Axis::counted(epochs)) else {
        return not_recorded(canvas, rows);
    };
    let ticks = vertical_ticks(&y, rows.bottom - rows.top);
    let labels_right = line_label_room(curves.iter().map(|curve| curve.label.as_str()), 0.4 * area.width());
    let left = rows.left + AXIS_NAME_WIDTH + label_room(&ticks);
    let frame = Frame { inner: Rect { left, right: rows.right - labels_right, ..rows }, x, y };
    frame.draw_horizontal_grid(canvas);
    frame.draw_vertical_axis(canvas, &ticks);
    frame.name_vertical_axis(canvas, panel.quantity, &ticks, rows.left);
    frame.draw_horizontal_axis(canvas, "epoch");
    let mut labels = Vec::new();
    for (index, curve) in curves.iter().enumerate() {
        let stroke = series(index);
        if let Some(end) = draw_curve(canvas, &frame, &curve.x, &curve.y, stroke, Dots::IfFew) {
            labels.push(LineLabel { text: curve.label.clone(), stroke, y: end.1 });
        }
    }
    draw_line_labels(canvas, frame.inner, area.right, labels)
}

/// Which points of a curve are drawn as dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dots {
    /// All, unless there are many.
    IfFew,
    /// Those between gaps, which would be no line.
    Lonely,
}

/// Draws a curve with gaps where it has no values; returns the place of its last point.
pub(super) fn draw_curve(
    canvas: &mut Canvas,
    frame: &Frame,
    x: &[f64],
    y: &[f64],
    stroke: Stroke,
    dots: Dots,
) -> Option<(f64, f64)> {
    let points: Vec<_> = x.iter().zip(y).map(|(x, y)| frame.point(*x, *y)).collect();
    let all = dots == Dots::IfFew && points.len() <= MOST_DOTTED;
    for piece in points.split(Option::is_none) {
        let piece: Vec<(f64, f64)> = piece.iter().flatten().copied().collect();
        let dotted = if all || piece.len() == 1 { piece.as_slice() } else { &[] };
        for point in dotted {
            canvas.dot(*point, 1.6 * stroke.width, stroke.color);
        }
        canvas.line(piece, stroke);
    }
    points.into_iter().flatten().last()
}
