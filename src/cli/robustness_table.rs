//! The table of a measurement of robustness.
use super::console::outln;
use crate::measure::{RowAxis, Table};
use crate::vocabulary::{Term, metric};

/// Above this accuracy under PGD that spans all valid inputs, the gradient is likely to be masked.
const SUSPECT: f64 = 0.02;
/// How much PGD may lag behind a weaker attack without a remark, as a share of the samples.
const LAG: f64 = 0.01;

/// Prints the last row of the table `robustness`.
pub(super) fn print_table(table: &Table) {
    let number = |term: &Term| table.number(term);
    let Some(epoch) = table.coordinates.last() else { return };
    outln!(
        "\nrobustness after epoch {epoch}, accuracy {} without perturbation",
        share(number(&metric::ACCURACY_CLEAN))
    );
    outln!(
        "Lipschitz constant   at least {}, {}",
        lower_bound(table),
        upper_bound(number(&metric::LIPSCHITZ_CERTIFIED))
    );
    outln!(
        "norm of the Jacobian at most {:.4} and on average {:.4} at the samples",
        number(&metric::LIPSCHITZ_LOCAL),
        number(&metric::LIPSCHITZ_LOCAL_MEAN)
    );
    let radius = number(&metric::CERTIFIED_RADIUS_MEAN);
    if radius.is_finite() {
        outln!("certified radius     {radius:.4} in L2, mean over the samples");
    }
    for (axis, under) in [(RowAxis::EpsilonL2, metric::UNDER_L2), (RowAxis::EpsilonLinf, metric::UNDER_LINF)] {
        let Some(epsilons) = table.epsilons(axis).filter(|epsilons| !epsilons.is_empty()) else { continue };
        let columns = under.curves().map(|(_, term)| table.last(term.name).unwrap_or_default().to_vec());
        outln!("\n{:<12}    noise     FGSM      PGD  certified", format!("epsilon {}", under.norm));
        for (i, epsilon) in epsilons.iter().enumerate() {
            let cell = |column: &Vec<f64>| column.get(i).map_or("-".to_owned(), |&x| share(x));
            let [noise, fgsm, pgd, certified] = columns.each_ref().map(cell);
            outln!("{epsilon:<12} {noise:>8} {fgsm:>8} {pgd:>8}  {certified:>9}");
        }
        let huge = number(&under.pgd_huge);
        outln!("{:<12} {:>8} {:>8} {:>8}", "all inputs", "", "", share(huge));
        let [noise, fgsm, pgd, _] = &columns;
        let beaten = |weaker: &[f64]| pgd.iter().zip(weaker).any(|(pgd, weaker)| *pgd > weaker + LAG);
        if huge > SUSPECT || beaten(noise) || beaten(fgsm) {
            outln!("(PGD is weaker here than it should be: the gradient may be masked, and the network less robust)");
        }
    }
}

fn lower_bound(table: &Table) -> String {
    let bounds = [metric::LIPSCHITZ_LOCAL, metric::LIPSCHITZ_PAIRS].map(|term| table.number(&term));
    // A bound that is no number is none.
    format!("{:.4}", bounds.into_iter().filter(|x| x.is_finite()).fold(f64::NAN, f64::max))
}

fn upper_bound(bound: f64) -> String {
    if bound.is_nan() { "no upper bound is certain".to_owned() } else { format!("at most {bound:.4}") }
}

fn share(x: f64) -> String {
    if x.is_nan() { "-".to_owned() } else { format!("{:.1} %", 100.0 * x) }
}
