//! Progress of long work: a bar with an estimate on a terminal, plain lines when piped.
use super::console::errln;
use crate::data::fetch::FetchProgress;
use crate::run::{EpochReport, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Shows a training run on standard error.
pub(super) struct RunProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
    started: Instant,
    last_line: Instant,
    steps: u64,
    first_step: u64,
}

/// Without a terminal, a line at most this often (and at every epoch).
const LINE_EVERY: Duration = Duration::from_secs(30);

impl RunProgress {
    pub fn new(quiet: bool) -> Self {
        let now = Instant::now();
        Self { bar: None, quiet, started: now, last_line: now, steps: 0, first_step: 0 }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => errln!("{text}"),
        }
    }
}

impl Progress for RunProgress {
    fn start(&mut self, first_step: u64, steps: u64) {
        self.started = Instant::now();
        (self.first_step, self.steps) = (first_step, steps);
        if !self.quiet && std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(steps).with_position(first_step);
            let style =
                ProgressStyle::with_template("{bar:30} {percent:>3}% step {pos}/{len}, {per_sec}, ETA {eta} {msg}")
                    .expect("a template of known keys");
            bar.set_style(style);
            bar.reset_eta();
            self.bar = Some(bar);
        }
    }

    fn step(&mut self, step: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(step);
        } else if !self.quiet && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let done = (step - self.first_step).max(1);
            let left = self.started.elapsed().as_secs_f64() / done as f64 * (self.steps - step) as f64;
            errln!("step {step}/{}, about {left:.0} s left", self.steps);
        }
    }

    fn epoch(&mut self, report: &EpochReport) {
        if self.quiet {
            return;
        }
        self.last_line = Instant::now();
        let score = |name: &str, accuracy: Option<f64>| {
            accuracy.map_or(String::new(), |a| format!("  {name} {:.2} %", 100.0 * a))
        };
        let loss = report.train_loss.map_or(String::new(), |l| format!("  train loss {l:.4}"));
        let number = |name: &str, x: Option<f64>| x.map_or(String::new(), |x| format!("  {name} {x:.4}"));
        self.line(&format!(
            "epoch {:>3}/{}{loss}{}{}{}{}{}{}{}{}",
            report.epoch,
            report.epochs,
            score("train", report.train_accuracy),
            score("validation", report.validation_accuracy),
            score("test", report.test_accuracy),
            number("train R²", report.train_r2),
            number("validation R²", report.validation_r2),
            number("test R²", report.test_r2),
            number("test RMSE", report.test_rmse),
            score("reconstruction error", report.test_reconstruction_error),
        ));
    }

    fn message(&mut self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    fn note(&mut self, text: &str) {
        self.line(&format!("note: {text}"));
    }

    fn warning(&mut self, text: &str) {
        self.line(&format!("warning: {text}"));
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Shows downloads on standard error.
#[derive(Default)]
pub(super) struct DownloadProgress {
    bar: Option<ProgressBar>,
}

impl FetchProgress for DownloadProgress {
    fn start(&mut self, file: &str, total: Option<u64>) {
        if std::io::stderr().is_terminal() {
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let style =
                ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, ETA {eta}")
                    .expect("a template of known keys");
            bar.set_style(style);
            bar.set_message(file.to_owned());
            self.bar = Some(bar);
        } else {
            errln!("fetching {file}");
        }
    }

    fn advance(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
