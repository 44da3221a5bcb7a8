//! What runs along the rows of quantities in the result of a sweep: layers, projections, and sizes of perturbations. Points of one
//! sweep may differ in both; each of their numbers stands where it belongs, and NaN where a point has none.
use super::outcome::{Measured, Outcome};
use super::quantity::Quantity;
use crate::trace::{Axis, Coordinate};
use crate::vocabulary::axis;
use std::collections::BTreeMap;

/// The axes along rows, over all points.
pub(super) struct InnerAxes {
    layers: usize,
    /// The highest number of a projection, where they are not the layers.
    projections: usize,
    /// All sizes of perturbations along every axis of such, rising.
    epsilons: BTreeMap<String, Vec<f64>>,
}

impl InnerAxes {
    /// Those of all quantities.
    pub fn of(outcomes: &[Option<Outcome>]) -> Self {
        let all = || outcomes.iter().flatten().flat_map(|outcome| &outcome.measured);
        let layers = all().filter(|m| m.per_layer).map(|m| m.width).max().unwrap_or(0);
        let listed = all().filter_map(|m| m.projections.as_ref()?.last().copied()).max();
        // A chain among networks that are none has its layers as projections.
        let projections = listed.map_or(0, |last| last.max(layers));
        let mut epsilons: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for own in all().filter_map(|measured| measured.epsilons.as_ref()) {
            epsilons.entry(own.axis.clone()).or_default().extend(&own.sizes);
        }
        for sizes in epsilons.values_mut() {
            sizes.sort_by(f64::total_cmp);
            sizes.dedup();
        }
        Self { layers, projections, epsilons }
    }

    /// The axes as a file has them.
    pub fn axes(&self) -> impl Iterator<Item = Axis> {
        let parts = [(axis::LAYER, self.layers), (axis::PROJECTION, self.projections)].into_iter();
        let parts = parts
            .filter(|(_, count)| *count > 0)
            .map(|(term, count)| Axis::of(&term, Coordinate::Integers((1..=count as i64).collect())));
        let epsilons = axis::EPSILONS.into_iter().filter_map(|term| {
            let sizes = self.epsilons.get(term.name)?;
            Some(Axis::of(&term, Coordinate::Numbers(sizes.clone())))
        });
        parts.chain(epsilons)
    }

    /// Length of a row of a quantity, and the axis along it if there is one.
    pub fn of_quantity(&self, quantity: &Quantity) -> (usize, Option<String>) {
        match &quantity.epsilons {
            Some(axis) => (self.epsilons[axis].len(), Some(axis.clone())),
            None if quantity.per_projection => (self.projections, Some(axis::PROJECTION.name.to_owned())),
            None if quantity.per_layer => (self.layers, Some(axis::LAYER.name.to_owned())),
            None => (1, None),
        }
    }

    /// Puts a row of a point into the row of all points.
    pub fn place(&self, measured: &Measured, row: &[f64], into: &mut [f64]) {
        if let Some(numbers) = &measured.projections {
            numbers.iter().zip(row).for_each(|(number, x)| into[number - 1] = *x);
            return;
        }
        let Some(own) = &measured.epsilons else {
            into[..row.len()].copy_from_slice(row);
            return;
        };
        let all = &self.epsilons[&own.axis];
        for (size, x) in own.sizes.iter().zip(row) {
            into[all.partition_point(|known| known < size)] = *x;
        }
    }
}
