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
use crate::results::weights::{self as results, LayerWeights};
use crate::results::{Opened, RunResult};
use crate::trace::{Leaf, write_tree};
use crate::vocabulary::place::weights::{self, Kept};
use crate::vocabulary::place::{attribute, group};
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
    /// Where a trace keeps them.
    fn kept(self) -> Kept {
        match self {
            Self::Initial => weights::INITIAL,
            Self::Final => weights::FINAL,
            Self::Best => weights::BEST,
        }
    }

    /// Name of their group.
    pub fn name(self) -> &'static str {
        self.kept().name
    }
}

/// A graph that can be written.
pub(super) struct Graph {
    kept: Kept,
    activation: String,
    layers: Vec<LayerWeights>,
    metadata: Vec<(&'static str, Leaf)>,
}

/// The network of a trace.
pub(super) fn graph(source: &Source, which: Option<WhichWeights>) -> Result<Graph, ExportError> {
    let file = || source.path().to_owned();
    let Opened::Run(run) = &source.opened else { return Err(ExportError::GraphOfSweep(file())) };
    let recorded = results::kept(run);
    let usual = if recorded.contains(&weights::BEST) { weights::BEST } else { weights::FINAL };
    let kept = which.map_or(usual, WhichWeights::kept);
    if !recorded.contains(&kept) {
        let recorded = recorded.into_iter().map(|kept| kept.name).collect();
        return Err(ExportError::NoWeights { file: file(), wanted: kept.name, recorded });
    }
    let mut layers: Vec<LayerWeights> = vec![];
    for k in 1..=results::layer_count(run, &kept) {
        let layer = results::read(run, &kept, k)?;
        if layers.last().is_some_and(|before| before.shape[0] != layer.shape[1]) {
            return Err(ExportError::Weights { file: file(), group: group::weights(&kept, k) });
        }
        layers.push(layer);
    }
    let settings = run.settings();
    if settings.credit_rule() == "lifted" && settings.energy() != "lpom" {
        return Err(ExportError::GraphOfEnergy(file()));
    }
    Ok(Graph { kept, activation: settings.activation_name(), layers, metadata: metadata(run, &kept) })
}

fn metadata(run: &RunResult, kept: &Kept) -> Vec<(&'static str, Leaf)> {
    let settings = run.settings();
    let activation = settings.activation_name();
    let note = match activation.as_str() {
        "identity" => "Hidden units are linear: the Affine nodes are the whole forward network.".to_owned(),
        name => format!(
            "NIR has no node for the activation: apply {name} to what every Affine node but the last gives. Without it the \
             graph computes another function."
        ),
    };
    let attribute = |name: &'static str| (name, Leaf::Text(run.text(name)));
    let mut metadata = vec![
        ("note", Leaf::Text(note)),
        ("activation", Leaf::Text(activation)),
        ("activation_settings", Leaf::Text(settings.activation().to_string())),
        (attribute::WEIGHTS, Leaf::Text(kept.name.to_owned())),
        ("loss", Leaf::Text(settings.loss())),
        ("credit_rule", Leaf::Text(settings.credit_rule())),
        ("hardware", Leaf::Text(settings.hardware())),
        ("quantisation", Leaf::Text(settings.synapses().to_string())),
        attribute(attribute::TITLE),
        attribute(attribute::VERSION),
        attribute(attribute::CONFIG),
    ];
    // Backprop has none.
    let nudging = settings.nudging().into_iter().filter_map(|(name, number)| Some((name, Leaf::Number(number?))));
    metadata.extend(nudging);
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
        format!("{} weights of {inputs}-{}{note}", self.kept.name, units.join("-"))
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
