//! Populations of dyads.
use crate::map::Shape;

/// Dyads of one shape that move together; population 0 holds the stimulus instead.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let pixels = Population { name: "pixels".to_owned(), shape: Shape { channels: 1, rows: 28, columns: 28 } };
/// let hidden = Population::flat("hidden", 100);
/// assert_eq!((pixels.units(), hidden.units()), (784, 100));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// Name that users see.
    pub name: String,
    /// Shape.
    pub shape: Shape,
}

impl Population {
    /// Units without places.
    pub fn flat(name: impl Into<String>, units: usize) -> Self {
        Self { name: name.into(), shape: Shape::flat(units) }
    }

    /// Number of dyads.
    pub fn units(&self) -> usize {
        self.shape.units()
    }
}
