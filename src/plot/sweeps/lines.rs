//! Lines over an axis or over the epochs, with the spread over the replicates.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::{AxisScale, Request};
use super::roles::{Roles, Wanted, check_panels};
use super::source::{Source, USUAL, notes};
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Section, Spacing, Tone, VerticalAxis,
};
use crate::results::statistics::{ErrorKind, Summary};
use crate::results::{Cube, Dim, Fixed};
use crate::vocabulary::place::group::{CURVES, FINAL};
use crate::vocabulary::{Quantity, Term, axis};

/// Sections and notes of a figure.
pub(super) type Made = Result<(Vec<Section>, Vec<String>), PlotError>;

/// A gap this many times the smallest one makes an axis of equally spaced labels.
const UNEVEN: f64 = 25.0;

/// Where the values of an axis stand: as it was asked for, or so that they can be told apart.
pub(super) fn spacing(dim: &Dim, asked: Option<AxisScale>) -> Spacing {
    let labels = || Spacing::Labels(dim.labels.clone());
    let Some(numbers) = dim.numbers.as_ref().filter(|_| dim.is_quantity() || dim.name == axis::EPOCH.name) else {
        return labels();
    };
    let linear = match numbers.iter().all(|number| number.fract() == 0.0) {
        true => Spacing::Whole,
        false => Spacing::Linear,
    };
    match asked {
        Some(AxisScale::Linear) => return linear,
        Some(AxisScale::Log) => return Spacing::Logarithmic,
        Some(AxisScale::Symlog) => return Spacing::Symlog,
        None => {}
    }
    // Zero has a place on a logarithmic axis that is linear around it.
    let logarithmic = match numbers.iter().all(|number| *number > 0.0) {
        true => Spacing::Logarithmic,
        false => Spacing::Symlog,
    };
    let candidates = if dim.logarithmic { vec![logarithmic] } else { vec![linear, logarithmic] };
    candidates.into_iter().find(|spacing| is_even(numbers, spacing)).unwrap_or_else(labels)
}

/// Whether no values stand so close together, compared with the others, that they could not be told apart.
fn is_even(numbers: &[f64], spacing: &Spacing) -> bool {
    let smallest = numbers.iter().map(|x| x.abs()).filter(|size| *size > 0.0).fold(f64::INFINITY, f64::min);
    let place = |x: &f64| match spacing {
        Spacing::Logarithmic => x.ln(),
        Spacing::Symlog if x.abs() <= smallest => x / smallest,
        Spacing::Symlog => x.signum() * (1.0 + (x.abs() / smallest).log10()),
        Spacing::Linear | Spacing::Whole | Spacing::Labels(_) => *x,
    };
    let mut places: Vec<f64> = numbers.iter().map(place).collect();
    places.sort_by(f64::total_cmp);
    let gaps = || places.windows(2).map(|pair| pair[1] - pair[0]);
    gaps().fold(0.0, f64::max) <= UNEVEN * gaps().fold(f64::INFINITY, f64::min)
}

/// The places of an axis on a drawing with this spacing.
pub(super) fn places(dim: &Dim, spacing: &Spacing) -> Vec<f64> {
    match (&dim.numbers, spacing) {
        (_, Spacing::Labels(_)) | (None, _) => (0..dim.len()).map(|place| place as f64).collect(),
        (Some(numbers), _) => numbers.clone(),
    }
}

/// Key and places of the lines.
pub(super) fn key(cube: &Cube, lines: Option<usize>, look: Look) -> (Vec<KeyEntry>, Vec<Vec<Fixed>>) {
    let Some(axis) = lines else {
        return (vec![KeyEntry { label: String::new(), tone: Tone::Nth(0), look }], vec![vec![]]);
    };
    let dim = &cube.dims[axis];
    // A value has its colour also where others were not selected.
    let last = (dim.all_places - 1).max(1) as f64;
    let tone = |place: usize| match dim.is_quantity() && dim.all_places > 2 {
        true => Tone::Along(dim.places_of_all[place] as f64 / last),
        false => Tone::Nth(dim.places_of_all[place]),
    };
    let entries = (0..dim.len()).map(|place| KeyEntry { label: dim.at(place), tone: tone(place), look });
    (entries.collect(), (0..dim.len()).map(|place| vec![(axis, place)]).collect())
}

/// The vertical axis of a metric.
fn vertical(metric: &Quantity) -> VerticalAxis {
    let scaling = if metric.may_be_logarithmic() { Scaling::Spanning } else { Scaling::Linear };
    VerticalAxis { scaling, ..VerticalAxis::new(metric.title(), metric.limits()) }
}

/// A line through the means over the replicates, with an interval around each.
fn mean_line(cube: &Cube, entry: usize, x: &[f64], axis: usize, fixed: &[Fixed], error: ErrorKind) -> Line {
    let at = |place: usize| Summary::of(cube.gather(&[fixed, &[(axis, place)]].concat()));
    let summaries: Vec<Summary> = (0..x.len()).map(at).collect();
    let has_spread = summaries.iter().any(|summary| summary.deviation.is_some());
    Line {
        entry,
        x: x.to_vec(),
        y: summaries.iter().map(|summary| summary.mean).collect(),
        spread: if has_spread { summaries.iter().map(|own| own.interval(error)).collect() } else { vec![] },
    }
}

/// A section of mean lines.
fn section(source: &Source<'_>, cube: &Cube, metric: &Quantity, roles: &Roles, look: Look) -> Option<Section> {
    let axis = roles.x?;
    let dim = &cube.dims[axis];
    let spacing = spacing(dim, source.request.dress.x_scale);
    let x = places(dim, &spacing);
    let (key, lines) = key(cube, roles.lines, look);
    let error = source.error();
    let panel = |(title, fixed): (String, Vec<Fixed>)| {
        let line = |(entry, own): (usize, &Vec<Fixed>)| {
            mean_line(cube, entry, &x, axis, &[fixed.as_slice(), own].concat(), error)
        };
        LinePanel { title, lines: lines.iter().enumerate().map(line).collect(), ..LinePanel::default() }
    };
    let panels = roles.panels(cube).into_iter().map(panel).collect();
    let name = if dim.name == axis::EPOCH.name { axis::EPOCH.label() } else { dim.title() };
    let x = HorizontalAxis::new(name, spacing);
    Some(Section::Lines(LineSection { title: String::new(), x, y: vertical(metric), key, panels }))
}

/// A metric over the epochs.
pub(super) fn curves(source: &Source<'_>, usual: &[Term]) -> Made {
    let (metric, cube) = source.metric(CURVES, usual)?;
    let roles = Roles::new(&cube, source.request, Wanted::LinesOver(axis::EPOCH.name), None)?;
    let section = section(source, &cube, &metric, &roles, Look::Band).ok_or_else(|| PlotError::Needs {
        kind: source.kind.name(),
        needs: format!("{} was not measured over the epochs", metric.label),
    })?;
    Ok((vec![section], notes(&cube, &roles, source.error().label())))
}

/// The axis along layers or projections, if a cube has it.
fn name_of_parts(cube: &Cube) -> Option<&str> {
    cube.parts().map(|axis| cube.dims[axis].name.as_str())
}

/// A metric of every layer: over an axis if there is one, else over the epochs.
pub(super) fn by_layer(source: &Source<'_>, term: Term) -> Made {
    let not_there = |_| PlotError::Needs {
        kind: source.kind.name(),
        needs: format!("{} was not measured in this sweep", term.name),
    };
    let (found, cube) = source.metric(FINAL, &[term]).map_err(|error| match error {
        PlotError::Unknown { option: "--metric", .. } => not_there(()),
        other => other,
    })?;
    let is_axis = |dim: &Dim| dim.len() > 1 && !dim.is_population && !axis::is_of_parts(&dim.name);
    if !cube.dims.iter().any(is_axis) && source.request.x.is_none() {
        return curves(source, &[term]);
    }
    let roles = Roles::new(&cube, source.request, Wanted::XAndLines, name_of_parts(&cube))?;
    let section = section(source, &cube, &found, &roles, Look::Bars).ok_or_else(|| not_there(()))?;
    Ok((vec![section], notes(&cube, &roles, source.error().label())))
}

/// A metric over an axis, or over quantities that were drawn for every sample.
pub(super) fn over_axis(source: &Source<'_>) -> Made {
    let (metric, cube) = source.metric(FINAL, &USUAL)?;
    if let Some(sample) = cube.find(axis::DRAWN_SAMPLE.name) {
        return over_drawn(source, &metric, &cube, sample);
    }
    let roles = Roles::new(&cube, source.request, Wanted::XAndLines, None)?;
    let section = section(source, &cube, &metric, &roles, Look::Bars).ok_or_else(|| PlotError::Needs {
        kind: Kind::Lines.name(),
        needs: "no axis has more than one value; --what curves or yield show replicates alone".to_owned(),
    })?;
    Ok((vec![section], notes(&cube, &roles, source.error().label())))
}

fn distinct(labels: &[String]) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for label in labels {
        if !found.contains(label) {
            found.push(label.clone());
        }
    }
    found
}

/// Dots over every quantity that was drawn, or over the one asked for.
fn over_drawn(source: &Source<'_>, metric: &Quantity, cube: &Cube, sample: usize) -> Made {
    let drawn = source.drawn()?;
    let names = || drawn.iter().map(|dim| dim.name.clone());
    let chosen: Vec<&Dim> = match &source.request.x {
        None => drawn.iter().collect(),
        Some(name) => {
            let found = drawn.iter().find(|dim| dim.name == *name);
            vec![found.ok_or_else(|| PlotError::unknown("--x", "drawn quantity", name, names()))?]
        }
    };
    // The sample is the place of the dots, whatever the others are.
    let others = Request { x: Some(axis::DRAWN_SAMPLE.name.to_owned()), ..source.request.clone() };
    let roles = Roles::new(cube, &others, Wanted::XAndLines, name_of_parts(cube))?;
    check_panels(&chosen, roles.panels(cube).len())?;
    let (key, lines) = key(cube, roles.lines, Look::Points);
    let kept = source.request.selected(axis::DRAWN_SAMPLE.name).map(|(option, values)| {
        let whole = Dim::numbers(
            axis::DRAWN_SAMPLE.name,
            "",
            "1",
            false,
            (0..drawn.first().map_or(0, Dim::len)).map(|k| k as f64).collect(),
        );
        PlotError::of_places(&whole, option, values)
    });
    let kept = kept.transpose()?;
    let sections = chosen.iter().map(|dim| {
        let spacing = match (&dim.numbers, dim.logarithmic) {
            (Some(numbers), true) if numbers.iter().all(|number| *number > 0.0) => Spacing::Logarithmic,
            (Some(_), true) => Spacing::Symlog,
            (Some(_), _) => Spacing::Linear,
            // A word stands for many samples, which share its place.
            (None, _) => Spacing::Labels(distinct(&dim.labels)),
        };
        let all = match &spacing {
            Spacing::Labels(words) => {
                dim.labels.iter().map(|label| words.iter().position(|word| word == label).unwrap_or(0) as f64).collect()
            }
            spacing => places(dim, spacing),
        };
        let x: Vec<f64> = kept.as_ref().map_or(all.clone(), |kept| kept.iter().map(|k| all[*k]).collect());
        let panels = roles.panels(cube).into_iter().map(|(title, fixed)| LinePanel {
            title,
            lines: lines
                .iter()
                .enumerate()
                .map(|(entry, own)| {
                    mean_line(cube, entry, &x, sample, &[fixed.as_slice(), own].concat(), source.error())
                })
                .collect(),
            ..LinePanel::default()
        });
        Section::Lines(LineSection {
            title: String::new(),
            x: HorizontalAxis::new(dim.title(), spacing),
            y: vertical(metric),
            key: key.clone(),
            panels: panels.collect(),
        })
    });
    let count = format!("{} samples", cube.dims[sample].len());
    Ok((sections.collect(), [vec![count], notes(cube, &roles, source.error().label())].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_mean_plus_minus_standard_deviation_of_the_replicates() {
        let alpha = Dim::numbers("alpha", "", "1", false, vec![0.0, 1.0]);
        let replicate = Dim::numbers("replicate", "", "1", false, vec![1.0, 2.0, 3.0]);
        let cube = Cube::new(vec![alpha, replicate], vec![1.0, 2.0, 3.0, 5.0, f64::NAN, 9.0]).unwrap();
        let line = mean_line(&cube, 0, &[0.0, 1.0], 0, &[], ErrorKind::default());
        assert_eq!(line.y, [2.0, 7.0]);
        let deviation = 8f64.sqrt();
        assert_eq!(line.spread, [[1.0, 3.0], [7.0 - deviation, 7.0 + deviation]]);
        let line = mean_line(&cube, 0, &[0.0, 1.0], 0, &[], ErrorKind::Range);
        assert_eq!(line.spread, [[1.0, 3.0], [5.0, 9.0]]);
    }

    #[test]
    fn a_series_has_the_same_colour_alone_and_among_others() {
        let rule = Dim::words("rule", "", ["dp", "dpt", "bp"].map(str::to_owned).to_vec());
        let cube = Cube::new(vec![rule], vec![1.0, 2.0, 3.0]).unwrap();
        let tone = |cube: &Cube| key(cube, Some(0), Look::Bars).0.last().map(|entry| (entry.label.clone(), entry.tone));
        assert_eq!(tone(&cube.restricted(0, &[2])), tone(&cube));
        assert_eq!(tone(&cube.restricted(0, &[1, 2]).restricted(0, &[1])), tone(&cube));
    }

    #[test]
    fn values_far_from_even_stand_by_their_logarithms_or_at_labels() {
        let dim = |values: &[f64], logarithmic| Dim::numbers("sigma", "", "1", logarithmic, values.to_vec());
        let spaced = |values: &[f64], logarithmic| spacing(&dim(values, logarithmic), None);
        assert_eq!(spaced(&[0.0, 0.001, 0.01, 0.1], false), Spacing::Symlog);
        assert_eq!(spaced(&[0.001, 0.01, 0.1], true), Spacing::Logarithmic);
        assert_eq!(
            (spaced(&[0.0, 0.01, 0.1], true), spaced(&[0.001, 0.01, 0.1, 1.0], false)),
            (Spacing::Symlog, Spacing::Logarithmic)
        );
        assert!(matches!(spaced(&[1.0, 1.000001, 2.0], false), Spacing::Labels(_)));
        assert_eq!(spacing(&dim(&[0.0, 0.001, 0.1], false), Some(AxisScale::Linear)), Spacing::Linear);
        assert_eq!((spaced(&[1.0, 2.0, 4.0], false), spaced(&[0.0, 0.5], false)), (Spacing::Whole, Spacing::Linear));
    }
}
