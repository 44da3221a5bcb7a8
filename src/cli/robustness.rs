//! `dyad robustness`.
use super::arguments::command_line;
use super::console::{errln, outln};
use super::robustness_table::print_table;
use super::threads::pool;
use crate::config::KeptWeights;
use crate::error::Error;
use crate::parameter::{Positive, Repeats, Size};
use crate::plot::draw_robustness;
use crate::robustness::{RobustnessSettings, Stage};
use crate::run::{EndedRun, RunFolder};
use crate::vocabulary::place::file::ROBUSTNESS;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct RobustnessArguments {
    /// The folder of a run that has ended, or its trace.h5.
    file: PathBuf,
    /// Sizes of perturbations in L2, as in 0.5,1,2 [default: those of the run's measure.robustness, else its defaults].
    #[arg(long, value_name = "SIZE,…", value_delimiter = ',', value_parser = size)]
    eps: Option<Vec<Positive>>,
    /// Sizes of perturbations in the maximum norm.
    #[arg(long, value_name = "SIZE,…", value_delimiter = ',', value_parser = size)]
    eps_linf: Option<Vec<Positive>>,
    /// Samples: the first of the test set.
    #[arg(long, value_name = "N", value_parser = samples)]
    samples: Option<Size>,
    /// Steps of PGD.
    #[arg(long, value_name = "N", value_parser = steps)]
    steps: Option<Repeats>,
    /// Starts of PGD at random points, in addition to the one at the sample itself.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16))]
    restarts: Option<u16>,
    /// Which weights [default: best if there are such, else final].
    #[arg(long, value_name = "WHICH")]
    weights: Option<WeightsName>,
    /// Folder of the results [default: that of the trace].
    #[arg(short, long, visible_alias = "output", value_name = "DIR")]
    out: Option<PathBuf>,
    /// The experiment file, if it is not where it was when the run was made: paths of data count from its folder.
    #[arg(long, value_name = "FILE")]
    experiment: Option<PathBuf>,
    /// Threads; they change the speed and nothing else [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WeightsName {
    /// The best on the validation set
    Best,
    /// After training
    Final,
    /// Before training
    Initial,
}

fn size(text: &str) -> Result<Positive, String> {
    let number = text.trim().parse::<f64>().map_err(|_| "must be a number".to_owned())?;
    Positive::new(number).map_err(|error| error.to_string())
}

fn samples(text: &str) -> Result<Size, String> {
    Size::new(text.parse().map_err(|_| format!("must be {}", Size::RULE))?).map_err(|error| error.to_string())
}

fn steps(text: &str) -> Result<Repeats, String> {
    Repeats::new(text.parse().map_err(|_| format!("must be {}", Repeats::RULE))?).map_err(|error| error.to_string())
}

impl RobustnessArguments {
    /// The settings of the run with what the command line changes.
    fn settings(&self, mut settings: RobustnessSettings) -> Result<RobustnessSettings, Error> {
        if let Some(epsilons) = &self.eps {
            settings.epsilons_l2.clone_from(epsilons);
        }
        if let Some(epsilons) = &self.eps_linf {
            settings.epsilons_linf.clone_from(epsilons);
        }
        settings.samples = self.samples.unwrap_or(settings.samples);
        settings.steps = self.steps.unwrap_or(settings.steps);
        settings.restarts = self.restarts.map_or(settings.restarts, usize::from);
        match settings.conflicts().into_iter().next() {
            Some((key, rule)) => {
                let option = if key == "epsilons_l2" { "--eps" } else { "--eps-linf" };
                Err(Error::Option { option, rule })
            }
            None => Ok(settings),
        }
    }
}

pub(super) fn robustness(arguments: &RobustnessArguments) -> Result<ExitCode, Error> {
    let trace = if arguments.file.is_dir() {
        let folder = RunFolder::new(&arguments.file);
        if !folder.is_finished() {
            return Err(Error::NoRun(arguments.file.clone()));
        }
        folder.trace()
    } else {
        arguments.file.clone()
    };
    let run = EndedRun::open(&trace, arguments.experiment.as_deref())?;
    let settings = arguments.settings(run.robustness_settings())?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => trace.parent().map_or(PathBuf::new(), Path::to_owned),
    };
    if !out.as_os_str().is_empty() {
        std::fs::create_dir_all(&out).map_err(|source| Error::File { path: out.clone(), source })?;
    }
    let which = arguments.weights.map(|name| match name {
        WeightsName::Best => KeptWeights::Best,
        WeightsName::Final => KeptWeights::Final,
        WeightsName::Initial => KeptWeights::Initial,
    });
    let mut progress = Progress::new();
    let pool = pool(arguments.threads.map_or(0, usize::from))?;
    let measured = pool.install(|| run.measure_robustness(which, &settings, &mut |stage| progress.hear(stage)));
    progress.finish();
    let measured = measured?;
    outln!("{}\n{} weights, after epoch {}", measured.title, measured.which_name(), measured.epoch);
    print_table(&measured.table);
    let [h5, csv, svg, png] = ["h5", "csv", "svg", "png"].map(|ending| out.join(format!("{ROBUSTNESS}.{ending}")));
    measured.write_trace(&h5, &command_line())?;
    measured.write_csv(&csv)?;
    outln!("\ntable   {}\ntable   {}", h5.display(), csv.display());
    if measured.found.l2.is_some() || measured.found.linf.is_some() {
        draw_robustness(&h5, &svg, &png)?;
        outln!("figure  {}\nfigure  {}", svg.display(), png.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows how far a measurement is: a bar on a terminal, else a line for every stage.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg}").expect("a template of known keys");
            ProgressBar::new(0).with_style(style)
        });
        Self(bar)
    }

    fn hear(&mut self, stage: Stage) {
        let size = stage.epsilon.map_or(String::new(), |epsilon| format!(", epsilon {epsilon:.4}"));
        match &self.0 {
            Some(bar) => {
                bar.set_length(stage.stages as u64);
                bar.set_position(stage.done as u64);
                bar.set_message(format!("{}{size}", stage.what));
            }
            None => errln!("{:>3}/{} {}{size}", stage.done + 1, stage.stages, stage.what),
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
