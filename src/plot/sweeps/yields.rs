//! Yield: the share of replicates, each a chip of its own, that are good enough.
use super::super::error::PlotError;
use super::lines::{Made, key, places, spacing};
use super::roles::{Roles, Wanted};
use super::source::{Source, USUAL, notes, translated};
use crate::figure::{HorizontalAxis, Line, LinePanel, LineSection, Look, Section, Spacing, VerticalAxis};
use crate::results::statistics::{reached, wilson, yield_curve};
use crate::results::{Cube, Dim, Fixed};
use crate::vocabulary::number::number;
use crate::vocabulary::place::group::FINAL;
use crate::vocabulary::{PointStatus, Quantity, axis};

/// Yield over the threshold; if a threshold is given and there is an axis, yield at it over the axis.
pub(super) fn yields(source: &Source<'_>) -> Made {
    let (metric, cube) = source.metric(FINAL, &USUAL)?;
    let status = source.status()?;
    let pooled = |dim: &Dim| axis::is_of_parts(&dim.name) || dim.name == axis::DRAWN_SAMPLE.name;
    let is_axis = |dim: &Dim| dim.len() > 1 && !dim.is_population && !pooled(dim);
    let has_axis = cube.dims.iter().any(is_axis);
    let (section, roles) = match source.request.threshold {
        Some(threshold) if has_axis => {
            let roles = Roles::new(&cube, source.request, Wanted::XAndLines, None)?;
            (at_threshold(source, (&metric, &cube), status.as_ref(), &roles, threshold), roles)
        }
        threshold => {
            if source.request.x.is_some() {
                let needs = "--x is the axis of the yield at one threshold, which --threshold gives".to_owned();
                return Err(PlotError::Needs { kind: source.kind.name(), needs });
            }
            let roles = Roles::new(&cube, source.request, Wanted::Lines, None)?;
            (over_threshold(&metric, &cube, status.as_ref(), &roles, threshold), roles)
        }
    };
    let share = format!("yield: {} {} the threshold, share", metric.label, sign(&metric));
    let failed =
        "points that diverged, failed or did not learn never reach a threshold, missing ones do not count".to_owned();
    Ok((vec![section], [notes(&cube, &roles, &share), vec![failed]].concat()))
}

/// The values of the points that were made; those that failed are not a number.
fn made(cube: &Cube, status: Option<&Cube>, fixed: &[Fixed]) -> Vec<f64> {
    let values = cube.gather(fixed);
    let Some(status) = status else { return values };
    let states = status.gather(&translated(cube, fixed, status));
    if states.len() != values.len() {
        return values;
    }
    let statuses = states.into_iter().map(PointStatus::from_code);
    let made = values.into_iter().zip(statuses).filter(|(_, status)| *status != Some(PointStatus::Missing));
    made.map(|(value, status)| if status == Some(PointStatus::Complete) { value } else { f64::NAN }).collect()
}

fn sign(metric: &Quantity) -> &'static str {
    if metric.small_is_good() { "≤" } else { "≥" }
}

fn vertical(name: String) -> VerticalAxis {
    VerticalAxis::new(name, [0.0, 100.0])
}

/// A staircase from the smallest to the largest threshold that is drawn: all that have a value reach the easiest one,
/// ever fewer the harder ones.
fn staircase(values: &[f64], small_is_good: bool, ends: [f64; 2]) -> (Vec<f64>, Vec<f64>) {
    let (steps, shares) = yield_curve(values, small_is_good);
    let all = shares.iter().copied().fold(0.0, f64::max);
    // Below the first step and above the last one.
    let (mut before, last) = if small_is_good { (0.0, all) } else { (all, 0.0) };
    let (mut x, mut y) = (vec![ends[0]], vec![before]);
    for (k, step) in steps.iter().enumerate() {
        let after = if small_is_good { shares[k] } else { shares.get(k + 1).copied().unwrap_or(0.0) };
        x.extend([*step, *step]);
        y.extend([before, after]);
        before = after;
    }
    x.push(ends[1]);
    y.push(last);
    y.iter_mut().for_each(|share| *share *= 100.0);
    (x, y)
}

fn over_threshold(
    metric: &Quantity,
    cube: &Cube,
    status: Option<&Cube>,
    roles: &Roles,
    threshold: Option<f64>,
) -> Section {
    let (key, lines) = key(cube, roles.lines, Look::Band);
    let all = cube.gather(&[]);
    let finite = || all.iter().copied().filter(|value| value.is_finite());
    let ends = [finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max)];
    let panel = |(title, fixed): (String, Vec<Fixed>)| {
        let line = |(entry, own): (usize, &Vec<Fixed>)| {
            let values = made(cube, status, &[fixed.as_slice(), own].concat());
            let (x, y) = staircase(&values, metric.small_is_good(), ends);
            Line { entry, x, y, spread: vec![] }
        };
        let rules = threshold.map(|threshold| scaled(metric, threshold)).into_iter().collect();
        LinePanel { title, lines: lines.iter().enumerate().map(line).collect(), rules, levels: vec![] }
    };
    let x = HorizontalAxis::new(format!("threshold of {}", metric.title()), Spacing::Linear);
    let panels = roles.panels(cube).into_iter().map(panel).collect();
    let y = vertical("yield (%)".to_owned());
    Section::Lines(LineSection { title: String::new(), x, y, key, panels })
}

/// A threshold in the unit that is drawn: accuracies may be given as fractions or in percent.
fn scaled(metric: &Quantity, threshold: f64) -> f64 {
    if threshold <= 1.0 { threshold * metric.factor() } else { threshold }
}

fn at_threshold(
    source: &Source<'_>,
    (metric, cube): (&Quantity, &Cube),
    status: Option<&Cube>,
    roles: &Roles,
    threshold: f64,
) -> Section {
    let axis = roles.x.unwrap_or(0);
    let dim = &cube.dims[axis];
    let spacing = spacing(dim, source.request.dress.x_scale);
    let threshold = scaled(metric, threshold);
    let (key, lines) = key(cube, roles.lines, Look::Bars);
    let x = places(dim, &spacing);
    let panel = |(title, fixed): (String, Vec<Fixed>)| {
        let line = |(entry, own): (usize, &Vec<Fixed>)| {
            let values = |place: usize| made(cube, status, &[fixed.as_slice(), own, &[(axis, place)]].concat());
            let all: Vec<Vec<f64>> = (0..dim.len()).map(values).collect();
            let good = |values: &Vec<f64>| reached(values, threshold, metric.small_is_good());
            let y = all.iter().map(|values| 100.0 * good(values) as f64 / values.len() as f64).collect();
            let spread = all.iter().map(|values| wilson(good(values), values.len()).map(|end| 100.0 * end)).collect();
            Line { entry, x: x.clone(), y, spread }
        };
        LinePanel { title, lines: lines.iter().enumerate().map(line).collect(), ..LinePanel::default() }
    };
    let y = vertical(format!("yield: {} {} {} (%)", metric.label, sign(metric), number(threshold)));
    let panels = roles.panels(cube).into_iter().map(panel).collect();
    let x = HorizontalAxis::new(dim.title(), spacing);
    Section::Lines(LineSection { title: String::new(), x, y, key, panels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_staircase_of_the_yield_steps_down_at_every_value() {
        let (x, y) = staircase(&[0.5, 0.9, f64::NAN, 0.9], false, [0.1, 1.0]);
        assert_eq!((x, y), (vec![0.1, 0.5, 0.5, 0.9, 0.9, 1.0], vec![75.0, 75.0, 50.0, 50.0, 0.0, 0.0]));
        let (x, y) = staircase(&[3.0, 1.0], true, [0.0, 4.0]);
        assert_eq!((x, y), (vec![0.0, 1.0, 1.0, 3.0, 3.0, 4.0], vec![0.0, 0.0, 50.0, 50.0, 100.0, 100.0]));
    }

    #[test]
    fn points_that_failed_count_and_missing_ones_do_not() {
        let replicate = || vec![Dim::numbers("replicate", "", "1", false, vec![1.0, 2.0, 3.0, 4.0])];
        let cube = Cube::new(replicate(), vec![0.9, 0.8, 0.7, f64::NAN]).unwrap();
        let status = Cube::new(replicate(), vec![1.0, 2.0, 1.0, 0.0]).unwrap();
        let values = made(&cube, Some(&status), &[]);
        assert_eq!((values.len(), values[0], values[2]), (3, 0.9, 0.7));
        assert!(values[1].is_nan());
        assert_eq!(yield_curve(&values, false).1, [2.0 / 3.0, 1.0 / 3.0]);
    }
}
