//! A run that ends no better than guessing says so, and why it looks so.
//!
//! | targets | guessing | better than that |
//! |---|---|---|
//! | classes | always the most frequent class of the set: its share g | accuracy above g + 2 √(g(1 − g)/n) |
//! | labels | always the most frequent combination; the best constant set of labels | the same of the accuracy, or of F1 |
//! | values | always the mean: R² = 0 | R² above 4/n: what unrelated numbers reach has r² ≤ 4/n in 95 % of all cases |
//!
//! These are two standard errors; on the training set, to which a network also fits what is chance, it has to be twice as many. It
//! has to be better by a hundredth of the way to the best score, too: of many samples less than that is clear. A network that is
//! better on any of its sets has learnt something; how much of it holds on the others is a measurement.
use super::data_summary::DataSummary;
use super::progressed::Progressed;
use super::summary::Status;
use crate::config::IfNotLearnt;
use crate::data::{SetSummary, TargetKind};
use crate::measure::Tables;
use crate::vocabulary::{Term, metric};

/// Standard errors above guessing from which on something has been learnt.
const CLEARLY: f64 = 2.0;
/// Share of the way from guessing to the best score that counts at least.
const NOTICEABLE: f64 = 0.01;
/// Growth of the norm of all weights that tells of too high a rate.
const EXPLODED: f64 = 100.0;
/// Share by which norm and loss have changed at most, where the weights have hardly moved.
const HARDLY: f64 = 0.01;

/// How a run ended that is told from its scores, and why it looks as if nothing was learnt, if it does.
pub(super) fn judged(
    status: Status,
    wanted: IfNotLearnt,
    progressed: &Progressed,
    data: &DataSummary,
) -> (Status, Option<String>) {
    let has_ended = matches!(status, Status::Complete | Status::StoppedEarly | Status::Stopped);
    if !has_ended || progressed.epoch == 0 {
        return (status, None);
    }
    let told = not_learnt(&progressed.measurements.tables, progressed.best_epoch, &data.sets);
    let is_missing = told.is_some() && wanted == IfNotLearnt::Missing;
    (if is_missing { Status::DidNotLearn } else { status }, told)
}

/// A score next to what guessing reaches.
struct Judged {
    name: String,
    score: f64,
    guessing: f64,
    /// From where on it is clearly better.
    better: f64,
    is_share: bool,
}

/// What is said of a run whose kept weights are no better than guessing on any of its sets.
fn not_learnt(tables: &Tables, best_epoch: Option<u64>, sets: &[(String, SetSummary)]) -> Option<String> {
    let all: Vec<Judged> = sets.iter().flat_map(|(name, set)| of_set(tables, best_epoch, name, set)).collect();
    if all.iter().any(|own| own.score > own.better) {
        return None;
    }
    // That of the test set, which is the last one.
    let Judged { name, score, guessing, is_share, .. } = all.last()?;
    let reason = reason(tables).map_or(String::new(), |reason| format!("; {reason}"));
    Some(match is_share {
        true => format!(
            "the network did not learn: its {name} of {:.2} % is no better than guessing, {:.2} %{reason}",
            100.0 * score,
            100.0 * guessing
        ),
        false => {
            format!("the network did not learn: its {name} of {score:.4} is no better than that of the mean, 0{reason}")
        }
    })
}

/// The scores of a set; none where any answer would be right, or nothing was measured.
fn of_set(tables: &Tables, best_epoch: Option<u64>, name: &str, set: &SetSummary) -> Vec<Judged> {
    let [accuracy, r2, f1] = match name {
        "training" => [metric::TRAIN_ACCURACY, metric::TRAIN_R2, metric::TRAIN_F1],
        "validation" => [metric::VALIDATION_ACCURACY, metric::VALIDATION_R2, metric::VALIDATION_F1],
        _ => [metric::TEST_ACCURACY, metric::TEST_R2, metric::TEST_F1],
    };
    let samples = set.samples as f64;
    let errors = if name == "training" { 2.0 * CLEARLY } else { CLEARLY };
    let noticeably = |guess: f64, clear: f64| guess + clear.max(NOTICEABLE * (1.0 - guess));
    let clearly = |share: f64| noticeably(share, errors * (share * (1.0 - share) / samples).sqrt());
    let commonest = set.commonest as f64 / samples;
    let guesses = match set.targets {
        TargetKind::Values => vec![(r2, 0.0, noticeably(0.0, errors.powi(2) / samples))],
        TargetKind::Classes => vec![(accuracy, commonest, clearly(commonest))],
        TargetKind::Labels => {
            let guessed = constant_f1(set);
            vec![(f1, guessed, clearly(guessed)), (accuracy, commonest, clearly(commonest))]
        }
    };
    let is_share = set.targets != TargetKind::Values;
    let judged = |(term, guessing, better): (Term, f64, f64)| {
        let score = tables.kept(&term, best_epoch).filter(|score| score.is_finite())?;
        (guessing < 1.0).then(|| Judged { name: term.label(), score, guessing, better, is_share })
    };
    guesses.into_iter().filter_map(judged).collect()
}

/// The highest F1 of an answer that is the same for all samples: the labels that most samples have.
fn constant_f1(set: &SetSummary) -> f64 {
    let mut with = set.per_class.clone();
    with.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = with.iter().sum();
    let mut found = 0;
    let of_first = |(k, with): (usize, usize)| {
        found += with;
        2.0 * found as f64 / ((k + 1) * set.samples + all) as f64
    };
    with.into_iter().enumerate().map(of_first).fold(0.0, f64::max)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{RowAxes, RowAxis, Series, Table};
    use crate::vocabulary::axis::EPOCH;
    use crate::vocabulary::place::group::METRICS;

    /// Scores of the test set and of the training set after two epochs.
    fn tables(scores: &[(Term, [f64; 2])]) -> Tables {
        let series = scores.iter().map(|(term, _)| Series::new(term, RowAxis::Scalar)).collect();
        let mut tables = Tables::new(&RowAxes::default(), [Table::new(METRICS, EPOCH, &RowAxes::default(), series)]);
        for epoch in 0..2 {
            tables.begin_epoch(epoch);
            scores.iter().for_each(|(term, values)| tables.set(term, &[values[epoch as usize]]));
        }
        tables
    }

    fn set(targets: TargetKind, samples: usize, per_class: &[usize], commonest: usize) -> SetSummary {
        SetSummary { targets, samples, per_class: per_class.to_vec(), commonest, ..SetSummary::default() }
    }

    fn judge(scores: &[(Term, [f64; 2])], best: Option<u64>, test: &SetSummary) -> Option<String> {
        let sets = [("training".to_owned(), test.clone()), ("test".to_owned(), test.clone())];
        not_learnt(&tables(scores), best, &sets)
    }

    #[test]
    fn accuracies_are_held_against_the_most_frequent_class() {
        // g = 0.3, its standard error over 100 samples 0.0458.
        let test = set(TargetKind::Classes, 100, &[30, 40, 30], 30);
        let of = |train: f64, test_accuracy: f64| {
            judge(&[(metric::TRAIN_ACCURACY, [0.0, train]), (metric::TEST_ACCURACY, [0.9, test_accuracy])], None, &test)
        };
        assert!(of(0.3, 0.39).is_some_and(|told| told.contains("39.00 % is no better than guessing, 30.00 %")));
        assert!(of(0.3, 0.40).is_none());
        // What it has learnt by heart it has learnt, but not what chance may be.
        assert!(of(0.9, 0.3).is_none() && of(0.49, 0.3).is_none() && of(0.48, 0.3).is_some());
        // Of very many samples any difference is clear, but not any is of interest.
        let many = set(TargetKind::Classes, 100_000_000, &[50_000_000; 2], 50_000_000);
        let of_many = |accuracy: f64| judge(&[(metric::TEST_ACCURACY, [0.5, accuracy])], None, &many).is_some();
        assert_eq!([of_many(0.504), of_many(0.506)], [true, false]);
        // A test set of one class, or without scores, tells nothing.
        assert!(
            judge(&[(metric::TEST_ACCURACY, [1.0, 1.0])], None, &set(TargetKind::Classes, 9, &[9, 0], 9)).is_none()
        );
        assert!(judge(&[(metric::TEST_ACCURACY, [f64::NAN; 2])], None, &test).is_none());
    }

    #[test]
    fn the_weights_that_are_kept_count() {
        let test = set(TargetKind::Classes, 100, &[50, 50], 50);
        let scores = [(metric::TEST_ACCURACY, [0.9, 0.5])];
        assert_eq!([None, Some(0), Some(1)].map(|best| judge(&scores, best, &test).is_some()), [true, false, true]);
    }

    #[test]
    fn values_are_held_against_their_mean() {
        let test = set(TargetKind::Values, 100, &[], 0);
        let of = |r2: f64| judge(&[(metric::TEST_R2, [0.0, r2])], None, &test);
        assert!(of(-3.0).is_some_and(|told| told.contains("of -3.0000 is no better than that of the mean, 0")));
        assert_eq!([of(0.039).is_some(), of(0.041).is_some()], [true, false]);
    }

    #[test]
    fn labels_are_held_against_constant_answers() {
        // Labels of 60, 30 and 10 of 100 samples: one of them F1 = 2·60/200, two 2·90/300, three 2·100/400.
        let test = set(TargetKind::Labels, 100, &[60, 30, 10], 45);
        assert!((constant_f1(&test) - 0.6).abs() < 1e-12);
        let of = |f1: f64, accuracy: f64| {
            judge(&[(metric::TEST_F1, [0.0, f1]), (metric::TEST_ACCURACY, [0.0, accuracy])], None, &test).is_some()
        };
        assert_eq!([of(0.6, 0.45), of(0.8, 0.45), of(0.1, 0.7)], [true, false, false]);
    }
}
