//! Recorded states, thinned to what a page can hold, with how they were thinned.
use super::numbers::{evenly, number};
use crate::trace::{TraceError, TraceReader};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;

const MOST_SAMPLES: usize = 4;
const MOST_VISITS: usize = 64;
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

/// The states on a page: (step, visit, sample, unit) of every layer.
#[derive(Debug, Serialize)]
pub(super) struct PageStates {
    pub steps: Vec<Value>,
    pub visits: Vec<Value>,
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

/// What a layer has in the trace.
struct Recorded {
    layer: usize,
    group: String,
    units: Vec<f64>,
}

/// What is taken of each axis.
struct Taken {
    steps: Vec<usize>,
    visits: Vec<usize>,
    samples: Vec<usize>,
    most_units: usize,
}

/// The recorded states, at most so many numbers, and what has to be said of them; nothing if s⁺ and s⁻ were not
/// recorded.
pub(super) fn read(
    reader: &TraceReader,
    experiment: &Value,
    most: usize,
    notes: &mut Vec<String>,
) -> Result<Option<PageStates>, TraceError> {
    let layers = recorded(reader)?;
    let Some(first) = layers.first() else {
        return Ok(None);
    };
    let coordinate = |name: &str| -> Result<Vec<f64>, TraceError> {
        let path = format!("{}/{name}", first.group);
        if reader.contains(&path) { Ok(reader.read(&path)?.values) } else { Ok(vec![]) }
    };
    let (steps, visits, samples) = (coordinate("step")?, coordinate("visit")?, coordinate("sample")?);
    if steps.is_empty() || samples.is_empty() {
        return Ok(None);
    }
    // Without visits, the last state is what there is.
    let visit_count = visits.len().max(1);
    let units: Vec<usize> = layers.iter().map(|layer| layer.units.len()).collect();
    let taken = take(steps.len(), visit_count, samples.len(), &units, most);
    let nudging = &experiment["nudging"];
    let outputs = experiment["network"]["hidden"].as_array().map_or(0, Vec::len) + 1;
    let mut page_layers = vec![];
    for layer in &layers {
        let chosen = evenly(layer.units.len(), taken.most_units);
        let alpha = if layer.layer == outputs { &nudging["alpha"] } else { &nudging["alpha_hidden"] };
        let signal = |name: &str| -> Result<String, TraceError> {
            let place = format!("{}/{name}", layer.group);
            encoded(reader, &place, &taken, (samples.len(), layer.units.len()), &chosen)
        };
        page_layers.push(PageLayer {
            layer: layer.layer,
            units: chosen.iter().map(|&u| number(layer.units[u])).collect(),
            alpha: alpha.as_f64().or_else(|| nudging["alpha"].as_f64()).unwrap_or(0.5),
            s_plus: signal("s_plus")?,
            s_minus: signal("s_minus")?,
        });
    }
    let parts = [
        (taken.steps.len(), steps.len(), "steps"),
        (taken.visits.len(), visit_count, "visits"),
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
        visits: taken.visits.iter().map(|&v| number(visits.get(v).copied().unwrap_or(0.0))).collect(),
        samples: taken.samples.iter().map(|&s| number(samples[s])).collect(),
        labels: stimuli(reader, "label", &taken, samples.len())?,
        sample_index: stimuli(reader, "sample_index", &taken, samples.len())?,
        layers: page_layers,
    }))
}

/// Layers of which both compartments were recorded, in order.
fn recorded(reader: &TraceReader) -> Result<Vec<Recorded>, TraceError> {
    let mut layers = vec![];
    for group in reader.groups()? {
        let Some(layer) = group.strip_prefix("states/layer").and_then(|k| k.parse().ok()) else { continue };
        if ["s_plus", "s_minus"].iter().all(|signal| reader.contains(&format!("{group}/{signal}"))) {
            let units = reader.read(&format!("{group}/unit"))?.values;
            layers.push(Recorded { layer, group, units });
        }
    }
    layers.sort_by_key(|recorded| recorded.layer);
    Ok(layers)
}

/// What fits: first stimuli, then units are left out until some steps fit; then steps.
fn take(steps: usize, visits: usize, samples: usize, units: &[usize], most: usize) -> Taken {
    let visits = evenly(visits, MOST_VISITS);
    let (mut most_samples, mut most_units) = (samples.min(MOST_SAMPLES), MOST_UNITS);
    let of_step =
        |samples: usize, kept: usize| 2 * visits.len() * samples * units.iter().map(|&n| n.min(kept)).sum::<usize>();
    while most_samples > 1 && WANTED_STEPS * of_step(most_samples, most_units) > most {
        most_samples -= 1;
    }
    while most_units > FEWEST_UNITS && WANTED_STEPS * of_step(most_samples, most_units) > most {
        most_units /= 2;
    }
    let most_steps = (most / of_step(most_samples, most_units).max(1)).max(2);
    Taken { steps: evenly(steps, most_steps), samples: (0..most_samples).collect(), visits, most_units }
}

/// The chosen numbers of a signal; `sizes` are samples and units of the trace.
fn encoded(
    reader: &TraceReader,
    place: &str,
    taken: &Taken,
    (samples, units): (usize, usize),
    chosen: &[usize],
) -> Result<String, TraceError> {
    let mut bytes = vec![];
    for &step in &taken.steps {
        let row = reader.read_row(place, step)?.values;
        for &visit in &taken.visits {
            for &sample in &taken.samples {
                let start = (visit * samples + sample) * units;
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
fn stimuli(
    reader: &TraceReader,
    name: &str,
    taken: &Taken,
    samples: usize,
) -> Result<Option<Vec<Vec<Value>>>, TraceError> {
    let place = format!("states/stimuli/{name}");
    if !reader.contains(&place) {
        return Ok(None);
    }
    let values = reader.read(&place)?.values;
    let of_step = |&step: &usize| -> Vec<Value> {
        taken.samples.iter().map(|&s| values.get(step * samples + s).map_or(Value::Null, |&x| number(x))).collect()
    };
    Ok(Some(taken.steps.iter().map(of_step).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_whole_and_much_is_thinned_to_the_limit() {
        let small = take(20, 8, 2, &[40, 20, 10], MOST_NUMBERS);
        assert_eq!((small.steps.len(), small.visits.len(), small.samples.len()), (20, 8, 2));
        for (steps, visits, samples, units) in [(5000, 8, 2, vec![128, 128, 10]), (10, 500, 64, vec![8192, 8192, 10])] {
            let large = take(steps, visits, samples, &units, MOST_NUMBERS);
            let sum: usize = units.iter().map(|&n| n.min(large.most_units)).sum();
            let numbers = 2 * large.steps.len() * large.visits.len() * large.samples.len() * sum;
            assert!(numbers <= MOST_NUMBERS && numbers > MOST_NUMBERS / 4, "{numbers}");
            assert_eq!((large.steps[0], *large.steps.last().unwrap()), (0, steps - 1));
        }
    }
}
