//! Short forms of settings, written out before a file is checked.
//!
//! | short | long |
//! |---|---|
//! | `"optimizer": "adam"`, any variant all of whose settings have defaults | `"optimizer": {"adam": {}}` |
//! | `"seed": 3` | `"seeds": {"data": 3, "init": 3, "chip": 3, "noise": 3}` |
//! | `"replicates": 3` of a sweep | `"replicates": {"count": 3, "vary": ["data", "init", "chip", "noise"]}` |
//! | `"null"`, in TOML alone, where null may stand | null |
//! | `~/data`, `$HOME/data`, `${HOME}/data` in a path | the folder |
use super::key::Step;
use super::node::{Kind, Node};
use serde_json::{Map, Value, json};
use std::env;

/// Keys whose text is a path.
const PATHS: [&str; 10] = [
    "hardware",
    "die",
    "base",
    "directory",
    "file",
    "trace",
    "train_images",
    "train_labels",
    "test_images",
    "test_labels",
];
/// The same inside these.
const PATHS_OF_SOURCES: [(&str, &[&str]); 2] = [
    ("npy", &["x_train", "y_train", "x_test", "y_test", "x_validation", "y_validation"]),
    ("table", &["train", "test", "validation"]),
];

/// TOML cannot say null: `"null"` stands for it where it may stand and no text can.
pub(super) fn write_nulls(node: Node, value: &mut Value) {
    let shape = node.shape();
    match value {
        Value::String(text) if text == "null" => {
            let takes_text = shape.plain.iter().any(|plain| plain.kind() == Kind::Text);
            if shape.nullable && !takes_text {
                *value = Value::Null;
            }
        }
        Value::Object(object) => {
            for (key, part) in object {
                if let Some(child) = node.child(&Step::Key(key.clone())) {
                    write_nulls(child, part);
                }
            }
        }
        Value::Array(elements) => {
            for (index, part) in elements.iter_mut().enumerate() {
                if let Some(child) = node.child(&Step::Index(index)) {
                    write_nulls(child, part);
                }
            }
        }
        _ => {}
    }
}

/// Writes the short forms of a file of the type of `node` out.
pub(super) fn write_out(node: Node, value: &mut Value) {
    if let Value::Object(object) = value {
        write_out_numbers(node, object);
    }
    write_out_at(node, value);
}

fn write_out_at(node: Node, value: &mut Value) {
    let shape = node.shape();
    match value {
        Value::String(name) => {
            let variant = shape.variants.iter().find(|variant| variant.name == name);
            if variant.and_then(|variant| variant.content).is_some_and(Node::has_defaults) {
                *value = Value::Object(Map::from_iter([(name.clone(), json!({}))]));
            }
        }
        Value::Object(object) => {
            for (key, part) in object {
                if let (true, Value::String(text)) = (PATHS.contains(&key.as_str()), &mut *part) {
                    *text = expanded(text, |name| env::var(name).ok());
                }
                if let Some((_, paths)) = PATHS_OF_SOURCES.iter().find(|(source, _)| source == key) {
                    for path in *paths {
                        if let Some(Value::String(text)) = part.get_mut(*path) {
                            *text = expanded(text, |name| env::var(name).ok());
                        }
                    }
                }
                if let Some(child) = node.child(&Step::Key(key.clone())) {
                    write_out_at(child, part);
                }
            }
        }
        Value::Array(elements) => {
            for (index, part) in elements.iter_mut().enumerate() {
                if let Some(child) = node.child(&Step::Index(index)) {
                    write_out_at(child, part);
                }
            }
        }
        _ => {}
    }
}

/// Numbers that stand for an object of the whole file: one seed, and how many replicates.
pub(super) fn write_out_numbers(node: Node, object: &mut Map<String, Value>) {
    write_out_seed(node, object);
    write_out_replicates(node, object);
}

/// Replicates that differ in all seeds; a single one has those of the base.
fn write_out_replicates(node: Node, object: &mut Map<String, Value>) {
    let shape = node.shape();
    let replicates = shape.plain.iter().find_map(|own| own.property("replicates"));
    let has = |key: &str| replicates.is_some_and(|own| own.child(&Step::Key(key.to_owned())).is_some());
    let Some(count) = object.get_mut("replicates").filter(|count| count.is_number() && has("count") && has("vary"))
    else {
        return;
    };
    let vary = if *count == 1 { json!([]) } else { json!(["data", "init", "chip", "noise"]) };
    *count = json!({"count": count, "vary": vary});
}

/// One seed for all four, where the type has four.
fn write_out_seed(node: Node, object: &mut Map<String, Value>) {
    let shape = node.shape();
    let seeds = shape.plain.iter().find_map(|own| own.property("seeds").filter(|_| own.property("seed").is_none()));
    let Some(seeds) = seeds.filter(|_| !object.contains_key("seeds")) else { return };
    let Some(seed) = object.get("seed").filter(|seed| seed.is_number()).cloned() else { return };
    let of_seeds = seeds.shape();
    let keys = of_seeds.plain.iter().flat_map(|own| own.keys()).map(|key| (key.to_owned(), seed.clone()));
    let all = Value::Object(keys.collect());
    let entries = std::mem::take(object).into_iter();
    *object =
        entries.map(|(key, own)| if key == "seed" { ("seeds".to_owned(), all.clone()) } else { (key, own) }).collect();
}

/// A path with the home folder and variables in their places; what is not set stays as it is, and is then not found.
fn expanded(path: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut whole = match path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => variable("HOME").map_or(path.to_owned(), |home| home + rest),
        None => path.to_owned(),
    };
    let mut from = 0;
    while let Some(at) = whole[from..].find('$').map(|at| from + at) {
        let rest = &whole[at + 1..];
        let (name, length) = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name.to_owned(), name.len() + 3),
            None => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name: String = rest.chars().take_while(|&c| is_part(c)).collect();
                (name.clone(), name.len() + 1)
            }
        };
        from = match variable(&name).filter(|_| !name.is_empty()) {
            Some(text) => {
                whole.replace_range(at..at + length, &text);
                at + text.len()
            }
            None => at + 1,
        };
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema_of;
    use super::super::{Experiment, Hardware};
    use super::*;

    fn long(value: Value) -> Value {
        let schema = schema_of::<Experiment>();
        let mut value = value;
        write_out(Node::root(schema), &mut value);
        value
    }

    #[test]
    fn variants_with_defaults_alone_may_be_named() {
        let short = json!({"schedule": "fwbwK", "training": {"optimizer": "sgd", "rate_schedule": "constant"}, "data": {"source": "digits"}});
        let written = json!({"schedule": {"fwbwK": {}}, "training": {"optimizer": {"sgd": {}}, "rate_schedule": "constant"},
            "data": {"source": {"digits": {}}}});
        assert_eq!(long(short), written);
        // What lacks a setting, or does not exist, is for the check to name.
        for other in
            [json!({"data": {"source": "npz"}}), json!({"training": {"optimizer": "adm"}}), json!({"title": "sgd"})]
        {
            assert_eq!(long(other.clone()), other);
        }
    }

    #[test]
    fn one_seed_stands_for_four() {
        let seeds = json!({"data": 3, "init": 3, "chip": 3, "noise": 3});
        assert_eq!(long(json!({"title": "t", "seed": 3})), json!({"title": "t", "seeds": seeds}));
        let both = json!({"seed": 3, "seeds": {"data": 1}});
        assert_eq!(long(both.clone()), both);
        let schema = schema_of::<Hardware>();
        let mut hardware = json!({"seed": 3, "replicates": 3});
        write_out(Node::root(schema), &mut hardware);
        assert_eq!(hardware, json!({"seed": 3, "replicates": 3}));
    }

    #[test]
    fn paths_hold_variables() {
        let variable = |name: &str| match name {
            "HOME" => Some("/home/me".to_owned()),
            "SCRATCH" => Some("/scratch/$HOME".to_owned()),
            _ => None,
        };
        for (path, expected) in [
            ("~/data", "/home/me/data"),
            ("~", "/home/me"),
            ("~you/data", "~you/data"),
            ("$SCRATCH/a", "/scratch/$HOME/a"),
            ("a/${HOME}b", "a//home/meb"),
            ("$UNKNOWN/$HOME", "$UNKNOWN//home/me"),
            ("a$", "a$"),
        ] {
            assert_eq!(expanded(path, variable), expected);
        }
    }
}
