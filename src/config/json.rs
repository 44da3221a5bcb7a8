//! JSON text to a value, refusing what `serde_json` lets pass (a key given twice) and explaining errors in plain words.
use super::key::KeyPath;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Text that is not JSON, TOML or YAML as this program reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {rule}")]
pub struct SyntaxError {
    /// Line of the fault, counted from 1.
    pub line: usize,
    /// Column of the fault in characters, counted from 1.
    pub column: usize,
    /// What was expected, in plain words.
    pub rule: String,
}

/// Parses JSON text, in which comments (`// …` to the end of the line, `/* … */`) may stand where blanks may. Objects keep the
/// order of their keys.
///
/// # Errors
/// [`SyntaxError`] if the text is not JSON, an object gives one key twice, or a number is beyond ±1.8e308.
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    let without_comments = blank_comments(text);
    let text = without_comments.as_str();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    UniqueKeys(KeyPath::root())
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(text, &error))
}

/// The text with blanks in the place of comments, so that every fault stays at its line and column.
pub(super) fn blank_comments(text: &str) -> String {
    let mut blank = String::with_capacity(text.len());
    let (mut rest, mut in_text) = (text, false);
    while let Some(c) = rest.chars().next() {
        let comment = match () {
            () if in_text => None,
            () if rest.starts_with("//") => rest.find('\n').or(Some(rest.len())),
            // One that is not closed is no comment: its beginning is refused.
            () if rest.starts_with("/*") => rest[2..].find("*/").map(|at| at + 4),
            () => None,
        };
        if let Some(length) = comment {
            blank.extend(rest[..length].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[length..];
            continue;
        }
        let length = if in_text && c == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { c.len_utf8() };
        in_text ^= c == '"';
        blank.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    blank
}

fn explain(text: &str, error: &serde_json::Error) -> SyntaxError {
    let lines: Vec<&str> = text.split('\n').collect();
    // Column 0 is a line break, which belongs to the end of the line before.
    let (line_number, bytes) = match (error.line(), error.column()) {
        (number @ 2.., 0) => (number - 1, usize::MAX),
        (number, column) => (number.max(1), column),
    };
    let line = lines.get(line_number - 1).copied().unwrap_or_default();
    let bytes = bytes.min(line.len());
    let column = String::from_utf8_lossy(&line.as_bytes()[..bytes]).chars().count().max(1);
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    SyntaxError { line: line_number, column, rule: plain_words(message, word_at(line, bytes)) }
}

/// The run of characters around a byte that could be one JSON word or number.
fn word_at(line: &str, column: usize) -> &str {
    let is_part = |c: char| !c.is_whitespace() && !"{}[]:,\"".contains(c);
    let end_of_fault = (column..=line.len()).find(|&at| line.is_char_boundary(at)).unwrap_or(line.len());
    let start = line[..end_of_fault].rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
    let start = (start..=line.len()).find(|&at| line.is_char_boundary(at)).unwrap_or(line.len());
    let length = line[start..].find(|c| !is_part(c)).unwrap_or(line.len() - start);
    &line[start..start + length]
}

fn plain_words(message: &str, word: &str) -> String {
    let lower = word.trim_start_matches(['-', '+']).to_lowercase();
    if ["nan", "inf", "infinity"].contains(&lower.as_str()) {
        return format!("`{word}` is not a number in JSON, and no setting takes it; give a finite number");
    }
    if word.starts_with("/*") {
        return "a comment is not closed; */ is missing".to_owned();
    }
    if word.starts_with('#') {
        return "comments begin with // or stand between /* and */".to_owned();
    }
    if word.starts_with('\'') {
        return "text stands in double quotes (\"…\"), not single ones".to_owned();
    }
    if ["true", "false", "null", "none"].contains(&lower.as_str()) && lower != word {
        return format!("`{word}` is not JSON; write true, false and null in small letters");
    }
    if lower.starts_with(|c: char| c == '.' || c.is_ascii_digit()) && message.starts_with("expected") {
        return format!("`{word}` is not a number as JSON writes it; write it like 0.5, -3 or 1e-3");
    }
    match message {
        "number out of range" => format!("the number `{word}` is too large; numbers reach up to 1.8e308"),
        "invalid number" => format!("`{word}` is not a number as JSON writes it; write it like 0.5, -3 or 1e-3"),
        "trailing comma" => "a comma stands after the last element; remove it".to_owned(),
        "trailing characters" => "something stands after the end of the one value; remove it".to_owned(),
        "key must be a string" => "a key in double quotes was expected here".to_owned(),
        "expected `:`" => "a colon was expected between key and value".to_owned(),
        "expected `,` or `}`" => "a comma or the closing } was expected here".to_owned(),
        "expected `,` or `]`" => "a comma or the closing ] was expected here".to_owned(),
        "EOF while parsing an object" => "the text ends inside an object; a closing } is missing".to_owned(),
        "EOF while parsing a list" => "the text ends inside an array; a closing ] is missing".to_owned(),
        "EOF while parsing a string" => "the text ends inside quotes; a closing \" is missing".to_owned(),
        "EOF while parsing a value" => "the text ends where a value was expected".to_owned(),
        "expected value" | "expected ident" if word.is_empty() => "a value was expected here".to_owned(),
        "expected value" | "expected ident" => format!(
            "`{word}` is not a value; write a number, a text in double quotes, true, false, null, an array or an object"
        ),
        "recursion limit exceeded" => "objects and arrays are nested more than 127 deep".to_owned(),
        other if other.starts_with("control character") => {
            "a text runs over the end of the line; close it with \" (or write \\n, \\t inside it)".to_owned()
        }
        other => other.to_owned(),
    }
}

/// The key under which a TOML parser hands over a date.
const DATE_OF_TOML: &str = "$__toml_private_datetime";

/// Builds a value, remembering where it is, so that a key given twice can be named.
pub(super) struct UniqueKeys(pub KeyPath);

impl<'de> DeserializeSeed<'de> for UniqueKeys {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<Value, E> {
        Err(E::custom("number out of range"))
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<Value, E> {
        Err(E::custom("number out of range"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(UniqueKeys(self.0.index(array.len())))? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == DATE_OF_TOML {
                return Err(A::Error::custom("no setting is a date or a time; put a text in quotes"));
            }
            let place = self.0.key(&key);
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {place} is given twice; keep one")));
            }
            object.insert(key, entries.next_value_seed(UniqueKeys(place))?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_written_value_reads_back_bit_for_bit(value in json()) {
            prop_assert_eq!(parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}:,\"'a1.e/ \né-]{0,20}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn comments_stand_where_blanks_may() {
        let text = "// what\n{\"a\": 1, /* why,\n \"b\": 2 */ \"c//\": \"/* \\\" // */\"} // end";
        assert_eq!(parse(text).unwrap(), serde_json::json!({"a": 1, "c//": "/* \" // */"}));
        let error = parse("/* ä */ {\"a\": x}").unwrap_err();
        assert_eq!((error.line, error.column), (1, 15));
        assert!(parse("{} /* open").is_err());
    }

    #[test]
    fn a_key_given_twice_is_named_with_its_path() {
        let error = parse("{\"a\": [{\"b\": 1,\n \"b\": 2}]}").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 4: the key a[0].b is given twice; keep one");
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        assert_eq!(parse("{\"äöü\": x}").unwrap_err().column, 9);
    }
}
