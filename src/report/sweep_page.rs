//! What the page of a sweep says.
use super::error::ReportError;
use super::page::{Content, Fact, TextTable, detailed, fact};
use super::states::NamedStates;
use super::sweep_data::{PageAxis, PageMetric, PagePoint, SweepData};
use super::{numbers, settings, states};
use crate::results::statistics::{ErrorKind, Summary};
use crate::results::{Pooled, RunResult, RunSettings, SweepResult, points};
use crate::vocabulary::axis::{role, scale};
use crate::vocabulary::number::{NONE, number, spelled};
use crate::vocabulary::place::attribute;
use crate::vocabulary::seed::SEEDS;
use crate::vocabulary::{PointStatus, metric};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values of an axis at most for a table of the best of each.
const MOST_ROWS: usize = 12;

/// Points whose recorded states a page shows.
const MOST_TRACES: usize = 4;

/// The page of a sweep.
pub(super) fn content(sweep: &SweepResult, error: ErrorKind) -> Result<Content, ReportError> {
    let data = SweepData::read(sweep)?;
    let points = data.points(sweep)?;
    let config = RunSettings::parse(&sweep.text(attribute::CONFIG)).unwrap_or_default();
    let varied = data.all_axes.iter().filter(|own| own.varies());
    let keys: Vec<String> = varied.flat_map(|own| own.axis.keys.clone()).collect();
    let mut texts = settings::texts(config.json(), &keys);
    texts.iter_mut().for_each(|part| part.name = format!("{} of the base", part.name));
    let sweep_settings = sweep.text(attribute::SWEEP);
    if !sweep_settings.is_empty() {
        texts.insert(0, settings::plain("sweep", &sweep_settings));
    }
    let mut content = Content {
        title: sweep.text(attribute::TITLE),
        kind: "sweep",
        question: sweep.text(attribute::DESCRIPTION),
        settings: texts,
        ..Content::default()
    };
    let missing = with_status(&points, PointStatus::Missing);
    if missing > 0 || sweep.is_incomplete() {
        content.warnings.push(format!("The sweep is not complete: {missing} of {} points are missing.", points.len()));
    }
    let main = data.metrics.first();
    content.findings = findings(&data, &points, main, error);
    content.tables = main.map(|metric| tables(&data, &points, metric, error)).unwrap_or_default();
    content.provenance =
        [attribute::VERSION, attribute::COMMIT].map(|name| fact(&spelled(name), sweep.text(name))).into();
    content.provenance.push(fact("points", points.len().to_string()));
    content.provenance.push(fact("seeds", seeds(&points)));
    content.notes = data.notes.clone();
    let states = states_of_points(sweep, &data, &points, &mut content.notes)?;
    content.has_states = !states.is_empty();
    content.notes.push(format!("Measurements are rounded to {} digits.", numbers::DIGITS));
    let point_axes = data.all_axes.iter().map(|own| json!({"long_name": own.axis.long_name, "varies": own.varies()}));
    let unbounded = PointStatus::ALL.into_iter().filter(|status| status.is_unbounded()).map(|status| status as usize);
    content.data = json!({
        "kind": "sweep",
        "error": error_of(error, data.axes.last().map_or(1, |axis| axis.values.len())),
        "main_metric": main.map(|metric| &metric.quantity.name),
        "per_layer_columns": [metric::ANGLE.name],
        "statuses": PointStatus::ALL.map(PointStatus::words),
        "unbounded": unbounded.collect::<Vec<_>>(),
        "axes": data.axes,
        "drawn": data.drawn,
        "layers": (1..=data.layers).collect::<Vec<_>>(),
        "epochs": data.epochs,
        "metrics": data.metrics,
        "point_axes": point_axes.collect::<Vec<_>>(),
        "points": points,
        "states": (!states.is_empty()).then_some(states),
    });
    Ok(content)
}

/// What stands around means, for the script: its name, and how many standard deviations reach to its ends by the number of values;
/// none of a range.
fn error_of(error: ErrorKind, replicates: usize) -> Value {
    let one = |n: usize| Summary { count: n, mean: 0.0, deviation: (n > 1).then_some(1.0), range: [0.0, 0.0] };
    let widths: Vec<f64> = (0..=replicates).map(|n| one(n).interval(error)[1]).collect();
    let is_range = error == ErrorKind::Range;
    json!({"noun": error.noun(), "label": error.label(), "widths": (!is_range).then_some(widths)})
}

fn with_status(points: &[PagePoint], status: PointStatus) -> usize {
    points.iter().filter(|point| point.status == status as usize).count()
}

/// Recorded states of points whose traces were kept, spread over the sweep. A page holds as many numbers as that of one
/// run.
fn states_of_points(
    sweep: &SweepResult,
    data: &SweepData,
    points: &[PagePoint],
    notes: &mut Vec<String>,
) -> Result<Vec<NamedStates>, ReportError> {
    let trace = |point: &&PagePoint| points::trace(sweep, point.index);
    let kept: Vec<&PagePoint> = points.iter().filter(|point| trace(point).exists()).collect();
    let chosen = numbers::evenly(kept.len(), MOST_TRACES);
    let mut found = vec![];
    let mut of_points: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for point in chosen.iter().map(|&at| kept[at]) {
        let run = RunResult::open(&trace(&point))?;
        let mut thinned = vec![];
        let most = states::MOST_NUMBERS / chosen.len();
        if let Some(states) = states::read(&run, most, &mut thinned)? {
            let replicates = data.axes.last().map_or(1, |axis| axis.values.len());
            let name = format!("{}: {}", point.index, name(data, point.slot / replicates, None));
            for note in thinned {
                of_points.entry(note).or_default().push(point.index.to_string());
            }
            found.push(NamedStates { name, states });
        }
    }
    notes.extend(of_points.into_iter().map(|(note, points)| format!("Points {}: {note}", points.join(", "))));
    if chosen.len() < kept.len() {
        notes.push(format!("Recorded states are shown of {} of {} points with a trace.", chosen.len(), kept.len()));
    }
    Ok(found)
}

/// One summary with how its points ended a cell, a combination of axis values; nothing where no replicate has a value. Of layers the first counts. Cells along axes
/// that change nothing but seeds, as a population of chips, count as one, at the first place of these.
fn cells(data: &SweepData, points: &[PagePoint], metric: &PageMetric) -> Vec<Option<Pooled>> {
    let replicates = data.axes.last().map_or(1, |axis| axis.values.len());
    let layers = if metric.layers { data.layers } else { 1 };
    let axes = &data.axes[..data.axes.len() - 1];
    let first_of_population = |cell: usize| {
        let places = SweepData::places(axes, cell).into_iter().zip(axes);
        places.fold(0, |cell, (place, own)| cell * own.values.len() + if own.axis.is_population() { 0 } else { place })
    };
    let status = |slot: usize| {
        let code = points.get(slot).map(|point| point.status as f64);
        code.and_then(PointStatus::from_code).unwrap_or(PointStatus::Missing)
    };
    let mut pooled: Vec<Vec<(f64, PointStatus)>> = vec![];
    for (cell, values) in metric.exact.chunks_exact(replicates * layers).enumerate() {
        pooled.push(vec![]);
        let of_points = values.iter().step_by(layers).enumerate();
        pooled[first_of_population(cell)].extend(of_points.map(|(k, value)| (*value, status(cell * replicates + k))));
    }
    pooled.iter().map(|points| Some(Pooled::of(points)).filter(|own| own.over.count > 0)).collect()
}

/// Where a cell stands on every axis but that of the replicates.
fn places(data: &SweepData, cell: usize) -> Vec<usize> {
    SweepData::places(&data.axes[..data.axes.len() - 1], cell)
}

/// The values of a cell in words, of axes that vary but for one; those drawn for a sample instead of its number.
fn name(data: &SweepData, cell: usize, but: Option<usize>) -> String {
    let told = |own: &PageAxis, value: &Value| match value {
        Value::String(text) => format!("{}: {text}", own.axis.long_name),
        other => format!("{} = {}", own.axis.long_name, other.as_f64().map_or(NONE.to_owned(), number)),
    };
    let parts: Vec<String> = if data.drawn.is_empty() {
        let axes = data.axes.iter().zip(places(data, cell)).enumerate();
        let shown = axes.filter(|(at, (own, _))| own.varies() && !own.axis.is_population() && Some(*at) != but);
        shown.map(|(_, (own, place))| told(own, &own.values[place])).collect()
    } else {
        data.drawn.iter().map(|own| told(own, &own.values[cell])).collect()
    };
    if parts.is_empty() { "all points".to_owned() } else { parts.join(", ") }
}

fn findings(data: &SweepData, points: &[PagePoint], main: Option<&PageMetric>, error: ErrorKind) -> Vec<Fact> {
    use PointStatus::{Complete, DidNotLearn, Diverged, Failed, Missing, NonFinite};
    let count = |status: PointStatus| with_status(points, status);
    let mut found =
        vec![fact(&format!("points {}", Complete.name()), format!("{} of {}", count(Complete), points.len()))];
    for status in [DidNotLearn, Diverged, NonFinite, Failed, Missing].into_iter().filter(|&status| count(status) > 0) {
        found.push(fact(&format!("points {}", status.words()), count(status).to_string()));
    }
    let Some(metric) = main else { return found };
    let cells = cells(data, points, metric);
    let sign = metric.quantity.direction();
    let known: Vec<(usize, &Pooled)> =
        cells.iter().enumerate().filter_map(|(cell, own)| Some((cell, own.as_ref()?))).collect();
    let tell = |x: f64| metric.quantity.tell(x);
    let at = |cell: usize, s: &Pooled| match s.points {
        1 => format!("at {}", name(data, cell, None)),
        _ => format!("{}, at {}", s.told(error, tell), name(data, cell, None)),
    };
    let by_mean =
        |a: &&(usize, &Pooled), b: &&(usize, &Pooled)| (sign * a.1.over.mean).total_cmp(&(sign * b.1.over.mean));
    let label = |what: &str| format!("{what} {}", metric.quantity.label);
    // Of equal ones the first.
    if let (Some(best), Some(worst)) = (known.iter().rev().max_by(by_mean), known.iter().min_by(by_mean)) {
        found.push(detailed(&label("best"), tell(best.1.over.mean), at(best.0, best.1)));
        if known.len() > 1 {
            found.push(detailed(&label("worst"), tell(worst.1.over.mean), at(worst.0, worst.1)));
        }
    }
    let width = |s: &Summary| s.interval(error).iter().rev().copied().reduce(|high, low| high - low).unwrap_or(0.0);
    let several = known.iter().map(|(cell, own)| (cell, &own.over)).filter(|(_, s)| s.count > 1);
    let widest = several.max_by(|a, b| width(a.1).total_cmp(&width(b.1)));
    if let Some((cell, s)) = widest
        && let Some(spread) = s.spread(error, tell)
    {
        found.push(detailed(&format!("widest {}", error.noun()), spread, format!("at {}", name(data, *cell, None))));
    }
    found
}

/// For every axis of words the best that each of its values reaches.
fn tables(data: &SweepData, points: &[PagePoint], metric: &PageMetric, error: ErrorKind) -> Vec<TextTable> {
    let cells = cells(data, points, metric);
    let sign = metric.quantity.direction();
    let worded = data.axes[..data.axes.len() - 1].iter().enumerate().filter(|(_, own)| {
        let is_listed = own.axis.scale == scale::CATEGORY && !own.axis.is_population();
        own.axis.role == role::GRID && is_listed && (2..=MOST_ROWS).contains(&own.values.len())
    });
    worded
        .map(|(at, own)| {
            let rows = own.values.iter().enumerate().map(|(place, value)| {
                let of_value = cells.iter().enumerate().filter(|(cell, _)| places(data, *cell)[at] == place);
                let known = of_value.filter_map(|(cell, own)| Some((cell, &own.as_ref()?.over)));
                // Of equal ones the first.
                let best = known.rev().max_by(|a, b| (sign * a.1.mean).total_cmp(&(sign * b.1.mean)));
                let tell = |x: f64| metric.quantity.tell(x);
                let cells = best.map_or([NONE.to_owned(), NONE.into(), String::new()], |(cell, s)| {
                    [tell(s.mean), s.spread(error, tell).unwrap_or_default(), name(data, cell, Some(at))]
                });
                std::iter::once(value.as_str().map_or_else(|| value.to_string(), str::to_owned)).chain(cells).collect()
            });
            TextTable {
                caption: format!("Best {} of each {}", metric.quantity.label, own.axis.long_name),
                head: [own.axis.long_name.as_str(), "mean", error.noun(), "at"].map(str::to_owned).into(),
                rows: rows.collect(),
            }
        })
        .collect()
}

/// The seeds of all points, in words.
fn seeds(points: &[PagePoint]) -> String {
    let mut parts = vec![];
    for name in SEEDS.map(|seed| seed.key) {
        let mut seeds: Vec<u64> = points.iter().filter_map(|point| point.seeds.get(name)?.as_u64()).collect();
        seeds.sort_unstable();
        seeds.dedup();
        match seeds[..] {
            [] => {}
            [only] => parts.push(format!("{name} {only}")),
            [first, .., last] => parts.push(format!("{name} {} from {first} to {last}", seeds.len())),
        }
    }
    parts.join("; ")
}
