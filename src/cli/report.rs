//! The final table of a run, and `dyad info`.
use super::console::{out, outln};
use super::cost_table::print_costs;
use super::robustness_table::print_table;
use super::sweep_progress::print_best;
use crate::config::Setup;
use crate::error::Error;
use crate::measure::{ProjectionLabel, Table};
use crate::results::statistics::ErrorKind;
use crate::results::synapses::{Histogram, histogram};
use crate::results::{Opened, ResultsError, RunResult, cell_summaries, open};
use crate::run::{RunFolder, Status, Summary};
use crate::trace::describe;
use crate::vocabulary::number::percent;
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{RunStatus, Term, Verdict, axis, metric, state};
use std::path::Path;
use std::process::ExitCode;

/// What a run has found and where it is.
pub(super) fn print_summary(setup: &Setup, summary: &Summary, folder: &RunFolder) {
    outln!("\n{}", setup.experiment.title);
    let status = format!("{:<20} {}", state::STATUS.name, summary.status.name());
    match summary.status {
        Status::Complete | Status::Stopped => outln!("{status}"),
        Status::DidNotLearn => outln!("{status}   (final scores are missing: training.if_not_learnt)"),
        Status::StoppedEarly => {
            let epochs = summary.tables.metrics().coordinates.last().copied().unwrap_or(0);
            outln!("{status}   (after epoch {epochs}: training.early_stopping)")
        }
        Status::Diverged(divergence) => outln!("{status}: {divergence}"),
        Status::Interrupted { checkpoint_epoch } => {
            let from = checkpoint_epoch
                .map_or("there is no checkpoint yet: a new run starts over".to_owned(), |epoch| {
                    format!("continue from the checkpoint of epoch {epoch} with --resume")
                });
            outln!("{status}; {from}");
        }
    }
    if let Some(accuracy) = summary.test_accuracy() {
        let of = summary
            .best_epoch
            .map_or(String::new(), |e| format!("   (weights of epoch {e}, the best on the validation set)"));
        outln!("{:<20} {}{of}", metric::TEST_ACCURACY.label(), percent(accuracy));
    }
    for term in [metric::TEST_R2, metric::TEST_RMSE, metric::TEST_F1] {
        if let Some(x) = summary.kept(&term) {
            let label = term.label();
            outln!("{label:<20} {x:.4}");
        }
    }
    if let Some(bound) = lipschitz_bound(setup) {
        outln!("Lipschitz constant   {bound:.3} at most, for any weights   (certificate of the energy)");
    }
    let last = |term: &Term| summary.tables.metrics().last(term.name).filter(|row| row.iter().all(|x| x.is_finite()));
    let has_result = !summary.status.recorded().has_no_result();
    for (name, term, is_told) in [
        ("  on ideal devices  ", metric::TEST_ACCURACY_IDEAL_DEVICES, has_result),
        ("  float twin        ", metric::TEST_ACCURACY_FLOAT_TWIN, true),
    ] {
        if let Some(accuracy) = last(&term).filter(|_| is_told) {
            outln!("{name} {}", percent(accuracy[0]));
        }
    }
    if let Some(error) = last(&metric::TEST_RECONSTRUCTION_ERROR) {
        outln!("{} {} of the test inputs", metric::RECONSTRUCTION_ERROR.label, percent(error[0]));
    }
    if let (Some(passes), Some(residual)) = (last(&metric::INFERENCE_PASSES), last(&metric::INFERENCE_RESIDUAL)) {
        outln!("inference            {} passes to a residual of {:.1e} at the last step", passes[0], residual[0]);
    }
    if let Some(norm) = last(&metric::PRODUCT_OPERATOR_NORM) {
        outln!("operator norm        {:.1}   (product of all weights, a proxy of the Lipschitz constant)", norm[0]);
    }
    if let Some(stability) = summary.tables.table(group::STABILITY) {
        print_verdict(setup, matches!(summary.status, Status::Complete | Status::DidNotLearn), stability);
    }
    if let Some(angles) = last(&metric::ANGLE) {
        let (ratios, norms) = (last(&metric::NORM_RATIO), last(&metric::SPECTRAL_NORM));
        let parts = Parts::of(summary.tables.metrics());
        outln!("\n{}  {}  ratio of norms  {}", parts.head, metric::ANGLE.label(), metric::SPECTRAL_NORM.label());
        for (k, angle) in angles.iter().enumerate() {
            let cell = |row: Option<&[f64]>| row.map_or("-".to_owned(), |row| format!("{:.3}", row[k]));
            outln!("{}  {:>13.2} deg  {:>14}  {:>13}", parts.name(k), angle, cell(ratios), cell(norms));
        }
        outln!("(mean over the audited steps of the last epoch)");
    }
    if let Some(signal) = summary.tables.table(group::SIGNAL) {
        print_signal(signal);
    }
    if let Some(synapses) = summary.tables.table(group::SYNAPSES) {
        print_writes(synapses);
    }
    if let Some(shares) = last(&metric::GRADIENTS_ABOVE_THRESHOLD) {
        print_shares_above_threshold(shares, &Parts::of(summary.tables.metrics()));
    }
    if let Some(costs) = summary.tables.table(group::COSTS) {
        print_costs(costs);
    }
    if let Some(robustness) = summary.tables.table(group::ROBUSTNESS) {
        print_table(robustness);
    }
    let elapsed_s = summary.elapsed_s;
    if summary.steps == 0 {
        outln!("\nno training steps, {elapsed_s:.1} s");
    } else {
        let rate = summary.steps as f64 / elapsed_s;
        outln!(
            "\n{} training steps in {elapsed_s:.1} s ({rate:.0} a second, measuring and recording included)",
            summary.steps
        );
    }
    if !matches!(summary.status, Status::Interrupted { .. }) {
        print_files(folder);
    }
}

/// The first column of a table: layers, or projections with what they connect.
struct Parts<'a> {
    head: String,
    projections: Option<&'a [ProjectionLabel]>,
    width: usize,
}

impl<'a> Parts<'a> {
    fn of(table: &'a Table) -> Self {
        let projections = table.row_axes.projections.as_deref();
        let routes = projections.unwrap_or_default().iter().map(|own| own.route.len() + 3);
        let width = routes.max().unwrap_or(0).max(axis::LAYER.name.len());
        let name = if projections.is_some() { axis::PROJECTION } else { axis::LAYER }.name;
        Self { head: format!("{name:<width$}"), projections, width }
    }

    fn name(&self, place: usize) -> String {
        let width = self.width;
        match self.projections.and_then(|all| all.get(place)) {
            Some(ProjectionLabel { number, route }) => format!("{:<width$}", format!("{number:>2} {route}")),
            None => format!("{:>width$}", place + 1),
        }
    }
}

/// Π κ of a lifted network.
fn lipschitz_bound(setup: &Setup) -> Option<f64> {
    let experiment = &setup.experiment;
    let lifted = experiment.lifted.as_ref()?;
    lifted.resolve(experiment.layers(), experiment.network.activation, experiment.seeds.noise).certificate()
}

/// Whether inference converges, by the last probe.
fn print_verdict(setup: &Setup, complete: bool, stability: &Table) {
    let number = |term: &Term| stability.number(term);
    let verdict = Verdict::from_code(number(&metric::VERDICT));
    let (Some(verdict), Some(epoch)) = (verdict, stability.coordinates.last()) else {
        return;
    };
    let network = match epoch {
        0 if setup.experiment.training.epochs.get() == 0 => "network as it is".to_owned(),
        0 => "untrained network".to_owned(),
        _ if complete => "trained network".to_owned(),
        epoch => format!("network after epoch {epoch}"),
    };
    let passes = number(&metric::VERDICT_PASSES);
    let name = verdict.name();
    let words = match verdict {
        Verdict::Converged | Verdict::Diverged => format!("{name} in {passes} passes"),
        Verdict::LimitCycle => format!("{name} of {} passes", number(&metric::VERDICT_PERIOD)),
        Verdict::Undecided => format!("{name} after {passes} passes"),
    };
    outln!("inference of the {network}: {words}");
}

/// How the learning signal got through the hardware at the last audited step.
fn print_signal(signal: &Table) {
    let Some(ratios) = signal.last(metric::DIFFERENCE_SNR.name) else { return };
    outln!("\nlayer  signal to noise  effective bits  clipped by DAC      ADC    rails  difference");
    for (k, ratio) in ratios.iter().enumerate() {
        let value = |term: &Term| signal.last(term.name).map_or(f64::NAN, |row| row[k]);
        let share = |term: &Term| match value(term) {
            share if share.is_nan() => "-".to_owned(),
            share => format!("{:.1} %", 100.0 * share),
        };
        outln!(
            "{:>5}  {:>12.1} dB  {:>14.1}  {:>14}  {:>7}  {:>7}  {:>10}",
            k + 1,
            ratio,
            value(&metric::DIFFERENCE_EFFECTIVE_BITS),
            share(&metric::DAC_CLIPPED),
            share(&metric::ADC_CLIPPED),
            share(&metric::RAIL_CLIPPED),
            share(&metric::DIFFERENCE_CLIPPED)
        );
    }
    outln!("(learning signal s+ - s- against the exact error, last audited step)");
}

/// How often synapses were written in the last epoch.
fn print_writes(synapses: &Table) {
    let (Some(flips), Some(writes)) =
        (synapses.last(metric::FLIPS_PER_SYNAPSE.name), synapses.last(metric::WRITES_PER_SAMPLE.name))
    else {
        return;
    };
    let parts = Parts::of(synapses);
    outln!("\n{}  {}  {}", parts.head, metric::FLIPS_PER_SYNAPSE.label(), metric::WRITES_PER_SAMPLE.label());
    for (k, (flips, writes)) in flips.iter().zip(writes).enumerate() {
        outln!("{}  {flips:>17.4}  {writes:>17.2}", parts.name(k));
    }
    outln!("(in the last epoch)");
}

/// For how many synapses the rule itself acted in the last epoch.
fn print_shares_above_threshold(shares: &[f64], parts: &Parts) {
    outln!("\n{}  {}", parts.head, metric::GRADIENTS_ABOVE_THRESHOLD.label());
    for (k, share) in shares.iter().enumerate() {
        outln!("{}  {:>23.2} %", parts.name(k), 100.0 * share);
    }
    outln!("(mean over the audited steps of the last epoch; for all other synapses the rule is plain STE)");
}

/// What `--resume` says of a run that has ended.
pub(super) fn print_ended(folder: &RunFolder, setup: &Setup) -> Result<ExitCode, Error> {
    let run = RunResult::open(&folder.trace())?;
    let status = run.status();
    outln!("{}: this run has ended ({status}), there is nothing to resume", folder.path().display());
    if let Some(keys) = setup.differing_keys(&run.text(attribute::CONFIG)) {
        outln!("it was made with other settings; these differ: {keys}");
    }
    Ok(if status == RunStatus::Diverged.name() { ExitCode::from(super::exit::DIVERGED) } else { ExitCode::SUCCESS })
}

fn print_files(folder: &RunFolder) {
    outln!("\ntrace   {}", folder.trace().display());
    for figure in [folder.figure_svg(), folder.figure_png()] {
        if figure.exists() {
            outln!("figure  {}", figure.display());
        }
    }
}

/// Describes a result, or says how far the run in a folder is.
pub(super) fn info(path: &Path, error: Option<ErrorKind>) -> Result<ExitCode, Error> {
    match open(path) {
        Ok(opened) => {
            if let Opened::Run(run) = &opened
                && let Some(standing) = run.standing()
            {
                outln!("{standing}");
            }
            out!("{}", describe(opened.reader().path())?);
            if let Opened::Run(run) = &opened
                && let Some(counted) = histogram(run)?
            {
                print_histogram(&counted);
            }
            match (&opened, error) {
                (Opened::Sweep(sweep), error) => {
                    outln!("");
                    let means = cell_summaries(sweep, &metric::TEST_ACCURACY)?;
                    print_best(&means, &metric::TEST_ACCURACY, error.unwrap_or_default());
                }
                (Opened::Run(_), Some(_)) => {
                    let rule = "is for sweeps: a run has no replicates".to_owned();
                    return Err(Error::Option { option: "--error", rule });
                }
                (Opened::Run(_), None) => {}
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(unfinished @ ResultsError::Unfinished { .. }) => {
            outln!("{unfinished}");
            Ok(ExitCode::SUCCESS)
        }
        Err(ResultsError::Nothing(folder)) => Err(Error::NoRun(folder)),
        Err(error) => Err(error.into()),
    }
}

/// Number of synapses by how often they were written, one column for each layer.
fn print_histogram(counted: &Histogram) {
    let (layers, bins) = (counted.layers.len(), counted.starts.len());
    for (term, counts) in counted.counts() {
        let total: f64 = counts.iter().sum();
        if counts.iter().enumerate().all(|(i, &n)| i % bins == 0 || n == 0.0) || total == 0.0 {
            continue;
        }
        let head: Vec<String> =
            counted.layers.iter().map(|k| format!("{:>12}", format!("{} {k}", counted.part))).collect();
        outln!("\nsynapses {} {}", term.label(), head.concat());
        let used = (0..bins).filter(|bin| (0..layers).any(|k| counts[k * bins + bin] > 0.0));
        for bin in used {
            let row: Vec<String> = (0..layers).map(|k| format!("{:>12}", counts[k * bins + bin])).collect();
            let next = counted.starts.get(bin + 1);
            let until = next.map_or("or more".to_owned(), |next| format!("to {} times", next - 1.0));
            outln!("{:>6} {until:<11}{}", counted.starts[bin], row.concat());
        }
    }
}
