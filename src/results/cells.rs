//! Means of a sweep over its replicates, and over whatever else differs by its seeds alone.
use super::cube::Cube;
use super::error::ResultsError;
use super::pooled::Pooled;
use super::sweep::SweepResult;
use crate::vocabulary::axis::DRAWN_SAMPLE;
use crate::vocabulary::number::{NONE, number};
use crate::vocabulary::place::group;
use crate::vocabulary::{PointStatus, Term};

/// A combination of settings, and what its replicates have found.
#[derive(Debug, Clone, PartialEq)]
pub struct CellSummary {
    /// Values of the axes that vary.
    pub name: String,
    /// Over the replicates.
    pub pooled: Pooled,
}

/// The last values of a quantity with one number a point, cell by cell; none where nothing was measured.
///
/// # Errors
/// If the file cannot be read.
pub fn cell_summaries(sweep: &SweepResult, term: &Term) -> Result<Vec<CellSummary>, ResultsError> {
    let Some(cube) = sweep.cube(group::FINAL, term.name)? else { return Ok(vec![]) };
    if cube.parts().is_some() {
        return Ok(vec![]);
    }
    let kept: Vec<usize> = (0..cube.dims.len()).filter(|axis| !cube.dims[*axis].is_population).collect();
    let outcome = sweep.outcome()?;
    let mut cells = vec![];
    for fixed in cube.combinations(&kept) {
        let values = cube.gather(&fixed);
        // Both have the axes of the sweep.
        let ends = outcome.as_ref().map_or(vec![], |outcome| outcome.gather(&fixed));
        let end =
            |k: usize| ends.get(k).and_then(|code| PointStatus::from_code(*code)).unwrap_or(PointStatus::Complete);
        let points: Vec<_> = values.into_iter().enumerate().map(|(k, value)| (value, end(k))).collect();
        let pooled = Pooled::of(&points);
        if pooled.over.count > 0 {
            cells.push(CellSummary { name: name(sweep, &cube, &fixed)?, pooled });
        }
    }
    Ok(cells)
}

/// The values of a cell in words: of axes that vary, and of what was drawn instead of its number.
fn name(sweep: &SweepResult, cube: &Cube, fixed: &[(usize, usize)]) -> Result<String, ResultsError> {
    let mut parts = vec![];
    for &(axis, place) in fixed {
        let dim = &cube.dims[axis];
        if dim.name == DRAWN_SAMPLE.name {
            for drawn in sweep.drawn() {
                let values = sweep.dim(group::FINAL, &drawn.name)?;
                let value = values.numbers.as_ref().and_then(|all| all.get(place)).map(|x| number(*x));
                let value = value.or_else(|| values.labels.get(place).cloned()).unwrap_or_else(|| NONE.to_owned());
                parts.push(format!("{} = {value}", drawn.name));
            }
        } else if dim.len() > 1 {
            parts.push(format!("{} = {}", dim.name, dim.labels[place]));
        }
    }
    Ok(if parts.is_empty() { "all settings of the base".to_owned() } else { parts.join(", ") })
}
