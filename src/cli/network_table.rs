//! The table of a network: layer by layer what it makes, what it costs, and the sums.
use crate::config::NetworkConfig;
use crate::map::{LinearMap, Shape, Window};
use crate::network::{Layer, Route};
use crate::run::NetworkCost;
use serde_json::Value;

/// Columns: layer, map, shape, synapses, reads, arithmetic, memory.
const COLUMNS: usize = 7;
type Row = [String; COLUMNS];

/// The table of a network in mini-batches of `batch_size`, its sums at the bottom.
pub(super) fn network_table(network: &NetworkCost, batch_size: usize) -> String {
    let mut rows: Vec<Row> = vec![["layer", "map", "shape", "synapses", "reads", "flop", "memory"].map(Into::into)];
    let name = |k: usize| network.populations[k].population.name.as_str();
    for (k, own) in network.populations.iter().enumerate() {
        let mut states = own.memory_bytes;
        if k == 0 {
            rows.push(row(name(0), String::new(), own.population.shape, states));
        }
        let arriving = network.projections.iter().filter(|cost| cost.route.to == k);
        for (index, cost) in arriving.enumerate() {
            let Route { from, map, pool, .. } = &cost.route;
            let mut pooled = vec![];
            let then = parts(map, &mut pooled);
            rows.extend(pooled.into_iter().map(|(what, shape)| row("", what, shape, 0)));
            let label = if index == 0 { name(k).to_owned() } else { format!("from {}", name(*from)) };
            let mut cells = row(&label, then, map.output(), states + cost.memory_bytes);
            if cost.synapses > 0 {
                cells[3] = cost.synapses.to_string();
                cells[4] = format!("{}+{}", cost.reads[0], cost.reads[1]);
                cells[5] = scaled(cost.flops as f64, "");
            }
            rows.push(cells);
            rows.extend(pool.map(|pool| row("", pooling("max_pool", pool.window()), pool.output(), 0)));
            states = 0;
        }
    }
    let reads = |side: usize| network.projections.iter().map(|own| own.reads[side]).sum::<u64>();
    let synapses = network.projections.iter().map(|own| own.synapses).sum::<usize>();
    rows.push([
        "total".to_owned(),
        String::new(),
        String::new(),
        synapses.to_string(),
        format!("{}+{}", reads(0), reads(1)),
        scaled(network.flops() as f64, ""),
        scaled((network.state_bytes() + network.synapse_bytes()) as f64, "B"),
    ]);
    let note = format!(
        "  reads: of an array in a training step, forward+back, a stimulus\n  flop: floating-point operations of \
         products and gradient in a training step, a stimulus\n  memory: states of a mini-batch of {batch_size}, and the \
         synapses with what the optimizer keeps of them\n"
    );
    format!("{}{note}", aligned(&rows))
}

fn row(name: &str, map: String, shape: Shape, memory_bytes: usize) -> Row {
    let shape = shape.to_string().replace(" x ", "×");
    let memory = if memory_bytes > 0 { scaled(memory_bytes as f64, "B") } else { String::new() };
    [name.to_owned(), map, shape, String::new(), String::new(), String::new(), memory]
}

fn aligned(rows: &[Row]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |row: &Row| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            // Words begin, numbers end at the same column.
            0..=2 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// What the map does in words; poolings before it go into `before`, with what they make.
fn parts(map: &LinearMap, before: &mut Vec<(String, Shape)>) -> String {
    match map {
        LinearMap::Dense(_) => "dense".to_owned(),
        LinearMap::Identity(_) => "identity".to_owned(),
        LinearMap::Convolution(own) => {
            let features = map.output().channels;
            let mut text = format!("convolution {}, {features} features", sides(own.window().kernel));
            let Window { stride, dilation, .. } = *own.window();
            if stride != [1, 1] {
                text += &format!(", stride {}", short_sides(stride));
            }
            if dilation != [1, 1] {
                text += &format!(", dilation {}", short_sides(dilation));
            }
            if own.groups() > 1 {
                text += &format!(", {} groups", own.groups());
            }
            text
        }
        LinearMap::Pooled(own) => {
            let pool = own.pool();
            before.push((pooling("average_pool", pool.window()), pool.output()));
            parts(own.then(), before)
        }
    }
}

fn pooling(name: &str, window: &Window) -> String {
    let stride = if window.stride == window.kernel || window.output == [1, 1] {
        String::new()
    } else {
        format!(", stride {}", short_sides(window.stride))
    };
    format!("{name} {}{stride}", sides(window.kernel))
}

fn sides([rows, columns]: [usize; 2]) -> String {
    format!("{rows}×{columns}")
}

fn short_sides(both: [usize; 2]) -> String {
    if both[0] == both[1] { both[0].to_string() } else { sides(both) }
}

/// A number with a unit to three digits.
fn scaled(number: f64, unit: &str) -> String {
    let (number, prefix) = match number {
        n if n < 1e3 => return format!("{n:.0} {unit}"),
        n if n < 1e6 => (n / 1e3, "k"),
        n if n < 1e9 => (n / 1e6, "M"),
        n => (n / 1e9, "G"),
    };
    let decimals = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:.decimals$} {prefix}{unit}")
}

/// The short form of a network in its long one, as the file would have it; nothing if the file has that.
pub(super) fn long_form(network: &NetworkConfig, sample_shape: &[usize]) -> Option<String> {
    let layers = network.long_form(sample_shape)?;
    let lines: Vec<String> = layers.iter().map(|layer| format!("    {}", lean(layer))).collect();
    Some(format!("  \"layers\": [\n{}\n  ]\n", lines.join(",\n")))
}

/// A layer without what it would have anyway.
fn lean(layer: &Layer) -> Value {
    let mut value = serde_json::to_value(layer).unwrap_or_default();
    let Some((kind, settings)) = value.as_object_mut().and_then(|own| own.iter_mut().next()) else { return value };
    let kind = kind.clone();
    let Some(settings) = settings.as_object_mut() else { return value };
    for key in settings.keys().cloned().collect::<Vec<_>>() {
        let mut fewer = settings.clone();
        fewer.remove(&key);
        let read = serde_json::from_value::<Layer>(serde_json::json!({ kind.as_str(): fewer }));
        if read.is_ok_and(|read| read == *layer) {
            *settings = fewer;
        }
    }
    value
}
