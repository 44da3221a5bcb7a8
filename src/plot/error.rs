//! Why a figure could not be made.
use crate::figure::FigureError;
use crate::results::{Dim, ResultsError};
use crate::trace::TraceError;

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The file cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The file is no result, or not laid out as one.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The figure cannot be drawn or written.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A name or value that the file does not have.
    #[error("{option} {given}: there is no such {what} in this file{}; there are: {}", meant(.nearest), .valid.join(", "))]
    Unknown {
        /// The option it was given with.
        option: &'static str,
        /// What was given.
        given: String,
        /// What it should be, as "metric".
        what: &'static str,
        /// The valid one that looks most like it.
        nearest: Option<String>,
        /// All valid ones.
        valid: Vec<String>,
    },
    /// A kind of figure that this kind of file has not.
    #[error("--what {kind} is for {other}, this file is {file}; for it there are: {}", .valid.join(", "))]
    WrongFile {
        /// The kind asked for.
        kind: &'static str,
        /// The files it is for.
        other: &'static str,
        /// What the file is.
        file: &'static str,
        /// The kinds of figures that it has.
        valid: Vec<&'static str>,
    },
    /// An option that would change nothing.
    #[error("{option} changes nothing with --what {kind}; its options are: {}", .valid.join(", "))]
    Idle {
        /// The option.
        option: &'static str,
        /// The kind of figure.
        kind: &'static str,
        /// Options of this kind of figure.
        valid: Vec<&'static str>,
    },
    /// The file has not what the figure shows.
    #[error("--what {kind}: {needs}")]
    Needs {
        /// The kind of figure.
        kind: &'static str,
        /// What is missing, and how to get it.
        needs: String,
    },
    /// One name, range or scale for several quantities.
    #[error("{option}: this figure has more than one such axis: {}; choose one with --metric or --x", .names.join(", "))]
    Several {
        /// The option.
        option: &'static str,
        /// The axes it could be meant for.
        names: Vec<String>,
    },
    /// An axis whose values have no distances.
    #[error("{option}: the values of \"{axis}\" are words, or stand at equal distances; --select keeps some of them")]
    NoNumbers {
        /// The option.
        option: &'static str,
        /// Name of the axis.
        axis: String,
    },
    /// Several axes in one option.
    #[error(
        "--select: \"{next}\" is no value of the axis {axis}; another axis has an option of its own: --select '{first}' --select '{next}'"
    )]
    SelectedTogether {
        /// The axis that was named first.
        axis: String,
        /// What is selected of it.
        first: String,
        /// What follows.
        next: String,
    },
    /// More panels or lines than can be read.
    #[error("that makes {count} {what}, at most {most} can be read; `dyad plot` keeps some values by --select AXIS=VALUE,… and gives axes other roles by --x, --y, --hue: {}", .axes.join("; "))]
    TooMany {
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
        /// The axes that make them, with their values.
        axes: Vec<String>,
    },
    /// A text that is not of the form asked for.
    #[error("{option} {given}: expected {expected}")]
    Form {
        /// The option.
        option: &'static str,
        /// What was given.
        given: String,
        /// The form.
        expected: &'static str,
    },
}

fn meant(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!(" (did you mean {name}?)"))
}

impl PlotError {
    /// An unknown name, with the valid one that looks most like it.
    pub(super) fn unknown(
        option: &'static str,
        what: &'static str,
        given: &str,
        valid: impl IntoIterator<Item = String>,
    ) -> Self {
        let valid: Vec<String> = valid.into_iter().collect();
        // Of AXIS=VALUE the value is meant.
        let word = given.rsplit('=').next().unwrap_or_default();
        let nearest = valid.iter().max_by(|a, b| likeness(word, a).total_cmp(&likeness(word, b)));
        let nearest = nearest.filter(|name| likeness(word, name) >= 0.65).cloned();
        Self::Unknown { option, given: given.to_owned(), what, nearest, valid }
    }
}

impl PlotError {
    /// The places of values of an axis that were given with `option`.
    pub(super) fn of_places(dim: &Dim, option: &'static str, values: &[String]) -> Result<Vec<usize>, Self> {
        dim.places(values).map_err(|given| {
            let before: Vec<_> = values.iter().take_while(|value| *value != given).cloned().collect();
            if option == "--select" && given.contains('=') && !before.is_empty() {
                let first = format!("{}={}", dim.name, before.join(","));
                return Self::SelectedTogether { axis: dim.name.clone(), first, next: given.clone() };
            }
            let given = if option == "--select" { format!("{}={given}", dim.name) } else { given.clone() };
            Self::unknown(option, "value of this axis", &given, dim.labels.iter().cloned())
        })
    }
}

/// How much two words look alike, 0 to 1: from their beginnings, from their ends ("accuracy" is "test_accuracy"), or by
/// the letters that must be changed.
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let backward = |word: &str| word.chars().rev().collect::<String>();
    let ends = strsim::jaro_winkler(&backward(&one), &backward(&other));
    let edits = strsim::normalized_damerau_levenshtein(&one, &other);
    strsim::jaro_winkler(&one, &other).max(ends).max(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_axes_in_one_selection_are_told_how_to_be_given() {
        let alpha = Dim::numbers("a", "", "1", false, vec![0.0, 0.5]);
        let told = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|own| (*own).to_owned()).collect();
            PlotError::of_places(&alpha, "--select", &values).unwrap_err().to_string()
        };
        assert!(told(&["0", "0.5", "b=1"]).ends_with("--select 'a=0,0.5' --select 'b=1'"), "{}", told(&["0", "b=1"]));
        assert!(told(&["b=1"]).contains("a=b=1") && told(&["0", "7"]).contains("a=7"));
    }

    #[test]
    fn the_word_that_was_meant_is_found_and_strange_ones_find_none() {
        let valid = || ["test_accuracy", "test_loss", "angle_deg", "map"].map(str::to_owned);
        for (given, meant) in
            [("acuracy", "test_accuracy"), ("angle", "angle_deg"), ("mpa", "map"), ("axis=los", "test_loss")]
        {
            let message = PlotError::unknown("--metric", "metric", given, valid()).to_string();
            assert!(message.contains(&format!("did you mean {meant}?")), "{message}");
            assert!(message.ends_with("test_accuracy, test_loss, angle_deg, map"), "{message}");
        }
        assert!(!PlotError::unknown("--metric", "metric", "xyz", valid()).to_string().contains("mean"));
    }
}
