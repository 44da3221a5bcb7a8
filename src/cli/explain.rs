//! `dyad explain`.
use super::amounts::duration;
use super::arguments::parse_edits;
use super::console::{errln, out, outln};
use super::cost_table::print_foreseen;
use super::data_show::print_summary;
use super::network_table::{long_form, network_table};
use super::settings_file::{STARTERS, load_experiment};
use crate::config::error::Origin;
use crate::config::explain::{Entry, explain as entries, render};
use crate::config::key::KeyPath;
use crate::config::{Experiment, Hardware, Setup, key_help, keys_with, pulsed_rates};
use crate::data::Datasets;
use crate::error::Error;
use crate::measure::Samples;
use crate::run::{DataSummary, Memory, NetworkCost, RunError, estimate, network_cost};
use crate::vocabulary::number;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  dyad explain exp.json\n  dyad explain exp.json --all\n  dyad explain training.rate"
)]
pub(super) struct ExplainArguments {
    /// The experiment file; or a key of experiments or hardware models, as in training.rate or dac.bits.
    file: PathBuf,
    /// Change a setting: dotted key = value. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// List the settings that have their defaults, too.
    #[arg(long)]
    all: bool,
}

pub(super) fn explain(arguments: &ExplainArguments) -> Result<ExitCode, Error> {
    let edits = parse_edits(&arguments.set)?;
    match help(&arguments.file) {
        Some(Help::Key(text)) => {
            out!("{text}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(Help::Related(text)) => {
            errln!("error: {} is neither a file nor a key\n\n{}", arguments.file.display(), text.trim_end());
            return Ok(ExitCode::FAILURE);
        }
        None => {}
    }
    let setup = load_experiment("explain", &arguments.file, &edits)?;
    outln!("experiment {}\n", setup.file().display());
    print_settings(entries(&setup.experiment_file), arguments.all);
    outln!("hardware {}\n", setup.base_dir.join(&setup.experiment.hardware).display());
    let mut hardware = entries(&setup.hardware_file);
    // What the figures rest on is for `dyad models show`.
    hardware.retain(|entry| !rests_on(&entry.key.to_string()));
    print_settings(hardware, arguments.all);
    let datasets = Datasets::default();
    let cost = match estimate(&setup, &datasets) {
        Ok(cost) => cost,
        Err(RunError::Data(error)) => {
            // The settings are explained all the same: the data may be fetched later.
            let source = &setup.experiment.data.source;
            if let Some((shape, classes)) = source.sample_shape().zip(source.classes()) {
                print_network(&setup, &shape, &network_cost(&setup, &shape, classes)?);
            }
            outln!("cost\n  not known, the data cannot be read: {error}");
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    let experiment = &setup.experiment;
    let splits = datasets.load(&experiment.data, &setup.base_dir, experiment.seeds.data).map_err(RunError::Data)?;
    print_network(&setup, splits.train.sample_shape(), &cost.network);
    outln!("data");
    let samples = Samples::new(Arc::clone(&splits), experiment.training.validation, experiment.seeds.data)?;
    print_summary(&DataSummary::of(experiment, &samples));
    if let Some(rates) = pulsed_rates(&setup, splits.train.sample_shape(), splits.train.outputs())? {
        out!("\n{rates}");
    }
    outln!("\ncost");
    outln!("  training steps     {}", cost.steps);
    print_memory(&cost.memory);
    outln!("  recorded states    {} before compression", number::bytes(cost.trace_bytes));
    outln!("  arithmetic         {:.3e} floating-point operations in products", cost.training_flops);
    outln!("                     about {} at 100 GFLOP/s", duration(cost.training_flops / 1e11));
    outln!("  measurements       {:.3e} more", cost.evaluation_flops);
    if let Some(foreseen) = &cost.chip {
        print_foreseen(foreseen);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints settings, each with what it means; without `all` those that somebody has set.
fn print_settings(mut settings: Vec<Entry>, all: bool) {
    let count = settings.len();
    settings.retain(|entry| all || entry.origin != Origin::Default);
    let left_out = count - settings.len();
    outln!("{}", render(&settings));
    if left_out > 0 {
        outln!("  ({left_out} more have their defaults: --all lists them)\n");
    }
}

/// Whether a setting of a hardware model only says what others rest on.
fn rests_on(key: &str) -> bool {
    let of_costs = [".source", ".basis", ".remark", "_includes"];
    key.starts_with("figures") || (key.starts_with("costs.") && of_costs.iter().any(|end| key.ends_with(end)))
}

/// What is known of an argument that is no file.
enum Help {
    /// It is a key.
    Key(String),
    /// It is a word of keys.
    Related(String),
}

/// What a key means, if the argument is one and no file; and what other keys have its word.
fn help(argument: &Path) -> Option<Help> {
    let text = argument.to_str().filter(|_| !argument.exists())?;
    let key = KeyPath::parse(text).ok()?;
    let of_hardware = KeyPath::parse(text.strip_prefix("hardware.").unwrap_or(text)).ok()?;
    let mut found = key_help::<Experiment>(&key);
    found.extend(key_help::<Hardware>(&of_hardware).iter().map(|own| format!("hardware model: {own}")));
    let is_starter = STARTERS.iter().any(|(name, ..)| *name == text);
    if found.is_empty() && is_starter {
        return None;
    }
    let is_word = key.steps().len() == 1 && !text.contains('.');
    let related = if is_word { keys_with_word(text) } else { String::new() };
    if found.is_empty() {
        return (!related.is_empty()).then_some(Help::Related(related));
    }
    found.extend((!related.is_empty()).then_some(related));
    if is_starter {
        found.push(format!("An experiment of the name {text} comes with the program: `dyad init {text}` writes it.\n"));
    }
    Some(Help::Key(found.join("\n")))
}

/// Other keys that have a word, with what they mean.
fn keys_with_word(word: &str) -> String {
    let of_hardware =
        keys_with::<Hardware>(word).into_iter().map(|(key, meaning)| (format!("hardware.{key}"), meaning));
    let all: Vec<(String, String)> = keys_with::<Experiment>(word).into_iter().chain(of_hardware).collect();
    if all.is_empty() {
        return String::new();
    }
    let width = all.iter().map(|(key, _)| key.len()).max().unwrap_or(0).min(MOST_WIDTH);
    let line = |(key, meaning): &(String, String)| format!("  {key:<width$}  {meaning}\n");
    let left = all.len().saturating_sub(MOST_KEYS);
    let more = if left > 0 { format!("  and {left} more\n") } else { String::new() };
    let lines: String = all.iter().take(MOST_KEYS).map(line).collect();
    format!("keys with \"{word}\" in them\n{lines}{more}")
}

/// Keys with a word that are listed, and where their meanings begin at the latest.
const MOST_KEYS: usize = 30;
const MOST_WIDTH: usize = 48;

fn print_network(setup: &Setup, sample_shape: &[usize], cost: &NetworkCost) {
    let experiment = &setup.experiment;
    outln!("layers\n{}", network_table(cost, experiment.training.batch_size.get()));
    if let Some(layers) = long_form(&experiment.network, sample_shape) {
        outln!("network in its long form\n{layers}");
    }
}

fn print_memory(memory: &Memory) {
    outln!("  memory             {} at its peak", number::bytes(memory.total() as f64));
    let Memory { data, synapses, states, evaluation, measurements, files, program } = *memory;
    for (part, bytes) in [
        ("data", data),
        ("synapses", synapses),
        ("states", states),
        ("evaluation", evaluation),
        ("measurements", measurements),
        ("copies", files),
        ("program", program),
    ] {
        outln!("    {part:<16} {}", number::bytes(bytes as f64));
    }
}
