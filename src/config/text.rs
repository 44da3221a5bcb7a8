//! The text of a file of settings to a value: JSON with comments, TOML or YAML, as the ending of its name says.
//!
//! All three give the same values, which are then held against the same schema. TOML has no null: where a setting may be null,
//! `"null"` stands for it.
use super::json::{self, SyntaxError, UniqueKeys};
use super::key::KeyPath;
use super::place::Place;
use serde::de::DeserializeSeed;
use serde_json::Value;
use std::path::Path;

/// How a file of settings is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, in which there may be comments.
    Json,
    /// TOML 1.0.
    Toml,
    /// YAML 1.2.
    Yaml,
}

impl Format {
    /// That of a file of this name; JSON unless it ends otherwise.
    pub fn of(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Json,
        }
    }
}

/// Whether a file has the name of one of settings.
pub fn is_settings_file(path: &Path) -> bool {
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    is_json || Format::of(path) != Format::Json
}

/// Parses the text of a file of this name.
///
/// # Errors
/// [`SyntaxError`] if it is not what the name says, an object gives one key twice, or a number is beyond ±1.8e308.
pub fn parse(path: &Path, text: &str) -> Result<Value, SyntaxError> {
    match Format::of(path) {
        Format::Json => json::parse(text),
        Format::Toml => parse_toml(text),
        Format::Yaml => parse_yaml(text),
    }
}

fn parse_toml(text: &str) -> Result<Value, SyntaxError> {
    let place = KeyPath::root();
    let parsed = toml::Deserializer::parse(text).and_then(|parser| UniqueKeys(place).deserialize(parser));
    parsed.map_err(|error| {
        let Place { line, column } = Place::of(text, error.span().map_or(0, |span| span.start));
        SyntaxError { line, column, rule: in_plain_words(error.message()) }
    })
}

fn parse_yaml(text: &str) -> Result<Value, SyntaxError> {
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    // `yes` and `off` are texts in YAML 1.2, and what is no number is refused where a number must stand.
    options.strict_booleans = true;
    let parsed = serde_saphyr::with_deserializer_from_str_with_options(text, options, |parser| {
        UniqueKeys(KeyPath::root()).deserialize(parser)
    });
    parsed.map_err(|error| {
        let at = error.location();
        let (line, column) = at.map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
        let full = error.to_string();
        let message =
            full.split_once(": ").filter(|(head, _)| head.contains("line")).map_or(full.as_str(), |(_, own)| own);
        SyntaxError { line, column, rule: in_plain_words(message) }
    })
}

fn in_plain_words(message: &str) -> String {
    match message.trim() {
        "number out of range" => "the number is too large, or not finite; numbers reach up to 1.8e308".to_owned(),
        other => match other.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(',').next()) {
            Some(key) => format!("the key {key} is given twice; keep one"),
            None => other.lines().next().unwrap_or_default().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, text: &str) -> Result<Value, String> {
        parse(Path::new(name), text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let expected = json!({"title": "t", "training": {"rate": 1e-3, "epochs": 3, "shuffle": false},
            "network": {"hidden": [30, 20]}, "data": {"source": {"digits": {}}}});
        let toml = "title = \"t\" # comment\n[training]\nrate = 1e-3\nepochs = 3\nshuffle = false\n\
            [network]\nhidden = [30, 20]\n[data.source.digits]\n";
        let yaml = "title: t # comment\ntraining:\n  rate: 1e-3\n  epochs: 3\n  shuffle: false\n\
            network: {hidden: [30, 20]}\ndata:\n  source:\n    digits: {}\n";
        assert_eq!(of("x.json", &expected.to_string()).unwrap(), expected);
        assert_eq!(of("x.toml", toml).unwrap(), expected);
        assert_eq!(of("x.YAML", yaml).unwrap(), expected);
        assert_eq!(
            of("x.yml", "a: null\nb: ~\nc: yes\nd: '3'\n").unwrap(),
            json!({"a": null, "b": null, "c": "yes", "d": "3"})
        );
    }

    #[test]
    fn faults_are_told_with_line_and_column() {
        for (name, text, told) in [
            ("x.toml", "a = 1\nb = \n", "line 2, column"),
            ("x.toml", "a = 1\na = 2\n", "line 2, column 1: duplicate key"),
            ("x.toml", "a = nan\n", "line 1, column 5: the number is too large, or not finite"),
            ("x.toml", "a = 2026-01-01\n", "line 1, column 5: no setting is a date or a time"),
            ("x.yaml", "a: 1\nb: [1, 2\n", "line "),
            ("x.yaml", "a: 1\na: 2\n", "line 2, column 1: the key a is given twice"),
            ("x.yaml", "a: .nan\n", "line 1, column 4: "),
            ("x.yaml", "a: &x [1]\nb: *y\n", "line 2, column 4: "),
        ] {
            let error = of(name, text).unwrap_err();
            assert!(error.starts_with(told), "{text:?}: {error}");
        }
    }
}
