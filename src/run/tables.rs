//! The tables of a run: metrics along epochs, gradient audits and residuals along training steps.
use super::evaluate::Score;
use super::measure::Norms;
use super::robustness;
use super::signal_quality::SignalQuality;
use super::stability::Stability;
use super::table::{RowAxes, RowAxis, Series, Table};
use crate::config::Experiment;
use crate::learning::synapses::Synapses;
use crate::network::Clipping;
use crate::network::gradient::Alignment;
use crate::network::lifted::Phases;
use crate::robustness::Robustness;
use crate::synapse::counts::WriteTotals;

/// Everything measured so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tables {
    pub metrics: Table,
    pub gradient: Option<Table>,
    pub course: Option<Table>,
    pub signal: Option<Table>,
    pub residual: Option<Table>,
    pub synapses: Option<Table>,
    pub stability: Option<Table>,
    pub robustness: Option<Table>,
    /// Sum over the audits of the present epoch, per layer: cosine, angle in degrees, ratio of norms.
    audits: Vec<[f64; 3]>,
    /// Audits in these sums: those whose gradients were not zero.
    audits_counted: Vec<u32>,
}

const GRADIENT_SERIES: [(&str, &str, &str); 3] = [
    ("cosine", "cosine of the local gradient with the backprop gradient", "1"),
    ("angle_deg", "angle of the local gradient to the backprop gradient", "degree"),
    ("norm_ratio", "norm of the local gradient over that of the backprop gradient", "1"),
];

fn series(name: &'static str, axis: RowAxis, long_name: &'static str, units: &'static str) -> Series {
    Series { name, axis, long_name, units, values: vec![] }
}

const STABILITY_SERIES: [(&str, &str); 4] = [
    ("verdict", "inference of the probe stimuli: 1 converged, 2 limit_cycle, 3 diverged, 4 undecided"),
    ("verdict_passes", "passes of the schedule until the verdict"),
    ("verdict_residual", "change of all states in the last pass over their norm"),
    ("verdict_period", "passes in the limit cycle"),
];

/// Of the training and of the test set.
const RECONSTRUCTION_ERROR: [&str; 2] = [
    "mean squared error of the reconstructed inputs over their square, on the training set",
    "mean squared error of the reconstructed inputs over their square, on the test set",
];

const SIGNAL_SERIES: [(&str, &str, &str); 6] = [
    ("difference_snr", "power of the learning signal along the exact error over the power across it", "dB"),
    ("difference_effective_bits", "resolution of a converter with that ratio, (SNR - 1.76)/6.02", "bit"),
    ("dac_clipped", "share of the values sent that a DAC clips", "1"),
    ("adc_clipped", "share of the products received that an ADC clips", "1"),
    ("rail_clipped", "share of the states at the supply rails", "1"),
    ("difference_clipped", "share of the differences that the learning circuit clips", "1"),
];

fn gradient_series() -> impl Iterator<Item = Series> {
    GRADIENT_SERIES.into_iter().map(|(name, long_name, units)| series(name, RowAxis::Layer, long_name, units))
}

impl Tables {
    /// Empty tables for what the experiment measures.
    pub fn new(experiment: &Experiment, layers: usize, visits: usize, on_chip: bool, synapses: &Synapses) -> Self {
        use RowAxis::{Layer, Scalar, Visit, VisitLayer};
        let measure = &experiment.measure;
        let row_axes = RowAxes { layers, visits, ..RowAxes::default() };
        let table =
            |group, axis, series| Table { group, axis, coordinates: vec![], series, row_axes: row_axes.clone() };
        let audited = experiment.has_dyads() && measure.gradient_every_steps.flatten().is_some();
        let mut metrics = vec![];
        if measure.accuracy_every_epochs.is_some() {
            if experiment.is_supervised() {
                metrics.push(series("train_loss", Scalar, "mean loss on the training set", "1"));
                metrics.push(series("train_accuracy", Scalar, "accuracy on the training set", "1"));
                metrics.push(series("test_loss", Scalar, "mean loss on the test set", "1"));
                metrics.push(series("test_accuracy", Scalar, "accuracy on the test set", "1"));
            } else {
                metrics.push(series("train_energy", Scalar, "mean least energy on the training set", "1"));
                metrics.push(series("train_reconstruction_error", Scalar, RECONSTRUCTION_ERROR[0], "1"));
                metrics.push(series("test_energy", Scalar, "mean least energy on the test set", "1"));
                metrics.push(series("test_reconstruction_error", Scalar, RECONSTRUCTION_ERROR[1], "1"));
            }
            if synapses.are_devices() {
                let long_name = "accuracy on the test set if every synapse held its level exactly";
                metrics.push(series("test_accuracy_ideal_devices", Scalar, long_name, "1"));
            }
            if measure.float_twin.flatten().is_some() {
                let long_name = "accuracy on the test set of the twin with float synapses";
                metrics.push(series("test_accuracy_float_twin", Scalar, long_name, "1"));
            }
        }
        if experiment.training.validation.is_some() {
            metrics.push(series("validation_loss", Scalar, "mean loss on the validation set", "1"));
            metrics.push(series("validation_accuracy", Scalar, "accuracy on the validation set", "1"));
        }
        if experiment.lifted.is_some() {
            let passes = "passes of inference at the last training step of the epoch, both phases";
            metrics.push(series("inference_passes", Scalar, passes, "1"));
            let residual =
                "change of all states in the last pass of inference over their norm, the larger of both phases";
            metrics.push(series("inference_residual", Scalar, residual, "1"));
        }
        if measure.norms_every_epochs.is_some() {
            metrics.push(series("spectral_norm", Layer, "largest singular value of the weight matrix", "1"));
            let long_name = "largest singular value of the product of all weight matrices";
            metrics.push(series("product_operator_norm", Scalar, long_name, "1"));
            if experiment.has_dyads() {
                let long_name =
                    "factor of the error of the outputs in a pass, |1-2 alpha| beta norm^2; dp is stable below 1";
                metrics.push(series("nudging_gain", Scalar, long_name, "1"));
            }
        }
        if audited {
            metrics.extend(gradient_series());
        }
        let residual_series = || {
            vec![
                series("residual", Visit, "root mean square over samples of |s(t+1) - s(t)| of the visit", "1"),
                series("visited_layer", Visit, "layer of the visit, 0 where several were visited at once", "1"),
            ]
        };
        Self {
            metrics: table("metrics", "epoch", metrics),
            gradient: audited.then(|| table("gradient", "step", gradient_series().collect())),
            course: (experiment.has_dyads() && measure.gradient_course_every_steps.is_some()).then(|| {
                let long_name = "angle of the local gradient to the backprop gradient after every visit";
                table("gradient_course", "step", vec![series("angle_deg", VisitLayer, long_name, "degree")])
            }),
            signal: (audited && on_chip).then(|| {
                let named = SIGNAL_SERIES.into_iter();
                table("signal", "step", named.map(|(name, what, units)| series(name, Layer, what, units)).collect())
            }),
            residual: (experiment.has_dyads() && measure.residual_every_steps.flatten().is_some())
                .then(|| table("residual", "step", residual_series())),
            synapses: synapses.are_written().then(|| {
                let flips = "changes of level in the epoch, over the number of synapses";
                let writes = "attempts to write a synapse in the epoch, over the number of stimuli";
                let both = vec![
                    series("flips_per_synapse", Layer, flips, "1"),
                    series("writes_per_sample", Layer, writes, "1"),
                ];
                table("synapses", "epoch", both)
            }),
            stability: measure.stability.map(|_| {
                let named = STABILITY_SERIES.into_iter();
                table("stability", "epoch", named.map(|(name, what)| series(name, Scalar, what, "1")).collect())
            }),
            robustness: measure.robustness.as_ref().map(robustness::table),
            audits: vec![[0.0; 3]; layers],
            audits_counted: vec![0; layers],
        }
    }

    /// All tables.
    pub fn all(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.metrics)
            .chain(&self.gradient)
            .chain(&self.course)
            .chain(&self.signal)
            .chain(&self.residual)
            .chain(&self.synapses)
            .chain(&self.stability)
            .chain(&self.robustness)
    }

    /// All tables, to be restored.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        std::iter::once(&mut self.metrics)
            .chain(&mut self.gradient)
            .chain(&mut self.course)
            .chain(&mut self.signal)
            .chain(&mut self.residual)
            .chain(&mut self.synapses)
            .chain(&mut self.stability)
            .chain(&mut self.robustness)
    }

    /// Forgets the audits of the epoch before.
    pub fn begin_epoch(&mut self) {
        self.audits.fill([0.0; 3]);
        self.audits_counted.fill(0);
    }

    /// A row for the metrics of an epoch, with the mean of its audits.
    pub fn end_epoch(&mut self, epoch: u64) {
        self.metrics.begin_row(epoch as i64);
        if self.gradient.is_some() {
            for (i, (name, ..)) in GRADIENT_SERIES.iter().enumerate() {
                // 0/0 is NaN: nothing was measured.
                let means = self.audits.iter().zip(&self.audits_counted).map(|(sums, &n)| sums[i] / f64::from(n));
                let row: Vec<f64> = means.collect();
                self.metrics.set(name, &row);
            }
        }
    }

    /// Sets loss and accuracy of one of the sets in the present epoch.
    pub fn set_score(&mut self, set: &str, score: Score) {
        if let Some(error) = score.reconstruction_error {
            self.metrics.set(&format!("{set}_energy"), &[score.loss]);
            self.metrics.set(&format!("{set}_reconstruction_error"), &[error]);
        } else {
            self.metrics.set(&format!("{set}_loss"), &[score.loss]);
            self.metrics.set(&format!("{set}_accuracy"), &[score.accuracy]);
        }
    }

    /// Sets how the inference of a lifted network ended at the last training step.
    pub fn set_inference(&mut self, phases: &Phases) {
        let worst = phases.held.map_or(phases.free, |held| phases.free.worse(held));
        let passes = phases.free.passes + phases.held.map_or(0, |held| held.passes);
        self.metrics.set("inference_passes", &[passes as f64]);
        self.metrics.set("inference_residual", &[worst.residual]);
    }

    /// Sets the test accuracy of a variant of the network in the present epoch.
    pub fn set_test_accuracy_of(&mut self, variant: &str, accuracy: f64) {
        self.metrics.set(&format!("test_accuracy_{variant}"), &[accuracy]);
    }

    /// Adds the writes of an epoch in which so many stimuli were seen: of every layer the sums, and the number of
    /// synapses.
    pub fn add_writes(&mut self, epoch: u64, stimuli: u64, layers: &[(WriteTotals, usize)]) {
        let Some(table) = &mut self.synapses else { return };
        table.begin_row(epoch as i64);
        let flips = layers.iter().map(|(totals, synapses)| totals.flips as f64 / *synapses as f64);
        table.set("flips_per_synapse", &flips.collect::<Vec<_>>());
        let writes = layers.iter().map(|(totals, _)| totals.writes as f64 / stimuli as f64);
        table.set("writes_per_sample", &writes.collect::<Vec<_>>());
    }

    /// Sets the norms of the present epoch, and the gain of the nudging of dyads.
    pub fn set_norms(&mut self, norms: &Norms, nudging_gain: Option<f64>) {
        self.metrics.set("spectral_norm", &norms.spectral);
        self.metrics.set("product_operator_norm", &[norms.product]);
        if let Some(gain) = nudging_gain {
            self.metrics.set("nudging_gain", &[gain]);
        }
    }

    /// Adds a probe of the stability of inference.
    pub fn add_stability(&mut self, epoch: u64, found: &Stability) {
        let Some(table) = &mut self.stability else { return };
        table.begin_row(epoch as i64);
        table.set("verdict", &[found.verdict.code()]);
        table.set("verdict_passes", &[found.changes.len() as f64]);
        table.set("verdict_residual", &[found.residual]);
        if let Some(period) = found.period {
            table.set("verdict_period", &[period as f64]);
        }
    }

    /// Adds a measurement of robustness.
    pub fn add_robustness(&mut self, epoch: u64, found: &Robustness) {
        if let Some(table) = &mut self.robustness {
            robustness::add(table, epoch, found);
        }
    }

    /// Adds an audit of the gradient.
    pub fn add_gradient(&mut self, step: u64, alignments: &[Alignment]) {
        let Some(table) = &mut self.gradient else { return };
        table.begin_row(step as i64);
        let rows = alignments.iter().map(|a| [a.cosine, a.angle_deg(), a.norm_ratio]).collect::<Vec<_>>();
        for (i, (name, ..)) in GRADIENT_SERIES.iter().enumerate() {
            table.set(name, &rows.iter().map(|row| row[i]).collect::<Vec<_>>());
        }
        for ((sums, counted), row) in self.audits.iter_mut().zip(&mut self.audits_counted).zip(rows) {
            if row.iter().all(|x| x.is_finite()) {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                *counted += 1;
            }
        }
    }

    /// Adds the angles after every visit of a step.
    pub fn add_course(&mut self, step: u64, visits: &[Vec<Alignment>]) {
        let Some(table) = &mut self.course else { return };
        table.begin_row(step as i64);
        table.set("angle_deg", &visits.iter().flatten().map(Alignment::angle_deg).collect::<Vec<_>>());
    }

    /// Adds the quality of the learning signal in every layer.
    pub fn add_signal(&mut self, step: u64, layers: &[SignalQuality]) {
        let Some(table) = &mut self.signal else { return };
        table.begin_row(step as i64);
        let rows = layers.iter().map(|q| {
            let Clipping { dac, adc, rails, difference } = q.clipping;
            [q.difference_snr_db, q.difference_effective_bits, dac, adc, rails, difference]
        });
        let rows: Vec<_> = rows.collect();
        for (i, (name, ..)) in SIGNAL_SERIES.iter().enumerate() {
            table.set(name, &rows.iter().map(|row| row[i]).collect::<Vec<_>>());
        }
    }

    /// Adds the residuals of all visits of a step.
    pub fn add_residual(&mut self, step: u64, residuals: &[f64], layers: &[i64]) {
        let Some(table) = &mut self.residual else { return };
        table.begin_row(step as i64);
        table.set("residual", residuals);
        table.set("visited_layer", &layers.iter().map(|&k| k as f64).collect::<Vec<_>>());
    }
}
