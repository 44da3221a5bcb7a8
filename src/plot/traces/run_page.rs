//! The page of a run, from its trace.
use super::super::error::PlotError;
use crate::figure::{Curve, RunFigure, StatePanel};
use crate::results::{NetworkGraph, PopulationEntry, RunResult, states as recorded};
use crate::vocabulary::metric::{self, Scores};
use crate::vocabulary::number::spelled;
use crate::vocabulary::place::group::METRICS;
use crate::vocabulary::state::{S_MINUS, S_PLUS};
use crate::vocabulary::{Term, axis};

/// Panels of states at most: hidden layers first, then the outputs.
const MOST_PANELS: usize = 4;

/// What the page of a finished run shows.
pub(in super::super) fn run_page(run: &RunResult) -> Result<RunFigure, PlotError> {
    let loss = scores(run, &metric::ENERGY)?;
    Ok(RunFigure {
        title: run.title(),
        subtitle: subtitle(run),
        epochs: run.column(METRICS, axis::EPOCH.name)?,
        accuracy: scores(run, &metric::ACCURACY)?,
        // An unsupervised network has an energy in the place of a loss.
        loss: if loss.is_empty() { scores(run, &metric::LOSS)? } else { loss },
        angles_deg: angles(run)?,
        states: states(run)?,
    })
}

/// Rule, nudging, network and chip in one line.
pub(super) fn subtitle(run: &RunResult) -> String {
    let settings = run.settings();
    let mut parts = vec![settings.credit_rule()];
    if let [(_, Some(alpha)), _, (_, Some(beta))] = settings.nudging() {
        parts.push(format!("α = {}, β = {}", decimal(alpha), decimal(beta)));
        parts.push(settings.schedule());
    }
    parts.push(network(run));
    parts.push(settings.data());
    parts.push(format!("chip {}", settings.hardware()));
    parts.extend(run.standing());
    if run.has_no_result() {
        parts.push(spelled(&run.status()));
    }
    parts.join(" · ")
}

/// The hidden units in words.
fn network(run: &RunResult) -> String {
    let hidden: Vec<String> = run.settings().hidden().iter().map(u64::to_string).collect();
    match (run.settings().model(), NetworkGraph::of_run(run)) {
        (Some((name, 1.0)), _) => name,
        (Some((name, width)), _) => format!("{name} of width {}", decimal(width)),
        (None, Some(graph)) if hidden.is_empty() && graph.last() > 1 => {
            let sizes: Vec<String> = graph.populations[1..graph.last()].iter().map(PopulationEntry::size).collect();
            format!("hidden layers {}", sizes.join(", "))
        }
        _ => format!("hidden units {}", hidden.join("-")),
    }
}

/// A setting as it stands in a file.
fn decimal(x: f64) -> String {
    serde_json::Value::from(x).to_string()
}

fn scores(run: &RunResult, scores: &Scores) -> Result<Vec<Curve>, PlotError> {
    let epochs = run.column(METRICS, axis::EPOCH.name)?;
    let mut curves = vec![];
    for (set, term) in scores.of_sets {
        let y = run.column(METRICS, term.name)?;
        if !y.is_empty() {
            curves.push(Curve { label: (*set).to_owned(), x: epochs.clone(), y });
        }
    }
    Ok(curves)
}

fn angles(run: &RunResult) -> Result<Vec<Curve>, PlotError> {
    let Some(table) = run.table(METRICS)? else { return Ok(vec![]) };
    let Some(series) = table.series.iter().find(|series| series.quantity.name == metric::ANGLE.name) else {
        return Ok(vec![]);
    };
    let (angles, layers) = (run.numbers(&table, series)?, series.layers());
    // There is no room for what projections connect.
    let part = series.inner.last().map_or(axis::LAYER.name, |(name, _)| name.as_str());
    let numbers = run.column(table.group, part)?;
    let curve = |k: usize| Curve {
        label: format!("{part} {}", numbers.get(k).copied().unwrap_or((k + 1) as f64)),
        x: table.coordinates.clone(),
        y: angles.iter().skip(k).step_by(layers).copied().collect(),
    };
    Ok((0..layers).map(curve).collect())
}

/// The last recorded step of the first recorded stimulus, layer by layer.
fn states(run: &RunResult) -> Result<Vec<StatePanel>, PlotError> {
    let mut panels = vec![];
    for layer in recorded::layers(run)?.into_iter().filter(recorded::LayerStates::has_compartments) {
        let (units, samples, updates) = (layer.units.len(), layer.samples.len(), layer.update_count());
        if layer.steps.is_empty() || updates * samples * units == 0 {
            continue;
        }
        let last = |signal: &Term| -> Result<Vec<Vec<f64>>, PlotError> {
            let step = layer.read_step(run, signal, layer.steps.len() - 1)?;
            Ok(step.chunks_exact(samples * units).map(|update| update[..units].to_vec()).collect())
        };
        panels.push(StatePanel {
            title: format!("{} {}", axis::LAYER.name, layer.layer),
            alpha: layer.alpha,
            updates: (0..updates).map(|v| v as f64).collect(),
            s_plus: last(&S_PLUS)?,
            s_minus: last(&S_MINUS)?,
        });
    }
    panels.truncate(MOST_PANELS);
    Ok(panels)
}
