//! Changes of single settings from the command line: `--set training.epochs=3`.
use super::{
    check::unknown_key,
    error::{Problem, Rule, short},
    json::{self, SyntaxError},
    key::{KeyPath, KeyPathError, Step},
    node::{Kind, NOTHING, Node, Shape},
    short_forms,
};
use serde_json::{Map, Value};

/// One `key=value`.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let edit = Edit::parse("training.epochs=3")?;
/// assert_eq!(edit.value, 3);
/// assert!(Edit::parse("training.epochs").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The place to change.
    pub path: KeyPath,
    /// What to put there. `null` is a value where the schema has one ("switched off"); elsewhere it takes the key out
    /// of the file, which resets it to its default.
    pub value: Value,
    /// The edit as it was typed.
    pub text: String,
}

/// Text that is not an edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no `=`.
    #[error("--set {text}: there is no `=`; write it like training.epochs=3")]
    NoEqualsSign {
        /// The edit.
        text: String,
    },
    /// The left side is not a path.
    #[error("--set {text}: {source}")]
    Path {
        /// The edit.
        text: String,
        /// Why.
        source: KeyPathError,
    },
    /// The right side begins like an object, an array or a quoted text, but is not one.
    #[error("--set {text}: the value is not JSON: {source}")]
    Json {
        /// The edit.
        text: String,
        /// Why; line and column count from the `=`.
        source: SyntaxError,
    },
}

impl Edit {
    /// The same edit as seen from inside `key`, if it is one of a place in there.
    pub fn inside(&self, key: &str) -> Option<Self> {
        match self.path.steps() {
            [Step::Key(first), rest @ ..] if first == key && !rest.is_empty() => {
                Some(Self { path: rest.iter().cloned().collect(), ..self.clone() })
            }
            _ => None,
        }
    }

    /// Puts a value at a dotted key.
    ///
    /// # Errors
    /// [`EditError`] if the key is malformed.
    pub fn new(key: &str, value: Value) -> Result<Self, EditError> {
        let text = match &value {
            Value::String(plain) => format!("{key}={plain}"),
            other => format!("{key}={other}"),
        };
        match KeyPath::parse(key) {
            Ok(path) => Ok(Self { path, value, text }),
            Err(source) => Err(EditError::Path { text: cut(&text), source }),
        }
    }

    /// Reads `dotted.path=value`. A value that is not JSON is taken as text: `network.activation=tanh`.
    ///
    /// # Errors
    /// [`EditError`] if there is no `=`, the path is malformed, or a value that begins with `{`, `[` or `"` is not JSON.
    pub fn parse(text: &str) -> Result<Self, EditError> {
        let owned = || cut(text);
        let (path, value) = text.split_once('=').ok_or_else(|| EditError::NoEqualsSign { text: owned() })?;
        let path = KeyPath::parse(path.trim()).map_err(|source| EditError::Path { text: owned(), source })?;
        let value = match json::parse(value) {
            Ok(value) => value,
            Err(source) if value.trim_start().starts_with(['{', '[', '"']) => {
                return Err(EditError::Json { text: owned(), source });
            }
            Err(_) => Value::String(value.to_owned()),
        };
        Ok(Self { path, value, text: text.to_owned() })
    }
}

/// The beginning of a text that is too long for a message.
fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What [`apply`] did.
#[derive(Debug, Default)]
pub struct Applied {
    /// The edits that were made, with every index recognised as such (`layers.1` is `layers[1]`).
    pub edits: Vec<Edit>,
    /// The edits that could not be made, as typed, and why.
    pub refused: Vec<(String, Problem)>,
}

/// Makes the edits one after the other in `value`, a file of the type of `root`. Objects on the way are created. Where
/// the schema has an enum, setting something inside another variant replaces the variant the file chose. An edit that
/// would undo an earlier one is refused.
pub fn apply(root: Node, value: &mut Value, edits: &[Edit]) -> Applied {
    let mut applied = Applied::default();
    for edit in edits {
        let edit = &long_edit(root, edit);
        let mut changed = value.clone();
        let change = Change { root, edit, earlier: &applied.edits };
        let start = KeyPath::root();
        let place = if edit.value.is_null() && !may_be_null(root, edit.path.steps()) {
            change.reset(root, start, Some(&mut changed), edit.path.steps())
        } else {
            change.set(Some(root), start, &mut changed, edit.path.steps())
        };
        match place.and_then(|path| change.refuse_undoing(path)) {
            Ok(path) => {
                // A number stands for nothing else; all else was written out before.
                if !edit.value.is_number() {
                    short_forms::write_out(root, &mut changed);
                }
                *value = changed;
                applied.edits.push(Edit { path, ..edit.clone() });
            }
            Err(problem) => applied.refused.push((edit.text.clone(), *problem)),
        }
    }
    applied
}

/// What an edit in a short form stands for: `seed=3`, `replicates=3`.
fn long_edit(root: Node, edit: &Edit) -> Edit {
    let Some(key) = edit.path.last_key().filter(|_| edit.path.steps().len() == 1) else { return edit.clone() };
    let mut long = Map::from_iter([(key.to_owned(), edit.value.clone())]);
    short_forms::write_out_numbers(root, &mut long);
    match long.into_iter().next().filter(|(_, value)| *value != edit.value) {
        Some((own, value)) => Edit { path: KeyPath::root().key(&own), value, ..edit.clone() },
        None => edit.clone(),
    }
}

/// Whether `null` is a value of the place.
fn may_be_null(root: Node, steps: &[Step]) -> bool {
    let place = steps.iter().try_fold(root, |node, step| node.child(step));
    place.is_some_and(|node| node.shape().nullable)
}

struct Change<'e> {
    root: Node,
    edit: &'e Edit,
    earlier: &'e [Edit],
}

impl Change<'_> {
    /// Puts the value in its place; returns that place with indices recognised.
    fn set(&self, node: Option<Node>, at: KeyPath, value: &mut Value, steps: &[Step]) -> Result<KeyPath, Box<Problem>> {
        let Some((step, rest)) = steps.split_first() else {
            *value = self.edit.value.clone();
            return Ok(at);
        };
        let shape = node.map_or(&NOTHING, Node::shape);
        let step = recognised(step, shape, value);
        if let Some(other) = other_variant(shape, &step, value) {
            self.refuse_undoing_at(&at, &other)?;
            *value = Value::Object(Map::new());
        }
        if value.is_null() && matches!(step, Step::Key(_)) {
            *value = Value::Object(Map::new());
        }
        let child = node.and_then(|node| node.child(&step));
        let inner = at.join(step.clone());
        match (value, &step) {
            (Value::Object(object), Step::Key(key)) => {
                self.set(child, inner, object.entry(key.as_str()).or_insert(Value::Null), rest)
            }
            (Value::Array(elements), Step::Index(index)) if *index < elements.len() => {
                self.set(child, inner, &mut elements[*index], rest)
            }
            (value, _) => Err(nothing_there(value, at, inner)),
        }
    }

    /// Takes the key out. What is not there needs no taking out, but has to exist in the schema.
    fn reset(
        &self,
        node: Node,
        at: KeyPath,
        value: Option<&mut Value>,
        steps: &[Step],
    ) -> Result<KeyPath, Box<Problem>> {
        let Some((step, rest)) = steps.split_first() else { return Ok(at) };
        let shape = node.shape();
        let here = value.as_deref().unwrap_or(&Value::Null);
        let step = recognised(step, shape, here);
        let inner = at.join(step.clone());
        if let Some(chosen) = other_variant(shape, &step, here) {
            let rule = Rule::NothingToReset { chosen };
            return Err(Box::new(Problem { key: inner, value: None, rule, suggestion: None }));
        }
        let child = match (node.child(&step), &step) {
            (Some(child), _) => child,
            (None, Step::Key(key)) => return Err(Box::new(unknown_key(self.root, shape, &at, key, None))),
            (None, Step::Index(_)) => return Err(nothing_there(here, at, inner)),
        };
        match (value, &step) {
            (Some(Value::Object(object)), Step::Key(key)) if rest.is_empty() => {
                object.shift_remove(key);
                Ok(inner)
            }
            (Some(Value::Object(object)), Step::Key(key)) => self.reset(child, inner, object.get_mut(key), rest),
            (Some(Value::Array(elements)), Step::Index(index)) if *index < elements.len() => {
                if rest.is_empty() {
                    elements[*index] = Value::Null;
                }
                self.reset(child, inner, Some(&mut elements[*index]), rest)
            }
            (None | Some(Value::Null), Step::Key(_)) => self.reset(child, inner, None, rest),
            (value, _) => Err(nothing_there(value.as_deref().unwrap_or(&Value::Null), at, inner)),
        }
    }

    fn refuse_undoing(&self, path: KeyPath) -> Result<KeyPath, Box<Problem>> {
        match self.earlier.iter().find(|earlier| path.holds(&earlier.path)) {
            Some(earlier) => Err(self.undoes(path, earlier)),
            None => Ok(path),
        }
    }

    /// Replacing a variant undoes every edit inside it, and the edit that chose it by a value of the whole enum.
    fn refuse_undoing_at(&self, at: &KeyPath, variant: &str) -> Result<(), Box<Problem>> {
        let chose = |earlier: &&Edit| at.holds(&earlier.path) || (earlier.path.holds(at) && !earlier.value.is_null());
        match self.earlier.iter().find(chose) {
            Some(earlier) => Err(self.undoes(at.key(variant), earlier)),
            None => Ok(()),
        }
    }

    fn undoes(&self, key: KeyPath, earlier: &Edit) -> Box<Problem> {
        let rule = Rule::UndoesEdit { earlier: earlier.text.clone() };
        Box::new(Problem { key, value: None, rule, suggestion: None })
    }
}

/// `1` of `layers.1` is an index if an array stands there.
fn recognised(step: &Step, shape: &Shape, value: &Value) -> Step {
    let array_expected = value.is_null() && shape.plain.iter().any(|plain| plain.kind() == Kind::Array);
    match step {
        Step::Key(key) if value.is_array() || array_expected => key.parse().map_or_else(|_| step.clone(), Step::Index),
        _ => step.clone(),
    }
}

/// The variant `value` has chosen, if `step` leads into another one.
fn other_variant(shape: &Shape, step: &Step, value: &Value) -> Option<String> {
    let Step::Key(name) = step else { return None };
    if value.is_null() || shape.variants.iter().all(|variant| variant.content.is_none()) {
        return None;
    }
    match value {
        Value::Object(object) if object.is_empty() || object.contains_key(name) => None,
        Value::Object(object) => object.keys().next().cloned(),
        Value::String(chosen) => Some(chosen.clone()),
        _ => None,
    }
}

fn nothing_there(value: &Value, at: KeyPath, inner: KeyPath) -> Box<Problem> {
    Box::new(match (value, inner.steps().last()) {
        (Value::Array(_) | Value::Null, Some(Step::Index(_))) => {
            let length = value.as_array().map_or(0, Vec::len);
            Problem { key: inner, value: None, rule: Rule::NoElement { length }, suggestion: None }
        }
        _ => {
            let rule = Rule::NoInside { inner: inner.to_string() };
            Problem { key: at, value: Some(short(value)), rule, suggestion: None }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_edits_are_refused() {
        for (text, told) in [
            ("training.epochs", "--set training.epochs: there is no `=`; write it like training.epochs=3"),
            ("=3", "--set =3: a key is empty; write it like training.epochs or layers[1]"),
            ("a..b=3", "--set a..b=3: a key is empty; write it like training.epochs or layers[1]"),
            ("a[x]=3", "--set a[x]=3: `a[x]` is not an index; write it like layers[1]"),
            (
                &format!("a{}=3", "[0]".repeat(32)),
                &format!("--set a{}=3: a path has at most 32 steps, not 33", "[0]".repeat(32)),
            ),
            (
                "a=[1,2",
                "--set a=[1,2: the value is not JSON: line 1, column 4: the text ends inside an array; a closing ] is missing",
            ),
        ] {
            assert_eq!(Edit::parse(text).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn the_value_ends_the_edit_and_may_hold_equals_signs() {
        let edit = Edit::parse("data.url = \"http://x/?a=b\"").unwrap();
        assert_eq!((edit.path.to_string().as_str(), edit.value), ("data.url", Value::from("http://x/?a=b")));
        assert_eq!(Edit::parse("title=a=b").unwrap().value, Value::from("a=b"));
    }
}
