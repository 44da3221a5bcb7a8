//! The one way to walk the JSON Schema of a file's type: checking, editing, explaining and suggesting all descend
//! through [`Node`].
//!
//! Only what this program's types produce is understood: structs, externally tagged enums, `Option`, arrays, tuples,
//! maps and numbers with bounds. Combinations such as `allOf` (flattened structs) are not.
use super::key::Step;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// One place of a schema. Schemas are made once, and stay as long as the program runs.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    root: &'static Value,
    at: &'static Value,
}

/// What may stand at a place.
#[derive(Debug, Default)]
pub struct Shape {
    /// Whether `null` may.
    pub nullable: bool,
    /// The variants, if it is an enum.
    pub variants: Vec<Variant>,
    /// Everything else: objects, arrays, numbers, texts.
    pub plain: Vec<Node>,
}

/// What may stand where nothing may.
pub static NOTHING: Shape = Shape { nullable: false, variants: Vec::new(), plain: Vec::new() };

/// A variant of an externally tagged enum.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Its name in the file.
    pub name: &'static str,
    /// What it holds; `None` for a variant that is only a name.
    pub content: Option<Node>,
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

impl Node {
    /// The schema of a whole file.
    pub fn root(schema: &'static Value) -> Self {
        Self::at(schema, schema)
    }

    /// A place in the schema of a whole file.
    pub(super) fn at(root: &'static Value, at: &'static Value) -> Self {
        Self { root, at }
    }

    /// A keyword of the schema at this place, such as `minimum`.
    pub fn keyword(self, name: &str) -> Option<&'static Value> {
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

    /// What may stand here. It is looked for once: a sweep asks as often as it has points.
    pub fn shape(self) -> &'static Shape {
        static FOUND: RwLock<BTreeMap<usize, &'static Shape>> = RwLock::new(BTreeMap::new());
        let address = std::ptr::from_ref(self.at).addr();
        if let Some(found) = FOUND.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
            return found;
        }
        let mut shape = Shape::default();
        self.collect(false, &mut shape);
        let mut found = FOUND.write().unwrap_or_else(PoisonError::into_inner);
        found.entry(address).or_insert_with(|| Box::leak(Box::new(shape)))
    }

    fn collect(self, tagged: bool, shape: &mut Shape) {
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
    pub(super) fn tag(self) -> Option<Variant> {
        let properties = self.keyword("properties")?.as_object()?;
        let required = self.keyword("required")?.as_array()?;
        match (properties.iter().next(), properties.len(), required.len()) {
            (Some((name, at)), 1, 1) => Some(Variant { name, content: Some(Self { root: self.root, at }) }),
            _ => None,
        }
    }

    fn types(self) -> Vec<&'static str> {
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
    pub fn keys(self) -> Vec<&'static str> {
        let properties = self.keyword("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// The keys of a plain object that must be given.
    pub fn required(self) -> impl Iterator<Item = &'static str> {
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
    pub fn description(self) -> Option<&'static str> {
        let here = self.keyword("description").or_else(|| self.resolved().keyword("description"));
        here.and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema_of;
    use super::*;
    use crate::parameter::{Count, Positive};
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Open {
        /// How long it takes.
        tau_s: Positive,
        rule: Option<Tagged>,
        rows: Vec<Open>,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        Off,
        Every(Count),
        Window { start: Count },
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
