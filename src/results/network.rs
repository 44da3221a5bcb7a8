//! The graph of a network as a trace describes it.
use super::run::RunResult;
use crate::vocabulary::place::attribute;
use serde::{Deserialize, Serialize};

/// Populations and the projections between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkGraph {
    /// All populations, the stimulus first.
    pub populations: Vec<PopulationEntry>,
    /// All projections, in the order of their weights.
    pub projections: Vec<ProjectionEntry>,
}

/// A population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationEntry {
    /// Its name.
    pub name: String,
    /// Channels, rows, columns.
    pub shape: [usize; 3],
}

/// A projection, by the numbers of its populations; 0 is the stimulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectionEntry {
    /// The one that sends.
    pub from: usize,
    /// The one that receives.
    pub to: usize,
}

impl PopulationEntry {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.shape.iter().product()
    }
}

impl NetworkGraph {
    /// Of a trace, if it describes one.
    pub fn of_run(run: &RunResult) -> Option<Self> {
        serde_json::from_str(&run.text(attribute::NETWORK)).ok()
    }

    /// Projections that arrive at population k, by their numbers from 0.
    pub fn arriving(&self, k: usize) -> Vec<usize> {
        (0..self.projections.len()).filter(|&p| self.projections[p].to == k).collect()
    }

    /// The number of the output population.
    pub fn last(&self) -> usize {
        self.populations.len().saturating_sub(1)
    }
}
