//! Which settings are not the default.
use super::key::{KeyPath, Step};
use super::node::Node;
use super::schema::schema_of;
use schemars::JsonSchema;
use serde_json::Value;

/// Places of effective settings whose value is not the default of the file's type; a setting without default is one
/// of them, and so is one whose default is to be derived from others. An array of plain values is one setting.
pub fn chosen<T: JsonSchema + 'static>(effective: &Value) -> Vec<KeyPath> {
    let schema = schema_of::<T>();
    let mut found = vec![];
    collect(Some(Node::root(schema)), None, KeyPath::root(), effective, &mut found);
    found
}

/// `default` is what the default of an outer object says of this place.
fn collect(node: Option<Node>, default: Option<&Value>, key: KeyPath, value: &Value, found: &mut Vec<KeyPath>) {
    let default = node.and_then(|node| node.keyword("default")).or(default);
    if default.is_some_and(|default| same(default, value)) {
        return;
    }
    match value {
        Value::Object(object) if !object.is_empty() => {
            // The address of the schema is for editors and sets nothing.
            for (name, part) in object.iter().filter(|(name, _)| *name != "$schema") {
                let step = Step::Key(name.clone());
                let child = node.and_then(|node| node.child(&step));
                collect(child, default.and_then(|d| d.get(name)), key.join(step), part, found);
            }
        }
        Value::Array(elements) if elements.iter().any(|element| element.is_object() || element.is_array()) => {
            for (index, part) in elements.iter().enumerate() {
                let step = Step::Index(index);
                let child = node.and_then(|node| node.child(&step));
                collect(child, default.and_then(|d| d.get(index)), key.join(step), part, found);
            }
        }
        _ => found.push(key),
    }
}

/// Whether two values are the same setting: 1 and 1.0 are, and so are objects of which one spells out what is null.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let missing = &Value::Null;
            a.keys().chain(b.keys()).all(|key| same(a.get(key).unwrap_or(missing), b.get(key).unwrap_or(missing)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Edit, Setup};
    use std::path::Path;

    #[test]
    fn only_what_differs_from_the_defaults_is_found() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.json");
        let keys = |edits: &[&str]| -> Vec<String> {
            let edits: Vec<_> = edits.iter().map(|text| Edit::parse(text).unwrap()).collect();
            let settings: Value = serde_json::from_str(Setup::load(&file, &edits).unwrap().settings_text()).unwrap();
            chosen::<crate::config::Experiment>(&settings["experiment"]).iter().map(ToString::to_string).collect()
        };
        let base = keys(&[]);
        for given in ["title", "network.hidden", "nudging.alpha", "training.rate_schedule.warmup_cosine.warmup_epochs"]
        {
            assert!(base.iter().any(|key| key == given), "{given} is missing in {base:?}");
        }
        for default in ["data", "network.activation", "credit_rule", "training.optimizer", "nudging.output", "seeds"] {
            assert!(!base.iter().any(|key| key.starts_with(default)), "{default} is in {base:?}");
        }
        let edited = keys(&["network.activation=\"tanh\"", "seeds.chip=7"]);
        let more: Vec<_> = edited.iter().filter(|key| !base.contains(key)).collect();
        assert_eq!(more, ["network.activation", "seeds.chip"]);
    }
}
