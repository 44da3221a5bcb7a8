//! Several runs in one figure: a line for each, in a panel for each layer where a metric has layers.
use super::error::PlotError;
use super::kind::Kind;
use super::request::Request;
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Section, Sheet, Spacing, Tone, VerticalAxis,
    Width,
};
use crate::results::{Opened, RunResult, distinct_names, open};
use crate::vocabulary::axis;
use crate::vocabulary::metric::{self, Scores};
use std::path::Path;

/// Lines that can be told apart.
const MOST_RUNS: usize = 16;

/// A run, and what it is called among the others.
struct Named {
    name: String,
    run: RunResult,
}

/// A metric of a run over the rows of its table, one list for each layer.
struct Course {
    run: usize,
    x: Vec<f64>,
    /// Name of a layer, empty where there are none, and its values.
    parts: Vec<(String, Vec<f64>)>,
}

/// Makes the figure of several runs.
pub(super) fn sheet(files: &[&Path], request: &Request) -> Result<Sheet, PlotError> {
    let kind = request.kind.unwrap_or(Kind::Curves);
    if !matches!(kind, Kind::Curves | Kind::Angle) {
        let needs = "it is of one run; --what curves and angle draw several together".to_owned();
        return Err(PlotError::Needs { kind: kind.name(), needs });
    }
    request.check_options(kind, false)?;
    if files.len() > MOST_RUNS {
        let axes = vec!["the runs themselves".to_owned()];
        return Err(PlotError::TooMany { count: files.len(), what: "lines", most: MOST_RUNS, axes });
    }
    let names = distinct_names(files);
    let mut runs = vec![];
    for (file, name) in files.iter().zip(names) {
        match open(file)? {
            Opened::Run(run) => runs.push(Named { name, run }),
            Opened::Sweep(_) => {
                let needs = format!("{}: is a sweep; several files are drawn together if all are runs", file.display());
                return Err(PlotError::Needs { kind: kind.name(), needs });
            }
        }
    }
    let wanted = match (&request.metric, kind) {
        (Some(name), _) => vec![name.clone()],
        (None, Kind::Angle) => vec![metric::ANGLE.name.to_owned()],
        (None, _) => {
            vec![usual(&runs, &metric::ACCURACY)?, usual(&runs, &metric::LOSS)?].into_iter().flatten().collect()
        }
    };
    let mut sections = vec![];
    let standing = |own: &Named| Some(format!("{}: {}", own.name, own.run.standing()?));
    let mut notes: Vec<String> = runs.iter().filter_map(standing).collect();
    for name in &wanted {
        let mut section = section(&runs, request, name, &mut notes)?;
        // What lines are is said once.
        if !sections.is_empty() {
            section.key.iter_mut().for_each(|entry| entry.label.clear());
        }
        sections.push(Section::Lines(section));
    }
    if sections.is_empty() {
        let needs = "none of the runs has measured an accuracy or a loss (measure.accuracy_every_epochs)".to_owned();
        return Err(PlotError::Needs { kind: kind.name(), needs });
    }
    let mut titles: Vec<String> = runs.iter().map(|own| own.run.title()).collect();
    titles.dedup();
    let panels = |section: &Section| if let Section::Lines(own) = section { own.panels.len() } else { 1 };
    let width = if sections.iter().map(panels).max().unwrap_or(1) > 1 { Width::Page } else { Width::Column };
    Ok(Sheet { title: titles.join(" | "), subtitle: notes.join("; "), width, sections })
}

/// The first set's score that every run has, else that any has.
fn usual(runs: &[Named], scores: &Scores) -> Result<Option<String>, PlotError> {
    let mut best = None;
    // Of sets that as many runs have, the test set says most.
    for (_, term) in scores.of_sets.iter().rev() {
        let mut count = 0;
        for own in runs {
            let known = own.run.find(term.name)?.map(|(table, series)| own.run.numbers(&table, &series)).transpose()?;
            count += usize::from(known.is_some_and(|values| values.iter().any(|value| value.is_finite())));
        }
        if count > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((count, term.name.to_owned()));
        }
    }
    Ok(best.map(|(_, name)| name))
}

fn section(runs: &[Named], request: &Request, name: &str, notes: &mut Vec<String>) -> Result<LineSection, PlotError> {
    let (mut courses, mut found, mut without) = (vec![], None, vec![]);
    for (nth, own) in runs.iter().enumerate() {
        let Some((table, series)) = own.run.find(name)? else {
            without.push(own.name.clone());
            continue;
        };
        if series.inner.len() > 1 || (!series.inner.is_empty() && !series.is_per_layer()) {
            let needs = format!("{name} has more than a number for each layer, and is drawn of one run");
            return Err(PlotError::Needs { kind: Kind::Curves.name(), needs });
        }
        if request.layer.is_some() && !series.is_per_layer() {
            let needs = "--layer needs a --metric that has layers".to_owned();
            return Err(PlotError::Needs { kind: Kind::Curves.name(), needs });
        }
        courses.push(course(own, nth, request, &table, &series)?);
        let along = if table.axis == axis::STEP.name { axis::STEP.label() } else { table.axis.clone() };
        found.get_or_insert((series.quantity.clone(), along));
    }
    let Some((quantity, along)) = found else {
        let mut names = vec![];
        for own in runs {
            names.extend(
                own.run.tables()?.into_iter().flat_map(|table| table.series).map(|series| series.quantity.name),
            );
        }
        names.sort();
        names.dedup();
        return Err(PlotError::unknown("--metric", "metric", name, names));
    };
    if !without.is_empty() {
        notes.push(format!("without {}: {}", quantity.label, without.join(", ")));
    }
    let mut titles: Vec<String> = vec![];
    for (part, _) in courses.iter().flat_map(|course| &course.parts) {
        if !titles.contains(part) {
            titles.push(part.clone());
        }
    }
    let panel = |title: &String| {
        let line = |course: &Course| {
            let (_, values) = course.parts.iter().find(|(part, _)| part == title)?;
            let y = values.iter().map(|value| quantity.factor() * value).collect();
            Some(Line { entry: course.run, x: course.x.clone(), y, spread: vec![] })
        };
        LinePanel { title: title.clone(), lines: courses.iter().filter_map(line).collect(), ..LinePanel::default() }
    };
    let scaling = if quantity.may_be_logarithmic() { Scaling::Spanning } else { Scaling::Linear };
    let key =
        |(nth, own): (usize, &Named)| KeyEntry { label: own.name.clone(), tone: Tone::Nth(nth), look: Look::Band };
    Ok(LineSection {
        title: String::new(),
        x: HorizontalAxis::new(along, Spacing::Whole),
        y: VerticalAxis { scaling, ..VerticalAxis::new(quantity.title(), quantity.limits()) },
        key: runs.iter().enumerate().map(key).collect(),
        panels: titles.iter().map(panel).collect(),
    })
}

fn course(
    own: &Named,
    nth: usize,
    request: &Request,
    table: &crate::results::RunTable,
    series: &crate::results::RunSeries,
) -> Result<Course, PlotError> {
    let values = own.run.numbers(table, series)?;
    let layers = series.layers();
    let column = |place: usize| values.iter().skip(place).step_by(layers.max(1)).copied().collect::<Vec<_>>();
    let parts = match series.inner.last() {
        None => vec![(String::new(), values.clone())],
        Some((inner, _)) => {
            let numbers: Vec<usize> = own.run.column(table.group, inner)?.iter().map(|n| *n as usize).collect();
            let names = own.run.part_names(table, series)?;
            let name = |number: &usize| {
                numbers.iter().position(|n| n == number).and_then(|place| Some((place, names.get(place)?.clone())))
            };
            request
                .chosen_layers(&numbers)?
                .iter()
                .filter_map(name)
                .map(|(place, name)| (name, column(place)))
                .collect()
        }
    };
    Ok(Course { run: nth, x: table.coordinates.clone(), parts })
}
