//! The noise budget that `dyad ablate` finds, in print and as a figure.
use super::console::outln;
use crate::figure::{BarPanel, BarSection, Figure, Section, Sheet, Width};
use crate::sweep::ablate::{Budget, Cost, VARIANT, budget};
use crate::sweep::{Counts, Outcome, Plan};
use crate::vocabulary::PointStatus;

/// The budget of a sweep, if that is an ablation.
fn budget_of(plan: &Plan, outcomes: &[Option<Outcome>]) -> Option<Budget> {
    (plan.axes.len() == 1 && plan.axes[0].name == VARIANT).then(|| budget(plan, outcomes))
}

/// Prints the budget of a sweep that is an ablation.
pub(super) fn print_if_ablation(plan: &Plan, outcomes: &[Option<Outcome>]) {
    let Some(budget) = budget_of(plan, outcomes) else { return };
    let percent = |[mean, error]: [f64; 2]| format!("{:.2} ± {:.2} %", 100.0 * mean, 100.0 * error);
    outln!("\ntest accuracy: ideal chip {}, full chip {}", percent(budget.ideal), percent(budget.full));
    outln!("mean angle to backprop: {:.1} and {:.1} degrees", budget.angle_ideal, budget.angle_full);
    outln!("\n                    accuracy, points               angle, degrees");
    outln!("non-ideality        alone          removed         alone          removed");
    let points = |[mean, error]: [f64; 2]| format!("{:>6.2} ± {:<5.2}", 100.0 * mean, 100.0 * error);
    let degrees = |[mean, error]: [f64; 2]| format!("{mean:>6.1} ± {error:<5.1}");
    // 0.0: no loss is not written as -0.
    let loss = |[mean, error]: [f64; 2]| [0.0 - mean, error];
    for Cost { name, alone, recovered, angle_alone, angle_recovered } in &budget.costs {
        let accuracy = [points(loss(*alone)), points(*recovered)].join(" ");
        let angle = [degrees(*angle_alone), degrees(loss(*angle_recovered))].join(" ");
        outln!("{}", format!("{name:<18} {accuracy}  {angle}").trim_end());
    }
    outln!("(alone: against the ideal chip; removed: against the full chip; ± standard error over replicates)");
    let counts = Counts::of(outcomes.iter().map(Option::as_ref));
    if counts.with(PointStatus::DidNotLearn) > 0 {
        outln!("(what did not learn is left out; --set training.if_not_learnt=measured counts its accuracy)");
    }
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
    let counts = Counts::of(outcomes.iter().map(Option::as_ref));
    let ends = PointStatus::ALL.into_iter().filter(|end| *end != PointStatus::Complete && counts.with(*end) > 0);
    let lost: String = ends.map(|end| format!("; {} points {}", counts.with(end), end.words())).collect();
    Some(Figure::Sheet(Sheet {
        title: plan.config.title.clone(),
        subtitle: format!("mean ± standard error of {replicates} replicates with common random numbers{lost}"),
        width: Width::Page,
        sections: vec![Section::Bars(BarSection { title: String::new(), categories, panels: panels.to_vec() })],
    }))
}

fn in_points([mean, error]: [f64; 2]) -> [f64; 2] {
    [100.0 * mean, 100.0 * error]
}
