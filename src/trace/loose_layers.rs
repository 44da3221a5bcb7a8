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
use super::loose_arrays::{is_npz, read_npy};
use super::reader::Values;
use crate::vocabulary::place::weights::Kept;
use hdf5::types::{VarLenArray, VarLenUnicode};
use npyz::npz::NpzArchive;
use std::collections::BTreeMap;
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

/// Graph of a NIR file.
const NODES: &str = "node/nodes";
const EDGES: &str = "node/edges";

/// The layers of a file, of those of a trace the ones that were `kept`; `None` if it is neither a NumPy archive nor a NIR graph.
///
/// # Errors
/// If it cannot be read.
pub fn loose_layers(path: &Path, kept: &[Kept]) -> Result<Option<Vec<LooseLayer>>, TraceError> {
    if is_npz(path).map_err(TraceError::io(path))? {
        return of_npz(path, kept).map(Some).map_err(TraceError::io(path));
    }
    // What is no HDF5 file either is for others to name.
    let Ok(file) = hdf5::File::open(path) else { return Ok(None) };
    if !file.link_exists("node") || !file.link_exists(NODES) {
        return Ok(None);
    }
    of_nir(&file).map(Some).map_err(TraceError::hdf5(path, NODES))
}

fn of_npz(path: &Path, kept: &[Kept]) -> io::Result<Vec<LooseLayer>> {
    let mut archive = NpzArchive::open(path)?;
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
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
        let bias = if names.contains(&bias) { Some(read_npy(&mut archive, &bias)?) } else { None };
        layers.push(LooseLayer { name: layer.to_owned(), weight: read_npy(&mut archive, name)?, bias });
    }
    Ok(in_order(layers))
}

fn of_nir(file: &hdf5::File) -> hdf5::Result<Vec<LooseLayer>> {
    let mut layers = vec![];
    for name in along_edges(file)? {
        let node = file.group(&format!("{NODES}/{name}"))?;
        if !node.link_exists("weight") {
            continue;
        }
        let read = |array: &str| {
            let dataset = node.dataset(array)?;
            Ok::<_, hdf5::Error>(Values { shape: dataset.shape(), values: dataset.read_raw()? })
        };
        let bias = if node.link_exists("bias") { Some(read("bias")?) } else { None };
        layers.push(LooseLayer { name, weight: read("weight")?, bias });
    }
    Ok(in_order(layers))
}

/// Nodes of a graph, each after all from which an edge leads to it; a circle ends where it is closed.
fn along_edges(file: &hdf5::File) -> hdf5::Result<Vec<String>> {
    let nodes = file.group(NODES)?.member_names()?;
    let edges = file.dataset(EDGES)?;
    // Strings of any length, as h5py writes them.
    let texts: Vec<String> = match edges.read_raw::<VarLenUnicode>() {
        Ok(texts) => texts.iter().map(|text| text.as_str().to_owned()).collect(),
        Err(_) => {
            let texts = edges.read_raw::<VarLenArray<u8>>()?;
            texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
        }
    };
    let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in texts.as_chunks::<2>().0 {
        before.entry(&edge[1]).or_default().push(&edge[0]);
    }
    let mut order: Vec<String> = vec![];
    let mut left: Vec<String> = nodes;
    while !left.is_empty() {
        let is_ready = |node: &String| {
            before.get(node.as_str()).is_none_or(|own| own.iter().all(|b| !left.iter().any(|l| l == b)))
        };
        let at = left.iter().position(is_ready).unwrap_or(0);
        order.push(left.remove(at));
    }
    Ok(order)
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
