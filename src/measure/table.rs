//! Tables of measurements: rows that grow along epochs or training steps, each row a number, or one number per layer
//! or update.
use crate::network::{Network, Projection};
use crate::persist::{Archive, Damaged, Persist};
use crate::vocabulary::Term;

/// What runs along a row of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAxis {
    /// One number.
    Scalar,
    /// One number per layer, from 1.
    Layer,
    /// One number per projection with synapses; in a chain these are the layers.
    Projection,
    /// One number per update of a stimulus, from 0.
    Update,
    /// One number per update and projection; the projection runs faster.
    UpdateProjection,
    /// One number per size of perturbations in L2.
    EpsilonL2,
    /// One number per size of perturbations in the maximum norm.
    EpsilonLinf,
}

/// One measured quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the trace.
    pub name: &'static str,
    /// What runs along a row.
    pub axis: RowAxis,
    /// One sentence for people.
    pub long_name: &'static str,
    /// Unit; "1" if dimensionless.
    pub units: &'static str,
    /// Row after row; NaN where nothing was measured.
    pub values: Vec<f64>,
}

impl Series {
    /// A series of a term, without rows.
    pub fn new(term: &Term, axis: RowAxis) -> Self {
        Self { name: term.name, axis, long_name: term.long_name, units: term.units, values: vec![] }
    }
}

/// Series that share their rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Group in the trace.
    pub group: &'static str,
    /// Name of the axis that grows.
    pub axis: &'static str,
    /// Its values.
    pub coordinates: Vec<i64>,
    /// The series.
    pub series: Vec<Series>,
    /// What runs along rows.
    pub row_axes: RowAxes,
}

/// What runs along the rows of the tables of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowAxes {
    /// Length of a row along [`RowAxis::Layer`].
    pub layers: usize,
    /// What runs along [`RowAxis::Projection`]; `None` where it is the layers.
    pub projections: Option<Vec<ProjectionLabel>>,
    /// Length of a row along [`RowAxis::Update`].
    pub updates: usize,
    /// Values along [`RowAxis::EpsilonL2`].
    pub epsilons_l2: Vec<f64>,
    /// Values along [`RowAxis::EpsilonLinf`].
    pub epsilons_linf: Vec<f64>,
}

/// A projection with synapses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionLabel {
    /// Its number, from 1.
    pub number: usize,
    /// What it connects: "stem -> block".
    pub route: String,
}

impl ProjectionLabel {
    /// Of all projections with synapses of a network; `None` of a chain, where they are its layers.
    pub fn of(network: &Network) -> Option<Vec<Self>> {
        let name = |k: usize| &network.populations()[k].name;
        let label = |(number, own): (usize, &Projection)| Self {
            number,
            route: format!("{} -> {}", name(own.from), name(own.to)),
        };
        (!network.is_chain()).then(|| network.with_synapses().map(label).collect())
    }
}

impl RowAxes {
    /// Length of a row along [`RowAxis::Projection`].
    pub fn projection_count(&self) -> usize {
        self.projections.as_ref().map_or(self.layers, Vec::len)
    }
}

impl Table {
    /// Without rows so far.
    pub fn new(group: &'static str, axis: Term, row_axes: &RowAxes, series: Vec<Series>) -> Self {
        Self { group, axis: axis.name, coordinates: vec![], series, row_axes: row_axes.clone() }
    }

    /// Length of a row of a series.
    pub fn width(&self, axis: RowAxis) -> usize {
        match axis {
            RowAxis::Scalar => 1,
            RowAxis::Layer => self.row_axes.layers,
            RowAxis::Projection => self.row_axes.projection_count(),
            RowAxis::Update => self.row_axes.updates,
            RowAxis::UpdateProjection => self.row_axes.updates * self.row_axes.projection_count(),
            RowAxis::EpsilonL2 => self.row_axes.epsilons_l2.len(),
            RowAxis::EpsilonLinf => self.row_axes.epsilons_linf.len(),
        }
    }

    /// What runs along a row of sizes of perturbations.
    pub fn epsilons(&self, axis: RowAxis) -> Option<&[f64]> {
        match axis {
            RowAxis::EpsilonL2 => Some(&self.row_axes.epsilons_l2),
            RowAxis::EpsilonLinf => Some(&self.row_axes.epsilons_linf),
            _ => None,
        }
    }

    /// The number of the last row of a term with one number; NaN if there is none.
    pub fn number(&self, term: &Term) -> f64 {
        self.last(term.name).map_or(f64::NAN, |row| row[0])
    }

    /// Begins a row, in which nothing is measured yet.
    pub fn begin_row(&mut self, coordinate: i64) {
        self.coordinates.push(coordinate);
        for i in 0..self.series.len() {
            let width = self.width(self.series[i].axis);
            let series = &mut self.series[i];
            series.values.extend(std::iter::repeat_n(f64::NAN, width));
        }
    }

    /// Sets the last row of a series, from its beginning on; what is left over stays unmeasured.
    ///
    /// # Panics
    /// If there is no such series, or the row is longer.
    pub fn set(&mut self, term: &Term, row: &[f64]) {
        let at = self.series.iter().position(|s| s.name == term.name).expect("a series of this table");
        let width = self.width(self.series[at].axis);
        let values = &mut self.series[at].values;
        let from = values.len() - width;
        values[from..][..row.len()].copy_from_slice(row);
    }

    /// Row `index` of a series; `None` if there is no such series.
    pub fn row(&self, name: &str, index: usize) -> Option<&[f64]> {
        let series = self.series.iter().find(|s| s.name == name)?;
        let width = self.width(series.axis);
        series.values.get(index * width..(index + 1) * width)
    }

    /// The last row of a series.
    pub fn last(&self, name: &str) -> Option<&[f64]> {
        self.row(name, self.coordinates.len().checked_sub(1)?)
    }

    /// All values of a scalar series.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.series.iter().find(|s| s.name == name).map(|s| s.values.as_slice())
    }
}

impl Persist for Table {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.vector(self.axis, &mut self.coordinates)?;
        for i in 0..self.series.len() {
            let numbers = self.coordinates.len() * self.width(self.series[i].axis);
            let Series { name, values, .. } = &mut self.series[i];
            values.resize(numbers, f64::NAN);
            archive.array(*name, values)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::axis::EPOCH;
    use crate::vocabulary::metric::{ANGLE, TRAIN_LOSS};

    #[test]
    fn rows_begin_unmeasured_and_are_set_by_name() {
        let series = vec![Series::new(&TRAIN_LOSS, RowAxis::Scalar), Series::new(&ANGLE, RowAxis::Layer)];
        let mut table = Table::new("metrics", EPOCH, &RowAxes { layers: 3, ..RowAxes::default() }, series);
        table.begin_row(0);
        table.begin_row(1);
        table.set(&ANGLE, &[1.0, 2.0, 3.0]);
        assert!(table.row(ANGLE.name, 0).unwrap().iter().all(|x| x.is_nan()));
        assert_eq!(table.last(ANGLE.name).unwrap(), [1.0, 2.0, 3.0]);
        assert!(table.last(TRAIN_LOSS.name).unwrap()[0].is_nan());
        assert_eq!(table.row("other", 0), None);
    }
}
