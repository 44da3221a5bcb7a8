//! Strict reading: either every word of the file and of the edits has its effect, or there is an error.
use super::{
    SourceFiles,
    check::check,
    edit::{self, Edit},
    error::{ConfigError, KeyError, Origin, Problem, Rule, short},
    key::{KeyPath, Step},
    node::Node,
    place::Place,
    places::Places,
    renamed::{is_of_version_1, renamings},
    schema::schema_of,
    short_forms,
    text::{self, Format},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::Segment;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that was read, with everything needed to explain where its settings come from.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The settings.
    pub value: T,
    /// What the file says.
    pub file: Value,
    /// The text of the file, if the settings come from one.
    pub text: Option<Arc<str>>,
    /// The file after the edits, without defaults.
    pub given: Value,
    /// The edits that were made.
    pub edits: Vec<Edit>,
    /// The settings with every default filled in; reading this again gives the same settings.
    pub effective: Value,
}

/// A rule between several keys of a file.
pub trait CrossCheck: 'static {
    /// Fills in defaults that depend on other keys, before the rules are checked.
    fn fill_defaults(&mut self) {}

    /// All the rules that are broken, after every single value was found valid.
    fn cross_check(&self) -> Vec<Violation>;
}

/// A broken rule between several keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The key that is best changed, as a dotted path.
    pub key: String,
    /// The rule as a sentence to read after the key and its value: "must be below training.epochs".
    pub rule: String,
}

/// Reads a file and changes it by the edits.
///
/// # Errors
/// [`ConfigError`] if the file cannot be read, is not JSON, TOML or YAML as its name says, or breaks a rule of `T`; all broken rules are reported.
pub fn read<T>(path: &Path, edits: &[Edit]) -> Result<Loaded<T>, ConfigError>
where
    T: DeserializeOwned + Serialize + JsonSchema + CrossCheck,
{
    read_from(&SourceFiles::default(), path, edits)
}

/// The same for a file among others that may have been read before.
///
/// # Errors
/// As [`read`].
pub fn read_from<T>(files: &SourceFiles, path: &Path, edits: &[Edit]) -> Result<Loaded<T>, ConfigError>
where
    T: DeserializeOwned + Serialize + JsonSchema + CrossCheck,
{
    let (text, file) = files.parse(path)?;
    read_value(path, Some(text), file, edits)
}

/// The same for text that is already in memory. `path` is only named in errors.
///
/// # Errors
/// As [`read`].
pub fn read_text<T>(path: &Path, text: &str, edits: &[Edit]) -> Result<Loaded<T>, ConfigError>
where
    T: DeserializeOwned + Serialize + JsonSchema + CrossCheck,
{
    let file = text::parse(path, text).map_err(|source| ConfigError::Syntax { file: path.to_owned(), source })?;
    read_value(path, Some(text.into()), file, edits)
}

/// The same for what the text of the file says, which is looked at again only for the places of what is wrong.
///
/// # Errors
/// As [`read`].
pub fn read_value<T>(path: &Path, text: Option<Arc<str>>, file: Value, edits: &[Edit]) -> Result<Loaded<T>, ConfigError>
where
    T: DeserializeOwned + Serialize + JsonSchema + CrossCheck,
{
    if is_of_version_1(&file) {
        return Err(ConfigError::OfVersion1 { file: path.to_owned(), renamed: renamings(&file) });
    }
    let schema = schema_of::<T>();
    let root = Node::root(schema);
    let mut given = file.clone();
    if Format::of(path) == Format::Toml {
        short_forms::write_nulls(root, &mut given);
    }
    short_forms::write_out(root, &mut given);
    let applied = edit::apply(root, &mut given, edits);
    let sources = Sources::new(path, text.as_deref(), &file, &given, &applied.edits);
    let refused = applied.refused.into_iter().map(|(text, problem)| sources.blame(Origin::Set(text), problem));
    let found = check(root, &given).into_iter().map(|problem| sources.find_and_blame(problem));
    none_of(refused.chain(found).collect())?;

    let mut value: T = serde_path_to_error::deserialize(&given).map_err(|error| ConfigError::Keys {
        problems: vec![sources.find_and_blame(refusal(&given, error.path(), &error.inner().to_string()))],
    })?;
    value.fill_defaults();
    let effective = effective_of(&value).map_err(|reason| ConfigError::Keys {
        problems: vec![sources.find_and_blame(refusal_at(&given, KeyPath::root(), &reason.to_string()))],
    })?;
    let broken =
        value.cross_check().into_iter().map(|violation| sources.find_and_blame(violated(violation, &effective)));
    none_of(broken.collect())?;
    Ok(Loaded { value, file, text, edits: applied.edits, effective, given })
}

fn none_of(problems: Vec<KeyError>) -> Result<(), ConfigError> {
    if problems.is_empty() { Ok(()) } else { Err(ConfigError::Keys { problems }) }
}

/// Goes through text because that writes single-precision numbers short: 0.1, not 0.10000000149011612.
fn effective_of<T: Serialize>(value: &T) -> serde_json::Result<Value> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

fn violated(violation: Violation, effective: &Value) -> Problem {
    let rule = Rule::Cross { rule: violation.rule };
    match KeyPath::parse(&violation.key) {
        Ok(key) => Problem { value: key.find(effective).map(short), key, rule, suggestion: None },
        Err(_) => Problem { key: KeyPath::root().key(&violation.key), value: None, rule, suggestion: None },
    }
}

/// What the type refused although its schema allows it.
fn refusal(given: &Value, path: &serde_path_to_error::Path, message: &str) -> Problem {
    let key = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { variant } => Some(Step::Key(variant.clone())),
        Segment::Unknown => None,
    });
    refusal_at(given, key.collect(), message)
}

fn refusal_at(given: &Value, key: KeyPath, message: &str) -> Problem {
    let quoted = |prefix: &str| message.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    // Serde blames the object; the key itself stands in its message.
    let (key, rule) = if let Some(name) = quoted("missing field `") {
        (key.key(&name), Rule::Missing { demand: "given".to_owned() })
    } else if let Some(name) = quoted("unknown field `") {
        (key.key(&name), Rule::UnknownKey { valid: Vec::new(), elsewhere: None })
    } else if let Some(rule) = message.strip_prefix("must be ") {
        let demand = rule.rsplit_once(", got ").map_or(rule, |(demand, _)| demand).to_owned();
        (key, Rule::Must { demand, got: None })
    } else {
        (key, Rule::Refused { reason: message.to_owned() })
    };
    Problem { value: key.find(given).map(short), key, rule, suggestion: None }
}

/// Where in its text a key of a file stands.
pub fn place_of(path: &Path, text: Option<&str>, key: &KeyPath) -> Option<Place> {
    Places::of(Format::of(path), text?).find(key)
}

/// Everything that may be to blame.
struct Sources<'a> {
    path: PathBuf,
    text: Option<&'a str>,
    file: &'a Value,
    given: &'a Value,
    edits: &'a [Edit],
    places: OnceCell<Places>,
}

impl<'a> Sources<'a> {
    fn new(path: &Path, text: Option<&'a str>, file: &'a Value, given: &'a Value, edits: &'a [Edit]) -> Self {
        Self { path: path.to_owned(), text, file, given, edits, places: OnceCell::new() }
    }

    fn blame(&self, origin: Origin, problem: Problem) -> KeyError {
        let places = || self.text.map(|text| Places::of(Format::of(&self.path), text)).unwrap_or_default();
        let is_edit = matches!(origin, Origin::Set(_));
        let place = (!is_edit).then(|| self.places.get_or_init(places).find(&problem.key)).flatten();
        KeyError { file: self.path.clone(), origin, place, problem }
    }

    fn find_and_blame(&self, problem: Problem) -> KeyError {
        let origin = match problem.rule {
            Rule::Missing { .. } => self.origin_of_gap(&problem.key),
            _ => origin_of(&problem.key, self.given, self.edits),
        };
        self.blame(origin, problem)
    }

    /// A key is missing because an edit took it out, or because an edit made the object around it.
    fn origin_of_gap(&self, key: &KeyPath) -> Origin {
        let parent = key.parent();
        let taken_out = self.edits.iter().rfind(|edit| edit.path.holds(key));
        let made = || match parent.find(self.file) {
            Some(_) => None,
            None => self.edits.iter().rfind(|edit| parent.holds(&edit.path)),
        };
        taken_out.or_else(made).map_or(Origin::File, |edit| Origin::Set(edit.text.clone()))
    }
}

/// Who gave the value at `key`. A place that holds edited places counts as edited.
pub fn origin_of(key: &KeyPath, given: &Value, edits: &[Edit]) -> Origin {
    if !key.is_decided_by(given) {
        return Origin::Default;
    }
    let touched = edits.iter().rfind(|edit| edit.path.holds(key) || key.holds(&edit.path));
    touched.map_or(Origin::File, |edit| Origin::Set(edit.text.clone()))
}
