//! Recorded states, thinned to what a page can hold, with how they were thinned.
use super::numbers::{evenly, number};
use crate::results::RunResult;
use crate::results::states::{LayerStates, classes, layers, stimuli};
use crate::trace::TraceError;
use crate::vocabulary::Term;
use crate::vocabulary::state::{S_MINUS, S_PLUS};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;

const MOST_SAMPLES: usize = 4;
const MOST_UPDATES: usize = 64;
const MOST_UNITS: usize = 256;
/// Numbers on a page, s⁺ and s⁻ counted apart; four bytes each, and a third more as text.
pub(super) const MOST_NUMBERS: usize = 360_000;
/// Steps that have to fit before stimuli and units are left out.
const WANTED_STEPS: usize = 8;
/// Units that always stay.
const FEWEST_UNITS: usize = 32;

/// The states of one trace, by the name that the page gives them.
#[derive(Debug, Serialize)]
pub(super) struct NamedStates {
    pub name: String,
    pub states: PageStates,
}

/// The states on a page: (step, update, sample, unit) of every layer.
#[derive(Debug, Serialize)]
pub(super) struct PageStates {
    pub steps: Vec<Value>,
    pub updates: Vec<Value>,
    pub samples: Vec<Value>,
    /// Class of every (step, sample).
    pub labels: Option<Vec<Vec<Value>>>,
    /// Number of every (step, sample) in the training set.
    pub sample_index: Option<Vec<Vec<Value>>>,
    pub layers: Vec<PageLayer>,
}

/// The states of a layer.
#[derive(Debug, Serialize)]
pub(super) struct PageLayer {
    pub layer: usize,
    pub units: Vec<Value>,
    /// Weight of s⁺ in the mean.
    pub alpha: f64,
    /// Single precision, little endian, in base 64: exactly what was recorded.
    pub s_plus: String,
    pub s_minus: String,
}

/// What is taken of each axis.
struct Taken {
    steps: Vec<usize>,
    updates: Vec<usize>,
    samples: Vec<usize>,
    most_units: usize,
}

/// The recorded states, at most this many numbers, and what has to be said of them; nothing if s⁺ and s⁻ were not
/// recorded.
pub(super) fn read(run: &RunResult, most: usize, notes: &mut Vec<String>) -> Result<Option<PageStates>, TraceError> {
    let layers: Vec<LayerStates> = layers(run)?.into_iter().filter(LayerStates::has_compartments).collect();
    let Some(LayerStates { steps, samples, updates, .. }) = layers.first() else {
        return Ok(None);
    };
    if steps.is_empty() || samples.is_empty() {
        return Ok(None);
    }
    // Without updates, the last state is what there is.
    let updates = updates.clone().unwrap_or_default();
    let update_count = updates.len().max(1);
    let units: Vec<usize> = layers.iter().map(|layer| layer.units.len()).collect();
    let taken = take(steps.len(), update_count, samples.len(), &units, most);
    let mut page_layers = vec![];
    for layer in &layers {
        let chosen = evenly(layer.units.len(), taken.most_units);
        page_layers.push(PageLayer {
            layer: layer.layer,
            units: chosen.iter().map(|&u| number(layer.units[u])).collect(),
            alpha: layer.alpha,
            s_plus: encoded(run, layer, &S_PLUS, &taken, &chosen)?,
            s_minus: encoded(run, layer, &S_MINUS, &taken, &chosen)?,
        });
    }
    let parts = [
        (taken.steps.len(), steps.len(), "steps"),
        (taken.updates.len(), update_count, "updates"),
        (taken.samples.len(), samples.len(), "stimuli of a step"),
        (
            taken.most_units.min(units.iter().copied().max().unwrap_or(0)),
            units.iter().copied().max().unwrap_or(0),
            "units of the largest layer",
        ),
    ];
    let thinned: Vec<String> = parts
        .iter()
        .filter(|(kept, count, _)| kept < count)
        .map(|(kept, count, what)| format!("{kept} of {count} {what}"))
        .collect();
    if !thinned.is_empty() {
        notes.push(format!("Of the recorded states this page holds {}; all are in the trace.", thinned.join(", ")));
    }
    Ok(Some(PageStates {
        steps: taken.steps.iter().map(|&s| number(steps[s])).collect(),
        updates: taken.updates.iter().map(|&v| number(updates.get(v).copied().unwrap_or(0.0))).collect(),
        samples: taken.samples.iter().map(|&s| number(samples[s])).collect(),
        labels: of_stimuli(&classes(run)?, &taken, samples.len()),
        sample_index: of_stimuli(&stimuli(run)?, &taken, samples.len()),
        layers: page_layers,
    }))
}

/// What fits: first stimuli, then units are left out until some steps fit; then steps.
fn take(steps: usize, updates: usize, samples: usize, units: &[usize], most: usize) -> Taken {
    let updates = evenly(updates, MOST_UPDATES);
    let (mut most_samples, mut most_units) = (samples.min(MOST_SAMPLES), MOST_UNITS);
    let of_step =
        |samples: usize, kept: usize| 2 * updates.len() * samples * units.iter().map(|&n| n.min(kept)).sum::<usize>();
    while most_samples > 1 && WANTED_STEPS * of_step(most_samples, most_units) > most {
        most_samples -= 1;
    }
    while most_units > FEWEST_UNITS && WANTED_STEPS * of_step(most_samples, most_units) > most {
        most_units /= 2;
    }
    let most_steps = (most / of_step(most_samples, most_units).max(1)).max(2);
    Taken { steps: evenly(steps, most_steps), samples: (0..most_samples).collect(), updates, most_units }
}

/// The chosen numbers of a signal.
fn encoded(
    run: &RunResult,
    layer: &LayerStates,
    signal: &Term,
    taken: &Taken,
    chosen: &[usize],
) -> Result<String, TraceError> {
    let (samples, units) = (layer.samples.len(), layer.units.len());
    let mut bytes = vec![];
    for &step in &taken.steps {
        let row = layer.read_step(run, signal, step)?;
        for &update in &taken.updates {
            for &sample in &taken.samples {
                let start = (update * samples + sample) * units;
                for &unit in chosen {
                    // Recorded in single precision; what the row lacks is a gap.
                    let x = row.get(start + unit).map_or(f32::NAN, |&x| x as f32);
                    bytes.extend_from_slice(&x.to_le_bytes());
                }
            }
        }
    }
    Ok(STANDARD.encode(bytes))
}

/// What the trace says of the stimuli, if it does.
fn of_stimuli(values: &[f64], taken: &Taken, samples: usize) -> Option<Vec<Vec<Value>>> {
    let of_step = |&step: &usize| -> Vec<Value> {
        taken.samples.iter().map(|&s| values.get(step * samples + s).map_or(Value::Null, |&x| number(x))).collect()
    };
    (!values.is_empty()).then(|| taken.steps.iter().map(of_step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_whole_and_much_is_thinned_to_the_limit() {
        let small = take(20, 8, 2, &[40, 20, 10], MOST_NUMBERS);
        assert_eq!((small.steps.len(), small.updates.len(), small.samples.len()), (20, 8, 2));
        for (steps, updates, samples, units) in [(5000, 8, 2, vec![128, 128, 10]), (10, 500, 64, vec![8192, 8192, 10])]
        {
            let large = take(steps, updates, samples, &units, MOST_NUMBERS);
            let sum: usize = units.iter().map(|&n| n.min(large.most_units)).sum();
            let numbers = 2 * large.steps.len() * large.updates.len() * large.samples.len() * sum;
            assert!(numbers <= MOST_NUMBERS && numbers > MOST_NUMBERS / 4, "{numbers}");
            assert_eq!((large.steps[0], *large.steps.last().unwrap()), (0, steps - 1));
        }
    }
}
