//! How the trace describes the network.
use crate::map::{LinearMap, MaxPool, Shape, Window};
use crate::network::{Network, Population, Projection};
use crate::results::{
    ConvolutionEntry, MapEntry, NetworkGraph, PooledEntry, PopulationEntry, ProjectionEntry, WindowEntry,
};

/// Populations and projections, as JSON.
pub(super) fn network_text(network: &Network) -> String {
    let graph = NetworkGraph {
        populations: network.populations().iter().map(population).collect(),
        projections: network.projections().iter().map(projection).collect(),
    };
    serde_json::to_string(&graph).unwrap_or_default()
}

fn population(own: &Population) -> PopulationEntry {
    let Shape { channels, rows, columns } = own.shape;
    PopulationEntry { name: own.name.clone(), shape: [channels, rows, columns] }
}

fn projection(own: &Projection) -> ProjectionEntry {
    let max_pool = own.pool.as_ref().map(MaxPool::window).map(window);
    ProjectionEntry { from: own.from, to: own.to, map: map(&own.map), max_pool }
}

fn map(own: &LinearMap) -> MapEntry {
    match own {
        LinearMap::Dense(_) => MapEntry::Dense,
        LinearMap::Convolution(own) => {
            MapEntry::Convolution(ConvolutionEntry { window: window(own.window()), groups: own.groups() })
        }
        LinearMap::Identity(_) => MapEntry::Identity,
        LinearMap::Pooled(own) => {
            let then = Box::new(map(own.then()));
            MapEntry::Pooled(PooledEntry { average_pool: window(own.pool().window()), then })
        }
    }
}

fn window(own: &Window) -> WindowEntry {
    let Window { input, output, kernel, stride, dilation, padding } = *own;
    WindowEntry { input, output, kernel, stride, dilation, padding }
}
