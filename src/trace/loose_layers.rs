//! Weights that other programs have written: NumPy archives and graphs of NIR.
//!
//! | file | a layer |
//! |---|---|
//! | `.npz` | arrays `NAME.weight` and `NAME.bias`, or with `/` in the place of the dot: those of `dyad export --to npz`, or of `numpy.savez("net.npz", **{k: v.numpy() for k, v in model.state_dict().items()})` |
//! | NIR | a node with a weight (Affine, Linear, Conv2d) |
//!
//! Layers whose names end in numbers come in the order of these; others as they stand in the archive, or along the edges of the
//! graph.
use super::error::TraceError;
use super::guard::{self, Room};
use super::npz::{NpzReader, is_npz};
use super::opened::{self, Opened};
use super::reader::Values;
use crate::vocabulary::place::weights::Kept;
use hdf5::Dataset;
use hdf5::types::{VarLenArray, VarLenUnicode};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// A layer of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct LooseLayer {
    /// Its name there.
    pub name: String,
    /// (post, pre), or (feature, channel, row, column) of a convolution.
    pub weight: Values,
    /// Of every unit or feature, if there are any.
    pub bias: Option<Values>,
}

/// Graph of a NIR file, and what is in it.
const GRAPH: &str = "node";
const NODES: &str = "nodes";
const EDGES: &str = "edges";

/// The layers of a file, of those of a trace the ones that were `kept`; `None` if it is neither a NumPy archive nor a NIR graph.
///
/// # Errors
/// If it cannot be read.
pub fn loose_layers(path: &Path, kept: &[Kept]) -> Result<Option<Vec<LooseLayer>>, TraceError> {
    if is_npz(path).map_err(TraceError::io(path))? {
        return of_npz(path, kept).map(Some).map_err(TraceError::io(path));
    }
    let opened = match opened::open(path) {
        Ok(opened) => opened,
        // For others to name.
        Err(TraceError::NotATrace { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !opened.file.link_exists(GRAPH) {
        return Ok(None);
    }
    of_nir(&opened, path).map_err(TraceError::hdf5(path, GRAPH))
}

fn of_npz(path: &Path, kept: &[Kept]) -> io::Result<Vec<LooseLayer>> {
    let mut archive = NpzReader::open(path)?;
    let names = archive.names().to_owned();
    let group =
        kept.iter().map(|kept| format!("{}/", kept.group)).find(|group| names.iter().any(|n| n.starts_with(group)));
    let of_group = |name: &&String| group.as_ref().is_none_or(|group| name.starts_with(group.as_str()));
    let mut layers = vec![];
    for name in names.iter().filter(of_group) {
        let Some(layer) = name.strip_suffix("weight").filter(|layer| layer.is_empty() || layer.ends_with(['.', '/']))
        else {
            continue;
        };
        let bias = format!("{layer}bias");
        let bias = if names.contains(&bias) { Some(archive.read(&bias)?) } else { None };
        layers.push(LooseLayer { name: layer.to_owned(), weight: archive.read(name)?, bias });
    }
    Ok(in_order(layers))
}

/// `None` if the group of a graph holds none.
fn of_nir(opened: &Opened, path: &Path) -> hdf5::Result<Option<Vec<LooseLayer>>> {
    let (file, bytes) = (&opened.file, opened.bytes);
    let has = |names: &[String], name: &str| names.iter().any(|own| own == name);
    // Every step by its list, which refuses links into other files.
    if !has(&guard::list(&file.as_group()?)?.groups, GRAPH) {
        return Ok(None);
    }
    let graph = file.group(GRAPH)?;
    let listed = guard::list(&graph)?;
    if !has(&listed.groups, NODES) {
        return Ok(None);
    }
    let nodes = graph.group(NODES)?;
    let names = guard::list(&nodes)?.groups;
    let edges = if has(&listed.datasets, EDGES) { edges(&graph.dataset(EDGES)?, path, bytes)? } else { vec![] };
    let (mut layers, mut room) = (vec![], Room::of(bytes));
    for name in along(&edges, names) {
        let node = nodes.group(&name)?;
        let arrays = guard::list(&node)?.datasets;
        let mut read = |array: &str| {
            let dataset = node.dataset(array)?;
            let shape = guard::shape(&dataset, bytes)?;
            room.take(&shape).map_err(hdf5::Error::Internal)?;
            Ok::<_, hdf5::Error>(Values { shape, values: dataset.read_raw()? })
        };
        if !has(&arrays, "weight") {
            continue;
        }
        let bias = if has(&arrays, "bias") { Some(read("bias")?) } else { None };
        layers.push(LooseLayer { name, weight: read("weight")?, bias });
    }
    Ok(Some(in_order(layers)))
}

/// Pairs of nodes, from and to.
fn edges(dataset: &Dataset, path: &Path, file_bytes: u64) -> hdf5::Result<Vec<[String; 2]>> {
    guard::shape(dataset, file_bytes)?;
    guard::check_texts(dataset, path, file_bytes)?;
    // Strings of any length, as h5py writes them.
    let texts: Vec<String> = match dataset.read_raw::<VarLenUnicode>() {
        Ok(texts) => texts.iter().map(guard::text).collect(),
        Err(_) => {
            let texts = dataset.read_raw::<VarLenArray<u8>>()?;
            texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
        }
    };
    Ok(texts.as_chunks().0.to_vec())
}

/// Nodes of a graph, each after all from which an edge leads to it; a circle ends where it is closed.
fn along(edges: &[[String; 2]], nodes: Vec<String>) -> Vec<String> {
    let places: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let (mut after, mut awaited) = (vec![vec![]; nodes.len()], vec![0; nodes.len()]);
    for [from, to] in edges {
        if let (Some(&from), Some(&to)) = (places.get(from.as_str()), places.get(to.as_str())) {
            after[from].push(to);
            awaited[to] += 1;
        }
    }
    let mut left: BTreeSet<usize> = (0..nodes.len()).collect();
    let mut ready: BTreeSet<usize> = left.iter().copied().filter(|&place| awaited[place] == 0).collect();
    let mut order = vec![];
    while let Some(&next) = ready.first().or(left.first()) {
        ready.remove(&next);
        left.remove(&next);
        for &place in &after[next] {
            awaited[place] -= 1;
            if awaited[place] == 0 && left.contains(&place) {
                ready.insert(place);
            }
        }
        order.push(nodes[next].clone());
    }
    order
}

/// By the numbers at the end of their names, if all have one.
fn in_order(mut layers: Vec<LooseLayer>) -> Vec<LooseLayer> {
    let number = |layer: &LooseLayer| {
        let name = layer.name.trim_end_matches(['.', '/']);
        let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        name[name.len() - digits..].parse::<u64>().ok()
    };
    if layers.iter().all(|layer| number(layer).is_some()) {
        layers.sort_by_key(number);
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(edges: &[[&str; 2]], nodes: &[&str]) -> Vec<String> {
        let edges: Vec<[String; 2]> = edges.iter().map(|edge| edge.map(str::to_owned)).collect();
        along(&edges, nodes.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn nodes_come_along_their_edges() {
        assert_eq!(order(&[["z", "m"], ["m", "a"]], &["a", "m", "z"]), ["z", "m", "a"]);
        assert_eq!(order(&[["b", "a"], ["b", "a"], ["input", "b"]], &["a", "b", "c"]), ["b", "a", "c"]);
        assert_eq!(order(&[], &["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn a_circle_ends_where_it_is_closed() {
        assert_eq!(order(&[["a", "b"], ["b", "a"], ["c", "a"]], &["a", "b", "c"]), ["c", "a", "b"]);
        assert_eq!(order(&[["a", "a"]], &["a"]), ["a"]);
    }
}
