//! `dyad data show`.
use super::arguments::parse_edits;
use super::console::outln;
use crate::config::Setup;
use crate::config::text::is_settings_file;
use crate::data::{
    DataConfig, DataSource, Dataset, LoneFile, PixelScaling, RawSummary, SetSummary, Survey, source_of, survey,
};
use crate::error::Error;
use crate::figure::{Picture, write_contact_sheet};
use crate::measure::Samples;
use crate::plot::PlotError;
use crate::run::DataSummary;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  dyad data show exp.json\n  dyad data show arrays.npz -o images.png")]
pub(super) struct ShowArguments {
    /// An experiment file; or a file of arrays (.npz, .h5, .mat) named x_train, y_train, x_test and y_test, or a folder of IDX, CIFAR or
    /// Tiny ImageNet files; or a single table (.csv, .tsv, .parquet), array (.npy) or IDX file.
    path: PathBuf,
    /// Change a setting of the experiment: dotted key = value. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Draw the first images of every class, a row for each, into this .png file.
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Images of a class on a contact sheet.
const IMAGES: usize = 10;
/// Classes on a contact sheet.
const CLASSES: usize = 20;

pub(super) fn show(arguments: &ShowArguments) -> Result<ExitCode, Error> {
    let path = &arguments.path;
    if let Some(file) = LoneFile::read(path)? {
        return show_lone(&file, arguments);
    }
    let (found, setup) = if is_settings_file(path) {
        let setup = Setup::load(path, &parse_edits(&arguments.set)?)?;
        let experiment = &setup.experiment;
        (survey(&experiment.data, &setup.base_dir, experiment.seeds.data)?, Some(setup))
    } else {
        (survey(&files(path)?, Path::new(""), 0)?, None)
    };
    let Survey { raw, splits } = found;
    outln!("files");
    raw.iter().for_each(print_raw);
    let splits = match splits {
        Ok(splits) => Arc::new(splits),
        Err(error) => {
            outln!("\nas they are, no run can use them: {error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    match &setup {
        Some(setup) => {
            let experiment = &setup.experiment;
            let samples = Samples::new(Arc::clone(&splits), experiment.training.validation, experiment.seeds.data)?;
            outln!("\nsets of the experiment");
            print_summary(&DataSummary::of(experiment, &samples));
        }
        None => {
            outln!("\nsets");
            for (name, set) in [("training set", &splits.train), ("test set", &splits.test)] {
                let all: Vec<u32> = (0..set.len() as u32).collect();
                outln!("  {name:<18} {}", SetSummary::of(set, &all));
            }
            splits.notes.iter().for_each(|note| outln!("  note               {note}"));
        }
    }
    if let Some(file) = &arguments.output {
        let rows = contact_sheet(&splits.train)?;
        write_contact_sheet(file, &rows).map_err(PlotError::from)?;
        outln!(
            "\n{}  (the first training images of class 0 to {}, a row for each class)",
            file.display(),
            rows.len() - 1
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// A file that is no data set by itself.
fn show_lone(file: &LoneFile, arguments: &ShowArguments) -> Result<ExitCode, Error> {
    if arguments.output.is_some() || !arguments.set.is_empty() {
        let rule = "needs an experiment or a data set with its classes, not a single file".to_owned();
        return Err(Error::Option { option: if arguments.output.is_some() { "--out" } else { "--set" }, rule });
    }
    match file {
        LoneFile::Array { shape, values } => outln!("array of shape {shape:?}, {values}"),
        LoneFile::Table { rows, columns } => {
            outln!("table of {rows} rows");
            let width = columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(30);
            for (name, values) in columns {
                outln!("  {name:<width$}  {values}");
            }
        }
    }
    outln!("\n`data.source` of an experiment names it with what belongs to it: dyad explain data.source");
    Ok(ExitCode::SUCCESS)
}

/// What `explain` and `data show` say of the samples of an experiment.
pub(super) fn print_summary(summary: &DataSummary) {
    for (name, what) in summary.lines() {
        outln!("  {name:<18} {what}");
    }
}

fn print_raw(raw: &RawSummary) {
    outln!("  {:<18} {raw}", raw.name);
}

/// The files as a data set, unscaled.
fn files(path: &Path) -> Result<DataConfig, Error> {
    let missing = |source| Error::File { path: path.to_owned(), source };
    std::fs::metadata(path).map_err(missing)?;
    let source: DataSource = source_of(path).ok_or_else(|| Error::Option {
        option: "PATH",
        rule: format!(
            "{} must be an experiment (.json, .toml, .yaml), arrays (.npz, .h5, .mat), a folder of IDX, CIFAR or Tiny ImageNet files, or a single \
             table (.csv, .tsv, .parquet), array (.npy) or IDX file",
            path.display()
        ),
    })?;
    Ok(DataConfig { source, scaling: PixelScaling::None, ..DataConfig::default() })
}

/// The first images of every class, grey or in colours, from black for the smallest raw value to white for the largest.
fn contact_sheet(set: &Dataset) -> Result<Vec<Vec<Picture>>, Error> {
    let (channels, rows, columns) = match *set.sample_shape() {
        [rows, columns] => (1, rows, columns),
        [channels, rows, columns] => (channels, rows, columns),
        _ => {
            let shape = set.sample_shape();
            let rule = format!("samples of shape {shape:?} are no images, (row, column) or (channel, row, column)");
            return Err(Error::Option { option: "--output", rule });
        }
    };
    let raw = |index: usize| -> Vec<f64> {
        let (sample, scaling) = (set.sample(index), set.scaling());
        let run = (sample.len() / scaling.mean.len()).max(1);
        sample.iter().enumerate().map(|(at, &input)| scaling.unmap(at / run, input)).collect()
    };
    let of_class = |class: usize| {
        let own = (0..set.len()).filter(move |&index| usize::from(set.labels()[index]) == class);
        own.take(IMAGES).map(raw).collect::<Vec<_>>()
    };
    let samples: Vec<Vec<Vec<f64>>> = (0..set.classes().min(CLASSES)).map(of_class).collect();
    let values = || samples.iter().flatten().flatten().copied();
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let shade = |x: f64| (255.0 * (x - low) / (high - low).max(f64::MIN_POSITIVE)).round() as u8;
    let picture = |sample: &Vec<f64>| {
        let colours = if channels == 3 { [0, 1, 2] } else { [0; 3] };
        let pixel = |at: usize| colours.map(|channel| shade(sample[channel * rows * columns + at]));
        Picture { rows, columns, rgb: (0..rows * columns).flat_map(pixel).collect() }
    };
    Ok(samples.iter().map(|own| own.iter().map(picture).collect()).collect())
}
