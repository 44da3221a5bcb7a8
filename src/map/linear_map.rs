//! The linear maps that there are.
use super::dense::Dense;
use super::map::Map;

/// A linear map over one array.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let map = LinearMap::Dense(Dense::new(Shape::flat(3), 2));
/// assert_eq!(map.output().units(), 2);
/// assert_eq!(map.flops(10), 2 * 3 * 2 * 10);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum LinearMap {
    /// Every unit to every unit.
    Dense(Dense),
}

impl std::ops::Deref for LinearMap {
    type Target = dyn Map;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Dense(dense) => dense,
        }
    }
}
