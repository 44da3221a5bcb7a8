//! Synapses by how often they were written and flipped in a run.
use super::run::RunResult;
use crate::trace::TraceError;
use crate::vocabulary::place::group::HISTOGRAM;
use crate::vocabulary::state::{SYNAPSES_BY_FLIPS, SYNAPSES_BY_WRITES};
use crate::vocabulary::{Term, axis};

/// Counts of synapses, a row for each layer or projection.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// What the rows count: layers, or projections.
    pub part: &'static str,
    /// Numbers of the layers or projections.
    pub layers: Vec<usize>,
    /// Lowest count of each bin.
    pub starts: Vec<f64>,
    /// Synapses by the number of their writes, (layer, bin).
    pub writes: Vec<f64>,
    /// Synapses by the number of their flips, (layer, bin).
    pub flips: Vec<f64>,
}

/// Reads the histogram; `None` if the run had no devices for synapses.
///
/// # Errors
/// If the file cannot be read.
pub fn histogram(run: &RunResult) -> Result<Option<Histogram>, TraceError> {
    if !run.reader().contains(HISTOGRAM) {
        return Ok(None);
    }
    let column = |term: &Term| run.column(HISTOGRAM, term.name);
    let along = if run.reader().contains(&format!("{HISTOGRAM}/{}", axis::LAYER.name)) {
        axis::LAYER
    } else {
        axis::PROJECTION
    };
    let layers = column(&along)?;
    let histogram = Histogram {
        part: along.name,
        layers: layers.iter().map(|layer| *layer as usize).collect(),
        starts: column(&axis::COUNT_FROM)?,
        writes: column(&SYNAPSES_BY_WRITES)?,
        flips: column(&SYNAPSES_BY_FLIPS)?,
    };
    let numbers = histogram.layers.len() * histogram.starts.len();
    if let Some((term, counts)) = histogram.counts().into_iter().find(|(_, counts)| counts.len() != numbers) {
        let what = format!("{} counts where its axes have {numbers} places", counts.len());
        return Err(run.reader().damaged(&format!("{HISTOGRAM}/{}", term.name), what));
    }
    Ok(Some(histogram))
}

impl Histogram {
    /// Those that are counted, with what people call them.
    pub fn counts(&self) -> [(Term, &[f64]); 2] {
        [(SYNAPSES_BY_WRITES, self.writes.as_slice()), (SYNAPSES_BY_FLIPS, &self.flips)]
    }
}
