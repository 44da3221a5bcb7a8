//! The kinds of figures: their names, their files, and what can be asked of them.
use super::error::PlotError;

/// A kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page of a run.
    Run,
    /// Learning curves.
    Curves,
    /// Angle of the gradient per layer.
    Angle,
    /// Histograms of weights.
    Weights,
    /// Flips and writes of synapses.
    Flips,
    /// Confusion matrix of the final network.
    Confusion,
    /// Curves of pulsed devices.
    Pulses,
    /// States of chosen units.
    States,
    /// States of a whole layer.
    Raster,
    /// Lines over an axis of a sweep.
    Lines,
    /// Heat maps over two axes of a sweep.
    Map,
    /// Bars over an axis of a sweep.
    Bars,
    /// Share of chips that are good enough.
    Yield,
    /// How the points of a sweep ended.
    Verdict,
}

/// The files of a kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    Traces,
    Sweeps,
    Both,
    Models,
}

/// How a kind is drawn, which says how it can be dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Page,
    Lines,
    Cells,
    Bars,
}

impl Drawn {
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Page => &[],
            Self::Lines => &[
                "--xlabel",
                "--ylabel",
                "--xlim",
                "--ylim",
                "--xscale",
                "--yscale",
                "--width",
                "--height",
                "--font-size",
                "--style",
            ],
            Self::Cells => &["--xlabel", "--ylabel", "--width", "--height", "--font-size", "--style"],
            Self::Bars => &["--xlabel", "--width", "--height", "--font-size", "--style"],
        }
    }
}

/// Options of every figure.
const OF_ALL: [&str; 5] = ["--title", "--no-title", "--font", "--dpi", "-o"];
/// Options that give the axes of a sweep their place; a trace has none.
const OF_SWEEPS: [&str; 6] = ["--x", "--y", "--hue", "--panel", "--threshold", "--error"];
/// Options of lines of sweeps whose axes can be chosen.
const LINES: &[&str] = &["--metric", "--x", "--hue", "--panel", "--select", "--layer", "--error"];
/// The same, for what is of one metric.
const OF_LAYERS: &[&str] = &["--x", "--hue", "--panel", "--select", "--layer", "--error"];

struct Row {
    kind: Kind,
    name: &'static str,
    shows: &'static str,
    files: Files,
    drawn: Drawn,
    options: &'static [&'static str],
}

const fn row(
    kind: Kind,
    name: &'static str,
    shows: &'static str,
    files: Files,
    drawn: Drawn,
    options: &'static [&'static str],
) -> Row {
    Row { kind, name, shows, files, drawn, options }
}

const KINDS: [Row; 14] = [
    row(Kind::Run, "run", "the page of a run: errors, loss, angles, dyad states", Files::Traces, Drawn::Page, &[]),
    row(
        Kind::Curves,
        "curves",
        "a metric over the epochs, in sweeps with bands over the replicates",
        Files::Both,
        Drawn::Lines,
        &["--metric", "--hue", "--panel", "--select", "--layer", "--error"],
    ),
    row(Kind::Angle, "angle", "angle of the gradient to backprop of every layer", Files::Both, Drawn::Lines, OF_LAYERS),
    row(
        Kind::Weights,
        "weights",
        "histograms of the weights of every layer",
        Files::Traces,
        Drawn::Lines,
        &["--layer"],
    ),
    row(Kind::Flips, "flips", "flips and writes of synapses", Files::Both, Drawn::Lines, OF_LAYERS),
    row(
        Kind::Confusion,
        "confusion",
        "what the final network takes the samples of every class for",
        Files::Traces,
        Drawn::Cells,
        &[],
    ),
    row(
        Kind::Pulses,
        "pulses",
        "what the devices of a hardware model hold after one pulse after the other",
        Files::Models,
        Drawn::Lines,
        &[],
    ),
    row(
        Kind::States,
        "states",
        "s⁺, s⁻, mean and difference of chosen units over time",
        Files::Traces,
        Drawn::Lines,
        &["--layer", "--units", "--steps", "--select"],
    ),
    row(
        Kind::Raster,
        "raster",
        "a signal of a whole layer over time, as a heat map",
        Files::Traces,
        Drawn::Cells,
        &["--metric", "--layer", "--units", "--steps", "--select"],
    ),
    row(
        Kind::Lines,
        "lines",
        "a metric over an axis, with error bars over the replicates",
        Files::Sweeps,
        Drawn::Lines,
        LINES,
    ),
    row(
        Kind::Map,
        "map",
        "a metric over two axes, as heat maps",
        Files::Sweeps,
        Drawn::Cells,
        &["--metric", "--x", "--y", "--panel", "--select", "--layer"],
    ),
    row(
        Kind::Bars,
        "bars",
        "a metric over one axis, as bars",
        Files::Sweeps,
        Drawn::Bars,
        &["--metric", "--x", "--select", "--layer", "--error"],
    ),
    row(
        Kind::Yield,
        "yield",
        "share of replicates that reach a metric, over the threshold or over an axis at one threshold",
        Files::Sweeps,
        Drawn::Lines,
        &["--metric", "--x", "--hue", "--panel", "--select", "--layer", "--threshold"],
    ),
    row(
        Kind::Verdict,
        "verdict",
        "how points ended, over one or two axes: converged, limit cycle, diverged, …",
        Files::Sweeps,
        Drawn::Cells,
        &["--x", "--y", "--panel", "--select"],
    ),
];

impl Kind {
    fn row(self) -> &'static Row {
        // Every kind has a row, which a test checks.
        KINDS.iter().find(|row| row.kind == self).unwrap_or(&KINDS[0])
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind of this name.
    ///
    /// # Errors
    /// If there is none; the message lists all.
    pub fn parse(name: &str) -> Result<Self, PlotError> {
        let found = KINDS.iter().find(|row| row.name == name).map(|row| row.kind);
        found.ok_or_else(|| {
            let mut error =
                PlotError::unknown("--what", "kind of figure", name, KINDS.iter().map(|row| row.name.to_owned()));
            if let PlotError::Unknown { valid, .. } = &mut error {
                *valid = KINDS.iter().map(|row| format!("{} ({})", row.name, row.shows)).collect();
            }
            error
        })
    }

    /// Names and descriptions of all kinds, one a line.
    pub fn table() -> String {
        let line = |Row { name, shows, files, .. }: &Row| {
            let files = match files {
                Files::Traces => "trace",
                Files::Sweeps => "sweep",
                Files::Both => "both ",
                Files::Models => "model",
            };
            format!("  {name:<9} {files}  {shows}\n")
        };
        KINDS.iter().map(line).collect()
    }

    fn fits(self, sweep: bool) -> bool {
        match self.row().files {
            Files::Both => true,
            Files::Models => false,
            Files::Traces => !sweep,
            Files::Sweeps => sweep,
        }
    }

    /// Refuses files it cannot show.
    pub(super) fn check_file(self, sweep: bool) -> Result<(), PlotError> {
        if self.fits(sweep) {
            return Ok(());
        }
        let names = ["the trace of a run", "the result of a sweep"];
        let valid = KINDS.iter().filter(|row| row.kind.fits(sweep)).map(|row| row.name).collect();
        Err(PlotError::WrongFile { kind: self.name(), other: self.files(), file: names[usize::from(sweep)], valid })
    }

    /// The files it is for, in words.
    pub(super) fn files(self) -> &'static str {
        match self.row().files {
            Files::Traces => "traces",
            Files::Sweeps => "sweeps",
            Files::Both => "traces and sweeps",
            Files::Models => "hardware models",
        }
    }

    /// The options that change something in this kind of figure of a sweep, or of a trace.
    pub(super) fn options(self, sweep: bool) -> Vec<&'static str> {
        let Row { options, drawn, files, .. } = self.row();
        // A trace has no axes to choose from, but stimuli where states are drawn.
        let selects = sweep || *files == Files::Traces;
        let own = options.iter().filter(|option| match **option {
            "--select" => selects,
            option => sweep || !OF_SWEEPS.contains(&option),
        });
        own.chain(drawn.options()).chain(&OF_ALL).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_a_wrong_one_is_told_all() {
        for Row { kind, name, .. } in KINDS {
            assert_eq!((Kind::parse(name).unwrap(), kind.name()), (kind, name));
        }
        let message = Kind::parse("heatmap").unwrap_err().to_string();
        assert!(KINDS.iter().all(|row| message.contains(&format!("{} (", row.name))), "{message}");
        assert!(Kind::parse("curve").unwrap_err().to_string().contains("did you mean curves?"));
    }

    #[test]
    fn the_options_of_a_sweep_are_none_of_a_trace() {
        assert!(Kind::Curves.options(true).contains(&"--hue") && !Kind::Curves.options(false).contains(&"--hue"));
        assert!(Kind::States.options(false).contains(&"--select") && !Kind::Flips.options(false).contains(&"--select"));
        assert!(Kind::Run.options(false).contains(&"--dpi") && !Kind::Run.options(false).contains(&"--width"));
    }
}
