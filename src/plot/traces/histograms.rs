//! Histograms of weights, and of how often synapses were written.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::Request;
use super::tables::{Made, over_rows};
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Section, Spacing, Tone, VerticalAxis,
};
use crate::results::synapses::histogram;
use crate::results::weights;
use crate::results::{NetworkGraph, RunResult};
use crate::vocabulary::axis;
use crate::vocabulary::metric::FLIPS_PER_SYNAPSE;
use crate::vocabulary::place::weights::{FINAL, INITIAL};
use crate::vocabulary::state::{SYNAPSES_BY_FLIPS, SYNAPSES_BY_WRITES};

/// Bins of a histogram of weights.
const BINS: usize = 60;

/// Edges of equal bins that hold all finite values.
fn edges(values: &[f64]) -> Option<Vec<f64>> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return None;
    }
    let half = if high > low { 0.0 } else { 0.5 * low.abs().max(1e-6) };
    let (low, high) = (low - half, high + half);
    Some((0..=BINS).map(|k| low + (high - low) * k as f64 / BINS as f64).collect())
}

/// Percent of the finite values in every bin.
fn shares(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let bins = edges.len() - 1;
    let width = (edges[bins] - edges[0]) / bins as f64;
    let mut counts = vec![0usize; bins];
    let finite = values.iter().filter(|value| value.is_finite());
    let mut total = 0;
    for value in finite {
        counts[(((value - edges[0]) / width) as usize).min(bins - 1)] += 1;
        total += 1;
    }
    counts.into_iter().map(|count| 100.0 * count as f64 / (total as f64).max(1.0)).collect()
}

fn vertical(name: &str) -> VerticalAxis {
    VerticalAxis::new(name.to_owned(), [0.0, 100.0])
}

/// Weights after training as filled steps, before training as outline; a panel for each layer.
pub(super) fn weights(run: &RunResult, request: &Request) -> Made {
    let there = weights::projections(run, &FINAL)?;
    if there.is_empty() {
        let needs = "weights were not recorded (recording.weights)".to_owned();
        return Err(PlotError::Needs { kind: Kind::Weights.name(), needs });
    }
    let key = vec![
        KeyEntry { label: "after training".to_owned(), tone: Tone::Nth(5), look: Look::Steps },
        KeyEntry { label: "before".to_owned(), tone: Tone::Mean, look: Look::Outline },
    ];
    let network = NetworkGraph::of_run(run);
    let mut sections = vec![];
    let numbers = |weights: Vec<f32>| weights.into_iter().map(f64::from).collect::<Vec<f64>>();
    let has_initial = weights::kept(run).contains(&INITIAL);
    for layer in request.chosen_layers(&there)? {
        let last = numbers(weights::read(run, &FINAL, layer)?.weight);
        let first = if has_initial { numbers(weights::read(run, &INITIAL, layer)?.weight) } else { vec![] };
        let Some(edges) = edges(&[last.as_slice(), &first].concat()) else { continue };
        let line =
            |entry: usize, values: &[f64]| Line { entry, x: edges.clone(), y: shares(values, &edges), spread: vec![] };
        let mut lines = vec![line(0, &last)];
        if !first.is_empty() {
            lines.push(line(1, &first));
        }
        let name = network.as_ref().map_or(format!("layer {layer}"), |network| network.name(layer));
        let part =
            if network.as_ref().is_none_or(NetworkGraph::is_chain) { axis::LAYER } else { axis::PROJECTION }.name;
        let title = format!("{name}, {} weights", last.len());
        sections.push(Section::Lines(LineSection {
            title,
            x: HorizontalAxis::new(format!("weight of {part} {layer}"), Spacing::Linear),
            y: vertical("share of weights (%)"),
            key: if sections.is_empty() { key.clone() } else { unexplained(&key) },
            panels: vec![LinePanel { lines, ..LinePanel::default() }],
        }));
    }
    Ok((sections, String::new()))
}

fn unexplained(key: &[KeyEntry]) -> Vec<KeyEntry> {
    key.iter().map(|entry| KeyEntry { label: String::new(), ..entry.clone() }).collect()
}

/// How many synapses were written and flipped how often; then flips over the epochs.
pub(super) fn flips(run: &RunResult, request: &Request) -> Made {
    let Some(counted) = histogram(run)? else {
        let needs = "this run has no devices for synapses, whose flips are counted (hardware.synapses)".to_owned();
        return Err(PlotError::Needs { kind: Kind::Flips.name(), needs });
    };
    let (starts, flips, writes) = (&counted.starts, &counted.flips, &counted.writes);
    let chosen = request.chosen_layers(&counted.layers)?;
    let bins = starts.len();
    let used = 1
        + (0..flips.len()).filter(|k| flips[*k] > 0.0 || writes[*k] > 0.0).map(|k| k % bins.max(1)).max().unwrap_or(0);
    let labels: Vec<String> = (0..used).map(|bin| bin_label(starts[bin], starts.get(bin + 1).copied())).collect();
    let edges: Vec<f64> = (0..=used).map(|k| k as f64 - 0.5).collect();
    let panel = |layer: &usize| {
        let place = counted.layers.iter().position(|own| own == layer).unwrap_or(0);
        let line = |entry: usize, counts: &[f64]| {
            let own = &counts[place * bins..][..bins];
            let total: f64 = own.iter().sum();
            let y = own[..used].iter().map(|count| 100.0 * count / total.max(1.0)).collect();
            Line { entry, x: edges.clone(), y, spread: vec![] }
        };
        LinePanel {
            title: format!("{} {layer}", counted.part),
            lines: vec![line(0, flips), line(1, writes)],
            ..LinePanel::default()
        }
    };
    let mut sections = vec![Section::Lines(LineSection {
        title: String::new(),
        x: HorizontalAxis::new("times in the whole run".to_owned(), Spacing::Labels(labels)),
        y: vertical("share of synapses (%)"),
        key: vec![
            KeyEntry { label: SYNAPSES_BY_FLIPS.label(), tone: Tone::Nth(5), look: Look::Steps },
            KeyEntry { label: SYNAPSES_BY_WRITES.label(), tone: Tone::Mean, look: Look::Outline },
        ],
        panels: chosen.iter().map(panel).collect(),
    })];
    if let Some((table, series)) = run.find(FLIPS_PER_SYNAPSE.name)? {
        sections.extend(over_rows(run, request, &table, &series)?.0);
    }
    Ok((sections, String::new()))
}

/// "0", "2–3", "64 or more".
fn bin_label(from: f64, next: Option<f64>) -> String {
    match next {
        None => format!("≥ {from}"),
        Some(next) if next - from <= 1.0 => format!("{from}"),
        Some(next) => format!("{from}–{}", next - 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bin() {
        let values = [-1.0, -0.99, 0.0, 1.0, f64::NAN];
        let edges = edges(&values).unwrap();
        let shares = shares(&values, &edges);
        assert_eq!((edges[0], edges[BINS], shares.len()), (-1.0, 1.0, BINS));
        assert_eq!((shares[0], shares[BINS / 2], shares[BINS - 1]), (50.0, 25.0, 25.0));
        assert_eq!(super::edges(&[f64::NAN]), None);
        assert_eq!(super::shares(&[2.0; 4], &super::edges(&[2.0; 4]).unwrap()).iter().sum::<f64>(), 100.0);
    }

    #[test]
    fn bins_are_named_by_their_counts() {
        assert_eq!([bin_label(0.0, Some(1.0)), bin_label(2.0, Some(4.0)), bin_label(64.0, None)], ["0", "2–3", "≥ 64"]);
    }
}
