//! What the points of a sweep have measured.
use super::outcome::Outcome;

/// A quantity that at least one point has.
pub(super) struct Quantity {
    pub name: String,
    pub long_name: String,
    pub units: String,
    pub per_layer: bool,
    /// Whether it is per projection at a point where those are not the layers.
    pub per_projection: bool,
    /// Axis of the sizes of perturbations, if it has a number for each.
    pub epsilons: Option<String>,
    /// Whether it is known after every epoch.
    pub along_epochs: bool,
}

/// All quantities of the points, by name.
pub(super) fn quantities(outcomes: &[Option<Outcome>]) -> Vec<Quantity> {
    let mut quantities: Vec<Quantity> = vec![];
    for measured in outcomes.iter().flatten().flat_map(|outcome| &outcome.measured) {
        match quantities.iter_mut().find(|quantity| quantity.name == measured.name) {
            Some(known) => {
                known.along_epochs |= !measured.epochs.is_empty();
                known.per_projection |= measured.projections.is_some();
            }
            None => quantities.push(Quantity {
                name: measured.name.clone(),
                long_name: measured.long_name.clone(),
                units: measured.units.clone(),
                per_layer: measured.per_layer,
                per_projection: measured.projections.is_some(),
                epsilons: measured.epsilons.as_ref().map(|epsilons| epsilons.axis.clone()),
                along_epochs: !measured.epochs.is_empty(),
            }),
        }
    }
    // The order must not depend on which point came first.
    quantities.sort_by(|a, b| a.name.cmp(&b.name));
    quantities
}
