//! The network as a graph of the Neuromorphic Intermediate Representation (NIR; Pedersen et al., Nature Communications
//! 15, 2024), in the layout of files that the Python package `nir` reads: `Input`, one `Affine` node y = W x + b a projection,
//! `Output`. Edges that meet are summed; where they meet at a hidden population, that is a `Scale` node of ones.
//!
//! **The graph alone is not the network**: NIR has no node for the activation of hidden units (relu, tanh, …; nor can its
//! `Threshold` and `Scale` be put together to one, since edges add and nothing multiplies two signals). After every
//! node the function has to be applied that the node's metadata name as `activation`; with `identity` there is
//! nothing to add. Nothing of dyads, of the chip's noise or of its converters is in the graph either: it is the trained
//! forward network with the weights that the devices hold. The metadata say how it was trained.
use super::ExportError;
use super::source::Source;
use crate::results::weights::{self as results, LayerWeights};
use crate::results::{NetworkGraph, Opened, PopulationEntry, ProjectionEntry, RunResult};
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
    network: NetworkGraph,
    /// Of every projection.
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
    let settings = run.settings();
    if settings.credit_rule() == "lifted" && settings.energy() != "lpom" {
        return Err(ExportError::GraphOfEnergy(file()));
    }
    let numbers = 1..=results::layer_count(run, &kept);
    let layers = numbers.map(|k| results::read(run, &kept, k)).collect::<Result<Vec<_>, _>>()?;
    // Traces of before networks were described are those of chains.
    let network = NetworkGraph::of_run(run).unwrap_or_else(|| chain(&layers));
    if let Some(misfit) = misfit(&network, &layers) {
        return Err(ExportError::Weights { file: file(), group: group::weights(&kept, misfit + 1) });
    }
    let metadata = metadata(run, &kept, &network);
    Ok(Graph { kept, activation: settings.activation_name(), network, layers, metadata })
}

/// Layers one after the other.
fn chain(layers: &[LayerWeights]) -> NetworkGraph {
    let units = layers.iter().take(1).map(|first| first.shape[1]).chain(layers.iter().map(|layer| layer.shape[0]));
    let population = |(k, units): (usize, usize)| PopulationEntry { name: k.to_string(), shape: [units, 1, 1] };
    NetworkGraph {
        populations: units.enumerate().map(population).collect(),
        projections: (0..layers.len()).map(|k| ProjectionEntry { from: k, to: k + 1 }).collect(),
    }
}

/// The first projection whose weights are not the matrix between its populations, as those of a dense one are.
fn misfit(network: &NetworkGraph, layers: &[LayerWeights]) -> Option<usize> {
    let units = |k: usize| network.populations.get(k).map(PopulationEntry::units);
    let fits = |p: usize| match (network.projections.get(p), layers.get(p)) {
        (Some(own), Some(layer)) => {
            own.from < own.to
                && [units(own.to), units(own.from)] == layer.shape[..].iter().map(|&n| Some(n)).collect::<Vec<_>>()[..]
        }
        _ => false,
    };
    (0..layers.len().max(network.projections.len())).find(|&p| !fits(p))
}

fn metadata(run: &RunResult, kept: &Kept, network: &NetworkGraph) -> Vec<(&'static str, Leaf)> {
    let settings = run.settings();
    let activation = settings.activation_name();
    let note = match activation.as_str() {
        "identity" => "Hidden units are linear: the Affine nodes are the whole forward network.".to_owned(),
        name => {
            let nodes = match (1..=network.last()).all(|k| network.arriving(k).len() == 1) {
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
        let Self { network, layers, activation, metadata, .. } = self;
        let units = |k: usize| network.populations[k].units();
        let text = |text: &str| Leaf::Text(text.to_owned());
        let port = |k: usize| Leaf::Integers(vec![1], vec![units(k) as i64]);
        let mut leaves = vec![
            ("version".to_owned(), text(NIR_VERSION)),
            ("node/type".to_owned(), text("NIRGraph")),
            ("node/nodes/input/type".to_owned(), text("Input")),
            ("node/nodes/input/shape".to_owned(), port(0)),
            ("node/nodes/output/type".to_owned(), text("Output")),
            ("node/nodes/output/shape".to_owned(), port(network.last())),
        ];
        let sums = |k: usize| k < network.last() && network.arriving(k).len() > 1;
        for (p, (layer, own)) in layers.into_iter().zip(&network.projections).enumerate() {
            let node = format!("node/nodes/{}", affine(p));
            let is_linear = own.to == network.last() || sums(own.to);
            leaves.push((format!("{node}/type"), text("Affine")));
            leaves.push((format!("{node}/weight"), Leaf::F32(layer.shape.to_vec(), layer.weight)));
            leaves.push((format!("{node}/bias"), Leaf::F32(vec![layer.bias.len()], layer.bias)));
            leaves
                .push((format!("{node}/metadata/activation"), text(if is_linear { "identity" } else { &activation })));
        }
        for k in (1..network.last()).filter(|&k| sums(k)) {
            let node = format!("node/nodes/{}", sum(k));
            leaves.push((format!("{node}/type"), text("Scale")));
            leaves.push((format!("{node}/scale"), Leaf::F32(vec![units(k)], vec![1.0; units(k)])));
            leaves.push((format!("{node}/metadata/activation"), text(&activation)));
        }
        let edges = edges(&network);
        leaves
            .push(("node/edges".to_owned(), Leaf::Texts(vec![edges.len(), 2], edges.into_iter().flatten().collect())));
        leaves.extend(metadata.into_iter().map(|(name, leaf)| (format!("node/metadata/{name}"), leaf)));
        Ok(write_tree(file, &leaves)?)
    }
}

/// Name of the node of projection p, which is counted from 1 as in traces.
fn affine(p: usize) -> String {
    format!("layer{}", p + 1)
}

/// Name of the node in which the projections to population k meet.
fn sum(k: usize) -> String {
    format!("population{k}")
}

/// All edges, from where they begin to where they end: to every projection from the node that has the state of its sender,
/// and from it to where its population is made.
fn edges(network: &NetworkGraph) -> Vec<[String; 2]> {
    let state = |k: usize| match network.arriving(k)[..] {
        [] => "input".to_owned(),
        [only] => affine(only),
        _ => sum(k),
    };
    let mut edges = vec![];
    for k in 1..=network.last() {
        let arriving = network.arriving(k);
        edges.extend(arriving.iter().map(|&p| [state(network.projections[p].from), affine(p)]));
        if k == network.last() {
            edges.extend(arriving.iter().map(|&p| [affine(p), "output".to_owned()]));
        } else if arriving.len() > 1 {
            edges.extend(arriving.iter().map(|&p| [affine(p), sum(k)]));
        }
    }
    edges
}
