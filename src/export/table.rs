//! Tables in long form: a row for each place on the axes, a column for each axis and each variable.
//!
//! Variables of a group that have the same axes stand side by side. Where a group has variables of different axes,
//! as `test_accuracy(epoch)` and `angle_deg(epoch, layer)`, each set of axes has its own rows, fewest axes first, and what a
//! row does not have is empty: `layer` and `angle_deg` in the rows of `test_accuracy`. So every number of the file is
//! there exactly once, and sums, means and counts of a column are those of the variable. What was drawn for each sample of a
//! sweep, and where a unit is, stands next to its coordinate in every row.
use super::ExportError;
use super::source::{Item, Source};
use crate::trace::{Column, TraceReader, VariableInfo};

/// Rows that are held in memory at once, about.
const SLAB_ROWS: usize = 1 << 18;

/// A table that has not been read yet.
pub(super) struct Table<'a> {
    reader: &'a TraceReader,
    group: String,
    pub columns: Vec<TableColumn>,
    blocks: Vec<Block>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TableColumn {
    pub name: String,
    /// Type of its entries: an empty column of that type.
    pub element: Column,
    pub long_name: String,
    pub units: String,
    /// Whether there are rows without it.
    pub has_gaps: bool,
}

/// The rows of all variables that have the same axes.
struct Block {
    /// Length of each axis, slowest first.
    shape: Vec<usize>,
    /// For each column of the table, what it gets from here.
    parts: Vec<Part>,
}

/// What a column gets from a block.
enum Part {
    Nothing,
    /// The value of these for each place on the axis of this number.
    Place(usize, Column),
    Variable,
}

/// Some rows of a table: each column's entries, or `None` where they have none.
pub(super) struct Slab {
    pub rows: usize,
    pub columns: Vec<Option<Column>>,
}

/// A column that says where a row stands: the coordinate of an axis, or what stands next to it.
struct Place {
    axis: String,
    column: TableColumn,
    values: Column,
}

impl<'a> Table<'a> {
    /// The table of a group, or of one of its variables.
    pub fn new(source: &'a Source, item: &Item) -> Result<Self, ExportError> {
        let reader = source.reader();
        let path = |name: &str| format!("{}/{name}", item.group);
        let all = reader.variables(&item.group)?;
        let (coordinates, variables): (Vec<_>, Vec<_>) = all.into_iter().partition(|v| v.is_coordinate);
        let next_to_axes = source.next_to_axes();
        let (next_to_axes, variables): (Vec<_>, Vec<_>) = variables.into_iter().partition(|v| {
            v.axes.len() == 1 && next_to_axes.contains(&v.name) && item.variable.as_ref() != Some(&v.name)
        });
        let chosen = |v: &VariableInfo| item.variable.as_ref().is_none_or(|wanted| *wanted == v.name);
        let variables: Vec<_> = variables.into_iter().filter(chosen).collect();
        let mut axis_sets: Vec<Vec<(String, usize)>> = vec![];
        for variable in &variables {
            if !axis_sets.contains(&variable.axes) {
                axis_sets.push(variable.axes.clone());
            }
        }
        axis_sets.sort_by_key(Vec::len);
        let mut places = vec![];
        for (axis, length) in axis_order(&axis_sets) {
            let info = coordinates.iter().find(|c| c.name == axis);
            let values = match info {
                Some(_) => reader.read_column(&path(&axis))?,
                // A dimension without coordinate is counted.
                None => Column::I64((0..length as i64).collect()),
            };
            let has_gaps = axis_sets.iter().any(|set| position(set, &axis).is_none());
            let place = |name: &str, info: Option<&VariableInfo>, values: Column| Place {
                column: describe(name, info, values.gather(std::iter::empty()), has_gaps),
                axis: axis.clone(),
                values,
            };
            places.push(place(&axis, info, values));
            for variable in next_to_axes.iter().filter(|v| v.axes[0].0 == axis) {
                places.push(place(&variable.name, Some(variable), reader.read_column(&path(&variable.name))?));
            }
        }
        let mut blocks = vec![];
        for set in &axis_sets {
            let of_place = |place: &Place| {
                position(set, &place.axis).map_or(Part::Nothing, |k| Part::Place(k, place.values.clone()))
            };
            let of_variable = |v: &VariableInfo| if v.axes == *set { Part::Variable } else { Part::Nothing };
            let parts = places.iter().map(of_place).chain(variables.iter().map(of_variable)).collect();
            blocks.push(Block { shape: set.iter().map(|(_, n)| *n).collect(), parts });
        }
        let mut columns: Vec<TableColumn> = places.into_iter().map(|place| place.column).collect();
        for variable in &variables {
            let element = reader.read_rows(&path(&variable.name), 0..0)?;
            columns.push(describe(&variable.name, Some(variable), element, axis_sets.len() > 1));
        }
        Ok(Self { reader, group: item.group.clone(), columns, blocks })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.blocks.iter().map(|block| block.shape.iter().product::<usize>()).sum()
    }

    /// Reads the table slab by slab.
    pub fn for_each_slab(&self, mut use_slab: impl FnMut(Slab) -> Result<(), ExportError>) -> Result<(), ExportError> {
        for block in &self.blocks {
            let per_row: usize = block.shape.iter().skip(1).product();
            let length = block.shape.first().copied().unwrap_or(1);
            let step = (SLAB_ROWS / per_row.max(1)).max(1);
            for start in (0..length).step_by(step) {
                let end = length.min(start + step);
                use_slab(self.slab(block, start, end, per_row)?)?;
            }
        }
        Ok(())
    }

    fn slab(&self, block: &Block, start: usize, end: usize, per_row: usize) -> Result<Slab, ExportError> {
        let places = start * per_row..end * per_row;
        let column = |(part, column): (&Part, &TableColumn)| match part {
            Part::Nothing => Ok(None),
            Part::Place(k, values) => {
                let stride: usize = block.shape[k + 1..].iter().product();
                Ok(Some(values.gather(places.clone().map(|place| place / stride % block.shape[*k]))))
            }
            Part::Variable => {
                let path = format!("{}/{}", self.group, column.name);
                // A variable without axes is a single number.
                let whole = block.shape.is_empty();
                let read =
                    if whole { self.reader.read_column(&path) } else { self.reader.read_rows(&path, start..end) };
                Ok(Some(read?))
            }
        };
        let columns = block.parts.iter().zip(&self.columns).map(column).collect::<Result<_, ExportError>>()?;
        Ok(Slab { rows: places.len(), columns })
    }
}

/// All axes: those of the variables with the most axes, then what others have next to them.
fn axis_order(axis_sets: &[Vec<(String, usize)>]) -> Vec<(String, usize)> {
    let mut order: Vec<(String, usize)> = vec![];
    for (axis, length) in axis_sets.iter().rev().flatten() {
        if position(&order, axis).is_none() {
            order.push((axis.clone(), *length));
        }
    }
    order
}

fn position(axes: &[(String, usize)], axis: &str) -> Option<usize> {
    axes.iter().position(|(name, _)| name == axis)
}

fn describe(name: &str, info: Option<&VariableInfo>, element: Column, has_gaps: bool) -> TableColumn {
    let text = |of: fn(&VariableInfo) -> &String| info.map_or(String::new(), |info| of(info).clone());
    TableColumn {
        name: name.to_owned(),
        element,
        long_name: text(|v| &v.long_name),
        units: text(|v| &v.units),
        has_gaps,
    }
}
