//! What keys and words of the files are called now. No name of the table of version 1 had another meaning in that version,
//! so that a name alone tells what was meant, also in the dotted keys of a sweep.
use super::key::KeyPath;
use serde_json::Value;
use std::fmt;

/// Keys, and words that are values, by their names in version 1.
const RENAMED: [(&str, &str); 4] = [
    ("every_visit", "every_update"),
    ("line_noise_std", "dac_noise_std"),
    ("most_passes", "max_passes"),
    ("visits", "updates"),
];

/// Keys of the present version that have moved, with where their settings are now.
const MOVED: [(&str, &str); 1] = [("learning.auto_zero", "units.calibration")];

/// Where the settings of a key that does not exist are now, if it has moved.
pub fn moved(key: &KeyPath) -> Option<&'static str> {
    let key = key.to_string();
    MOVED.iter().find(|(old, _)| *old == key).map(|(_, new)| *new)
}

/// A key or a value of a file that is called otherwise now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    /// The key as the file has it.
    key: KeyPath,
    /// The value, where that was renamed and not the key.
    value: Option<String>,
    /// What the key or the value is called now.
    new: String,
}

impl fmt::Display for Renaming {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, new } = self;
        match value {
            Some(value) => write!(out, "{key}: {value:?} is now {new:?}"),
            None => write!(out, "{key} is now {new}"),
        }
    }
}

/// Whether a file is of version 1.
pub fn is_of_version_1(file: &Value) -> bool {
    file.get("schema_version").is_some_and(|version| version == 1)
}

/// All that was renamed of what a file says, in its order.
pub fn renamings(file: &Value) -> Vec<Renaming> {
    let mut found = vec![];
    collect(file, &KeyPath::root(), &mut found);
    found
}

fn collect(value: &Value, at: &KeyPath, found: &mut Vec<Renaming>) {
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                let here = at.key(key);
                if let Some(new) = new_name(key) {
                    found.push(Renaming { key: here.clone(), value: None, new: at.key(&new).to_string() });
                }
                collect(inner, &here, found);
            }
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, inner)| collect(inner, &at.index(index), found));
        }
        Value::String(word) => {
            if let Some(new) = new_name(word) {
                found.push(Renaming { key: at.clone(), value: Some(word.clone()), new });
            }
        }
        _ => {}
    }
}

/// What a key, a dotted key or a word is called now, if it was renamed.
fn new_name(old: &str) -> Option<String> {
    let (holder, last) = old.rfind('.').map_or(("", old), |dot| old.split_at(dot + 1));
    let (_, new) = RENAMED.iter().find(|(old, _)| *old == last)?;
    Some(format!("{holder}{new}"))
}
