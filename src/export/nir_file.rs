//! The network as a graph of the Neuromorphic Intermediate Representation (NIR; Pedersen et al., Nature Communications
//! 15, 2024), in the layout of files that the Python package `nir` reads: `Input`, one `Affine` node y = W x + b a layer,
//! `Output`.
//!
//! **The graph alone is not the network**: NIR has no node for the activation of hidden units (relu, tanh, …; nor can its
//! `Threshold` and `Scale` be put together to one, since edges add and nothing multiplies two signals). After every
//! hidden `Affine` node the function has to be applied that the node's metadata name as `activation`; with `identity` there is
//! nothing to add. Nothing of dyads, of the chip's noise or of its converters is in the graph either: it is the trained
//! forward network with the weights that the devices hold. The metadata say how it was trained.
use super::ExportError;
use super::source::Source;
use crate::trace::{Column, Leaf, write_tree};
use serde_json::Value;
use std::path::Path;

/// Release of the Python package whose layout the files have.
const NIR_VERSION: &str = "1.0.8";

/// Weights of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichWeights {
    /// Before training.
    Initial,
    /// After training.
    Final,
    /// The best on the validation set.
    Best,
}

impl WhichWeights {
    const ALL: [Self; 3] = [Self::Initial, Self::Final, Self::Best];

    /// Name of their group.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Final => "final",
            Self::Best => "best",
        }
    }
}

/// A layer y = W x + b.
struct Layer {
    shape: [usize; 2],
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// A graph that can be written.
pub(super) struct Graph {
    which: WhichWeights,
    activation: String,
    layers: Vec<Layer>,
    metadata: Vec<(&'static str, Leaf)>,
}

/// The network of a trace.
pub(super) fn graph(source: &Source, which: Option<WhichWeights>) -> Result<Graph, ExportError> {
    if source.reader.is_sweep() {
        return Err(ExportError::GraphOfSweep(source.path().to_owned()));
    }
    let has = |which: &WhichWeights| source.reader.contains(&format!("weights/{}/layer1", which.name()));
    let recorded: Vec<_> = WhichWeights::ALL.into_iter().filter(has).collect();
    let usual = if recorded.contains(&WhichWeights::Best) { WhichWeights::Best } else { WhichWeights::Final };
    let which = which.unwrap_or(usual);
    if !recorded.contains(&which) {
        let recorded = recorded.into_iter().map(WhichWeights::name).collect();
        return Err(ExportError::NoWeights { file: source.path().to_owned(), wanted: which.name(), recorded });
    }
    let mut layers: Vec<Layer> = vec![];
    loop {
        let group = format!("weights/{}/layer{}", which.name(), layers.len() + 1);
        if !source.reader.contains(&group) {
            break;
        }
        let layer = layer(source, &group)?;
        if layers.last().is_some_and(|before| before.shape[0] != layer.shape[1]) {
            return Err(wrong(source, &group, "it does not have as many sending units as the layer before has units"));
        }
        layers.push(layer);
    }
    let settings = source.reader.text("config_json").unwrap_or_default();
    let settings: Value = serde_json::from_str(&settings)
        .map_err(|error| ExportError::Settings { file: source.path().to_owned(), source: error })?;
    let experiment = &settings["experiment"];
    let answers_forward = name_of(&experiment["lifted"]["energy"]) == "lpom";
    if name_of(&experiment["credit_rule"]) == "lifted" && !answers_forward {
        return Err(ExportError::GraphOfEnergy(source.path().to_owned()));
    }
    let activation = name_of(&experiment["network"]["activation"]);
    let metadata = metadata(source, which, &settings, &activation);
    Ok(Graph { which, activation, layers, metadata })
}

fn wrong(source: &Source, group: &str, reason: &'static str) -> ExportError {
    ExportError::Weights { file: source.path().to_owned(), group: group.to_owned(), reason }
}

fn layer(source: &Source, group: &str) -> Result<Layer, ExportError> {
    let weight = source.reader.read_column(&format!("{group}/weight"))?;
    let bias = source.reader.read_column(&format!("{group}/bias"))?;
    let info = source.reader.variables(group)?;
    let axes = info.iter().find(|v| v.name == "weight").map(|v| v.axes.iter().map(|(_, n)| *n).collect::<Vec<_>>());
    match (axes.as_deref(), weight, bias) {
        (Some(&[post, pre]), Column::F32(weight), Column::F32(bias)) if bias.len() == post => {
            Ok(Layer { shape: [post, pre], weight, bias })
        }
        _ => Err(wrong(source, group, "not a matrix and a bias of single precision that fit")),
    }
}

/// `relu` of `"relu"`, `leaky_relu` of `{"leaky_relu": {…}}`.
fn name_of(choice: &Value) -> String {
    match choice {
        Value::String(name) => name.clone(),
        Value::Object(variant) => variant.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

fn metadata(source: &Source, which: WhichWeights, settings: &Value, activation: &str) -> Vec<(&'static str, Leaf)> {
    let experiment = &settings["experiment"];
    let text = |text: &str| Leaf::Text(text.to_owned());
    let note = match activation {
        "identity" => "Hidden units are linear: the Affine nodes are the whole forward network.".to_owned(),
        name => format!(
            "NIR has no node for the activation: apply {name} to what every Affine node but the last gives. Without it the \
             graph computes another function."
        ),
    };
    let attribute = |name: &str| Leaf::Text(source.reader.text(name).unwrap_or_default());
    let mut metadata = vec![
        ("note", Leaf::Text(note)),
        ("activation", text(activation)),
        ("activation_settings", Leaf::Text(experiment["network"]["activation"].to_string())),
        ("weights", text(which.name())),
        ("loss", Leaf::Text(name_of(&experiment["loss"]))),
        ("credit_rule", Leaf::Text(name_of(&experiment["credit_rule"]))),
        ("hardware", Leaf::Text(settings["hardware"]["name"].as_str().unwrap_or_default().to_owned())),
        ("quantisation", Leaf::Text(settings["hardware"]["synapses"].to_string())),
        ("title", attribute("title")),
        ("dyadsim_version", attribute("dyadsim_version")),
        ("config_json", attribute("config_json")),
    ];
    for name in ["alpha", "alpha_hidden", "beta"] {
        // Backprop has none.
        if let Some(number) = experiment["nudging"][name].as_f64() {
            metadata.push((name, Leaf::Number(number)));
        }
    }
    metadata
}

impl Graph {
    /// What the graph is, for people.
    pub fn describe(&self) -> String {
        let units: Vec<String> = self.layers.iter().map(|layer| layer.shape[0].to_string()).collect();
        let inputs = self.layers.first().map_or(0, |layer| layer.shape[1]);
        let note = match self.activation.as_str() {
            "identity" => String::new(),
            name => format!("; NIR has no {name}, which hidden layers need: see the metadata"),
        };
        format!("{} weights of {inputs}-{}{note}", self.which.name(), units.join("-"))
    }

    /// Writes the file.
    pub fn write(self, file: &Path) -> Result<(), ExportError> {
        let pre = self.layers.first().map_or(0, |layer| layer.shape[1]);
        let post = self.layers.last().map_or(0, |layer| layer.shape[0]);
        let text = |text: &str| Leaf::Text(text.to_owned());
        let mut leaves = vec![
            ("version".to_owned(), text(NIR_VERSION)),
            ("node/type".to_owned(), text("NIRGraph")),
            ("node/nodes/input/type".to_owned(), text("Input")),
            ("node/nodes/input/shape".to_owned(), Leaf::Integers(vec![1], vec![pre as i64])),
            ("node/nodes/output/type".to_owned(), text("Output")),
            ("node/nodes/output/shape".to_owned(), Leaf::Integers(vec![1], vec![post as i64])),
        ];
        let mut path = vec!["input".to_owned()];
        let last = self.layers.len();
        for (k, layer) in (1..).zip(self.layers) {
            let node = format!("node/nodes/layer{k}");
            let activation = if k == last { "identity" } else { &self.activation };
            leaves.push((format!("{node}/type"), text("Affine")));
            leaves.push((format!("{node}/weight"), Leaf::F32(layer.shape.to_vec(), layer.weight)));
            leaves.push((format!("{node}/bias"), Leaf::F32(vec![layer.bias.len()], layer.bias)));
            leaves.push((format!("{node}/metadata/activation"), text(activation)));
            path.push(format!("layer{k}"));
        }
        path.push("output".to_owned());
        let edges: Vec<String> = path.windows(2).flatten().cloned().collect();
        leaves.push(("node/edges".to_owned(), Leaf::Texts(vec![path.len() - 1, 2], edges)));
        leaves.extend(self.metadata.into_iter().map(|(name, leaf)| (format!("node/metadata/{name}"), leaf)));
        Ok(write_tree(file, &leaves)?)
    }
}
