//! Maps over two axes: of a metric, and of how points ended.
use super::super::contour::Field;
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::lines::Made;
use super::roles::{Roles, Wanted};
use super::source::{Source, USUAL, notes, translated};
use crate::figure::{CellAxis, ColorScale, KindPanel, KindSection, MapPanel, MapSection, Section};
use crate::results::statistics::Summary;
use crate::results::{Cube, Fixed};
use crate::vocabulary::place::group::FINAL;
use crate::vocabulary::{PointStatus, Verdict, axis, metric};

/// Explains the boundary.
const BOUNDARY: &str = "theory: nudging gain |1−2α| γ c λ = 1";
/// What points that have a verdict can be; the first is that of empty cells, the others are drawn ever darker.
const VERDICTS: [&str; 6] = [
    PointStatus::Missing.name(),
    Verdict::Converged.name(),
    Verdict::Undecided.name(),
    Verdict::LimitCycle.name(),
    Verdict::Diverged.name(),
    PointStatus::Failed.name(),
];
/// What points without verdict can be, in the same places.
const STATUSES: [&str; 6] = [
    PointStatus::Missing.name(),
    PointStatus::Complete.name(),
    PointStatus::NonFinite.name(),
    PointStatus::DidNotLearn.words(),
    PointStatus::Diverged.name(),
    PointStatus::Failed.name(),
];

/// Title of a panel, and what it is fixed to.
type Panel = (String, Vec<Fixed>);
/// Lines over the cells of a panel.
type Contours = Vec<Vec<(f64, f64)>>;

fn cell_axis(cube: &Cube, axis: Option<usize>) -> CellAxis {
    match axis.map(|axis| &cube.dims[axis]) {
        Some(dim) => CellAxis { name: dim.title(), labels: dim.labels.clone() },
        None => CellAxis { name: String::new(), labels: vec![String::new()] },
    }
}

/// The places of the cells of a panel, `[row][column]`.
fn cells(cube: &Cube, roles: &Roles, fixed: &[Fixed]) -> Vec<Vec<Vec<Fixed>>> {
    let places = |axis: Option<usize>| match axis {
        Some(axis) => (0..cube.dims[axis].len()).map(|place| vec![(axis, place)]).collect(),
        None => vec![vec![]],
    };
    let row = |row: &Vec<Fixed>| places(roles.x).into_iter().map(|column| [fixed, row, &column].concat()).collect();
    places(roles.y).iter().map(row).collect()
}

/// Where the gain of nudging crosses 1 in each panel.
fn boundaries(source: &Source<'_>, cube: &Cube, roles: &Roles) -> Result<Vec<Contours>, PlotError> {
    let panels = roles.panels(cube);
    let none = || vec![vec![]; panels.len()];
    let (Some(x), Some(y)) = (roles.x, roles.y) else { return Ok(none()) };
    let Some(gain) = source.also(&metric::NUDGING_GAIN)? else { return Ok(none()) };
    if !cube.dims[x].is_quantity() || !cube.dims[y].is_quantity() {
        return Ok(none());
    }
    let mean = |fixed: &Vec<Fixed>| Summary::of(gain.gather(&translated(cube, fixed, &gain))).mean;
    let logarithmic = [cube.dims[x].logarithmic, cube.dims[y].logarithmic];
    let contour = |(_, fixed): &Panel| {
        let values: Vec<Vec<f64>> =
            cells(cube, roles, fixed).iter().map(|row| row.iter().map(mean).collect()).collect();
        Field { values: &values, logarithmic }.contour(1.0)
    };
    Ok(panels.iter().map(contour).collect())
}

fn explanation(boundaries: &[Contours]) -> String {
    if boundaries.iter().all(Vec::is_empty) { String::new() } else { BOUNDARY.to_owned() }
}

/// Heat maps of a metric; with the verdicts above, if there are any and nothing was asked for.
pub(super) fn maps(source: &Source<'_>) -> Made {
    let (metric, cube) = source.metric(FINAL, &USUAL)?;
    if cube.find(axis::DRAWN_SAMPLE.name).is_some() {
        let needs = "samples drawn at random make no grid of cells; --what lines draws dots over every quantity";
        return Err(PlotError::Needs { kind: source.kind.name(), needs: needs.to_owned() });
    }
    let roles = Roles::new(&cube, source.request, Wanted::XAndY, None)?;
    if roles.x.is_none() || roles.y.is_none() {
        let needs = "a map needs two axes with more than one value; --what lines or bars draw one axis";
        return Err(PlotError::Needs { kind: source.kind.name(), needs: needs.to_owned() });
    }
    let boundaries = boundaries(source, &cube, &roles)?;
    let contour = explanation(&boundaries);
    let bounded = !contour.is_empty();
    let panel = |((title, fixed), contours): (Panel, Contours)| {
        let mean = |fixed: &Vec<Fixed>| Summary::of(cube.gather(fixed)).mean;
        let values: Vec<Vec<f64>> =
            cells(&cube, &roles, &fixed).iter().map(|row| row.iter().map(mean).collect()).collect();
        // A boundary would cross the numbers.
        let texts = if bounded {
            vec![]
        } else {
            values.iter().map(|row| row.iter().map(|v| metric.cell(*v)).collect()).collect()
        };
        MapPanel { title, values, texts, contours, rules: vec![] }
    };
    let colors = if metric.may_be_logarithmic() { ColorScale::Logarithmic } else { ColorScale::Sequential };
    let section = Section::Maps(MapSection {
        title: String::new(),
        x: cell_axis(&cube, roles.x),
        y: cell_axis(&cube, roles.y),
        quantity: metric.title(),
        colors,
        contour,
        panels: roles.panels(&cube).into_iter().zip(boundaries).map(panel).collect(),
    });
    let mut sections = vec![section];
    let mut notes = notes(&cube, &roles, "mean");
    let has_verdicts = source.also(&metric::VERDICT)?.is_some_and(|verdict| verdict.has_values());
    if source.request.kind.is_none() && source.request.metric.is_none() && has_verdicts {
        sections.splice(0..0, verdicts(source)?.0);
        notes.push("cells of several colours: replicates that ended differently".to_owned());
    }
    Ok((sections, notes))
}

/// The place of a point in the list of kinds.
fn kind(status: f64, verdict: Option<f64>) -> usize {
    let of_verdict = |code: f64| match Verdict::from_code(code) {
        Some(Verdict::Converged) => 1,
        Some(Verdict::LimitCycle) => 3,
        Some(Verdict::Diverged) => 4,
        Some(Verdict::Undecided) | None => 2,
    };
    match (PointStatus::from_code(status), verdict) {
        (None | Some(PointStatus::Missing), _) => 0,
        (Some(PointStatus::Diverged), _) => 4,
        (Some(PointStatus::Failed), _) => 5,
        // A run that ends with numbers that are not finite has diverged as far as stability goes.
        (Some(PointStatus::NonFinite), Some(_)) => 4,
        (Some(PointStatus::NonFinite), None) => 2,
        (Some(PointStatus::Complete), verdict) => verdict.map_or(1, of_verdict),
        (Some(PointStatus::DidNotLearn), verdict) => verdict.map_or(3, of_verdict),
    }
}

/// Maps of how points ended.
pub(super) fn verdicts(source: &Source<'_>) -> Made {
    let needs = |needs: &str| PlotError::Needs { kind: Kind::Verdict.name(), needs: needs.to_owned() };
    let status = source.only_status()?.ok_or_else(|| needs("the sweep has no status of its points"))?;
    if status.find(axis::DRAWN_SAMPLE.name).is_some() && source.request.x.is_none() {
        return Err(needs("samples drawn at random make no grid of cells"));
    }
    let verdict = source.also(&metric::VERDICT)?.filter(Cube::has_values);
    let steps = source.also(&metric::DIVERGED_STEP)?;
    let roles = Roles::new(&status, source.request, Wanted::XAndY, None)?;
    let boundaries = boundaries(source, &status, &roles)?;
    let names = if verdict.is_some() { VERDICTS } else { STATUSES };
    let counts = |fixed: &Vec<Fixed>| {
        let states = status.gather(fixed);
        let verdicts = verdict.as_ref().map(|verdict| verdict.gather(&translated(&status, fixed, verdict)));
        let mut counts = vec![0; names.len()];
        for (k, state) in states.iter().enumerate() {
            counts[kind(*state, verdicts.as_ref().map(|verdicts| verdicts[k]))] += 1;
        }
        counts
    };
    let text = |fixed: &Vec<Fixed>| {
        let mean = steps.as_ref().map(|steps| Summary::of(steps.gather(&translated(&status, fixed, steps))).mean);
        mean.filter(|mean| mean.is_finite()).map_or(String::new(), |mean| format!("step {mean:.0}"))
    };
    let panel = |((title, fixed), contours): (Panel, Contours)| {
        let cells = cells(&status, &roles, &fixed);
        let counts = cells.iter().map(|row| row.iter().map(counts).collect()).collect();
        let texts = cells.iter().map(|row| row.iter().map(text).collect()).collect();
        KindPanel { title, counts, texts, contours }
    };
    let contour = explanation(&boundaries);
    let section = Section::Kinds(KindSection {
        title: String::new(),
        x: cell_axis(&status, roles.x),
        y: cell_axis(&status, roles.y),
        kinds: names.map(str::to_owned).to_vec(),
        contour,
        panels: roles.panels(&status).into_iter().zip(boundaries).map(panel).collect(),
    });
    Ok((vec![section], notes(&status, &roles, "cells of several colours: shares")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_point_has_its_kind() {
        let named = |status, verdict| VERDICTS[kind(status, verdict)];
        assert_eq!(
            [1.0, 2.0, 3.0, 4.0].map(|v| named(1.0, Some(v))),
            ["converged", "limit cycle", "diverged", "undecided"]
        );
        assert_eq!([0.0, 2.0, 3.0, 4.0].map(|s| named(s, Some(1.0))), ["missing", "diverged", "failed", "diverged"]);
        assert_eq!((named(1.0, Some(f64::NAN)), named(5.0, Some(2.0))), ("undecided", "limit cycle"));
        assert_eq!(
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|s| STATUSES[kind(s, None)]),
            ["missing", "complete", "diverged", "failed", "non_finite", "did not learn"]
        );
    }
}
