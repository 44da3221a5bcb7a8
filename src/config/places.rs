//! Where in a text of settings its keys stand: the same for JSON, TOML and YAML.
//!
//! A file is checked as a value, which knows nothing of lines. Only when something is wrong with it, its text is read once more
//! for the places of its keys.
use super::json::blank_comments;
use super::key::KeyPath;
use super::place::Place;
use super::text::Format;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;
use toml::de::{DeTable, DeValue};

/// The places of all keys and elements of a text.
#[derive(Debug, Default)]
pub(super) struct Places {
    text: String,
    keys: Vec<(KeyPath, At)>,
}

/// Lines are only counted for what is asked for: a hostile file may have a hundred thousand keys.
#[derive(Debug, Clone, Copy)]
enum At {
    /// A byte of the text.
    Byte(usize),
    Place(Place),
}

impl Places {
    /// Those of a text that could be read. Of another there are none.
    pub fn of(format: Format, text: &str) -> Self {
        let text = if format == Format::Json { blank_comments(text) } else { text.to_owned() };
        let mut places = Self::default();
        match format {
            Format::Json => places.add_json(&text, text.trim(), &KeyPath::root()),
            Format::Toml => {
                if let Ok(table) = DeTable::parse(&text) {
                    places.add_table(table.get_ref(), &KeyPath::root());
                }
            }
            Format::Yaml => {
                let mut options = serde_saphyr::Options::default();
                options.with_snippet = false;
                if let Ok(tree) = serde_saphyr::from_str_with_options(&text, options) {
                    places.add_tree(tree, &KeyPath::root());
                }
            }
        }
        Self { text, ..places }
    }

    /// Of a key, or of the innermost one around it that the text has: a variant that is only named holds all its settings,
    /// and a missing key is missing there. What concerns the whole text has no place.
    pub fn find(&self, key: &KeyPath) -> Option<Place> {
        let around = self.keys.iter().filter(|(own, _)| own.holds(key));
        around.max_by_key(|(own, _)| own.steps().len()).map(|(_, at)| match at {
            At::Byte(byte) => Place::of(&self.text, *byte),
            At::Place(place) => *place,
        })
    }

    fn add_json(&mut self, text: &str, part: &str, at: &KeyPath) {
        let start_of = |raw: &RawValue| raw.get().as_ptr() as usize - text.as_ptr() as usize;
        if part.starts_with('{') {
            for (key, raw) in serde_json::from_str::<BTreeMap<String, &RawValue>>(part).unwrap_or_default() {
                let inner = at.key(&key);
                self.keys.push((inner.clone(), At::Byte(start_of_key(text, start_of(raw)))));
                self.add_json(text, raw.get(), &inner);
            }
        } else if part.starts_with('[') {
            let elements = serde_json::from_str::<Vec<&RawValue>>(part).unwrap_or_default();
            for (index, raw) in elements.into_iter().enumerate() {
                let inner = at.index(index);
                self.keys.push((inner.clone(), At::Byte(start_of(raw))));
                self.add_json(text, raw.get(), &inner);
            }
        }
    }

    fn add_table(&mut self, table: &DeTable<'_>, at: &KeyPath) {
        for (key, value) in table {
            let inner = at.key(key.get_ref());
            self.keys.push((inner.clone(), At::Byte(key.span().start)));
            self.add_toml(value.get_ref(), &inner);
        }
    }

    fn add_toml(&mut self, value: &DeValue<'_>, at: &KeyPath) {
        match value {
            DeValue::Table(table) => self.add_table(table, at),
            DeValue::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let inner = at.index(index);
                    self.keys.push((inner.clone(), At::Byte(element.span().start)));
                    self.add_toml(element.get_ref(), &inner);
                }
            }
            _ => {}
        }
    }

    fn add_tree(&mut self, tree: Tree, at: &KeyPath) {
        let place =
            |at: serde_saphyr::Location| At::Place(Place { line: at.line() as usize, column: at.column() as usize });
        match tree {
            Tree::Object(entries) => {
                for (key, value) in entries {
                    let inner = at.key(&key.value);
                    self.keys.push((inner.clone(), place(key.referenced)));
                    self.add_tree(value, &inner);
                }
            }
            Tree::Array(elements) => {
                for (index, element) in elements.into_iter().enumerate() {
                    let inner = at.index(index);
                    self.keys.push((inner.clone(), place(element.referenced)));
                    self.add_tree(element.value, &inner);
                }
            }
            Tree::Plain => {}
        }
    }
}

/// Where the key in quotes begins whose value begins at a byte.
fn start_of_key(text: &str, value: usize) -> usize {
    let end = text[..value].rfind('"').unwrap_or_default();
    let is_escaped = |at: usize| text[..at].bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1;
    let mut quotes = text[..end].rmatch_indices('"').map(|(at, _)| at);
    quotes.find(|&at| !is_escaped(at)).unwrap_or(end)
}

/// A YAML text with the places of its keys and elements.
enum Tree {
    Object(Vec<(Spanned<String>, Self)>),
    Array(Vec<Spanned<Self>>),
    Plain,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Plain)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tree, A::Error> {
        let mut elements = vec![];
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Tree::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = vec![];
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(format: Format, text: &str, key: &str) -> String {
        let place = Places::of(format, text).find(&KeyPath::parse(key).unwrap());
        place.map_or_else(|| "nowhere".to_owned(), |place| format!("{}:{}", place.line, place.column))
    }

    #[test]
    fn keys_and_elements_stand_where_an_editor_shows_them() {
        let json = "{ // ä: {}\n  \"a\": 1, /* é */ \"b\\\"\\\\\": [2,\n {\"c\": {\"d\": 3}}],\"e\":\"\\\"\"}";
        for (key, place) in [
            ("a", "2:3"),
            ("b\"\\", "2:19"),
            ("b\"\\[0]", "2:28"),
            ("b\"\\[1]", "3:2"),
            ("b\"\\[1].c", "3:3"),
            ("b\"\\[1].c.d", "3:9"),
            ("e", "3:20"),
        ] {
            assert_eq!(told(Format::Json, json, key), place, "{key}");
        }
        let toml = "a = 1\n[b.c]\n# é\n\"d\" = [1, {e = 2}]\nf.g = 3\n[[h]]\ni = 1\n[[h]]\n  i = 2\n";
        for (key, place) in [
            ("a", "1:1"),
            ("b", "2:2"),
            ("b.c", "2:4"),
            ("b.c.d", "4:1"),
            ("b.c.d[1]", "4:11"),
            ("b.c.d[1].e", "4:12"),
            ("b.c.f.g", "5:3"),
            ("h[0].i", "7:1"),
            ("h[1]", "8:1"),
            ("h[1].i", "9:3"),
        ] {
            assert_eq!(told(Format::Toml, toml, key), place, "{key}");
        }
        let yaml = "# é\na: 1\nb:\n  c: {d: 2, 'e': null}\n  f:\n    - 1\n    - g: x\n      h: 1.5\n  é: true\n";
        for (key, place) in [
            ("a", "2:1"),
            ("b", "3:1"),
            ("b.c", "4:3"),
            ("b.c.d", "4:7"),
            ("b.c.e", "4:13"),
            ("b.f[0]", "6:7"),
            ("b.f[1]", "7:7"),
            ("b.f[1].h", "8:7"),
            ("b.é", "9:3"),
        ] {
            assert_eq!(told(Format::Yaml, yaml, key), place, "{key}");
        }
    }

    #[test]
    fn what_the_text_lacks_stands_in_the_innermost_it_has() {
        for (format, text) in [
            (Format::Json, "{\n \"a\": {\"b\": \"c\"}}"),
            (Format::Toml, "\n a = {b = 'c'}"),
            (Format::Yaml, "\n a: {b: c}"),
        ] {
            let inside = told(format, text, "a.b");
            assert!(inside.starts_with("2:") && inside != "2:2", "{inside}");
            assert_eq!(told(format, text, "a.b.c.rate"), inside);
            assert_eq!(told(format, text, "a.d"), "2:2");
            assert_eq!(told(format, text, "e"), "nowhere");
            assert_eq!(told(format, "{[", "a"), "nowhere");
        }
    }
}
