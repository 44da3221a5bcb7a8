//! The final table of a run, and `dyad info`.
use super::robustness_table::print_table;
use crate::config::Setup;
use crate::error::Error;
use crate::run::{RunFolder, Status, Summary, Table, Verdict};
use crate::trace::{TraceReader, describe};
use std::path::Path;
use std::process::ExitCode;

/// What a run has found and where it is.
pub(super) fn print_summary(setup: &Setup, summary: &Summary, folder: &RunFolder) {
    println!("\n{}", setup.experiment.title);
    match summary.status {
        Status::Complete => println!("status               complete"),
        Status::Diverged(divergence) => println!("status               diverged: {divergence}"),
        Status::Interrupted { checkpoint_epoch } => {
            let from = checkpoint_epoch
                .map_or("there is no checkpoint yet: a new run starts over".to_owned(), |epoch| {
                    format!("continue from the checkpoint of epoch {epoch} with --resume")
                });
            println!("status               interrupted; {from}");
        }
    }
    if let Some(accuracy) = summary.test_accuracy() {
        let of = summary
            .best_epoch
            .map_or(String::new(), |e| format!("   (weights of epoch {e}, the best on the validation set)"));
        println!("test accuracy        {:.2} %{of}", 100.0 * accuracy);
    }
    if let Some(bound) = lipschitz_bound(setup) {
        println!("Lipschitz constant   {bound:.3} at most, for any weights   (certificate of the energy)");
    }
    let last = |name: &str| summary.metrics.last(name).filter(|row| row.iter().all(|x| x.is_finite()));
    if let Some(accuracy) = last("test_accuracy_ideal_devices") {
        println!("  on ideal devices   {:.2} %", 100.0 * accuracy[0]);
    }
    if let Some(accuracy) = last("test_accuracy_float_twin") {
        println!("  float twin         {:.2} %", 100.0 * accuracy[0]);
    }
    if let Some(error) = last("test_reconstruction_error") {
        println!("reconstruction error {:.2} % of the test inputs", 100.0 * error[0]);
    }
    if let (Some(passes), Some(residual)) = (last("inference_passes"), last("inference_residual")) {
        println!("inference            {} passes to a residual of {:.1e} at the last step", passes[0], residual[0]);
    }
    if let Some(norm) = last("product_operator_norm") {
        println!("operator norm        {:.1}   (product of all weights, a proxy of the Lipschitz constant)", norm[0]);
    }
    if let Some(stability) = &summary.stability {
        print_verdict(setup, summary.status == Status::Complete, stability);
    }
    if let Some(angles) = last("angle_deg") {
        let (ratios, norms) = (last("norm_ratio"), last("spectral_norm"));
        println!("\nlayer  angle to backprop  ratio of norms  spectral norm");
        for (k, angle) in angles.iter().enumerate() {
            let cell = |row: Option<&[f64]>| row.map_or("-".to_owned(), |row| format!("{:.3}", row[k]));
            println!("{:>5}  {:>13.2} deg  {:>14}  {:>13}", k + 1, angle, cell(ratios), cell(norms));
        }
        println!("(mean over the audited steps of the last epoch)");
    }
    if let Some(signal) = &summary.signal {
        print_signal(signal);
    }
    if let Some(synapses) = &summary.synapses {
        print_writes(synapses);
    }
    if let Some(robustness) = &summary.robustness {
        print_table(robustness);
    }
    let elapsed_s = summary.elapsed_s;
    if summary.steps == 0 {
        println!("\nno training steps, {elapsed_s:.1} s");
    } else {
        let rate = summary.steps as f64 / elapsed_s;
        println!(
            "\n{} training steps in {elapsed_s:.1} s ({rate:.0} a second, measuring and recording included)",
            summary.steps
        );
    }
    if !matches!(summary.status, Status::Interrupted { .. }) {
        print_files(folder);
    }
}

/// Π κ of a lifted network.
fn lipschitz_bound(setup: &Setup) -> Option<f64> {
    let experiment = &setup.experiment;
    let lifted = experiment.lifted.as_ref()?;
    lifted.resolve(experiment.layers(), experiment.network.activation, experiment.seeds.noise).certificate()
}

/// Whether inference comes to rest, by the last probe.
fn print_verdict(setup: &Setup, complete: bool, stability: &Table) {
    let number = |name: &str| stability.last(name).map_or(f64::NAN, |row| row[0]);
    let (Some(verdict), Some(epoch)) = (Verdict::from_code(number("verdict")), stability.coordinates.last()) else {
        return;
    };
    let network = match epoch {
        0 if setup.experiment.training.epochs.get() == 0 => "network as it is".to_owned(),
        0 => "untrained network".to_owned(),
        _ if complete => "trained network".to_owned(),
        epoch => format!("network after epoch {epoch}"),
    };
    let passes = number("verdict_passes");
    let words = match verdict {
        Verdict::Converged => format!("converged in {passes} passes"),
        Verdict::LimitCycle => format!("limit cycle of {} passes", number("verdict_period")),
        Verdict::Diverged => format!("diverged in {passes} passes"),
        Verdict::Undecided => format!("undecided after {passes} passes"),
    };
    println!("inference of the {network}: {words}");
}

/// How the learning signal got through the hardware at the last audited step.
fn print_signal(signal: &Table) {
    let Some(ratios) = signal.last("difference_snr") else { return };
    println!("\nlayer  signal to noise  effective bits  clipped by DAC      ADC    rails  difference");
    for (k, ratio) in ratios.iter().enumerate() {
        let value = |name: &str| signal.last(name).map_or(f64::NAN, |row| row[k]);
        let share = |name: &str| match value(name) {
            share if share.is_nan() => "-".to_owned(),
            share => format!("{:.1} %", 100.0 * share),
        };
        println!(
            "{:>5}  {:>12.1} dB  {:>14.1}  {:>14}  {:>7}  {:>7}  {:>10}",
            k + 1,
            ratio,
            value("difference_effective_bits"),
            share("dac_clipped"),
            share("adc_clipped"),
            share("rail_clipped"),
            share("difference_clipped")
        );
    }
    println!("(learning signal s+ - s- against the exact error, last audited step)");
}

/// How often synapses were written in the last epoch.
fn print_writes(synapses: &Table) {
    let (Some(flips), Some(writes)) = (synapses.last("flips_per_synapse"), synapses.last("writes_per_sample")) else {
        return;
    };
    println!("\nlayer  flips per synapse  writes per sample");
    for (k, (flips, writes)) in flips.iter().zip(writes).enumerate() {
        println!("{:>5}  {flips:>17.4}  {writes:>17.2}", k + 1);
    }
    println!("(in the last epoch)");
}

/// What `--resume` says of a run that has ended.
pub(super) fn print_ended(folder: &RunFolder, setup: &Setup) -> Result<ExitCode, Error> {
    let reader = TraceReader::open(&folder.trace())?;
    let status = reader.text("status").unwrap_or_default();
    println!("{}: this run has ended ({status}), there is nothing to resume", folder.path().display());
    if let Some(keys) = setup.differing_keys(&reader.text("config_json").unwrap_or_default()) {
        println!("it was made with other settings; these differ: {keys}");
    }
    Ok(if status == "diverged" { ExitCode::from(super::DIVERGED) } else { ExitCode::SUCCESS })
}

fn print_files(folder: &RunFolder) {
    println!("\ntrace   {}", folder.trace().display());
    for figure in [folder.figure_svg(), folder.figure_png()] {
        if figure.exists() {
            println!("figure  {}", figure.display());
        }
    }
}

/// Describes a trace or the folder of a run.
pub(super) fn info(path: &Path) -> Result<ExitCode, Error> {
    if !path.is_dir() {
        return info_of_trace(path);
    }
    let folder = RunFolder::new(path);
    if folder.is_finished() {
        return info_of_trace(&folder.trace());
    } else if folder.is_unfinished() {
        println!("{}: an unfinished run", path.display());
        let state =
            if folder.checkpoint().exists() { "can be continued with --resume" } else { "has no checkpoint yet" };
        println!("it {state}");
    } else {
        return Err(Error::NoRun(path.to_owned()));
    }
    Ok(ExitCode::SUCCESS)
}

fn info_of_trace(path: &Path) -> Result<ExitCode, Error> {
    print!("{}", describe(path)?);
    let reader = TraceReader::open(path)?;
    if reader.contains("synapses/histogram") {
        print_histogram(&reader)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Number of synapses by how often they were written, one column for each layer.
fn print_histogram(reader: &TraceReader) -> Result<(), Error> {
    let starts = reader.read("synapses/histogram/count_from")?.values;
    for (name, heading) in [("writes", "written"), ("flips", "flipped")] {
        let counts = reader.read(&format!("synapses/histogram/{name}"))?;
        let (layers, bins) = (counts.shape[0], counts.shape[1]);
        let total: f64 = counts.values.iter().sum();
        if counts.values.iter().enumerate().all(|(i, &n)| i % bins == 0 || n == 0.0) || total == 0.0 {
            continue;
        }
        let head: Vec<String> = (1..=layers).map(|k| format!("{:>12}", format!("layer {k}"))).collect();
        println!("\nsynapses {heading} {}", head.concat());
        let used = (0..bins).filter(|bin| (0..layers).any(|k| counts.values[k * bins + bin] > 0.0));
        for bin in used {
            let row: Vec<String> = (0..layers).map(|k| format!("{:>12}", counts.values[k * bins + bin])).collect();
            let until = starts.get(bin + 1).map_or("or more".to_owned(), |next| format!("to {} times", next - 1.0));
            println!("{:>6} {until:<11}{}", starts[bin], row.concat());
        }
    }
    Ok(())
}
