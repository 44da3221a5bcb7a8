//! Holding a value against the schema of its type, to find every problem at once.
use super::{
    demand::{Range, demand, demand_of},
    error::{MOST_PROBLEMS, Problem, Rule, short},
    key::KeyPath,
    node::{Kind, Node, Shape},
    renamed::moved,
    suggest::{nearest, places_of},
};
use serde_json::Value;

/// The problems of `value`, in the order of the file, [`MOST_PROBLEMS`] at most. `root` is the schema of the whole file.
pub fn check(root: Node, value: &Value) -> Vec<Problem> {
    let mut checker = Checker { root, problems: Vec::new() };
    checker.value(root, &KeyPath::root(), value);
    checker.problems.truncate(MOST_PROBLEMS);
    checker.problems
}

/// The problem of a key that does not exist at `parent`, a place of the type `shape`.
pub fn unknown_key(root: Node, shape: &Shape, parent: &KeyPath, key: &str, value: Option<&Value>) -> Problem {
    let known = shape.plain.iter().flat_map(|node| node.keys());
    let valid: Vec<&str> = shape.variants.iter().map(|variant| variant.name).chain(known).collect();
    let near = nearest(key, valid.iter().copied());
    let elsewhere = if let Some(new) = moved(&parent.key(key)) {
        Some(format!("{} is now {new}", parent.key(key)))
    } else if near.is_none() {
        in_words(key, parent, &places_of(root, key))
    } else {
        None
    };
    let rule = if shape.variants.is_empty() {
        Rule::UnknownKey { valid: valid.into_iter().map(str::to_owned).collect(), elsewhere }
    } else {
        Rule::UnknownVariant { demand: demand(shape), elsewhere }
    };
    Problem {
        key: parent.key(key),
        value: value.map(short),
        rule,
        suggestion: near.map(|near| parent.key(near).to_string()),
    }
}

fn in_words(key: &str, parent: &KeyPath, places: &[KeyPath]) -> Option<String> {
    /// More would bury the message.
    const MOST: usize = 3;
    let homes: Vec<String> = places.iter().take(MOST).map(|place| place_in_words(&place.parent())).collect();
    (!homes.is_empty())
        .then(|| format!("`{key}` is a key of {}, not of {}", homes.join(" and of "), place_in_words(parent)))
}

fn place_in_words(place: &KeyPath) -> String {
    if place.steps().is_empty() { "the whole file".to_owned() } else { place.to_string() }
}

struct Checker {
    root: Node,
    problems: Vec<Problem>,
}

impl Checker {
    fn value(&mut self, node: Node, path: &KeyPath, value: &Value) {
        if self.is_full() {
            return;
        }
        let shape = node.shape();
        if (value.is_null() && shape.nullable) || self.variant(shape, path, value) {
            return;
        }
        let mut fitting = shape.plain.iter().filter(|plain| fits(plain.kind(), value));
        let Some(first) = fitting.next() else {
            let (demand, got) = (demand(shape), Some(name_of(value, shape)));
            return self.report(path, value, Rule::Must { demand, got });
        };
        // Several fit only in an untagged choice: the one with the fewest problems was probably meant.
        let attempts = std::iter::once(first).chain(fitting).map(|plain| {
            let mut attempt = Checker { root: self.root, problems: Vec::new() };
            attempt.plain(*plain, path, value);
            attempt.problems
        });
        let mut fewest = attempts.min_by_key(Vec::len).unwrap_or_default();
        // A number out of its range may have been meant for what else may stand here: bits 0 for "ideal".
        if let [Problem { key, rule: Rule::Must { demand: told, .. }, .. }] = fewest.as_mut_slice()
            && (key == path && value.is_number() && has_choice(shape))
        {
            *told = demand(shape);
        }
        self.problems.extend(fewest);
    }

    /// Checks the value as a variant of an enum; false if it has to be something else.
    fn variant(&mut self, shape: &Shape, path: &KeyPath, value: &Value) -> bool {
        let find = |name: &str| shape.variants.iter().find(|variant| variant.name == name);
        match value {
            _ if shape.variants.is_empty() => return false,
            Value::String(name) => match find(name) {
                Some(variant) if variant.content.is_none() => {}
                Some(_) => {
                    let demand = format!("an object {{\"{name}\": …}} with the settings of this variant");
                    self.report(path, value, Rule::Must { demand, got: None });
                }
                None if shape.plain.iter().any(|plain| plain.kind() == Kind::Text) => return false,
                None => {
                    self.report(path, value, Rule::Must { demand: demand(shape), got: None });
                    let near = nearest(name, shape.variants.iter().map(|variant| variant.name));
                    if let Some(problem) = self.problems.last_mut() {
                        problem.suggestion = near.map(str::to_owned);
                    }
                }
            },
            Value::Object(object) if shape.variants.iter().any(|variant| variant.content.is_some()) => {
                match object.iter().next() {
                    None => self.report(path, value, Rule::Must { demand: demand(shape), got: None }),
                    Some(_) if object.len() > 1 && object.keys().all(|name| find(name).is_some()) => {
                        self.report(path, value, Rule::TwoVariants { given: object.keys().cloned().collect() });
                    }
                    Some(_) => object.iter().for_each(|(name, inner)| self.tagged(shape, path, name, inner)),
                }
            }
            _ => return false,
        }
        true
    }

    fn tagged(&mut self, shape: &Shape, path: &KeyPath, name: &str, inner: &Value) {
        match shape.variants.iter().find(|variant| variant.name == name) {
            None => self.problems.push(unknown_key(self.root, shape, path, name, Some(inner))),
            Some(variant) => match variant.content {
                Some(content) => self.value(content, &path.key(name), inner),
                None => {
                    let demand = format!("the text \"{name}\": this variant has no settings");
                    self.report(path, &serde_json::json!({ name: inner }), Rule::Must { demand, got: None });
                }
            },
        }
    }

    fn plain(&mut self, node: Node, path: &KeyPath, value: &Value) {
        match value {
            Value::Object(object) if node.kind() == Kind::Object => {
                for (key, inner) in object {
                    if self.is_full() {
                        return;
                    }
                    match node.property(key) {
                        Some(property) => self.value(property, &path.key(key), inner),
                        None => {
                            let shape = Shape { plain: vec![node], ..Shape::default() };
                            self.problems.push(unknown_key(self.root, &shape, path, key, Some(inner)));
                        }
                    }
                }
                for key in node.required().filter(|&key| !object.contains_key(key)) {
                    // A misspelled key is one problem, not two.
                    let meant = Some(path.key(key).to_string());
                    if self.problems.iter().any(|problem| problem.suggestion == meant) {
                        continue;
                    }
                    let demand = node.property(key).map_or_else(String::new, |property| demand(property.shape()));
                    self.problems.push(Problem {
                        key: path.key(key),
                        value: None,
                        rule: Rule::Missing { demand },
                        suggestion: None,
                    });
                }
            }
            Value::Array(elements) if node.kind() == Kind::Array => {
                let bound = |keyword| node.keyword(keyword).and_then(Value::as_u64);
                let length = elements.len() as u64;
                if bound("minItems").is_some_and(|min| length < min)
                    || bound("maxItems").is_some_and(|max| length > max)
                {
                    let got = Some(format!("{length}"));
                    self.report(path, value, Rule::Must { demand: demand_of(node), got });
                }
                for (index, element) in elements.iter().enumerate() {
                    if let Some(item) = node.element(index) {
                        self.value(item, &path.index(index), element);
                    }
                }
            }
            Value::Number(number) => {
                let (range, x) = (Range::of(node), number.as_f64().unwrap_or(f64::NAN));
                if !range.contains(x) {
                    let demand = if node.kind() == Kind::Number { range.rule(x) } else { demand_of(node) };
                    self.report(path, value, Rule::Must { demand, got: None });
                }
            }
            _ => {}
        }
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    fn report(&mut self, path: &KeyPath, value: &Value, rule: Rule) {
        self.problems.push(Problem { key: path.clone(), value: Some(short(value)), rule, suggestion: None });
    }
}

fn has_choice(shape: &Shape) -> bool {
    shape.variants.len() + shape.plain.len() > 1
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Object => value.is_object(),
        Kind::Array => value.is_array(),
        Kind::Integer => value.is_u64() || value.is_i64(),
        Kind::Number => value.is_number(),
        Kind::Text => value.is_string(),
        Kind::Boolean => value.is_boolean(),
        Kind::Anything => true,
    }
}

/// What a value is, for a place that does not take it.
fn name_of(value: &Value, shape: &Shape) -> String {
    let wants = |kinds: &[Kind]| shape.plain.iter().any(|plain| kinds.contains(&plain.kind()));
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(number) => match number.as_f64() {
            _ if wants(&[Kind::Text]) => format!("a number; if the text is meant, write \"{number}\" in quotes"),
            // Whole numbers up to 2^53 are exact, so that the hint is the number meant.
            Some(x) if wants(&[Kind::Integer]) && x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0 => {
                format!("a number with decimal point or exponent; write {x:.0}")
            }
            Some(x) if wants(&[Kind::Integer]) && x.fract() == 0.0 => "one that is too large".to_owned(),
            Some(_) if wants(&[Kind::Integer]) => "a fraction".to_owned(),
            _ => "a number".to_owned(),
        },
        Value::String(text) if wants(&[Kind::Integer, Kind::Number]) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => "a string; write the number without quotes".to_owned(),
            Ok(_) => "a string; NaN, infinity and numbers beyond 1.8e308 are never valid".to_owned(),
            Err(_) => "a string".to_owned(),
        },
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
