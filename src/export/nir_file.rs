//! The network as a graph of the Neuromorphic Intermediate Representation (NIR; Pedersen et al., Nature Communications
//! 15, 2024), in the layout of files that the Python package `nir` reads: `Input`, one `Affine` node y = W x + b or `Conv2d` a
//! projection with synapses, `Output`. Edges that meet are summed; where they meet at a hidden population, that is a `Scale`
//! node of ones. What has no node is refused.
//!
//! **The graph alone is not the network**: NIR has no node for the activation of hidden units (relu, tanh, …; nor can its
//! `Threshold` and `Scale` be put together to one, since edges add and nothing multiplies two signals). After every
//! node the function has to be applied that the node's metadata name as `activation`; with `identity` there is
//! nothing to add. Nothing of dyads, of the chip's noise or of its converters is in the graph either: it is the trained
//! forward network with the weights that the devices hold. The metadata say how it was trained.
use super::ExportError;
use super::nir_graph::{self, NirGraph, Node, Problem};
use super::source::Source;
use crate::results::weights::{self as results, LayerWeights};
use crate::results::{MapEntry, NetworkGraph, Opened, PopulationEntry, ProjectionEntry, RunResult};
use crate::trace::{Leaf, write_tree};
use crate::vocabulary::place::weights::{self, Kept};
use crate::vocabulary::place::{attribute, group};
use std::collections::BTreeMap;
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
    network: NetworkGraph,
    graph: NirGraph,
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
    let settings = run.settings();
    if settings.credit_rule() == "lifted" && settings.energy() != "lpom" {
        return Err(ExportError::GraphOfEnergy(file()));
    }
    let numbers = results::projections(run, &kept)?.into_iter();
    let layers = numbers.map(|k| results::read_folded(run, &kept, k).map(|layer| (k, layer)));
    let layers = layers.collect::<Result<BTreeMap<_, _>, _>>()?;
    // Traces of before networks were described are those of chains.
    let network = NetworkGraph::of_run(run).unwrap_or_else(|| chain(&layers));
    let activation = settings.activation_name();
    let graph = nir_graph::build(&network, layers, &activation).map_err(|problem| match problem {
        Problem::Weights { projection } => {
            ExportError::Weights { file: file(), group: group::weights(&kept, projection) }
        }
        Problem::Unsaid { projection, reason } => ExportError::Unsaid { file: file(), projection, reason },
    })?;
    let metadata = metadata(run, &kept, &network);
    Ok(Graph { kept, activation, network, graph, metadata })
}

/// Layers one after the other.
fn chain(layers: &BTreeMap<usize, LayerWeights>) -> NetworkGraph {
    let layers = layers.values();
    let units = layers.clone().take(1).map(|first| first.shape[1]).chain(layers.clone().map(|layer| layer.shape[0]));
    let population = |(k, units): (usize, usize)| PopulationEntry { name: k.to_string(), shape: [units, 1, 1] };
    let dense = |k: usize| ProjectionEntry { from: k, to: k + 1, map: MapEntry::Dense, max_pool: None };
    NetworkGraph {
        populations: units.enumerate().map(population).collect(),
        projections: (0..layers.len()).map(dense).collect(),
    }
}

fn metadata(run: &RunResult, kept: &Kept, network: &NetworkGraph) -> Vec<(&'static str, Leaf)> {
    let settings = run.settings();
    let activation = settings.activation_name();
    let note = match activation.as_str() {
        "identity" => "Hidden units are linear: the nodes are the whole forward network.".to_owned(),
        name => {
            let is_dense = network.projections.iter().all(|own| own.map == MapEntry::Dense);
            let nodes = match is_dense && (1..=network.last()).all(|k| network.arriving(k).len() == 1) {
                true => "every Affine node but the last gives",
                false => "the nodes give whose metadata have it as activation",
            };
            format!(
                "NIR has no node for the activation: apply {name} to what {nodes}. Without it the graph computes another \
                 function."
            )
        }
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
        let units: Vec<String> = self.network.populations.iter().map(|own| own.units().to_string()).collect();
        let note = match self.activation.as_str() {
            "identity" => String::new(),
            name => format!("; NIR has no {name}, which hidden layers need: see the metadata"),
        };
        format!("{} weights of {}{note}", self.kept.name, units.join("-"))
    }

    /// Writes the file.
    pub fn write(self, file: &Path) -> Result<(), ExportError> {
        let Self { graph, metadata, .. } = self;
        let text = |text: &str| Leaf::Text(text.to_owned());
        let mut leaves = vec![("version".to_owned(), text(NIR_VERSION)), ("node/type".to_owned(), text("NIRGraph"))];
        for Node { name, kind, values, activation } in graph.nodes {
            let node = format!("node/nodes/{name}");
            leaves.push((format!("{node}/type"), text(kind)));
            leaves.extend(values.into_iter().map(|(name, leaf)| (format!("{node}/{name}"), leaf)));
            leaves.extend(activation.map(|name| (format!("{node}/metadata/activation"), Leaf::Text(name))));
        }
        let edges = Leaf::Texts(vec![graph.edges.len(), 2], graph.edges.into_iter().flatten().collect());
        leaves.push(("node/edges".to_owned(), edges));
        leaves.extend(metadata.into_iter().map(|(name, leaf)| (format!("node/metadata/{name}"), leaf)));
        Ok(write_tree(file, &leaves)?)
    }
}
