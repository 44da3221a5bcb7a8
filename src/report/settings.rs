//! The settings as text, with what differs from the defaults marked.
use super::page::SettingsText;
use crate::config::key::{KeyPath, Step};
use crate::config::{Experiment, Hardware, chosen};
use minijinja::HtmlEscape;
use serde_json::Value;
use std::fmt::Write;

/// The settings of both files, from the attribute `config_json`. Keys of `axes` differ between the points of a sweep.
pub(super) fn texts(config: &Value, axes: &[String]) -> Vec<SettingsText> {
    let axes: Vec<KeyPath> = axes.iter().filter_map(|key| KeyPath::parse(key).ok()).collect();
    let below = |part: &str| -> Vec<KeyPath> {
        let hardware = Step::Key("hardware".to_owned());
        let inside =
            axes.iter().filter(|key| (part == "hardware") == (key.steps().len() > 1 && key.steps()[0] == hardware));
        inside
            .map(|key| {
                key.steps()[usize::from(part == "hardware")..].iter().cloned().fold(KeyPath::root(), |k, s| k.join(s))
            })
            .collect()
    };
    let text = |name: &str, part: &str, chosen: Vec<KeyPath>| {
        let settings = config.get(part).filter(|settings| settings.is_object())?;
        let marks = Marks { chosen, axes: below(part) };
        let mut html = String::new();
        marks.render(settings, &KeyPath::root(), 0, "", &mut html);
        Some(SettingsText { name: name.to_owned(), html })
    };
    let of = |part: &str| config.get(part).cloned().unwrap_or_default();
    [
        text("experiment", "experiment", chosen::<Experiment>(&of("experiment"))),
        text("hardware model", "hardware", chosen::<Hardware>(&of("hardware"))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// JSON as it stands in a file, as one text without marks.
pub(super) fn plain(name: &str, json: &str) -> SettingsText {
    let parsed: Option<Value> = serde_json::from_str(json).ok();
    let text = parsed.map_or_else(|| json.to_owned(), |value| format!("{value:#}"));
    SettingsText { name: name.to_owned(), html: HtmlEscape(&text).to_string() }
}

struct Marks {
    chosen: Vec<KeyPath>,
    axes: Vec<KeyPath>,
}

impl Marks {
    /// Appends a value as indented JSON; `lead` is its key, already escaped.
    fn render(&self, value: &Value, key: &KeyPath, depth: usize, lead: &str, html: &mut String) {
        let is_axis = self.axes.contains(key);
        let parts: Vec<(Step, String, &Value)> = match value {
            Value::Object(object) if !object.is_empty() && !is_axis => {
                let named = |name: &String| format!("{}: ", HtmlEscape(&Value::from(name.as_str()).to_string()));
                object.iter().map(|(name, part)| (Step::Key(name.clone()), named(name), part)).collect()
            }
            Value::Array(list) if list.iter().any(|part| part.is_object() || part.is_array()) && !is_axis => {
                list.iter().enumerate().map(|(index, part)| (Step::Index(index), String::new(), part)).collect()
            }
            _ => vec![],
        };
        if parts.is_empty() {
            let class = match () {
                () if is_axis => Some(" class=\"axis\""),
                () if self.chosen.contains(key) => Some(""),
                () => None,
            };
            let text = value.to_string();
            let text = HtmlEscape(&text);
            // Writing to a string cannot fail.
            let _ = match class {
                Some(class) => write!(html, "<mark{class}>{lead}{text}</mark>"),
                None => write!(html, "{lead}{text}"),
            };
            return;
        }
        let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
        let _ = writeln!(html, "{lead}{open}");
        let last = parts.len() - 1;
        for (index, (step, lead, part)) in parts.into_iter().enumerate() {
            html.push_str(&"  ".repeat(depth + 1));
            self.render(part, &key.join(step), depth + 1, &lead, html);
            html.push_str(if index == last { "\n" } else { ",\n" });
        }
        html.push_str(&"  ".repeat(depth));
        html.push(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_are_plain_choices_and_axes_are_marked_and_nothing_is_markup() {
        let config = json!({
            "experiment": {"title": "<b>", "nudging": {"alpha": 0.5, "beta": 0.25}, "loss": "softmax_cross_entropy"},
            "hardware": {"schema_version": 2, "units": {"readout_noise": {"std": 0.5}}}
        });
        let texts = texts(&config, &["nudging.beta".into(), "hardware.units.readout_noise.std".into()]);
        let experiment = &texts[0].html;
        assert!(experiment.contains("&lt;b&gt;") && !experiment.contains("<b>"), "{experiment}");
        assert!(experiment.contains("<mark class=\"axis\">&quot;beta&quot;: 0.25</mark>"), "{experiment}");
        assert!(experiment.contains("\n    &quot;alpha&quot;: 0.5,"), "α = ½ is the default: {experiment}");
        assert!(experiment.contains("\n  &quot;loss&quot;: &quot;softmax_cross_entropy&quot;\n"), "{experiment}");
        assert!(texts[1].html.contains("<mark class=\"axis\">&quot;std&quot;: 0.5</mark>"), "{}", texts[1].html);
        // Without the marks it is the same JSON.
        let unmarked = experiment.replace("<mark>", "").replace("<mark class=\"axis\">", "").replace("</mark>", "");
        let text = unmarked.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), config["experiment"]);
    }
}
