//! What stands in a file: groups of variables over named axes.
use super::error::TraceError;
use crate::vocabulary::Term;

/// An axis of a group, a dimension scale in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its name, by which variables refer to it.
    pub name: String,
    /// Its coordinate values.
    pub coordinate: Coordinate,
    /// One phrase for people.
    pub long_name: String,
    /// Unit of the coordinate; "1" if dimensionless. Never a word that readers take for time ("seconds").
    pub units: String,
}

impl Axis {
    /// The axis of a term.
    pub fn of(term: &Term, coordinate: Coordinate) -> Self {
        let (name, long_name, units) = (term.name.to_owned(), term.long_name.to_owned(), term.units.to_owned());
        Self { name, coordinate, long_name, units }
    }
}

/// Coordinate values of an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Coordinate {
    /// 0, 1, … up to this length.
    Index(usize),
    /// These whole numbers.
    Integers(Vec<i64>),
    /// These numbers.
    Numbers(Vec<f64>),
    /// These words.
    Texts(Vec<String>),
}

impl Coordinate {
    /// Length of the axis.
    pub fn len(&self) -> usize {
        match self {
            Self::Index(n) => *n,
            Self::Integers(numbers) => numbers.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Whether the axis has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Type of the entries of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Whole numbers.
    I64,
    /// Texts of any length; not in streams.
    Text,
}

impl Element {
    /// Bytes of one entry of a stream.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 | Self::I64 => 8,
            Self::Text => size_of::<usize>(),
        }
    }

    /// As messages and descriptions call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::Text => "text",
        }
    }
}

/// A variable over axes of its group.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Names of its axes, slowest first (row-major order).
    pub axes: Vec<String>,
    /// Type of its entries.
    pub element: Element,
    /// One phrase for people.
    pub long_name: String,
    /// Unit; "1" if dimensionless.
    pub units: String,
    /// Whether it is a coordinate next to its one axis, and so of all variables along that axis.
    pub is_coordinate: bool,
}

impl Variable {
    /// The variable of a term over these axes.
    pub fn of(term: &Term, axes: &[Term], element: Element) -> Self {
        Self {
            name: term.name.to_owned(),
            axes: axes.iter().map(|axis| axis.name.to_owned()).collect(),
            element,
            long_name: term.long_name.to_owned(),
            units: term.units.to_owned(),
            is_coordinate: false,
        }
    }

    /// The coordinate of a term next to an axis.
    pub fn next_to(axis: Term, term: &Term, element: Element) -> Self {
        Self { is_coordinate: true, ..Self::of(term, &[axis], element) }
    }

    /// Those of `all` that are coordinates next to one of its axes; none if it is one itself.
    pub(super) fn next_to_its_axes<'v>(&self, all: impl Iterator<Item = &'v Self>) -> Vec<&'v str> {
        let is_own = |own: &&Self| own.is_coordinate && own.axes.first().is_some_and(|axis| self.axes.contains(axis));
        if self.is_coordinate { vec![] } else { all.filter(is_own).map(|own| own.name.as_str()).collect() }
    }
}

/// A group whose variables are written at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Path from the root, without a leading slash.
    pub path: String,
    /// Its axes.
    pub axes: Vec<Axis>,
    /// Its variables.
    pub variables: Vec<Variable>,
}

/// A group whose variables grow row by row along their first axis.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamGroup {
    /// Path from the root, without a leading slash.
    pub path: String,
    /// The axis that grows; its values come with the rows.
    pub growing: Axis,
    /// The other axes.
    pub axes: Vec<Axis>,
    /// Its variables; the growing axis is the first of each.
    pub variables: Vec<Variable>,
    /// Coordinates next to one of the other axes, which do not grow.
    pub coordinates: Vec<(Variable, Coordinate)>,
}

impl StreamGroup {
    /// Shape of one row of a variable.
    ///
    /// # Panics
    /// If the variable names an axis that the group lacks.
    pub(super) fn row_shape(&self, variable: &Variable) -> Vec<usize> {
        variable.axes[1..].iter().map(|name| find(&self.axes, name).coordinate.len()).collect()
    }

    /// Bytes of one row of a variable.
    pub(super) fn row_bytes(&self, variable: &Variable) -> usize {
        self.row_shape(variable).iter().product::<usize>() * variable.element.size()
    }
}

/// The axis of this name.
///
/// # Panics
/// If there is none: layouts are part of the program, not of its input.
pub(super) fn find<'a>(axes: &'a [Axis], name: &str) -> &'a Axis {
    axes.iter().find(|axis| axis.name == name).expect("variables use axes of their group")
}

/// Entries of a variable, or of one of its rows, in row-major order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
    /// Whole numbers.
    I64(&'a [i64]),
    /// Texts.
    Text(&'a [String]),
}

impl Row<'_> {
    /// How many.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::F32(x) => x.len(),
            Self::F64(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::Text(x) => x.len(),
        }
    }

    /// Their type.
    pub(super) fn element(&self) -> Element {
        match self {
            Self::F32(_) => Element::F32,
            Self::F64(_) => Element::F64,
            Self::I64(_) => Element::I64,
            Self::Text(_) => Element::Text,
        }
    }

    /// Checks that they are what a variable needs.
    ///
    /// # Errors
    /// [`TraceError::Shape`] with the path of the variable.
    pub(super) fn check(&self, group: &str, variable: &Variable, needed: usize) -> Result<(), TraceError> {
        if self.len() == needed && self.element() == variable.element {
            return Ok(());
        }
        Err(TraceError::Shape {
            object: format!("{group}/{}", variable.name),
            found: self.len(),
            given: self.element().name(),
            needed,
            element: variable.element.name(),
        })
    }

    /// Appends numbers, little endian. Streams hold no texts.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        macro_rules! append {
            ($numbers:ident, $size:literal) => {{
                // Written so that the compiler turns it into one copy.
                let from = bytes.len();
                bytes.resize(from + $size * $numbers.len(), 0);
                for (place, x) in bytes[from..].chunks_exact_mut($size).zip(*$numbers) {
                    place.copy_from_slice(&x.to_le_bytes());
                }
            }};
        }
        match self {
            Self::F32(x) => append!(x, 4),
            Self::F64(x) => append!(x, 8),
            Self::I64(x) => append!(x, 8),
            Self::Text(_) => {}
        }
    }
}
