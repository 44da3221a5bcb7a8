//! `dyad models fit`.
use super::console::{errln, outln};
use crate::error::Error;
use crate::fit::{Columns, Curves, Fit, FitError, FitRequest, FittedModel, best, compare, fit as fit_curves, read_csv};
use crate::plot::{PlotError, device_fit};
use crate::storage::write_whole;
use crate::vocabulary::number::counted;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FitArguments {
    /// Table of reads (CSV), see below.
    file: PathBuf,
    /// Model of the step: constant_step, linear_step, soft_bounds, soft_bounds_reference, exp_step, pow_step, piecewise_step
    /// (piecewise_step:N has N nodes); or best, that with the lowest AIC.
    #[arg(long, default_value = "best")]
    model: String,
    /// File of the hardware model.
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Figure of curves and fit, .svg, .png or .pdf; without a name it stands next to the hardware model, or the table, as .svg. May be
    /// repeated.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    plot: Option<Vec<PathBuf>>,
    /// Name of the hardware model [default: that of its file, or of the table].
    #[arg(long)]
    name: Option<String>,
    /// A column of the table that is called otherwise, as in conductance=G_read. May be repeated.
    #[arg(long, value_name = "NAME=COLUMN")]
    column: Vec<String>,
    /// A column of the table that is not used. May be repeated.
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// What is read at weight 0 [default: the middle of the range; of a column weight 0].
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    zero: Option<f64>,
    /// What a weight of 1 adds to that [default: half the range; of a column weight 1].
    #[arg(long, value_name = "VALUE")]
    unit: Option<f64>,
}

const AFTER_HELP: &str = "\
A row of the table is a read. Its columns:
  conductance  what was read, in any unit: conductance_uS, conductance_S; or weight
  direction    of the pulse before the read: up (set, potentiation, 1) or down (reset, depression, -1);
               empty if no pulse was before it: a sequence begins there
  pulse        number of the pulse, from 1 on wherever it does not grow; 0 is a read before any pulse; every
               row is one pulse without it
  device       its name, if there are several
  cycle        a cycle of pulses, which goes on where the one before has ended";

pub(super) fn fit(arguments: &FitArguments) -> Result<(), Error> {
    let named = arguments.column.iter().map(|text| {
        let both = text.split_once('=').map(|(own, given)| (own.to_owned(), given.to_owned()));
        both.ok_or_else(|| Error::Option { option: "--column", rule: format!("must be NAME=COLUMN, got {text}") })
    });
    let columns = Columns {
        named: named.collect::<Result<_, _>>()?,
        ignored: arguments.ignore.clone(),
        zero: arguments.zero,
        unit: arguments.unit,
    };
    let curves = read_csv(&arguments.file, &columns)?;
    let stem = arguments.output.as_ref().unwrap_or(&arguments.file).file_stem().unwrap_or_default().to_string_lossy();
    let request = FitRequest {
        model: FittedModel::SoftBounds,
        name: arguments.name.clone().unwrap_or_else(|| stem.clone().into_owned()),
        source: arguments.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let found = if arguments.model == "best" {
        let all = compare(&curves, &request);
        print_all(&all);
        best(all)?
    } else {
        let model = arguments.model.parse::<FittedModel>();
        let model = model.map_err(|error| Error::Option { option: "--model", rule: format!("{error}, or best") })?;
        fit_curves(&curves, &FitRequest { model, ..request })?
    };
    print(&curves, &found);
    if let Some(named) = &arguments.plot {
        let usual = arguments.output.as_ref().unwrap_or(&arguments.file).with_extension("svg");
        let named = if named.is_empty() { std::slice::from_ref(&usual) } else { &named[..] };
        let files: Vec<_> = named.iter().map(PathBuf::as_path).collect();
        device_fit(&curves, &found).save(&files).map_err(PlotError::from)?;
        files.iter().for_each(|file| outln!("{}", file.display()));
    }
    if let Some(file) = &arguments.output {
        let refused = |source| Error::File { path: file.clone(), source };
        write_whole(file, found.text.as_bytes()).map_err(refused)?;
        outln!("{}", file.display());
    }
    Ok(())
}

/// All models with their AIC; what has none says why.
fn print_all(all: &[(FittedModel, Result<Fit, FitError>)]) {
    outln!("{:<24} {:>14} {:>9} {:>9}", "model", "AIC", "R² up", "R² down");
    for (model, found) in all {
        match found {
            Ok(fit) => {
                let [up, down] = fit.quality.map(|own| own.r_squared);
                outln!("{:<24} {:>14.1} {up:>9.4} {down:>9.4}", model.to_string(), fit.aic);
            }
            Err(error) => outln!("{:<24} {error}", model.to_string()),
        }
    }
    outln!("");
}

fn print(curves: &Curves, fit: &Fit) {
    let units = &curves.units;
    outln!("{}: {} of {}", fit.hardware.name, fit.model, counted(curves.devices.len(), "device"));
    outln!("{} = {:.6} + {:.6} · weight\n", units.quantity, units.zero, units.unit);
    outln!("{:<36} {:>12} {:>12}", "synapses.pulsed.device.…", "value", "± std. error");
    for own in &fit.estimates {
        let error = if own.standard_error.is_nan() { "–".to_owned() } else { format!("{:.2e}", own.standard_error) };
        outln!("{:<36} {:>12.5} {error:>12}", own.key, own.value);
    }
    outln!("");
    for (own, direction) in fit.quality.iter().zip(["up", "down"]) {
        outln!("pulses {direction:<5} R² {:.4}  RMSE {:.4e}  of {} reads", own.r_squared, own.rmse, own.reads);
    }
    for warning in &fit.warnings {
        errln!("note: {warning}");
    }
}
