//! Looking at every point before the first one runs: whether it can be run, and what it will cost.
use super::error::SweepError;
use super::plan::Plan;
use super::point::Point;
use crate::config::Setup;
use crate::data::Datasets;
use crate::run::{Cost, MemoryLimit, RunError, estimate};
use rayon::prelude::*;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Illegal points that are told of.
const TOLD: usize = 5;
/// How much longer a step takes on a chip than on ideal hardware, about: `make bench` finds 1.3 to 2.5.
const CHIP_FACTOR: f64 = 2.0;

/// A plan whose points can all be run.
#[derive(Debug)]
pub struct CostedPlan {
    /// The plan.
    pub plan: Plan,
    /// Floating-point operations of every point, about; what a chip does besides its products counts as much as they.
    pub costs: Vec<f64>,
    /// Memory of the largest point, bytes.
    pub memory_bytes: f64,
    /// Memory of the network that all points begin with while it is trained, bytes; 0 if there is none.
    pub trained_bytes: f64,
}

impl CostedPlan {
    /// Whether the network that all points begin with, and then so many points at a time, fit into so much memory.
    ///
    /// # Errors
    /// If they take more.
    pub fn check_memory(&self, jobs: usize, limit: MemoryLimit) -> Result<(), RunError> {
        let together = jobs.min(self.plan.points.len());
        limit.check("the network that all points begin with", self.trained_bytes)?;
        let what = format!("this sweep, {together} at a time (--jobs),");
        Ok(limit.check(&what, self.memory_bytes * together as f64)?)
    }
}

/// Checks every point and estimates its cost.
///
/// # Errors
/// [`SweepError::IllegalPoints`] if any cannot be run.
pub fn check(plan: Plan, datasets: &Datasets) -> Result<CostedPlan, SweepError> {
    let trained = plan.trained_setup()?.map(|setup| estimate(&setup, datasets)).transpose()?;
    let trained_bytes = trained.map_or(0.0, |cost| cost.memory.total() as f64);
    let known: Mutex<HashMap<String, (f64, f64)>> = Mutex::default();
    let cost = |point: &Point| -> Result<(f64, f64), SweepError> {
        let setup = plan.setup(point, None)?;
        let key = what_costs(&setup);
        if let Some(cost) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(*cost);
        }
        let Cost { training_flops, evaluation_flops, memory, .. } = estimate(&setup, datasets)?;
        let factor = if setup.hardware.is_ideal() { 1.0 } else { CHIP_FACTOR };
        let cost = (factor * (training_flops + evaluation_flops), memory.total() as f64);
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, cost);
        Ok(cost)
    };
    let costs: Vec<Result<(f64, f64), SweepError>> = plan.points.par_iter().map(cost).collect();
    let illegal: Vec<_> =
        costs.iter().zip(&plan.points).filter_map(|(c, point)| Some((point, c.as_ref().err()?))).collect();
    if !illegal.is_empty() {
        let told =
            |(point, error): &(&Point, &SweepError)| format!("point {} ({}): {error}", point.index, point.name());
        return Err(SweepError::IllegalPoints {
            illegal: illegal.len(),
            points: plan.points.len(),
            reasons: illegal.iter().take(TOLD).map(told).collect(),
        });
    }
    let (costs, memory): (Vec<f64>, Vec<f64>) = costs.into_iter().flatten().unzip();
    let memory_bytes = memory.into_iter().fold(0.0, f64::max);
    Ok(CostedPlan { plan, costs, memory_bytes, trained_bytes })
}

/// The settings that decide what a run costs; two runs that agree in them cost the same.
fn what_costs(setup: &Setup) -> String {
    let experiment = &setup.experiment;
    let training = &experiment.training;
    json!({
        "data": experiment.data,
        "network": experiment.network,
        "rule": experiment.credit_rule,
        "lifted": experiment.lifted,
        "schedule": experiment.schedule,
        "batch_size": training.batch_size,
        "epochs": training.epochs,
        "adversarial": training.adversarial,
        "synapses": training.synapses,
        "validation": training.validation,
        "measure": experiment.measure,
        "recording": experiment.recording,
        "devices": setup.hardware.synapses,
        "ideal": setup.hardware.is_ideal(),
    })
    .to_string()
}
