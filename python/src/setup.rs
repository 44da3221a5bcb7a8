//! An experiment together with its hardware model, and what the settings of either are.
use crate::failure::of_settings;
use dyadsim::config::explain::{Entry, explain};
use dyadsim::config::key::KeyPath;
use dyadsim::config::models::SHIPPED;
use dyadsim::config::node::Node;
use dyadsim::config::schema::{schema_of, schema_text};
use dyadsim::config::{self, Edit, Experiment, Hardware, SourceFiles};
use dyadsim::sweep::SweepConfig;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Settings that were read, checked and completed. Never changes.
#[pyclass(frozen, module = "dyadsim._dyadsim")]
pub struct Setup(pub config::Setup);

/// (part, key, value as JSON, unit, who set it, first sentence of its documentation)
type Row = (&'static str, String, String, Option<String>, String, Option<String>);

#[pymethods]
impl Setup {
    /// Reads an experiment. `path` is the file from whose folder paths count; with `experiment`, its text as JSON, it need
    /// not exist. `hardware` is the text of the file that the experiment names as its hardware, if that is not to be read.
    /// `edits` are (key, value as JSON).
    #[new]
    #[pyo3(signature = (path, experiment=None, hardware=None, edits=vec![]))]
    fn new(
        path: PathBuf,
        experiment: Option<String>,
        hardware: Option<String>,
        edits: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let mut texts = BTreeMap::new();
        if let Some(text) = experiment {
            if let (Some(hardware), Some(name)) = (hardware, hardware_of(&text)) {
                texts.insert(path.parent().unwrap_or("".as_ref()).join(name), hardware);
            }
            texts.insert(path.clone(), text);
        }
        let edits = edits.iter().map(|(key, value)| {
            let value = serde_json::from_str(value).map_err(|error| PyValueError::new_err(error.to_string()))?;
            Edit::new(key, value).map_err(|error| {
                // The words of the command line are not those of Python.
                PyValueError::new_err(error.to_string().trim_start_matches("--set ").to_owned())
            })
        });
        let edits = edits.collect::<PyResult<Vec<_>>>()?;
        let setup = config::Setup::load_from(&SourceFiles::with_texts(texts), &path, &edits);
        setup.map(Self).map_err(|error| of_settings(&error, Some(&path)))
    }

    /// The file, as it was named.
    #[getter]
    fn path(&self) -> PathBuf {
        self.0.file().to_owned()
    }

    /// Name of the experiment: that of its file.
    #[getter]
    fn name(&self) -> String {
        self.0.name()
    }

    /// Texts of experiment and hardware model with what was set, without defaults, as JSON.
    #[getter]
    fn given(&self) -> (String, String) {
        (format!("{:#}\n", self.0.experiment_file.given), format!("{:#}\n", self.0.hardware_file.given))
    }

    /// Both with every default filled in, as JSON.
    #[getter]
    fn effective(&self) -> &str {
        self.0.settings_text()
    }

    /// Every setting.
    fn explain(&self) -> Vec<Row> {
        let row = |part, entry: Entry| {
            let Entry { key, value, unit, origin, doc } = entry;
            (part, key.to_string(), value.to_string(), unit, origin.to_string(), doc)
        };
        let experiment = explain(&self.0.experiment_file).into_iter().map(|entry| row("experiment", entry));
        let hardware = explain(&self.0.hardware_file).into_iter().map(|entry| row("hardware", entry));
        experiment.chain(hardware).collect()
    }

    /// The keys in which another experiment differs in a way that changes results.
    fn differing_keys(&self, other: &Self) -> Option<String> {
        self.0.differing_keys(other.0.settings_text())
    }
}

/// What the text of an experiment names as its hardware.
fn hardware_of(experiment: &str) -> Option<String> {
    let parsed: Value = serde_json::from_str(experiment).ok()?;
    parsed.get("hardware")?.as_str().map(str::to_owned)
}

/// Names and texts of the hardware models that come with the package.
#[pyfunction]
pub fn shipped_models() -> Vec<(&'static str, &'static str)> {
    SHIPPED.to_vec()
}

/// The JSON Schema of a kind of file: experiment, sweep or hardware.
#[pyfunction]
pub fn schema(kind: &str) -> PyResult<String> {
    match kind {
        "experiment" => Ok(schema_text::<Experiment>("dyadsim experiment")),
        "sweep" => Ok(schema_text::<SweepConfig>("dyadsim sweep")),
        "hardware" => Ok(schema_text::<Hardware>("dyadsim hardware model")),
        _ => Err(PyValueError::new_err("kind: must be \"experiment\", \"sweep\" or \"hardware\"")),
    }
}

/// What may stand at a key of an experiment, or of its hardware model below `hardware`: its documentation, and the keys or
/// variants it has; `None` if there is no such key.
#[pyfunction]
pub fn place(key: &str) -> PyResult<Option<(String, Vec<String>)>> {
    let path = if key.is_empty() { KeyPath::root() } else { KeyPath::parse(key).map_err(bad_key)? };
    let mut steps = path.steps();
    let inside = |steps: &[_]| matches!(steps, [dyadsim::config::key::Step::Key(first), ..] if first == "hardware");
    let schema = if steps.len() > 1 && inside(steps) {
        steps = &steps[1..];
        schema_of::<Hardware>()
    } else {
        schema_of::<Experiment>()
    };
    let Some(node) = steps.iter().try_fold(Node::root(schema), |node, step| node.child(step)) else { return Ok(None) };
    let shape = node.shape();
    let variants = shape.variants.iter().map(|variant| variant.name.to_owned());
    let keys = shape.plain.iter().flat_map(|plain| plain.keys()).map(str::to_owned);
    let names = variants.chain(keys).collect();
    Ok(Some((node.description().unwrap_or_default().to_owned(), names)))
}

fn bad_key(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
