//! What a file means: every setting with its value, its unit, and who set it.
use super::{
    error::Origin,
    key::{KeyPath, Step},
    node::Node,
    schema::schema_of,
    strict::{Loaded, origin_of},
};
use schemars::JsonSchema;
use serde_json::Value;

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place; `--set` takes the same text.
    pub key: KeyPath,
    /// Its value; an array of plain values is one setting.
    pub value: Value,
    /// The unit of a number, told by the ending of its key; `1` if it is dimensionless, `None` if it is no number.
    pub unit: Option<String>,
    /// Who set it.
    pub origin: Origin,
    /// The first sentence of its documentation.
    pub doc: Option<String>,
}

/// All settings, defaults included, in the order of the file's type.
pub fn explain<T: JsonSchema + 'static>(loaded: &Loaded<T>) -> Vec<Entry> {
    let schema = schema_of::<T>();
    let mut entries = Vec::new();
    collect(loaded, Some(Node::root(schema)), KeyPath::root(), &loaded.effective, &mut entries);
    entries
}

fn collect<T>(loaded: &Loaded<T>, node: Option<Node>, key: KeyPath, value: &Value, entries: &mut Vec<Entry>) {
    let parts: Vec<(Step, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, part)| (Step::Key(key.clone()), part)).collect(),
        Value::Array(elements) if elements.iter().any(|element| element.is_object() || element.is_array()) => {
            elements.iter().enumerate().map(|(index, part)| (Step::Index(index), part)).collect()
        }
        _ => Vec::new(),
    };
    if parts.is_empty() {
        entries.push(Entry {
            unit: holds_number(value).then(|| unit_of(key.last_key().unwrap_or_default())),
            origin: origin_of(&key, &loaded.given, &loaded.edits),
            doc: node.and_then(Node::description).map(first_sentence),
            value: value.clone(),
            key,
        });
        return;
    }
    for (step, part) in parts {
        collect(loaded, node.and_then(|node| node.child(&step)), key.join(step), part, entries);
    }
}

fn holds_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(Value::is_number),
        _ => false,
    }
}

/// The unit a key's ending tells: `tau_s` is in seconds, `slew_v_per_s` in volts per second, others are dimensionless.
pub(super) fn unit_of(key: &str) -> String {
    let (quantity, per) = match key.rsplit_once("_per_") {
        Some((quantity, per)) => (quantity, Some(per)),
        None => (key, None),
    };
    let unit = quantity.rsplit_once('_').and_then(|(_, suffix)| symbol(suffix));
    let divisor = per.and_then(|per| match per.strip_prefix("sqrt_") {
        Some(under_root) => symbol(under_root).map(|unit| format!("sqrt({unit})")),
        None => symbol(per).map(str::to_owned),
    });
    let unit = unit.unwrap_or("1");
    divisor.map_or_else(|| unit.to_owned(), |divisor| format!("{unit}/{divisor}"))
}

fn symbol(suffix: &str) -> Option<&'static str> {
    Some(match suffix {
        "s" => "s",
        "hz" => "Hz",
        "v" => "V",
        "a" => "A",
        "ohm" => "ohm",
        "siemens" => "S",
        "f" => "F",
        "c" => "C",
        "w" => "W",
        "j" => "J",
        "k" => "K",
        "m" => "m",
        "deg" => "deg",
        "rad" => "rad",
        "db" => "dB",
        "bits" | "bit" => "bit",
        "bytes" => "byte",
        _ => return None,
    })
}

fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    // "e.g." and "0.5" do not end a sentence: the next word has to begin with a capital.
    let end = paragraph.match_indices(". ").find(|(at, _)| paragraph[at + 2..].starts_with(char::is_uppercase));
    end.map_or(paragraph.as_str(), |(at, _)| &paragraph[..=at]).trim().to_owned()
}

/// A table of key, value, unit and origin, each with its meaning in the line below, one section for each top key that has parts.
/// Lines fit into 100 columns by cutting long values, as long as the keys leave them 16 columns, and long meanings.
pub fn render(entries: &[Entry]) -> String {
    const COLUMNS: usize = 100;
    const NARROWEST_VALUE: usize = 16;
    const INDENT_AND_GAPS: usize = 2 + 3 * 2;
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
    let units: Vec<&str> = entries.iter().map(|entry| entry.unit.as_deref().unwrap_or_default()).collect();
    let origins: Vec<String> = entries.iter().map(|entry| entry.origin.to_string()).collect();
    let key_width = widest(keys.iter().map(String::as_str), "key");
    let unit_width = widest(units.iter().copied(), "unit");
    let origin_width = widest(origins.iter().map(String::as_str), "origin");
    let room = COLUMNS.saturating_sub(INDENT_AND_GAPS + key_width + unit_width + origin_width).max(NARROWEST_VALUE);
    let values: Vec<String> = entries.iter().map(|entry| cut(&entry.value.to_string(), room)).collect();
    let value_width = widest(values.iter().map(String::as_str), "value");

    let row = |key: &str, value: &str, unit: &str, origin: &str| {
        format!("  {key:key_width$}  {value:value_width$}  {unit:unit_width$}  {origin}\n")
    };
    let mut table = row("key", "value", "unit", "origin");
    let mut section = None;
    for (index, entry) in entries.iter().enumerate() {
        let its_section = section_of(&entry.key);
        if its_section != section {
            table += &its_section.map_or_else(|| "\n".to_owned(), |name| format!("\n{name}\n"));
            section = its_section;
        }
        table += &row(&keys[index], &values[index], units[index], &origins[index]);
        if let Some(doc) = &entry.doc {
            table += &format!("      {}\n", cut(doc, COLUMNS - 6));
        }
    }
    table
}

fn widest<'t>(cells: impl Iterator<Item = &'t str>, heading: &'t str) -> usize {
    cells.chain([heading]).map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}

/// The top key, if the setting lies inside it.
fn section_of(key: &KeyPath) -> Option<&str> {
    match key.steps() {
        [Step::Key(top), _, ..] => Some(top),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_key_tells_its_unit() {
        for (key, unit) in [
            ("tau_s", "s"),
            ("cutoff_hz", "Hz"),
            ("r_load_ohm", "ohm"),
            ("slew_v_per_s", "V/s"),
            ("noise_v_per_sqrt_hz", "V/sqrt(Hz)"),
            ("pixels_per_deg", "1/deg"),
            ("epochs", "1"),
            ("s", "1"),
            ("n_levels", "1"),
        ] {
            assert_eq!(unit_of(key), unit, "{key}");
        }
    }

    #[test]
    fn only_the_first_sentence_of_the_documentation_is_kept() {
        assert_eq!(first_sentence("Rate, e.g. 0.5. Larger is\nfaster."), "Rate, e.g. 0.5.");
        assert_eq!(first_sentence("Two\nlines.\n\nNext paragraph."), "Two lines.");
    }

    #[test]
    fn long_values_are_cut_to_keep_the_table_within_100_columns() {
        let entry = |key: &str, value: Value| Entry {
            key: KeyPath::parse(key).unwrap(),
            value,
            unit: Some("1".to_owned()),
            origin: Origin::Set("x".to_owned()),
            doc: None,
        };
        let long: Vec<usize> = (100..200).collect();
        let table = render(&[entry("seed", 1.into()), entry("network.sizes", long.into())]);
        assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
        assert_eq!(table.lines().map(str::trim_end).filter(|line| line.ends_with("--set")).count(), 2);
    }
}
