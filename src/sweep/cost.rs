//! Looking at every point before the first one runs: whether it can be run, and what it will cost.
use super::error::SweepError;
use super::plan::{Plan, Point};
use crate::config::Setup;
use crate::data::Datasets;
use crate::run::{Cost, estimate};
use rayon::prelude::*;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Illegal points that are told of.
const TOLD: usize = 5;

/// A plan whose points can all be run.
#[derive(Debug)]
pub struct CostedPlan {
    /// The plan.
    pub plan: Plan,
    /// Floating-point operations of every point, about.
    pub costs: Vec<f64>,
    /// Memory of the largest point, bytes.
    pub memory_bytes: f64,
}

/// Checks every point and estimates its cost.
///
/// # Errors
/// [`SweepError::IllegalPoints`] if any cannot be run.
pub fn check(plan: Plan, datasets: &Datasets) -> Result<CostedPlan, SweepError> {
    if let Some(setup) = plan.trained_setup()? {
        estimate(&setup, datasets)?;
    }
    let known: Mutex<HashMap<String, Cost>> = Mutex::default();
    let cost = |point: &Point| -> Result<Cost, SweepError> {
        let setup = plan.setup(point, None)?;
        let key = what_costs(&setup);
        if let Some(cost) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(*cost);
        }
        let cost = estimate(&setup, datasets)?;
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, cost);
        Ok(cost)
    };
    let costs: Vec<Result<Cost, SweepError>> = plan.points.par_iter().map(cost).collect();
    let illegal: Vec<_> =
        costs.iter().zip(&plan.points).filter_map(|(c, point)| Some((point, c.as_ref().err()?))).collect();
    if !illegal.is_empty() {
        let told = |(point, error): &(&Point, &SweepError)| format!("point {} ({}): {error}", point.index, point.name);
        return Err(SweepError::IllegalPoints {
            illegal: illegal.len(),
            points: plan.points.len(),
            reasons: illegal.iter().take(TOLD).map(told).collect(),
        });
    }
    let costs: Vec<Cost> = costs.into_iter().flatten().collect();
    let memory_bytes = costs.iter().map(|cost| cost.memory_bytes).fold(0.0, f64::max);
    let costs = costs.iter().map(|cost| cost.training_flops + cost.evaluation_flops).collect();
    Ok(CostedPlan { plan, costs, memory_bytes })
}

/// The settings that decide what a run costs; two runs that agree in them cost the same.
fn what_costs(setup: &Setup) -> String {
    let experiment = &setup.experiment;
    let training = &experiment.training;
    json!({
        "data": experiment.data,
        "network": experiment.network,
        "rule": experiment.credit_rule,
        "schedule": experiment.schedule,
        "batch_size": training.batch_size,
        "epochs": training.epochs,
        "synapses": training.synapses,
        "validation": training.validation,
        "measure": experiment.measure,
        "recording": experiment.recording,
        "devices": setup.hardware.synapses,
        "ideal": setup.hardware.is_ideal(),
    })
    .to_string()
}
