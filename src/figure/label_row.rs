//! Labels below a frame: of cells or of numbers, as many as have room.
use super::axes::Axis;
use super::canvas::{Anchor, Canvas, Rect};
use super::panel::{AXIS_LINE, PLAIN, TICK_GAP, TICK_ROW};
use super::text::{BODY, LINE, Weight, length, wrapped};
use super::ticks::{Tick, Ticks};

/// Longest line of a label below or next to cells, pixels.
pub(super) const LONGEST_LABEL: f64 = 190.0;

/// Labels below a frame: next to each other, or upward where they are too long for that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelRow {
    ticks: Vec<Tick>,
    upward: bool,
    /// Lines that have room next to each other, where labels stand upward.
    lines: usize,
}

fn width_of(label: &str) -> f64 {
    length(label, BODY, Weight::Regular)
}

impl LabelRow {
    /// Marks that are known to have room.
    pub(super) fn level(ticks: Vec<Tick>) -> Self {
        Self { ticks, upward: false, lines: 1 }
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
        let every = if upward { 1 } else { stride(pitch, widest + 0.5 * BODY) };
        let first = round_start(labels, every);
        let tick =
            |(index, label): (usize, &String)| Tick { place: (index as f64 + 0.5) / count, label: label.clone() };
        let ticks: Vec<Tick> = labels.iter().enumerate().skip(first).step_by(every).map(tick).collect();
        Self { ticks, upward, lines: if upward { ((pitch / LINE) as usize).max(1) } else { 1 } }
    }

    /// A label that stands upward, in as many lines as there is room for next to each other; what needs more stays as
    /// long as it is.
    fn upward_lines(&self, label: &str) -> Vec<String> {
        let lines = wrapped(label, BODY, Weight::Regular, LONGEST_LABEL);
        if lines.len() <= self.lines { lines } else { vec![label.to_owned()] }
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
        let lines = self.ticks.iter().flat_map(|tick| self.upward_lines(&tick.label));
        lines.map(|line| width_of(&line)).fold(0.0, f64::max) + 2.0 * TICK_GAP
    }

    /// Draws the labels below a frame, with a mark for each.
    pub(super) fn draw(&self, canvas: &mut Canvas, frame: Rect) {
        for tick in &self.ticks {
            let x = frame.left + tick.place * frame.width();
            canvas.line([(x, frame.bottom), (x, frame.bottom + 5.0)], AXIS_LINE);
            if self.upward {
                let lines = self.upward_lines(&tick.label);
                let first = x - LINE * lines.len().saturating_sub(1) as f64 / 2.0;
                for (nth, line) in lines.iter().enumerate() {
                    canvas.upward_to(line, (first + LINE * nth as f64, frame.bottom + TICK_GAP), PLAIN);
                }
            } else {
                canvas.text(&tick.label, (x, frame.bottom + TICK_ROW - 3.0), Anchor::Middle, PLAIN);
            }
        }
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
    let fits = |ticks: &Ticks| {
        let places = ticks.ticks.windows(2).map(|pair| pair[1].place - pair[0].place);
        let widest = ticks.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max);
        widest + BODY <= places.fold(1.0, f64::min) * width
    };
    let counts = (2..=8).rev().map(|most| axis.ticks(most, whole));
    let ticks = counts.into_iter().find(fits).unwrap_or_else(|| axis.ticks(1, whole));
    (LabelRow::level(ticks.ticks), ticks.exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
