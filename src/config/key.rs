//! Dotted paths such as `network.layers[2].units`, which name one place in a JSON file.
use serde_json::Value;
use std::fmt;

/// Steps of a path at most; settings are nested less deeply than half of it.
pub const MOST_STEPS: usize = 32;

/// One step down from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the value of this key of an object.
    Key(String),
    /// To this element of an array, counted from 0.
    Index(usize),
}

/// A place in a JSON value. Keys that themselves hold a dot or a bracket cannot be written as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPath(Vec<Step>);

/// Text that is not a dotted path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyPathError {
    /// Nothing stands where a key should.
    #[error("a key is empty; write it like training.epochs or layers[1]")]
    EmptyKey,
    /// What stands between brackets is not an index, or a bracket has no partner.
    #[error("`{part}` is not an index; write it like layers[1]")]
    BadIndex {
        /// The part of the path between two dots.
        part: String,
    },
    /// Deeper than any setting.
    #[error("a path has at most {MOST_STEPS} steps, not {steps}")]
    TooLong {
        /// How many were given.
        steps: usize,
    },
}

impl KeyPath {
    /// The place of the whole file.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads `a.b[2].c`. A number between dots stays a key here: only the value at hand tells whether it is an index.
    ///
    /// # Errors
    /// [`KeyPathError`] if a key is empty, a bracket holds no index, or there are more than [`MOST_STEPS`].
    pub fn parse(text: &str) -> Result<Self, KeyPathError> {
        let count = text.split(['.', '[']).count();
        if count > MOST_STEPS {
            return Err(KeyPathError::TooLong { steps: count });
        }
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (key, brackets) = part.split_at(part.find('[').unwrap_or(part.len()));
            let bad_index = || KeyPathError::BadIndex { part: part.to_owned() };
            if key.is_empty() {
                return Err(KeyPathError::EmptyKey);
            }
            if key.contains(']') {
                return Err(bad_index());
            }
            steps.push(Step::Key(key.to_owned()));
            if !brackets.is_empty() {
                let inner = brackets.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(bad_index)?;
                for index in inner.split("][") {
                    steps.push(Step::Index(index.parse().map_err(|_| bad_index())?));
                }
            }
        }
        Ok(Self(steps))
    }

    /// The steps from the whole file to the place.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This place and one step more.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The value of a key of the object at this place.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.join(Step::Key(key.to_owned()))
    }

    /// An element of the array at this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.join(Step::Index(index))
    }

    /// The place that holds this one; the whole file holds itself.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// The last key on the way, without array indices.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    /// Whether `other` is this place or lies inside it.
    pub fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The value at this place.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    /// Whether `value` says anything about this place: it has the place itself, or a plain value (a variant without
    /// settings, say) where the way to it ends.
    pub fn is_decided_by(&self, value: &Value) -> bool {
        let mut value = value;
        for step in &self.0 {
            let next = match step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.get(index),
            };
            match next {
                Some(next) => value = next,
                None => return !(value.is_object() || value.is_array()),
            }
        }
        true
    }
}

impl FromIterator<Step> for KeyPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("(whole file)");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => out.write_str(key)?,
                Step::Key(key) => write!(out, ".{key}")?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof!["[a-z_0-9]{1,8}".prop_map(Step::Key), (0usize..20).prop_map(Step::Index)]
    }

    proptest! {
        #[test]
        fn a_printed_path_reads_back_as_itself(first in "[a-z_]{1,8}", rest in prop::collection::vec(step(), 0..5)) {
            let path: KeyPath = std::iter::once(Step::Key(first)).chain(rest).collect();
            prop_assert_eq!(KeyPath::parse(&path.to_string()).unwrap(), path);
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in ["", ".a", "a.", "a..b", "[1]"] {
            assert_eq!(KeyPath::parse(text), Err(KeyPathError::EmptyKey), "{text}");
        }
        for text in ["a[", "a[]", "a[x]", "a]1[", "a[1]b", "a[-1]"] {
            assert!(matches!(KeyPath::parse(text), Err(KeyPathError::BadIndex { .. })), "{text}");
        }
    }

    #[test]
    fn a_plain_value_decides_what_lies_inside_it_but_an_object_only_what_it_has() {
        let value = serde_json::json!({"rule": "plain", "other": {"a": null}});
        let decided = |path: &str| KeyPath::parse(path).unwrap().is_decided_by(&value);
        assert!(decided("rule.rate") && decided("other.a") && decided("rule"));
        assert!(!decided("other.b") && !decided("else"));
    }
}
