//! Residual of every update of a stimulus: √(mean over samples of ‖s⁺(t+1)−s⁺(t)‖² + ‖s⁻(t+1)−s⁻(t)‖²), over the units of
//! the layers updated.
use crate::linalg::Matrix;
use crate::measure::due::{Due, DueSteps};
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::step::{AfterInference, Inferring};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::relax::NetworkState;
use crate::relax::schedule::Update;
use crate::vocabulary::axis::STEP;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct Residual {
    every: Count,
    /// Compartments of every layer before the present update.
    before: Vec<(Matrix, Matrix)>,
    /// One residual per update of the present training step.
    residuals: Vec<f64>,
    /// The layer of each update; 0 where several layers were updated at once.
    layers: Vec<f64>,
}

impl Residual {
    fn new(every: Count) -> Self {
        Self { every, before: vec![], residuals: vec![], layers: vec![] }
    }

    fn add(&mut self, update: Update, state: &NetworkState) {
        let layers = state.dyads();
        let range = updated(update, layers.len());
        let squares: f64 = range
            .clone()
            .map(|k| {
                squared_distance(&self.before[k].0, &layers[k].s_plus)
                    + squared_distance(&self.before[k].1, &layers[k].s_minus)
            })
            .sum();
        self.residuals.push((squares / state.samples() as f64).sqrt());
        self.layers.push(if range.len() == 1 { (range.start + 1) as f64 } else { 0.0 });
    }
}

/// For dyads, if the settings say every how many steps.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let every = experiment.measure.residual_every_steps.flatten().filter(|_| experiment.has_dyads());
    Ok(every.map(|every| Box::new(Residual::new(every)) as _))
}

impl Measurement for Residual {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [metric::RESIDUAL, metric::UPDATED_LAYER].map(|term| Series::new(&term, RowAxis::Update));
        vec![Table::new(group::RESIDUAL, STEP, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::at(DueSteps::Every(self.every))
    }

    /// Room for both compartments before an update.
    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let numbers = 2 * workload.units[1..].iter().sum::<usize>() * workload.batch_size;
        MeasurementCost { passes: 0, bytes: size_of::<f32>() * numbers }
    }

    fn begin_step(&mut self) {
        self.residuals.clear();
        self.layers.clear();
    }

    fn before_update(&mut self, update: Update, state: &NetworkState) {
        let layers = state.dyads();
        self.before.resize_with(layers.len(), || (Matrix::zeros(0, 0), Matrix::zeros(0, 0)));
        for k in updated(update, layers.len()) {
            self.before[k].0.clone_from(&layers[k].s_plus);
            self.before[k].1.clone_from(&layers[k].s_minus);
        }
    }

    fn after_update(&mut self, update: Update, at: &mut Inferring) {
        self.add(update, at.state);
    }

    /// Also where states have diverged: the residuals show how.
    fn after_inference(&mut self, at: &mut AfterInference) {
        let table = at.tables.begin_row(group::RESIDUAL, at.step);
        table.set(&metric::RESIDUAL, &self.residuals);
        table.set(&metric::UPDATED_LAYER, &self.layers);
    }
}

/// Indices of the layers that an update changes.
fn updated(update: Update, layers: usize) -> std::ops::Range<usize> {
    match update {
        Update::Layer(k) => k - 1..k,
        Update::OutputsUnnudged => layers - 1..layers,
        Update::AllHidden => 0..layers - 1,
        Update::All | Update::AllUnnudged => 0..layers,
    }
}

fn squared_distance(a: &Matrix, b: &Matrix) -> f64 {
    a.iter().zip(b.iter()).map(|(&x, &y)| f64::from(x - y).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Initialization, Network};
    use crate::substrate::Substrate;

    #[test]
    fn a_residual_computed_by_hand() {
        let network = Network::random(&[3, 2, 2], Initialization::LecunNormal, 1).unwrap();
        let mut state = NetworkState::zeros(&network, 2, &Substrate::Ideal);
        let mut residual = Residual::new(Count::constant(1));
        residual.before_update(Update::Layer(2), &state);
        state.dyads_mut()[1].s_plus.copy_from_slice(&[3.0, 0.0, 0.0, 0.0]);
        state.dyads_mut()[1].s_minus.copy_from_slice(&[0.0, 4.0, 0.0, 5.0]);
        // A layer that was not updated does not count.
        state.dyads_mut()[0].s_plus.fill(9.0);
        residual.add(Update::Layer(2), &state);
        assert_eq!(residual.residuals, [5.0]);
        assert_eq!(residual.layers, [2.0]);
    }
}
