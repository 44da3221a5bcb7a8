//! A run that ends no better than guessing says so, and why it looks so.
use super::data_summary::DataSummary;
use crate::data::TargetKind;
use crate::measure::Tables;
use crate::vocabulary::{Term, metric};

/// Standard errors above guessing from which on something has been learnt.
const CLEARLY: f64 = 2.0;
/// Growth of the norm of all weights that tells of too high a rate.
const EXPLODED: f64 = 100.0;
/// Share by which norm and loss have changed at most, where the weights have hardly moved.
const HARDLY: f64 = 0.01;

/// What is said of a run whose kept weights have this test accuracy, if they are no better than guessing.
pub(super) fn not_learnt(accuracy: Option<f64>, data: &DataSummary, tables: &Tables) -> Option<String> {
    let accuracy = accuracy.filter(|accuracy| accuracy.is_finite())?;
    let (_, test) = data.sets.iter().find(|(name, _)| name == "test")?;
    if test.targets != TargetKind::Classes || test.samples == 0 || test.per_class.len() < 2 {
        return None;
    }
    let samples = test.samples as f64;
    let guessing = test.per_class.iter().copied().max().unwrap_or(0) as f64 / samples;
    if guessing == 1.0 || accuracy > guessing + CLEARLY * (guessing * (1.0 - guessing) / samples).sqrt() {
        return None;
    }
    let reason = reason(tables).map_or(String::new(), |reason| format!("; {reason}"));
    let percent = |share: f64| 100.0 * share;
    Some(format!(
        "the network did not learn: its test accuracy of {:.2} % is no better than guessing, {:.2} %{reason}",
        percent(accuracy),
        percent(guessing)
    ))
}

/// Why it looks so.
fn reason(tables: &Tables) -> Option<String> {
    let ends = |term: &Term| -> Option<[f64; 2]> {
        let column = tables.metrics().column(term.name)?;
        let mut finite = column.iter().copied().filter(|x| x.is_finite());
        let first = finite.next()?;
        Some([first, finite.next_back().unwrap_or(first)])
    };
    let [before, after] = ends(&metric::PRODUCT_OPERATOR_NORM)?;
    if before > 0.0 && after / before >= EXPLODED {
        let growth = after / before;
        return Some(format!(
            "the product of the norms of its weights has grown {growth:.0}-fold: training.rate is too high"
        ));
    }
    let [loss_before, loss_after] = ends(&metric::TRAIN_LOSS)?;
    let same = |a: f64, b: f64| (b / a - 1.0).abs() <= HARDLY;
    (same(before, after) && same(loss_before, loss_after))
        .then(|| "norms of the weights and loss are those of the beginning: training.rate is too low".to_owned())
}
