//! The JSON Schema of a file's type, and the one way to walk it: checking, editing, explaining and suggesting all
//! descend through [`Node`].
//!
//! Only what this program's types produce is understood: structs, externally tagged enums, `Option`, arrays, tuples,
//! maps and numbers with bounds. Combinations such as `allOf` (flattened structs) are not.
use super::key::Step;
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
    add_short_forms(long, &mut schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties").filter(|own| own.get("seeds").is_some()) {
        let seed = json!({"type": "integer", "minimum": 0, "description": "One number for all four of `seeds`."});
        properties.insert("seed".to_owned(), seed);
    }
    format!("{schema:#}\n")
}

/// Lets a variant whose settings all have defaults be written as its name.
fn add_short_forms(root: &Value, schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(|part| add_short_forms(root, part)),
        Value::Object(object) => {
            object.values_mut().for_each(|part| add_short_forms(root, part));
            let Some(Value::Array(choices)) = object.get_mut("oneOf") else { return };
            let variants = choices.iter().filter_map(|at| Node { root, at }.tag());
            let short: Vec<Value> = variants
                .filter(|variant| variant.content.is_some_and(Node::has_defaults))
                .map(|variant| json!({"const": variant.name, "description": format!("Short for {{\"{}\": {{}}}}.", variant.name)}))
                .collect();
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

/// One place of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Node<'s> {
    root: &'s Value,
    at: &'s Value,
}

/// What may stand at a place.
#[derive(Debug, Default)]
pub struct Shape<'s> {
    /// Whether `null` may.
    pub nullable: bool,
    /// The variants, if it is an enum.
    pub variants: Vec<Variant<'s>>,
    /// Everything else: objects, arrays, numbers, texts.
    pub plain: Vec<Node<'s>>,
}

/// A variant of an externally tagged enum.
#[derive(Debug, Clone, Copy)]
pub struct Variant<'s> {
    /// Its name in the file.
    pub name: &'s str,
    /// What it holds; `None` for a variant that is only a name.
    pub content: Option<Node<'s>>,
}

/// The JSON type a plain node demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object, with known keys or as a map.
    Object,
    /// An array or tuple.
    Array,
    /// A number written without decimal point.
    Integer,
    /// Any finite number.
    Number,
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// The schema does not say.
    Anything,
}

impl<'s> Node<'s> {
    /// The schema of a whole file.
    pub fn root(schema: &'s Value) -> Self {
        Self { root: schema, at: schema }
    }

    /// A keyword of the schema at this place, such as `minimum`.
    pub fn keyword(self, name: &str) -> Option<&'s Value> {
        self.at.get(name)
    }

    /// Follows references. A reference that leads nowhere stays as it is.
    fn resolved(self) -> Self {
        let mut node = self;
        // A chain of references longer than this can only be a circle.
        for _ in 0..32 {
            let target = node.keyword("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            match target.and_then(|pointer| self.root.pointer(pointer)) {
                Some(at) => node = Self { root: self.root, at },
                None => break,
            }
        }
        node
    }

    /// What may stand here.
    pub fn shape(self) -> Shape<'s> {
        let mut shape = Shape::default();
        self.collect(false, &mut shape);
        shape
    }

    fn collect(self, tagged: bool, shape: &mut Shape<'s>) {
        let node = self.resolved();
        // schemars writes enums as `oneOf`, optional values as `anyOf`.
        for (keyword, tagged) in [("oneOf", true), ("anyOf", false)] {
            if let Some(choices) = node.keyword(keyword).and_then(Value::as_array) {
                choices.iter().for_each(|at| Self { root: self.root, at }.collect(tagged, shape));
                return;
            }
        }
        let names = node.keyword("enum").and_then(Value::as_array).map(Vec::as_slice);
        let names = names.or_else(|| node.keyword("const").map(std::slice::from_ref)).unwrap_or_default();
        let types = node.types();
        shape.nullable |= types.contains(&"null") || names.contains(&Value::Null);
        if names.iter().any(Value::is_string) {
            shape.variants.extend(names.iter().filter_map(Value::as_str).map(|name| Variant { name, content: None }));
        } else if let Some(variant) = node.tag().filter(|_| tagged) {
            shape.variants.push(variant);
        } else if types != ["null"] {
            shape.plain.push(node);
        }
    }

    /// Reads an object with exactly one, required key as a variant with content.
    fn tag(self) -> Option<Variant<'s>> {
        let properties = self.keyword("properties")?.as_object()?;
        let required = self.keyword("required")?.as_array()?;
        match (properties.iter().next(), properties.len(), required.len()) {
            (Some((name, at)), 1, 1) => Some(Variant { name, content: Some(Self { root: self.root, at }) }),
            _ => None,
        }
    }

    fn types(self) -> Vec<&'s str> {
        match self.keyword("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The JSON type demanded, apart from `null`.
    pub fn kind(self) -> Kind {
        match self.types().into_iter().find(|&name| name != "null") {
            Some("object") => Kind::Object,
            Some("array") => Kind::Array,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("string") => Kind::Text,
            Some("boolean") => Kind::Boolean,
            _ => Kind::Anything,
        }
    }

    /// The known keys of a plain object, in the order of declaration.
    pub fn keys(self) -> Vec<&'s str> {
        let properties = self.keyword("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// The keys of a plain object that must be given.
    pub fn required(self) -> impl Iterator<Item = &'s str> {
        self.keyword("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// What a key of a plain object may hold; `None` if there is no such key. A map has every key.
    pub fn property(self, key: &str) -> Option<Self> {
        let known = self.keyword("properties").and_then(|properties| properties.get(key));
        let at = known.or_else(|| self.keyword("additionalProperties").filter(|any| any.is_object()))?;
        Some(Self { root: self.root, at })
    }

    /// What an element of a plain array may hold.
    pub fn element(self, index: usize) -> Option<Self> {
        let of_tuple = self.keyword("prefixItems").and_then(|items| items.get(index));
        let at = of_tuple.or_else(|| self.keyword("items").filter(|any| any.is_object()))?;
        Some(Self { root: self.root, at })
    }

    /// Whether `{}` says everything that has to be said here.
    pub fn has_defaults(self) -> bool {
        let shape = self.shape();
        let is_plain =
            |node: &Self| node.kind() == Kind::Object && !node.keys().is_empty() && node.required().next().is_none();
        shape.variants.is_empty() && matches!(&shape.plain[..], [node] if is_plain(node))
    }

    /// What stands one step below this place, whichever variant it is.
    pub fn child(self, step: &Step) -> Option<Self> {
        let shape = self.shape();
        match step {
            Step::Key(key) => {
                let variant = shape.variants.iter().find(|variant| variant.name == key);
                variant
                    .and_then(|variant| variant.content)
                    .or_else(|| shape.plain.iter().find_map(|node| node.property(key)))
            }
            Step::Index(index) => shape.plain.iter().find_map(|node| node.element(*index)),
        }
    }

    /// What the documentation says here, else what it says of the type.
    pub fn description(self) -> Option<&'s str> {
        let here = self.keyword("description").or_else(|| self.resolved().keyword("description"));
        here.and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::{Count, Positive};
    use serde::Deserialize;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Open {
        /// How long it takes.
        tau_s: Positive,
        rule: Option<Tagged>,
        rows: Vec<Open>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        Off,
        Every(Count),
        Window { start: Count },
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

    #[test]
    fn an_optional_enum_shows_its_variants_and_that_it_may_be_null() {
        let schema = schema_of::<Open>();
        let shape = Node::root(schema).child(&Step::Key("rule".to_owned())).unwrap().shape();
        let variants: Vec<_> = shape.variants.iter().map(|v| (v.name, v.content.is_some())).collect();
        assert_eq!(variants, [("off", false), ("every", true), ("window", true)]);
        assert!(shape.nullable && shape.plain.is_empty());
    }

    #[test]
    fn a_type_that_holds_itself_can_be_walked_to_any_depth() {
        let schema = schema_of::<Open>();
        let mut node = Node::root(schema);
        for _ in 0..50 {
            node = node.child(&Step::Key("rows".to_owned())).unwrap().child(&Step::Index(0)).unwrap();
        }
        assert_eq!(node.child(&Step::Key("tau_s".to_owned())).unwrap().description(), Some("How long it takes."));
    }
}
