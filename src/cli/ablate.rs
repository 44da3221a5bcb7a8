//! `dyad ablate`: the noise budget of a hardware model.
use super::common::{core_count, parse_edits, pool};
use super::sweep::{SweepArguments, new_folder, print_points, run_points};
use crate::data::Datasets;
use crate::error::Error;
use crate::figure::{BarPanel, BarSection, Figure, Section, Sheet, Width};
use crate::sweep::ablate::{Ablation, Budget, Cost, VARIANT, budget};
use crate::sweep::{FrozenPlan, Outcome, Plan, check};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct AblateArguments {
    /// The experiment file, with a hardware model that is not ideal.
    file: PathBuf,
    /// Change a setting, also of the hardware: dotted key = value. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Repetitions of every variant, each with other initial weights, another die and other noise.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    replicates: u16,
    /// Folder of the results [default: the first free of runs/NAME.ablation, runs/NAME.ablation-2, …]. An ablation that was cut
    /// off is continued by `dyad sweep --resume`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a sweep that is in the folder.
    #[arg(long)]
    overwrite: bool,
    /// Simulations at a time; they change the speed and nothing else [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Check and print the points and what they cost; run nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print only the result.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn ablate(arguments: &AblateArguments) -> Result<ExitCode, Error> {
    let experiment =
        std::path::absolute(&arguments.file).map_err(|source| Error::File { path: arguments.file.clone(), source })?;
    let replicates = usize::from(arguments.replicates);
    let (plan, file) = Ablation { experiment, edits: parse_edits(&arguments.set)?, replicates }.plan()?;
    let jobs = arguments.jobs.map_or_else(core_count, usize::from);
    let pool = pool(jobs)?;
    let datasets = Datasets::default();
    let costed = pool.install(|| check(plan, &datasets))?;
    if arguments.dry_run {
        return Ok(print_points(&costed, jobs));
    }
    let sweep = SweepArguments::of_ablation(arguments.out.clone(), arguments.overwrite, arguments.quiet);
    let folder = new_folder(&sweep, &file, &costed.plan)?;
    FrozenPlan::new(&costed.plan, &file, &[], &super::common::command_line()).write(&folder)?;
    run_points(&sweep, &folder, &costed, &datasets, jobs, &pool)
}

/// The budget of a sweep, if that is an ablation.
fn budget_of(plan: &Plan, outcomes: &[Option<Outcome>]) -> Option<Budget> {
    (plan.axes.len() == 1 && plan.axes[0].name == VARIANT).then(|| budget(plan, outcomes))
}

/// Prints the budget of a sweep that is an ablation.
pub(super) fn print_if_ablation(plan: &Plan, outcomes: &[Option<Outcome>]) {
    let Some(budget) = budget_of(plan, outcomes) else { return };
    let percent = |[mean, error]: [f64; 2]| format!("{:.2} ± {:.2} %", 100.0 * mean, 100.0 * error);
    println!("\ntest accuracy: ideal chip {}, full chip {}", percent(budget.ideal), percent(budget.full));
    println!("mean angle to backprop: {:.1} and {:.1} degrees", budget.angle_ideal, budget.angle_full);
    println!("\n                    accuracy, points               angle, degrees");
    println!("non-ideality        alone          removed         alone          removed");
    let points = |[mean, error]: [f64; 2]| format!("{:>6.2} ± {:<5.2}", 100.0 * mean, 100.0 * error);
    let degrees = |[mean, error]: [f64; 2]| format!("{mean:>6.1} ± {error:<5.1}");
    // 0.0: no loss is not written as -0.
    let loss = |[mean, error]: [f64; 2]| [0.0 - mean, error];
    for Cost { name, alone, recovered, angle_alone, angle_recovered } in &budget.costs {
        let accuracy = [points(loss(*alone)), points(*recovered)].join(" ");
        let angle = [degrees(*angle_alone), degrees(loss(*angle_recovered))].join(" ");
        println!("{}", format!("{name:<18} {accuracy}  {angle}").trim_end());
    }
    println!("(alone: against the ideal chip; removed: against the full chip; ± standard error over replicates)");
}

/// The budget as bars: what each non-ideality costs alone, and what its removal brings back.
pub(super) fn budget_figure(plan: &Plan, outcomes: &[Option<Outcome>]) -> Option<Figure> {
    let budget = budget_of(plan, outcomes)?;
    let panel = |quantity: &str, digits: usize, of: fn(&Cost) -> [f64; 2]| {
        let values: Vec<[f64; 2]> = budget.costs.iter().map(of).collect();
        BarPanel {
            quantity: quantity.to_owned(),
            values: values.iter().map(|[mean, _]| *mean).collect(),
            spread: values.iter().map(|[mean, error]| [mean - error, mean + error]).collect(),
            texts: values.iter().map(|[mean, error]| format!("{mean:.digits$} ± {error:.digits$}")).collect(),
        }
    };
    let panels = [
        panel("accuracy lost alone (points)", 2, |cost| in_points(cost.alone)),
        panel("regained without it (points)", 2, |cost| in_points(cost.recovered)),
        panel("angle added alone (°)", 1, |cost| cost.angle_alone),
    ];
    let categories = budget.costs.iter().map(|cost| cost.name.clone()).collect();
    let replicates = plan.replicates.coordinates.len();
    Some(Figure::Sheet(Sheet {
        title: plan.config.title.clone(),
        subtitle: format!("mean ± standard error of {replicates} replicates with common random numbers"),
        width: Width::Page,
        sections: vec![Section::Bars(BarSection { title: String::new(), categories, panels: panels.to_vec() })],
    }))
}

fn in_points([mean, error]: [f64; 2]) -> [f64; 2] {
    [100.0 * mean, 100.0 * error]
}
