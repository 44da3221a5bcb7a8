//! The tables of a run: one row of metrics after every epoch, and tables whose rows come when something is measured.
use super::table::{RowAxes, Table};
use crate::persist::{Archive, Damaged, Persist};
use crate::vocabulary::Term;
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::place::group::METRICS;

/// Everything measured so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// The metrics come first.
    tables: Vec<Table>,
    /// The metrics measured in the present epoch.
    measured: Vec<&'static str>,
}

impl Tables {
    /// Empty tables of the series that measurements have declared; series for the same group share a table.
    pub fn new(row_axes: &RowAxes, declared: impl IntoIterator<Item = Table>) -> Self {
        let mut tables = vec![Table::new(METRICS, EPOCH, row_axes, vec![])];
        for table in declared {
            match tables.iter_mut().find(|own| own.group == table.group) {
                Some(own) => own.series.extend(table.series),
                None => tables.push(table),
            }
        }
        Self { tables, measured: vec![] }
    }

    /// All tables, in the order in which they were declared.
    pub fn all(&self) -> &[Table] {
        &self.tables
    }

    /// The table of a group, if anything declared it.
    pub fn table(&self, group: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.group == group)
    }

    /// The table that has a row for every epoch.
    pub fn metrics(&self) -> &Table {
        &self.tables[0]
    }

    /// A score of the weights that are kept: of the best epoch, if there is one, else the last that was measured.
    pub fn kept(&self, score: &Term, best_epoch: Option<u64>) -> Option<f64> {
        let metrics = self.metrics();
        let column = metrics.column(score.name)?;
        let Some(best) = best_epoch else { return column.iter().rev().copied().find(|x| x.is_finite()) };
        let row = metrics.coordinates.iter().position(|&epoch| epoch == best as i64)?;
        column.get(row).copied()
    }

    /// Begins the row of metrics of an epoch.
    pub fn begin_epoch(&mut self, epoch: u64) {
        self.tables[0].begin_row(epoch as i64);
        self.measured.clear();
    }

    /// Sets a metric in the present epoch.
    ///
    /// # Panics
    /// If nothing declared it, or the row is longer than declared.
    pub fn set(&mut self, metric: &Term, row: &[f64]) {
        self.tables[0].set(metric, row);
        self.measured.push(metric.name);
    }

    /// A metric of one number, if it has been measured in the present epoch.
    pub fn measured(&self, metric: &Term) -> Option<f64> {
        let row = self.measured.contains(&metric.name).then(|| self.metrics().last(metric.name)).flatten()?;
        row.first().copied()
    }

    /// Begins a row of another table, in which nothing is measured yet.
    ///
    /// # Panics
    /// If nothing declared the table.
    pub fn begin_row(&mut self, group: &str, coordinate: u64) -> &mut Table {
        let table = self.tables[1..].iter_mut().find(|table| table.group == group);
        let table = table.expect("a table that was declared");
        table.begin_row(coordinate as i64);
        table
    }
}

impl Persist for Tables {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.tables.iter_mut().try_for_each(|table| archive.part(table.group, table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::table::{RowAxis, Series};
    use crate::vocabulary::axis::STEP;
    use crate::vocabulary::metric::{NUDGING_GAIN, RESIDUAL, TRAIN_LOSS};

    #[test]
    fn measurements_share_the_row_of_an_epoch() {
        let series = |term| vec![Series::new(&term, RowAxis::Scalar)];
        let row_axes = RowAxes::default();
        let metrics = |term| Table::new(METRICS, EPOCH, &row_axes, series(term));
        let residual = Table::new("residual", STEP, &row_axes, series(RESIDUAL));
        let mut tables = Tables::new(&row_axes, [metrics(TRAIN_LOSS), residual, metrics(NUDGING_GAIN)]);
        tables.begin_epoch(0);
        tables.set(&NUDGING_GAIN, &[f64::NAN]);
        // A number that was measured is one even if it is not finite.
        assert!(tables.measured(&NUDGING_GAIN).unwrap().is_nan());
        assert_eq!(tables.measured(&TRAIN_LOSS), None);
        tables.begin_epoch(1);
        assert_eq!(tables.measured(&NUDGING_GAIN), None);
        tables.begin_row("residual", 7).set(&RESIDUAL, &[0.5]);
        let names: Vec<_> = tables.metrics().series.iter().map(|series| series.name).collect();
        assert_eq!(names, [TRAIN_LOSS.name, NUDGING_GAIN.name]);
        assert_eq!(tables.metrics().coordinates, [0, 1]);
        assert_eq!(tables.table("residual").unwrap().coordinates, [7]);
    }
}
