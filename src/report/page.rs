//! The template, and writing the file whole.
use super::error::ReportError;
use crate::storage::write_whole;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: [&str; 2] = [include_str!("vendor/uplot/uPlot.min.css"), include_str!("page.css")];
/// The library that draws the charts, and the licence that goes with it wherever it goes.
const LIBRARY: &str = include_str!("vendor/uplot/uPlot.iife.min.js");
const LICENCE: &str = include_str!("vendor/uplot/LICENSE");
/// Every file uses only those before it, and what others do when they are called later.
const SCRIPT: [&str; 15] = [
    include_str!("script/dom.js"),
    include_str!("script/colours.js"),
    include_str!("script/tip.js"),
    include_str!("script/axes.js"),
    include_str!("script/save.js"),
    include_str!("script/chart.js"),
    include_str!("script/lines.js"),
    include_str!("script/cells.js"),
    include_str!("script/glyphs.js"),
    include_str!("script/sweep_data.js"),
    include_str!("script/sweep.js"),
    include_str!("script/points.js"),
    include_str!("script/run.js"),
    include_str!("script/states.js"),
    include_str!("script/page.js"),
];

/// What a page says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub title: String,
    /// `run` or `sweep`.
    pub kind: &'static str,
    pub question: String,
    /// What the reader has to know first, as that points are missing.
    pub warnings: Vec<String>,
    pub findings: Vec<Fact>,
    pub tables: Vec<TextTable>,
    /// What was left out or rounded.
    pub notes: Vec<String>,
    /// Settings as HTML, by the name of the file they are from.
    pub settings: Vec<SettingsText>,
    pub provenance: Vec<Fact>,
    /// Whether there are recorded states.
    pub has_states: bool,
    /// What the script reads.
    pub data: Value,
}

/// A label and what is to be said of it.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
    /// What stands below the value; may be empty.
    pub detail: String,
}

/// A fact without detail.
pub(super) fn fact(label: &str, value: impl Into<String>) -> Fact {
    detailed(label, value, "")
}

/// A fact with what stands below its value.
pub(super) fn detailed(label: &str, value: impl Into<String>, detail: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), detail: detail.into() }
}

/// A small table of texts.
#[derive(Debug, Serialize)]
pub(super) struct TextTable {
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// The settings of one file.
#[derive(Debug, Serialize)]
pub(super) struct SettingsText {
    pub name: String,
    pub html: String,
}

/// JSON that can stand inside a script element: nothing in it can end the element.
fn inside_script(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

/// The page as text.
fn render(content: &Content) -> Result<String, ReportError> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html", TEMPLATE)?;
    // The script shares no names with anything else on the page.
    let own = SCRIPT.concat();
    let script = format!("(() => {{\n\"use strict\";\n/*! uPlot\n{LICENCE}*/\n{LIBRARY}\n{own}}})();");
    let safe = minijinja::Value::from_safe_string;
    fn plain<T: Serialize>(value: &T) -> minijinja::Value {
        minijinja::Value::from(Serde(value))
    }
    Ok(environment.get_template("page.html")?.render(context! {
        title => content.title.as_str(),
        kind => content.kind,
        question => content.question.as_str(),
        warnings => plain(&content.warnings),
        findings => plain(&content.findings),
        tables => plain(&content.tables),
        notes => plain(&content.notes),
        settings => content.settings.iter().map(|text| context! { name => text.name.as_str(), html => safe(text.html.clone()) }).collect::<Vec<_>>(),
        provenance => plain(&content.provenance),
        has_states => content.has_states,
        version => env!("CARGO_PKG_VERSION"),
        style => safe(STYLE.concat()),
        script => safe(script),
        data => safe(inside_script(&content.data)),
    })?)
}

/// Writes the page under a temporary name and gives it its own when it is whole; the number of bytes.
pub(super) fn write(content: &Content, file: &Path) -> Result<u64, ReportError> {
    let text = render(content)?;
    let error = |source| ReportError::Write { file: file.to_owned(), source };
    write_whole(file, text.as_bytes()).map_err(error)?;
    Ok(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_text_of_the_data_can_become_markup() {
        let hostile = "</script><!--<script>alert(1)</script>&\"'";
        let content = Content {
            title: hostile.into(),
            question: hostile.into(),
            findings: vec![fact(hostile, hostile)],
            data: json!({"title": hostile}),
            ..Content::default()
        };
        let page = render(&content).unwrap();
        assert!(!page.contains("alert(1)</script>"), "{page}");
        // One element for the data, one for the script.
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script>").count(), 2);
        let start = page.find("type=\"application/json\">").unwrap() + "type=\"application/json\">".len();
        let data = &page[start..start + page[start..].find("</script>").unwrap()];
        assert_eq!(serde_json::from_str::<Value>(data).unwrap()["title"], hostile);
    }
}
