//! What can be said of a key without a file: its meaning, what it takes, its unit and default.
use super::demand::demand;
use super::explain::unit_of;
use super::key::KeyPath;
use super::node::{Kind, Node};
use super::schema::schema_of;
use schemars::JsonSchema;
use serde_json::Value;
use std::fmt::Write;

/// Deepest place that is looked for by its last keys; types may hold themselves.
const DEPTH: usize = 6;

/// A text for every place of a file of type `T` that `key` names: from its root, or where no such place exists, by its last
/// keys, as `epochs` for `training.epochs`. None if there is no such place.
pub fn key_help<T: JsonSchema + 'static>(key: &KeyPath) -> Vec<String> {
    let schema = schema_of::<T>();
    let root = Node::root(schema);
    let whole = key.steps().iter().try_fold(root, |node, step| node.child(step));
    if let Some(node) = whole {
        return vec![text(key, node)];
    }
    let mut found = vec![];
    collect(root, &KeyPath::root(), DEPTH, &mut |place, node| {
        if place.steps().ends_with(key.steps()) {
            found.push(text(place, node));
        }
    });
    found
}

/// Places of a file of type `T` whose last key holds a word, with the first line of what each means; those that end in it are left out.
pub fn keys_with<T: JsonSchema + 'static>(word: &str) -> Vec<(String, String)> {
    let schema = schema_of::<T>();
    let (mut found, word) = (vec![], word.to_lowercase());
    collect(Node::root(schema), &KeyPath::root(), DEPTH, &mut |key, node| {
        let last = key.last_key().unwrap_or_default();
        if last != word && last.contains(&word) {
            let meaning = node.description().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
            found.push((key.to_string(), meaning));
        }
    });
    found
}

/// Calls `each` with every place below `node`.
fn collect(node: Node, at: &KeyPath, depth: usize, each: &mut dyn FnMut(&KeyPath, Node)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for (key, child) in inside(node) {
        let place = at.key(key);
        each(&place, child);
        collect(child, &place, depth, each);
    }
}

/// What a file may hold in a place: contents of variants, and properties.
fn inside(node: Node) -> Vec<(&'static str, Node)> {
    let shape = node.shape();
    let variants = shape.variants.iter().filter_map(|own| Some((own.name, own.content?)));
    let keys =
        shape.plain.iter().flat_map(|own| own.keys().into_iter().filter_map(|key| Some((key, own.property(key)?))));
    variants.chain(keys).collect()
}

fn text(key: &KeyPath, node: Node) -> String {
    let shape = node.shape();
    let mut text = format!("{key}\n");
    let mut line = |line: String| writeln!(text, "  {line}").expect("a string takes all");
    for paragraph in node.description().unwrap_or_default().lines() {
        line(paragraph.to_owned());
    }
    line(format!("takes     {}", demand(shape)));
    if shape.plain.iter().any(|own| matches!(own.kind(), Kind::Number | Kind::Integer)) {
        line(format!("unit      {}", unit_of(key.last_key().unwrap_or_default())));
    }
    if let Some(default) = node.keyword("default") {
        line(format!("default   {default}"));
    }
    for (name, child) in inside(node) {
        let meaning = child.description().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        let default = child.keyword("default").filter(|value| !value.is_object()).map(Value::to_string);
        line(format!(
            "  {name:<28} {}{}",
            meaning,
            default.map_or(String::new(), |value| format!(" [default: {value}]"))
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Experiment;
    use super::*;

    fn help(key: &str) -> Vec<String> {
        key_help::<Experiment>(&KeyPath::parse(key).unwrap())
    }

    #[test]
    fn a_key_is_explained_from_the_root_or_by_its_end() {
        let [whole] = &help("training.epochs")[..] else { panic!("one place") };
        assert!(whole.starts_with("training.epochs\n  Number of passes over the training samples"), "{whole}");
        assert!(whole.contains("takes     a whole number"), "{whole}");
        assert_eq!(help("epochs")[0], *whole);
        let [optimizer] = &help("training.optimizer")[..] else { panic!("one place") };
        assert!(optimizer.contains("takes     one of {\"sgd\": …}, "), "{optimizer}");
        assert!(help("training.epoch").is_empty());
    }
}
