//! Nodes and edges of a NIR graph, from the network that a trace describes.
//!
//! | projection | nodes |
//! |---|---|
//! | dense | `Affine`, after `Flatten` where an image arrives |
//! | convolution | `Conv2d`; padding is `same` where that means the same to everyone: odd windows at every place; groups become zeros between them, as the package takes the channels of a group for those of the image |
//! | average pooling | `AvgPool2d` before the node of the map |
//! | identity | an edge |
//! | max pooling | none: NIR has no node for it |
//!
//! Where several projections meet at a hidden population, a `Scale` of ones sums them.
use crate::results::weights::LayerWeights;
use crate::results::{ConvolutionEntry, MapEntry, NetworkGraph, WindowEntry};
use crate::trace::Leaf;
use std::collections::BTreeMap;

/// Nodes and the edges between them.
pub(super) struct NirGraph {
    pub nodes: Vec<Node>,
    pub edges: Vec<[String; 2]>,
}

/// A node.
pub(super) struct Node {
    pub name: String,
    pub kind: &'static str,
    pub values: Vec<(&'static str, Leaf)>,
    /// What is to be applied to what it gives, of nodes that make a population.
    pub activation: Option<String>,
}

/// Why a projection, counted from 1, has no node.
#[derive(Debug)]
pub(super) enum Problem {
    /// The weights are not those that the network needs.
    Weights { projection: usize },
    /// NIR cannot say what it does.
    Unsaid { projection: usize, reason: &'static str },
}

const MAX_POOL: &str = "max pooling has no NIR node (export the weights to npz, or train with average_pool)";
const PADDING: &str = "it pads an image with more places behind than before, which a NIR Conv2d cannot say";
const SQUARE: &str = "its window is not square, and from such a one the nir package infers wrong shapes";
const NO_IMAGE: &str = "it reads an image of units without places, and NIR has no node that makes one";
const SAME_EDGE: &str = "a NIR graph can have only one edge between two nodes, and there is one already";

/// What a node gives: units, or (channel, row, column).
#[derive(Clone)]
struct End {
    node: String,
    shape: Vec<usize>,
}

impl End {
    fn units(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The graph of a network with these weights, by the numbers of the projections from 1.
pub(super) fn build(
    network: &NetworkGraph,
    layers: BTreeMap<usize, LayerWeights>,
    activation: &str,
) -> Result<NirGraph, Problem> {
    let graph = NirGraph { nodes: vec![], edges: vec![] };
    let mut builder = Builder { network, layers, activation, graph, states: vec![] };
    let stimulus = match network.projections.iter().any(|own| has_window(&own.map)) {
        true => network.populations[0].shape.to_vec(),
        false => vec![network.populations[0].units()],
    };
    builder.node("input", "Input", vec![("shape", sizes(&stimulus))], None);
    builder.states.push(End { node: "input".to_owned(), shape: stimulus });
    for k in 1..=network.last() {
        builder.population(k)?;
    }
    let outputs = sizes(&builder.states[network.last()].shape);
    let output = Node { name: "output".to_owned(), kind: "Output", values: vec![("shape", outputs)], activation: None };
    builder.graph.nodes.insert(1, output);
    Ok(builder.graph)
}

fn has_window(map: &MapEntry) -> bool {
    matches!(map, MapEntry::Convolution(_) | MapEntry::Pooled(_))
}

/// Name of the node of a projection, counted from 1 as in traces.
fn layer(projection: usize) -> String {
    format!("layer{projection}")
}

fn sizes(numbers: &[usize]) -> Leaf {
    Leaf::Integers(vec![numbers.len()], numbers.iter().map(|&n| n as i64).collect())
}

struct Builder<'a> {
    network: &'a NetworkGraph,
    layers: BTreeMap<usize, LayerWeights>,
    activation: &'a str,
    graph: NirGraph,
    /// What holds the state of every population so far.
    states: Vec<End>,
}

impl Builder<'_> {
    fn node(&mut self, name: &str, kind: &'static str, values: Vec<(&'static str, Leaf)>, activation: Option<&str>) {
        let activation = activation.map(str::to_owned);
        self.graph.nodes.push(Node { name: name.to_owned(), kind, values, activation });
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.graph.edges.push([from.to_owned(), to.to_owned()]);
    }

    /// Whether what arrives at population k meets in a node of its own.
    fn sums(&self, k: usize) -> bool {
        let arriving = self.network.arriving(k);
        let wire = arriving.iter().any(|&p| !self.network.projections[p].map.has_synapses());
        k < self.network.last() && (arriving.len() > 1 || wire)
    }

    /// The activation after the node of a projection to population k.
    fn activation_at(&self, k: usize) -> &str {
        if k == self.network.last() || self.sums(k) { "identity" } else { self.activation }
    }

    fn population(&mut self, k: usize) -> Result<(), Problem> {
        let arriving = self.network.arriving(k);
        let mut ends = vec![];
        for &p in &arriving {
            let end = self.projection(p)?;
            if end.units() != self.network.populations[k].units() {
                return Err(Problem::Weights { projection: p + 1 });
            }
            ends.push((p, end));
        }
        // Images meet as images, anything else as units.
        if ends.iter().any(|(_, end)| end.shape.len() == 1) {
            ends = ends.into_iter().map(|(p, end)| (p, self.flattened(p, "units", end))).collect();
        }
        let Some((_, first)) = ends.first().cloned() else { return Err(Problem::Weights { projection: 1 }) };
        let target = match k {
            _ if k == self.network.last() => "output".to_owned(),
            _ if self.sums(k) => {
                let (name, activation) = (format!("population{k}"), self.activation.to_owned());
                let scale = Leaf::F32(first.shape.clone(), vec![1.0; first.units()]);
                self.node(&name, "Scale", vec![("scale", scale)], Some(&activation));
                name
            }
            _ => {
                self.states.push(first);
                return Ok(());
            }
        };
        for (p, end) in ends {
            if self.graph.edges.contains(&[end.node.clone(), target.clone()]) {
                return Err(Problem::Unsaid { projection: p + 1, reason: SAME_EDGE });
            }
            self.edge(&end.node, &target);
        }
        self.states.push(End { node: target, shape: first.shape });
        Ok(())
    }

    /// The nodes of projection p (from 0).
    fn projection(&mut self, p: usize) -> Result<End, Problem> {
        let network = self.network;
        let own = &network.projections[p];
        let unsaid = |reason| Problem::Unsaid { projection: p + 1, reason };
        let misfit = Problem::Weights { projection: p + 1 };
        if own.max_pool.is_some() {
            return Err(unsaid(MAX_POOL));
        }
        let Some(mut end) = self.states.get(own.from).cloned() else { return Err(misfit) };
        let mut map = &own.map;
        while let MapEntry::Pooled(pooled) = map {
            let WindowEntry { input, output, kernel, stride, .. } = pooled.average_pool;
            match end.shape[..] {
                [channels, rows, columns] if [rows, columns] == input => {
                    let name = format!("pool{}", p + 1);
                    let values = [("kernel_size", kernel), ("stride", stride), ("padding", [0, 0])];
                    let values = values.map(|(name, pair)| (name, sizes(&pair)));
                    self.node(&name, "AvgPool2d", values.to_vec(), None);
                    self.edge(&end.node, &name);
                    end = End { node: name, shape: vec![channels, output[0], output[1]] };
                }
                [_] => return Err(unsaid(NO_IMAGE)),
                _ => return Err(misfit),
            }
            map = &pooled.then;
        }
        match map {
            MapEntry::Dense => {
                let Some(weights) = self.layers.remove(&(p + 1)) else { return Err(misfit) };
                let end = self.flattened(p, "flatten", end);
                self.affine(p, own.to, end, weights)
            }
            MapEntry::Convolution(convolution) => {
                let Some(weights) = self.layers.remove(&(p + 1)) else { return Err(misfit) };
                self.convolution(p, own.to, end, convolution, weights)
            }
            MapEntry::Identity => Ok(end),
            MapEntry::Pooled(_) => Err(misfit),
        }
    }

    /// The units of an image.
    fn flattened(&mut self, p: usize, name: &str, end: End) -> End {
        if end.shape.len() == 1 {
            return end;
        }
        let name = format!("{name}{}", p + 1);
        let all = [("start_dim", Leaf::Integer(0)), ("end_dim", Leaf::Integer(-1)), ("input_type", sizes(&end.shape))];
        self.node(&name, "Flatten", all.into(), None);
        self.edge(&end.node, &name);
        End { node: name, shape: vec![end.units()] }
    }

    fn affine(&mut self, p: usize, to: usize, end: End, weights: LayerWeights) -> Result<End, Problem> {
        let LayerWeights { shape, weight, bias } = weights;
        let units = bias.len();
        if shape[..] != [units, end.units()] {
            return Err(Problem::Weights { projection: p + 1 });
        }
        let values = vec![("weight", Leaf::F32(shape, weight)), ("bias", Leaf::F32(vec![units], bias))];
        Ok(self.layer(p, to, "Affine", values, &end.node, vec![units]))
    }

    fn convolution(
        &mut self,
        p: usize,
        to: usize,
        end: End,
        convolution: &ConvolutionEntry,
        weights: LayerWeights,
    ) -> Result<End, Problem> {
        let ConvolutionEntry { window, groups } = convolution;
        let LayerWeights { shape, weight, bias } = weights;
        let unsaid = |reason| Err(Problem::Unsaid { projection: p + 1, reason });
        let [channels, rows, columns] = end.shape[..] else { return unsaid(NO_IMAGE) };
        let features = bias.len();
        let [kernel_rows, kernel_columns] = window.kernel;
        let needed = [features, channels / (*groups).max(1), kernel_rows, kernel_columns];
        if [rows, columns] != window.input || shape[..] != needed {
            return Err(Problem::Weights { projection: p + 1 });
        }
        let is_same = is_same(window);
        if !is_same && made(window, window.kernel) != Some(window.output) {
            return unsaid(PADDING);
        }
        if !is_same && made(window, [kernel_rows; 2]) != Some(window.output) {
            return unsaid(SQUARE);
        }
        let weight = ungrouped(weight, *groups, features);
        let values = vec![
            ("input_shape", sizes(&window.input)),
            ("weight", Leaf::F32(vec![features, channels, kernel_rows, kernel_columns], weight)),
            ("bias", Leaf::F32(vec![features], bias)),
            ("stride", sizes(&window.stride)),
            ("padding", if is_same { Leaf::Text("same".to_owned()) } else { sizes(&window.padding) }),
            ("dilation", sizes(&window.dilation)),
            ("groups", Leaf::Integer(1)),
        ];
        let [rows, columns] = window.output;
        Ok(self.layer(p, to, "Conv2d", values, &end.node, vec![features, rows, columns]))
    }

    fn layer(
        &mut self,
        p: usize,
        to: usize,
        kind: &'static str,
        values: Vec<(&'static str, Leaf)>,
        from: &str,
        shape: Vec<usize>,
    ) -> End {
        let (name, activation) = (layer(p + 1), self.activation_at(to).to_owned());
        self.node(&name, kind, values, Some(&activation));
        self.edge(from, &name);
        End { node: name, shape }
    }
}

/// The weight (feature, channel, tap) of a convolution without groups that does the same: zeros stand between the groups.
fn ungrouped(weight: Vec<f32>, groups: usize, features: usize) -> Vec<f32> {
    if groups == 1 {
        return weight;
    }
    let row = weight.len() / features;
    let mut whole = vec![0.0; weight.len() * groups];
    for (feature, own) in weight.chunks_exact(row).enumerate() {
        let first = (feature * groups + feature * groups / features) * row;
        whole[first..][..row].copy_from_slice(own);
    }
    whole
}

/// Whether every library takes `same` for this padding: half of an odd window, one at every place.
fn is_same(window: &WindowEntry) -> bool {
    let WindowEntry { input, output, kernel, stride, dilation, padding } = window;
    input == output
        && (0..2).all(|side| {
            let reach = (kernel[side] - 1) * dilation[side];
            stride[side] == 1 && reach.is_multiple_of(2) && padding[side] == reach / 2
        })
}

/// Size of what such windows make of an image with as many places of padding behind as before.
fn made(window: &WindowEntry, kernel: [usize; 2]) -> Option<[usize; 2]> {
    let side = |side: usize| {
        let extent = (kernel[side] - 1) * window.dilation[side] + 1;
        let room = (window.input[side] + 2 * window.padding[side]).checked_sub(extent)?;
        Some(room / window.stride[side] + 1)
    };
    Some([side(0)?, side(1)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: WindowEntry = WindowEntry {
        input: [8, 8],
        output: [8, 8],
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [1, 1],
    };

    #[test]
    fn same_is_said_only_where_it_means_the_same() {
        assert!(is_same(&WINDOW));
        let dilated = WindowEntry { dilation: [2, 2], padding: [2, 2], ..WINDOW };
        assert!(is_same(&dilated));
        // An even window has to be padded more behind than before; a stride leaves places out.
        assert!(!is_same(&WindowEntry { kernel: [2, 2], padding: [0, 0], ..WINDOW }));
        assert!(!is_same(&WindowEntry { stride: [2, 2], output: [4, 4], ..WINDOW }));
    }

    #[test]
    fn the_padding_of_a_stride_may_be_uneven() {
        // Of 8 places every second: one place behind, none before, as TensorFlow does it.
        let uneven = WindowEntry { stride: [2, 2], output: [4, 4], padding: [0, 0], ..WINDOW };
        assert_eq!(made(&uneven, uneven.kernel), Some([3, 3]));
        let even = WindowEntry { padding: [1, 1], ..uneven };
        assert_eq!(made(&even, even.kernel), Some([4, 4]));
    }
}
