//! Progress of a sweep, and the means of its replicates.
use super::amounts::duration;
use super::console::{errln, outln};
use crate::results::statistics::{ErrorKind, Summary};
use crate::results::{CellSummary, Pooled};
use crate::sweep::{Counts, Outcome, Plan, Point, SweepProgress};
use crate::vocabulary::number::percent;
use crate::vocabulary::{PointStatus, Term, metric};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Without a terminal, a line at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows a sweep on standard error: a bar with an estimate on a terminal, plain lines when piped.
pub(super) struct SweepBar {
    quiet: bool,
    jobs: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
    points: usize,
    /// Of those that are there.
    counts: Counts,
    groups: Groups,
    cost: f64,
    cost_done: f64,
    cost_before: f64,
}

impl SweepBar {
    pub fn new(quiet: bool, jobs: usize, plan: &Plan) -> Self {
        let now = Instant::now();
        Self {
            quiet,
            jobs,
            bar: None,
            started: now,
            last_line: now,
            points: 0,
            counts: Counts::default(),
            groups: Groups::of(plan),
            cost: 0.0,
            cost_done: 0.0,
            cost_before: 0.0,
        }
    }

    /// Seconds that are left, by the share of the arithmetic that this process has done.
    fn left_s(&self) -> Option<f64> {
        let made = self.cost_done - self.cost_before;
        (made > 0.0).then(|| self.started.elapsed().as_secs_f64() * (self.cost - self.cost_done) / made)
    }

    fn text(&self) -> String {
        let best = self.groups.best().map_or(String::new(), |best| format!(", {best}"));
        let left = self.left_s().map_or(String::new(), |s| format!(", ETA {}", duration(s)));
        let with = |status| self.counts.with(status);
        let not_learnt = match with(PointStatus::DidNotLearn) {
            0 => String::new(),
            count => format!(", {count} {}", PointStatus::DidNotLearn.words()),
        };
        let diverged = with(PointStatus::Diverged) + with(PointStatus::NonFinite);
        format!("{diverged} diverged, {} failed{not_learnt}{left}{best}", with(PointStatus::Failed))
    }
}

impl SweepProgress for SweepBar {
    fn start(&mut self, points: usize, done: &[&Outcome], cost: f64, cost_done: f64) {
        (self.points, self.cost, self.cost_done, self.cost_before) = (points, cost, cost_done, cost_done);
        done.iter().for_each(|outcome| {
            self.counts.add(Some(outcome));
            self.groups.add(outcome);
        });
        self.started = Instant::now();
        if self.quiet {
            return;
        }
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(points as u64).with_position(self.counts.points as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} points, {wide_msg}");
            bar.set_style(style.expect("a template of known keys"));
            bar.set_message(self.text());
            bar.enable_steady_tick(Duration::from_secs(1));
            self.bar = Some(bar);
        } else {
            let known = if self.counts.points == 0 {
                String::new()
            } else {
                format!(", {} of them are there already", self.counts.points)
            };
            errln!("{points} points{known}, {} at a time", self.jobs);
        }
    }

    fn point(&mut self, point: &Point, outcome: &Outcome, cost: f64) {
        self.counts.add(Some(outcome));
        self.cost_done += cost;
        self.groups.add(outcome);
        if self.quiet {
            return;
        }
        if outcome.status == PointStatus::Failed {
            let told = format!("point {} ({}) failed: {}", point.index, point.name(), outcome.message);
            self.bar.as_ref().map_or_else(|| errln!("{told}"), |bar| bar.println(&told));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.counts.points as u64);
            bar.set_message(self.text());
        } else if self.last_line.elapsed() >= LINE_EVERY || self.counts.points == self.points {
            self.last_line = Instant::now();
            errln!("{}/{} points, {}", self.counts.points, self.points, self.text());
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// The test accuracies so far of points that differ by their seeds alone.
struct Groups {
    /// Name, number of points, and what those that are made have reached.
    all: Vec<(String, usize, Vec<f64>)>,
    /// Group of every point.
    of_point: Vec<usize>,
}

impl Groups {
    fn of(plan: &Plan) -> Self {
        let mut of_point = vec![0; plan.points.len()];
        let mut all = vec![];
        for (name, points) in plan.populations() {
            points.iter().for_each(|point| of_point[point.index] = all.len());
            all.push((name, points.len(), vec![]));
        }
        Self { all, of_point }
    }

    fn add(&mut self, outcome: &Outcome) {
        if let Some(accuracy) = outcome.last(metric::TEST_ACCURACY.name).filter(|accuracy| accuracy.is_finite()) {
            self.all[self.of_point[outcome.point]].2.push(accuracy);
        }
    }

    /// The best mean so far.
    fn best(&self) -> Option<String> {
        let mean = |known: &Vec<f64>| Summary::of(known.iter().copied()).mean;
        let known = self.all.iter().filter(|(_, _, known)| !known.is_empty());
        let (name, points, known) = known.max_by(|a, b| mean(&a.2).total_cmp(&mean(&b.2)))?;
        let of = match (known.len(), *points) {
            (_, 1) => String::new(),
            (made, points) if made == points => format!("; mean of {points} replicates"),
            (made, points) => format!("; mean of {made} of {points} replicates"),
        };
        let name = if name.is_empty() { "all settings of the base" } else { name };
        Some(format!("best {} ({name}{of})", percent(mean(known))))
    }
}

/// Means over the replicates, and over whatever else differs by its seeds alone, of a quantity with one number, wherever at least one has it.
pub(super) fn cell_means(plan: &Plan, outcomes: &[Option<Outcome>], quantity: &Term) -> Vec<CellSummary> {
    let of_group = |(name, points): (String, Vec<&Point>)| {
        let of_point = |point: &&Point| match &outcomes[point.index] {
            Some(outcome) => (outcome.last(quantity.name).unwrap_or(f64::NAN), outcome.status),
            None => (f64::NAN, PointStatus::Missing),
        };
        let pooled = Pooled::of(&points.iter().map(of_point).collect::<Vec<_>>());
        let name = if name.is_empty() { "all settings of the base".to_owned() } else { name };
        (pooled.over.count > 0).then_some(CellSummary { name, pooled })
    };
    plan.populations().into_iter().filter_map(of_group).collect()
}

/// The best and the worst of these means.
pub(super) fn print_best(means: &[CellSummary], term: &Term, error: ErrorKind) {
    let best = means.iter().max_by(|a, b| a.pooled.over.mean.total_cmp(&b.pooled.over.mean));
    let worst = means.iter().min_by(|a, b| a.pooled.over.mean.total_cmp(&b.pooled.over.mean));
    for (label, cell) in [("best", best), ("worst", worst)] {
        if let Some(CellSummary { name, pooled }) = cell {
            let (mean, of) = (percent(pooled.over.mean), pooled.told(error, percent));
            outln!("{label:<10} {mean} {}, {name} ({of})", term.label());
        }
    }
}
