//! What the page of a sweep says.
use super::numbers::{more_is_better, short, spelled, told};
use super::page::{Content, TextTable, detailed, fact};
use super::states::NamedStates;
use super::sweep_file::{SweepFile, SweepMetric};
use super::sweep_points::{PagePoint, STATUSES, varies};
use super::{ReportError, numbers, settings, states, sweep_file, sweep_points};
use crate::trace::TraceReader;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Values of an axis at most for a table of the best of each.
const MOST_ROWS: usize = 12;

/// Points whose recorded states a page shows.
const MOST_TRACES: usize = 4;

/// The page of a sweep.
pub(super) fn content(reader: &TraceReader) -> Result<Content, ReportError> {
    let text = |name: &str| reader.text(name).unwrap_or_default();
    let file = sweep_file::read(reader)?;
    let points = sweep_points::read(reader, &file)?;
    let config: Value = serde_json::from_str(&text("config_json")).unwrap_or_default();
    let keys: Vec<String> =
        file.all_axes.iter().filter(|axis| varies(axis)).flat_map(|axis| axis.keys.clone()).collect();
    let mut texts = settings::texts(&config, &keys);
    texts.iter_mut().for_each(|part| part.name = format!("{} of the base", part.name));
    if let Some(sweep) = reader.text("sweep_json") {
        texts.insert(0, settings::plain("sweep", &sweep));
    }
    let mut content = Content {
        title: text("title"),
        kind: "sweep",
        question: text("description"),
        settings: texts,
        ..Content::default()
    };
    let missing = points.iter().filter(|point| point.status == 0).count();
    if missing > 0 || reader.integer("complete") == Some(0) {
        content.warnings.push(format!("The sweep is not complete: {missing} of {} points are missing.", points.len()));
    }
    let main = file.metrics.first();
    content.findings = findings(&file, &points, main);
    content.tables = main.map(|metric| tables(&file, metric)).unwrap_or_default();
    content.provenance = ["dyadsim_version", "git_commit"].map(|name| fact(&spelled(name), text(name))).into();
    content.provenance.push(fact("points", points.len().to_string()));
    content.provenance.push(fact("seeds", seeds(&points)));
    content.notes = file.notes.clone();
    let states = states_of_points(reader, &file, &points, &mut content.notes)?;
    content.has_states = !states.is_empty();
    content.notes.push(format!("Measurements are rounded to {} digits.", numbers::DIGITS));
    let point_axes: Vec<_> = file
        .all_axes
        .iter()
        .map(|axis| json!({"name": axis.name, "long_name": axis.long_name, "varies": varies(axis)}))
        .collect();
    content.data = json!({
        "kind": "sweep",
        "main_metric": main.map(|metric| &metric.name),
        "axes": file.axes,
        "drawn": file.drawn,
        "layers": (1..=file.layers).collect::<Vec<_>>(),
        "epochs": file.epochs,
        "metrics": file.metrics,
        "point_axes": point_axes,
        "points": points,
        "states": (!states.is_empty()).then_some(states),
    });
    Ok(content)
}

/// Recorded states of points whose traces were kept, spread over the sweep. A page holds as many numbers as that of one
/// run.
fn states_of_points(
    reader: &TraceReader,
    file: &SweepFile,
    points: &[PagePoint],
    notes: &mut Vec<String>,
) -> Result<Vec<NamedStates>, ReportError> {
    let folder = reader.path().parent().unwrap_or(Path::new("")).join("points");
    let trace = |point: &&PagePoint| folder.join(format!("{:06}", point.index)).join("trace.h5");
    let kept: Vec<&PagePoint> = points.iter().filter(|point| trace(point).exists()).collect();
    let chosen = numbers::evenly(kept.len(), MOST_TRACES);
    let mut found = vec![];
    let mut of_points: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for point in chosen.iter().map(|&at| kept[at]) {
        let trace = TraceReader::open(&trace(&point))?;
        let config: Value = serde_json::from_str(&trace.text("config_json").unwrap_or_default()).unwrap_or_default();
        let mut thinned = vec![];
        let most = states::MOST_NUMBERS / chosen.len();
        if let Some(states) = states::read(&trace, &config["experiment"], most, &mut thinned)? {
            let seeds = file.axes.last().map_or(1, |axis| axis.values.len());
            let name = format!("{}: {}", point.index, name(file, point.slot / seeds, None));
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

/// Mean, lowest and highest over the seeds that have a value.
#[derive(Debug, Clone, Copy)]
struct OverSeeds {
    mean: f64,
    low: f64,
    high: f64,
    count: usize,
}

/// One summary a cell, a combination of axis values; nothing where no seed has a value. Of layers the first counts.
fn cells(file: &SweepFile, metric: &SweepMetric) -> Vec<Option<OverSeeds>> {
    let seeds = file.axes.last().map_or(1, |axis| axis.values.len());
    let layers = if metric.layers { file.layers } else { 1 };
    let summary = |cell: &[f64]| {
        let known: Vec<f64> = cell.iter().step_by(layers).copied().filter(|x| x.is_finite()).collect();
        (!known.is_empty()).then(|| OverSeeds {
            mean: known.iter().sum::<f64>() / known.len() as f64,
            low: known.iter().copied().fold(f64::INFINITY, f64::min),
            high: known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            count: known.len(),
        })
    };
    metric.exact.chunks_exact(seeds * layers).map(summary).collect()
}

/// Where a cell stands on every axis but that of the seeds.
fn places(file: &SweepFile, cell: usize) -> Vec<usize> {
    SweepFile::places(&file.axes[..file.axes.len() - 1], cell)
}

/// The values of a cell in words, of axes that vary but for one; those drawn for a sample instead of its number.
fn name(file: &SweepFile, cell: usize, but: Option<usize>) -> String {
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.as_f64().map_or("–".to_owned(), short),
    };
    let parts: Vec<String> = if file.drawn.is_empty() {
        let axes = file.axes.iter().zip(places(file, cell)).enumerate();
        let told = axes.filter(|(at, (axis, _))| varies(axis) && Some(*at) != but);
        told.map(|(_, (axis, place))| format!("{} {}", axis.long_name, value(&axis.values[place]))).collect()
    } else {
        file.drawn.iter().map(|axis| format!("{} {}", axis.long_name, value(&axis.values[cell]))).collect()
    };
    if parts.is_empty() { "all points".to_owned() } else { parts.join(", ") }
}

fn findings(file: &SweepFile, points: &[PagePoint], main: Option<&SweepMetric>) -> Vec<super::page::Fact> {
    let count = |status: usize| points.iter().filter(|point| point.status == status).count();
    let mut found = vec![fact("points complete", format!("{} of {}", count(1), points.len()))];
    for status in [2, 4, 3, 0].into_iter().filter(|&status| count(status) > 0) {
        found.push(fact(&format!("points {}", STATUSES[status]), count(status).to_string()));
    }
    let Some(metric) = main else { return found };
    let cells = cells(file, metric);
    let sign = if more_is_better(&metric.name) { 1.0 } else { -1.0 };
    let known: Vec<(usize, OverSeeds)> =
        cells.iter().enumerate().filter_map(|(cell, s)| s.map(|s| (cell, s))).collect();
    let tell = |x: f64| told(&metric.name, &metric.units, x);
    let at = |cell: usize, s: OverSeeds| match s.count {
        1 => format!("at {}", name(file, cell, None)),
        n => format!("mean of {n} seeds, {} to {}, at {}", tell(s.low), tell(s.high), name(file, cell, None)),
    };
    let by_mean = |a: &&(usize, OverSeeds), b: &&(usize, OverSeeds)| (sign * a.1.mean).total_cmp(&(sign * b.1.mean));
    let label = |what: &str| format!("{what} {}", spelled(&metric.name));
    // Of equal ones the first.
    if let (Some(best), Some(worst)) = (known.iter().rev().max_by(by_mean), known.iter().min_by(by_mean)) {
        found.push(detailed(&label("best"), tell(best.1.mean), at(best.0, best.1)));
        if known.len() > 1 {
            found.push(detailed(&label("worst"), tell(worst.1.mean), at(worst.0, worst.1)));
        }
    }
    let width = |s: &OverSeeds| s.high - s.low;
    let widest = known.iter().filter(|(_, s)| s.count > 1).max_by(|a, b| width(&a.1).total_cmp(&width(&b.1)));
    if let Some((cell, s)) = widest {
        let range = format!("{} to {}", tell(s.low), tell(s.high));
        found.push(detailed("widest range over seeds", range, format!("at {}", name(file, *cell, None))));
    }
    found
}

/// For every axis of words the best that each of its values reaches.
fn tables(file: &SweepFile, metric: &SweepMetric) -> Vec<TextTable> {
    let cells = cells(file, metric);
    let sign = if more_is_better(&metric.name) { 1.0 } else { -1.0 };
    let worded = file.axes[..file.axes.len() - 1].iter().enumerate().filter(|(_, axis)| {
        axis.role == "grid" && axis.scale == "category" && (2..=MOST_ROWS).contains(&axis.values.len())
    });
    worded
        .map(|(at, axis)| {
            let rows = axis.values.iter().enumerate().map(|(place, value)| {
                let of_value = cells.iter().enumerate().filter(|(cell, _)| places(file, *cell)[at] == place);
                let known = of_value.filter_map(|(cell, s)| s.map(|s| (cell, s)));
                // Of equal ones the first.
                let best = known.rev().max_by(|a, b| (sign * a.1.mean).total_cmp(&(sign * b.1.mean)));
                let tell = |x: f64| told(&metric.name, &metric.units, x);
                let cells = best.map_or(["–".to_owned(), "–".into(), String::new()], |(cell, s)| {
                    [tell(s.mean), format!("{} to {}", tell(s.low), tell(s.high)), name(file, cell, Some(at))]
                });
                std::iter::once(value.as_str().map_or_else(|| value.to_string(), str::to_owned)).chain(cells).collect()
            });
            TextTable {
                caption: format!("Best {} of each {}", spelled(&metric.name), axis.long_name),
                head: [axis.long_name.as_str(), "mean", "over seeds", "at"].map(str::to_owned).into(),
                rows: rows.collect(),
            }
        })
        .collect()
}

/// The seeds of all points, in words.
fn seeds(points: &[PagePoint]) -> String {
    let mut parts = vec![];
    for name in ["data", "init", "chip", "noise"] {
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
