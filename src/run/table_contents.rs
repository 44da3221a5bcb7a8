//! How the trace holds tables of measurements.
use super::error::RunError;
use crate::measure::{Clock, ProjectionLabel, RowAxes, RowAxis, Table};
use crate::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, Variable};
use crate::vocabulary::{Term, axis, state};

/// The axis along projections with synapses: in a chain that of its layers.
pub(super) struct ProjectionAxis {
    pub term: Term,
    coordinate: Coordinate,
    /// What each connects; none in a chain.
    routes: Vec<String>,
}

impl ProjectionAxis {
    /// Of these projections, or of so many layers.
    pub fn new(projections: Option<&[ProjectionLabel]>, layers: usize) -> Self {
        let Some(all) = projections else {
            let coordinate = Coordinate::Integers((1..=layers as i64).collect());
            return Self { term: axis::LAYER, coordinate, routes: vec![] };
        };
        Self {
            term: axis::PROJECTION,
            coordinate: Coordinate::Integers(all.iter().map(|own| own.number as i64).collect()),
            routes: all.iter().map(|own| own.route.clone()).collect(),
        }
    }

    /// The axis of a file.
    pub fn axis(&self) -> Axis {
        Axis::of(&self.term, self.coordinate.clone())
    }

    /// Writes a group that has this axis, with what its projections connect.
    pub fn write_group<'a>(
        &'a self,
        file: &mut TraceFile,
        mut group: Group,
        mut values: Vec<Row<'a>>,
    ) -> Result<(), RunError> {
        let has_it = group.variables.iter().any(|own| own.axes.iter().any(|axis| axis == self.term.name));
        if has_it && !self.routes.is_empty() {
            group.variables.push(Variable::next_to(self.term, &state::ROUTE, Element::Text));
            values.push(Row::Text(&self.routes));
        }
        Ok(file.write_group(&group, &values)?)
    }
}

/// Writes a table of a run of such a length, whose updates last so many seconds.
pub(super) fn write_table(
    file: &mut TraceFile,
    table: &Table,
    clock: Clock,
    dt_s: Option<f64>,
) -> Result<(), RunError> {
    let along = if table.axis == axis::EPOCH.name { axis::EPOCH } else { axis::STEP };
    let mut axes = vec![Axis::of(&along, Coordinate::Integers(table.coordinates.clone()))];
    let has = |wanted: RowAxis| {
        let of_both = [RowAxis::Projection, RowAxis::Update].contains(&wanted);
        table.series.iter().any(|s| s.axis == wanted || (of_both && s.axis == RowAxis::UpdateProjection))
    };
    let RowAxes { layers, projections, updates, epsilons_l2, epsilons_linf } = &table.row_axes;
    let of_projections = ProjectionAxis::new(projections.as_deref(), *layers);
    for (inner, axis) in [
        (RowAxis::Layer, Axis::of(&axis::LAYER, Coordinate::Integers((1..=*layers as i64).collect()))),
        (RowAxis::Projection, of_projections.axis()),
        (RowAxis::Update, Axis::of(&axis::UPDATE, Coordinate::Index(*updates))),
        (RowAxis::EpsilonL2, Axis::of(&axis::EPSILON_L2, Coordinate::Numbers(epsilons_l2.clone()))),
        (RowAxis::EpsilonLinf, Axis::of(&axis::EPSILON_LINF, Coordinate::Numbers(epsilons_linf.clone()))),
    ] {
        if has(inner) && axes.iter().all(|own| own.name != axis.name) {
            axes.push(axis);
        }
    }
    let variables = table.series.iter().map(|series| {
        let inner = match series.axis {
            RowAxis::Scalar => &[][..],
            RowAxis::Layer => &[axis::LAYER],
            RowAxis::Projection => &[of_projections.term],
            RowAxis::Update => &[axis::UPDATE],
            RowAxis::UpdateProjection => &[axis::UPDATE, of_projections.term],
            RowAxis::EpsilonL2 => &[axis::EPSILON_L2],
            RowAxis::EpsilonLinf => &[axis::EPSILON_LINF],
        };
        Variable {
            name: series.name.into(),
            axes: std::iter::once(&along).chain(inner).map(|term| term.name.to_owned()).collect(),
            element: Element::F64,
            long_name: series.long_name.into(),
            units: series.units.into(),
            is_coordinate: false,
        }
    });
    let mut variables: Vec<Variable> = variables.collect();
    let mut values: Vec<Row> = table.series.iter().map(|series| Row::F64(&series.values)).collect();
    let epochs: Vec<i64> = table.coordinates.iter().map(|step| clock.epoch_of(*step as u64) as i64).collect();
    if along == axis::STEP {
        variables.push(Variable::next_to(axis::STEP, &axis::EPOCH_OF_STEP, Element::I64));
        values.push(Row::I64(&epochs));
    }
    let ends: Vec<f64> = dt_s.iter().flat_map(|dt_s| (1..=*updates).map(move |update| update as f64 * dt_s)).collect();
    if has(RowAxis::Update) && !ends.is_empty() {
        variables.push(Variable::next_to(axis::UPDATE, &state::TIME, Element::F64));
        values.push(Row::F64(&ends));
    }
    let group = Group { path: table.group.into(), axes, variables };
    of_projections.write_group(file, group, values)
}
