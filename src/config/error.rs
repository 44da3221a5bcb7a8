//! What can be wrong with a file or a `--set`, told with file, key, value, rule and the nearest valid key.
use super::{json::SyntaxError, key::KeyPath, place::Place, renamed::Renaming};
use serde_json::Value;
use std::{fmt, path::PathBuf};

/// Why a file could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be opened or is not UTF-8 text.
    #[error("{file}: cannot be read: {source}", file = file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not JSON.
    #[error("{file}: {source}", file = file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and why.
        source: SyntaxError,
    },
    /// No hardware model of this name comes with the program.
    #[error("no hardware model {name:?} comes with this program{}", nearest.as_ref().map_or(String::from("; `dyad models` lists them"), |n| format!(": did you mean {n:?}?")))]
    NoSuchModel {
        /// The name.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// The file is of version 1.
    #[error("{file}: is of version 1, this program reads version 2; schema_version is now 2{}", new_names(renamed), file = file.display())]
    OfVersion1 {
        /// The file.
        file: PathBuf,
        /// What it says that is called otherwise now.
        renamed: Vec<Renaming>,
    },
    /// The file is JSON but says something invalid. All problems found, one line each.
    #[error("{}", lines(problems))]
    Keys {
        /// At least one.
        problems: Vec<KeyError>,
    },
}

/// More problems of a file than these are not looked for: a hostile one has a hundred thousand.
pub const MOST_PROBLEMS: usize = 100;

/// What is said after so many problems.
pub fn rest(problems: &[KeyError]) -> Option<String> {
    (problems.len() >= MOST_PROBLEMS).then(|| format!("(after {MOST_PROBLEMS} problems no more were looked for)"))
}

fn lines(problems: &[KeyError]) -> String {
    problems.iter().map(KeyError::to_string).chain(rest(problems)).collect::<Vec<_>>().join("\n")
}

fn new_names(renamed: &[Renaming]) -> String {
    renamed.iter().map(|renaming| format!("\n  {renaming}")).collect()
}

/// Who gave a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is the program's default.
    Default,
    /// The file.
    File,
    /// An edit of the command line; its text as typed.
    Set(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Set(_) => "--set",
        })
    }
}

/// A problem, and who is to blame.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct KeyError {
    /// The file that was read.
    pub file: PathBuf,
    /// Whether the value came from it, from an edit, or from a default.
    pub origin: Origin,
    /// Where the key stands in the file, or the innermost one around it; `None` if the value is not of its text.
    pub place: Option<Place>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for KeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, problem) = (self.file.display(), &self.problem);
        let place = self.place.map(|place| format!("{place}: ")).unwrap_or_default();
        match &self.origin {
            Origin::Set(text) => write!(out, "--set {text}: {problem}"),
            Origin::File => write!(out, "{file}: {place}{problem}"),
            Origin::Default => write!(out, "{file}: {place}by default, {problem}"),
        }
    }
}

/// What is wrong with the value at one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The offending key itself.
    pub key: KeyPath,
    /// Its value, shortened; `None` if there is none.
    pub value: Option<String>,
    /// The rule it breaks.
    pub rule: Rule,
    /// The nearest valid key (as a path from the top of the file) or variant.
    pub suggestion: Option<String>,
}

/// A rule that a key or value can break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The object has no such key.
    #[error("{}{}", valid_keys(valid), elsewhere.as_ref().map(|places| format!("; {places}")).unwrap_or_default())]
    UnknownKey {
        /// The keys it has.
        valid: Vec<String>,
        /// Where else the very same key exists, in words.
        elsewhere: Option<String>,
    },
    /// The enum has no such variant.
    #[error("must be {demand}{}", elsewhere.as_ref().map(|places| format!("; {places}")).unwrap_or_default())]
    UnknownVariant {
        /// The variants it has.
        demand: String,
        /// Where else in the file the name is a key, in words.
        elsewhere: Option<String>,
    },
    /// A key without default is not given.
    #[error("required key is missing; it must be {demand}")]
    Missing {
        /// What it must be.
        demand: String,
    },
    /// The value has the wrong type or is out of range.
    #[error("must be {demand}{}", got.as_ref().map(|got| format!(" (got {got})")).unwrap_or_default())]
    Must {
        /// What it must be.
        demand: String,
        /// What it is, where the value alone does not show that.
        got: Option<String>,
    },
    /// An object names more than one variant.
    #[error("two variants given ({}); keep one", given.join(", "))]
    TwoVariants {
        /// Their names.
        given: Vec<String>,
    },
    /// The value does not agree with that of other keys.
    #[error("{rule}")]
    Cross {
        /// The rule between them.
        rule: String,
    },
    /// A later edit would undo an earlier one.
    #[error("would undo the earlier --set {earlier}; keep one of them")]
    UndoesEdit {
        /// Text of the earlier one.
        earlier: String,
    },
    /// An edit descends into a value that has no parts.
    #[error("cannot hold {inner}: it is neither an object nor an array")]
    NoInside {
        /// What was to be set inside.
        inner: String,
    },
    /// An edit names an array element that does not exist.
    #[error("there is no such element; the array at hand has length {length}")]
    NoElement {
        /// Length of the array.
        length: usize,
    },
    /// An edit resets a key of a variant that is not the chosen one.
    #[error("there is nothing to reset: the variant at hand is {chosen}")]
    NothingToReset {
        /// The chosen one.
        chosen: String,
    },
    /// The type refuses the value for a reason its schema does not know.
    #[error("refused: {reason}")]
    Refused {
        /// The type's own words.
        reason: String,
    },
}

fn valid_keys(valid: &[String]) -> String {
    if valid.is_empty() {
        return "there are no keys here".to_owned();
    }
    format!("valid keys here: {}", valid.join(", "))
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, rule, suggestion } = self;
        match (rule, value) {
            (Rule::UnknownKey { .. }, Some(value)) => write!(out, "{key}: unknown key (value {value}); {rule}")?,
            (Rule::UnknownKey { .. }, None) => write!(out, "{key}: unknown key; {rule}")?,
            (Rule::UnknownVariant { .. }, _) => write!(out, "{key}: unknown variant; {rule}")?,
            (_, Some(value)) => write!(out, "{key} = {value}: {rule}")?,
            (_, None) => write!(out, "{key}: {rule}")?,
        }
        suggestion.as_ref().map_or(Ok(()), |nearest| write!(out, "; did you mean `{nearest}`?"))
    }
}

/// A value as one short piece of JSON.
pub fn short(value: &Value) -> String {
    const LONGEST: usize = 40;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
