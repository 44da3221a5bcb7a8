//! The JSON Schema of a file's type.
use super::node::Node;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The JSON Schema (draft 2020-12) of `T`, in the order of its declaration. Every object whose keys are known refuses
/// other keys, as [`super::strict::read`] does. It is made once: every file that is read asks for it, and a sweep reads as
/// many as it has points.
pub fn schema_of<T: JsonSchema + 'static>() -> &'static Value {
    static MADE: Mutex<Option<HashMap<TypeId, &'static Value>>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.get_or_insert_default().entry(TypeId::of::<T>()).or_insert_with(|| {
        let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
        stand_alone(&mut schema);
        close(&mut schema);
        Box::leak(Box::new(schema))
    })
}

/// The same as text for a file, with the short forms that a file may have: indented, ending with a newline.
pub fn schema_text<T: JsonSchema + 'static>(title: &str) -> String {
    let long = schema_of::<T>();
    let mut schema = long.clone();
    schema["title"] = json!(title);
    add_short_forms(long, long, &mut schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties").filter(|own| own.get("seeds").is_some()) {
        let seed = json!({"type": "integer", "minimum": 0, "description": "One number for all four of `seeds`."});
        properties.insert("seed".to_owned(), seed);
    }
    format!("{schema:#}\n")
}

/// Lets a variant whose settings all have defaults be written as its name. `schema` is a copy of what stands at `long`.
fn add_short_forms(root: &'static Value, long: &'static Value, schema: &mut Value) {
    match (long, schema) {
        (Value::Array(long), Value::Array(parts)) => {
            long.iter().zip(parts).for_each(|(long, part)| add_short_forms(root, long, part));
        }
        (Value::Object(long), Value::Object(object)) => {
            long.values().zip(object.values_mut()).for_each(|(long, part)| add_short_forms(root, long, part));
            let (Some(Value::Array(long)), Some(Value::Array(choices))) = (long.get("oneOf"), object.get_mut("oneOf"))
            else {
                return;
            };
            let variants = long.iter().filter_map(|at| Node::at(root, at).tag());
            let short = variants.filter(|variant| variant.content.is_some_and(Node::has_defaults)).map(|variant| {
                json!({"const": variant.name, "description": format!("Short for {{\"{}\": {{}}}}.", variant.name)})
            });
            choices.extend(short);
        }
        _ => {}
    }
}

/// Takes out of descriptions what is for readers of the source: examples in Rust, and links of rustdoc.
fn stand_alone(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(stand_alone),
        Value::Object(object) => {
            for (keyword, part) in object.iter_mut() {
                match (keyword.as_str(), part) {
                    ("description", Value::String(text)) => *text = plain_words(text),
                    ("default" | "const" | "enum", _) => {}
                    (_, part) => stand_alone(part),
                }
            }
        }
        _ => {}
    }
}

/// A comment of the source as a reader of settings should see it.
fn plain_words(comment: &str) -> String {
    // Parts between fences are examples in Rust.
    let prose: String = comment.split("```").step_by(2).collect();
    let mut plain = String::new();
    let mut rest = prose.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once(']').filter(|(name, _)| name.starts_with('`') && name.ends_with('`'));
        plain.push_str(before);
        rest = match link {
            Some((name, behind)) => {
                plain.push_str(
                    name.rsplit("::").next().map_or(name, |last| last.trim_start_matches('`')).trim_end_matches('`'),
                );
                // A link may name its target.
                behind.strip_prefix('(').and_then(|target| target.split_once(')')).map_or(behind, |(_, behind)| behind)
            }
            None => {
                plain.push('[');
                after
            }
        };
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

/// Forbids unknown keys in every object with named keys.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(json!(false));
    }
    for (keyword, part) in object.iter_mut() {
        match (keyword.as_str(), part) {
            ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(close),
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(parts)) => parts.iter_mut().for_each(close),
            ("items" | "additionalProperties", part) => close(part),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::Positive;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Open {
        tau_s: Positive,
    }

    #[test]
    fn the_schema_forbids_unknown_keys_even_where_the_type_forgot_to() {
        let schema: Value = serde_json::from_str(&schema_text::<Open>("Open file")).unwrap();
        assert_eq!(schema["title"], "Open file");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema_text::<Open>("Open file"), schema_text::<Open>("Open file"));
    }

    #[test]
    fn descriptions_stand_alone() {
        let comment = "Weights of [`Network`], from [`super::State`](crate::State) in [0, 1].\n\n```\nlet x = [1];\n```\n\nAnd `so` on.";
        assert_eq!(plain_words(comment), "Weights of Network, from State in [0, 1].\n\n\n\nAnd `so` on.");
        for text in [schema_text::<crate::config::Experiment>(""), schema_text::<crate::config::Hardware>("")] {
            assert!(!text.contains("```") && !text.contains("[`"), "an example or link of Rust is left");
        }
    }
}
