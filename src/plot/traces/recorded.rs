//! Recorded states of a layer as rows of time, and where the stimulus changes.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::Request;
use crate::results::states::{LayerStates, layers, stimuli};
use crate::results::{Dim, RunResult};
use crate::vocabulary::state::{DIFFERENCE, MEAN, S_MINUS, S_PLUS};
use crate::vocabulary::{Term, axis};

/// Without `--steps`, at most this many points of time are drawn: the last ones.
const MOST_TIMES: usize = 240;

/// Without `--steps`, at most this many training steps that do not follow each other are drawn with all their updates.
const MOST_STEPS: usize = 6;

/// The states of the units of a layer over time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    pub layer: usize,
    /// Numbers of the units.
    pub units: Vec<usize>,
    /// What a point of time is.
    pub time_name: String,
    /// Points of time.
    pub times: Vec<Time>,
    /// What was left out, in words.
    pub note: String,
    /// Signals that can be drawn; mean and difference follow from the compartments.
    pub known: Vec<Term>,
    signals: Vec<(Term, Vec<f64>)>,
    alpha: f64,
}

/// A point of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    /// Place along the axis.
    pub at: f64,
    /// Its row in the arrays.
    row: usize,
    /// Whether time has gone on without being recorded since the last one.
    pub after_gap: bool,
    /// Whether this is the first one with another stimulus.
    pub new_stimulus: bool,
}

impl Recorded {
    /// Reads what is asked for.
    pub(super) fn read(run: &RunResult, kind: Kind, request: &Request) -> Result<Self, PlotError> {
        let needs = |needs: &str| PlotError::Needs { kind: kind.name(), needs: needs.to_owned() };
        let recorded = layers(run)?;
        let there: Vec<usize> = recorded.iter().map(|layer| layer.layer).collect();
        let number = match request.chosen_layers(&there)?[..] {
            [] => return Err(needs("no states were recorded (recording.states)")),
            [_, _, ..] if request.layer.is_some() => return Err(needs("choose one --layer")),
            [layer, ..] => layer,
        };
        let layer = recorded.into_iter().find(|layer| layer.layer == number && !layer.signals.is_empty());
        let layer = layer.ok_or_else(|| needs("no states were recorded (recording.states)"))?;
        let (steps, samples, units) = (layer.steps.len(), layer.samples.len(), layer.units.len());
        let updates = layer.updates.as_ref().map(Vec::len);
        let sample = chosen_sample(&layer, request)?;
        let mut read = vec![];
        for signal in &layer.signals {
            // (step, update, sample, unit) of the chosen stimulus: (step and update, unit).
            let all = layer.read(run, signal)?;
            let rows = all.chunks_exact(units.max(1)).skip(sample).step_by(samples.max(1));
            read.push((*signal, rows.flatten().copied().collect::<Vec<f64>>()));
        }
        let stimuli: Vec<f64> = stimuli(run)?.into_iter().skip(sample).step_by(samples.max(1)).collect();
        let numbers = &layer.steps;
        let first = read.first().map(|(_, values)| values.as_slice()).unwrap_or_default();
        let made =
            |row: usize| first.get(row * units..(row + 1) * units).is_some_and(|row| row.iter().any(|v| v.is_finite()));
        let (times, time_name) = times(numbers, updates, &stimuli, request.steps, made);
        if times.is_empty() {
            let range = numbers.first().zip(numbers.last()).map_or("none".to_owned(), |(a, b)| format!("{a} to {b}"));
            return Err(needs(&format!(
                "no states were recorded in these steps; there are {steps} steps from {range}"
            )));
        }
        let all = times.len();
        // Steps that do not follow each other are looked at one by one.
        let own =
            if times.iter().any(|time| time.after_gap) { updates.map(|updates| MOST_STEPS * updates) } else { None };
        let most = own.unwrap_or(MOST_TIMES).min(MOST_TIMES);
        let cut = if request.steps.is_none() { all.saturating_sub(most) } else { 0 };
        let shown = times[cut..].to_vec();
        let mut notes = vec![format!("{} {number}", axis::LAYER.name)];
        if samples > 1 {
            notes.push(format!("stimulus {} of {samples} recorded", sample + 1));
        }
        if cut > 0 {
            notes.push(format!("the last {most} of {all} recorded points of time (others: --steps)"));
        }
        Ok(Self {
            layer: number,
            units: layer.units.iter().map(|unit| *unit as usize).collect(),
            time_name,
            times: shown,
            note: notes.join(", "),
            known: layer.known_signals(),
            signals: read,
            alpha: layer.alpha,
        })
    }

    /// Whether a signal can be drawn.
    pub(super) fn has(&self, signal: &Term) -> bool {
        self.known.contains(signal)
    }

    fn own(&self, signal: &Term) -> Option<&[f64]> {
        self.signals.iter().find(|(own, _)| own == signal).map(|(_, values)| values.as_slice())
    }

    /// A signal of a unit, by its place, at a point of time; not a number if it was not recorded.
    pub(super) fn value(&self, signal: &Term, time: &Time, place: usize) -> f64 {
        let at = |values: &[f64]| values.get(time.row * self.units.len() + place).copied().unwrap_or(f64::NAN);
        match (self.own(signal), self.own(&S_PLUS), self.own(&S_MINUS)) {
            (Some(values), ..) => at(values),
            (None, Some(plus), Some(minus)) if *signal == MEAN => {
                self.alpha * at(plus) + (1.0 - self.alpha) * at(minus)
            }
            (None, Some(plus), Some(minus)) if *signal == DIFFERENCE => at(plus) - at(minus),
            _ => f64::NAN,
        }
    }

    /// Places of the units asked for; `None` if none were.
    pub(super) fn chosen_units(&self, request: &Request) -> Result<Option<Vec<usize>>, PlotError> {
        let Some(given) = &request.units else { return Ok(None) };
        let place = |unit: &usize| {
            let found = self.units.iter().position(|own| own == unit);
            found.ok_or_else(|| {
                let (first, last) = (self.units.first().unwrap_or(&0), self.units.last().unwrap_or(&0));
                let valid = if self.units.len() == last - first + 1 {
                    vec![format!("{first} to {last}")]
                } else {
                    self.units.iter().map(usize::to_string).collect()
                };
                PlotError::unknown("--units", "recorded unit", &unit.to_string(), valid)
            })
        };
        given.iter().map(place).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

/// The place of the stimulus that is drawn: the first, unless `--select sample=N` says so.
fn chosen_sample(layer: &LayerStates, request: &Request) -> Result<usize, PlotError> {
    let name = axis::SAMPLE.name;
    if let Some(other) = request.select.iter().find(|selected| selected.axis != name) {
        return Err(PlotError::unknown("--select", "axis", &other.axis, [name.to_owned()]));
    }
    let Some((option, values)) = request.selected(name) else { return Ok(0) };
    let dim = Dim::numbers(name, "", "1", false, layer.samples.clone());
    Ok(PlotError::of_places(&dim, option, values)?.first().copied().unwrap_or(0))
}

/// Points of time from the recorded steps: the steps themselves, or their updates one after the other.
fn times(
    steps: &[f64],
    updates: Option<usize>,
    stimuli: &[f64],
    range: Option<[f64; 2]>,
    made: impl Fn(usize) -> bool,
) -> (Vec<Time>, String) {
    let [from, to] = range.unwrap_or([0.0, f64::INFINITY]);
    let chosen: Vec<usize> = (0..steps.len()).filter(|k| (from..=to).contains(&steps[*k])).collect();
    let each = updates.unwrap_or(1);
    let consecutive = steps.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    let mut times: Vec<Time> = vec![];
    let mut shown = None;
    for k in chosen {
        for update in (0..each).filter(|update| made(k * each + update)) {
            let begins = update == 0 || times.is_empty();
            let new_stimulus =
                begins && shown.is_some_and(|before: f64| stimuli.get(k).is_none_or(|now| *now != before));
            let after_gap = begins && k > 0 && steps[k] - steps[k - 1] != 1.0 && !times.is_empty();
            shown = Some(stimuli.get(k).copied().unwrap_or(f64::NAN));
            let at = if updates.is_some() { times.len() as f64 } else { steps[k] };
            times.push(Time { at, row: k * each + update, after_gap, new_stimulus });
        }
    }
    let name = match (updates, range.is_some()) {
        (None, _) => axis::STEP.label(),
        (Some(_), _) if consecutive && from == 0.0 => "update since the first recorded one".to_owned(),
        (Some(_), true) => format!("update since training step {from}"),
        (Some(updates), false) => format!("recorded update, {updates} a training step"),
    };
    (times, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_follow_each_other_and_changes_of_stimulus_are_known() {
        let (times, name) = times(&[0.0, 1.0, 5.0], Some(2), &[7.0, 7.0, 8.0], None, |row| row != 3);
        let at: Vec<f64> = times.iter().map(|time| time.at).collect();
        assert_eq!(at, [0.0, 1.0, 2.0, 3.0, 4.0]);
        let rows: Vec<usize> = times.iter().map(|time| time.row).collect();
        assert_eq!(rows, [0, 1, 2, 4, 5]);
        let new: Vec<bool> = times.iter().map(|time| time.new_stimulus).collect();
        assert_eq!(new, [false, false, false, true, false]);
        let gaps: Vec<bool> = times.iter().map(|time| time.after_gap).collect();
        assert_eq!(
            (gaps, name.as_str()),
            (vec![false, false, false, true, false], "recorded update, 2 a training step")
        );
    }

    #[test]
    fn only_the_steps_asked_for_are_drawn() {
        let (times, name) = times(&[0.0, 60.0, 120.0], None, &[1.0, 2.0, 3.0], Some([50.0, 130.0]), |_| true);
        assert_eq!(times.iter().map(|time| time.at).collect::<Vec<_>>(), [60.0, 120.0]);
        assert_eq!(name, "training step");
    }
}
