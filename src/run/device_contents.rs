//! What the trace holds of the devices of a chip: whatever of them is drawn once.
//!
//! | group | axes | variables |
//! |---|---|---|
//! | `devices/units/layerK` | unit, or feature where circuits are shared | gain, offset, time constant of both compartments, α, offsets of difference and memory, gains of delay lines |
//! | `devices/synapses/layerP` | (device,) post, pre | conductances, steps, bounds, endurance, drift, where devices are stuck |
//! | `devices/feedback/layerP` | post, pre | errors of a mirrored array, weights of one that never changes, first weights of one that learns |
//!
//! A quantity that all devices have alike is left out.
use super::die_parts::{DiePart, die_parts};
use super::error::RunError;
use crate::device::frozen::{Frozen, FrozenRule, Part};
use crate::learning::Learner;
use crate::trace::{Axis, Element, Group, Row, TraceFile, Variable};
use crate::vocabulary::place::group;

/// Writes what is frozen in the devices of a network.
pub(super) fn write(file: &mut TraceFile, learner: &Learner) -> Result<(), RunError> {
    for part in die_parts(&learner.inference.substrate, &learner.synapses, &learner.weights, &learner.frozen_lines()) {
        write_part(file, &part)?;
    }
    Ok(())
}

/// Numbers as they are stored.
enum Numbers {
    Single(Vec<f32>),
    Double(Vec<f64>),
    Whole(Vec<i64>),
}

impl Numbers {
    fn of(part: &DiePart, frozen: &Frozen) -> Self {
        let numbers = part.for_file(frozen);
        match (frozen.rule, part.part) {
            (FrozenRule::Count | FrozenRule::Code(_), _) => Self::Whole(numbers.iter().map(|x| *x as i64).collect()),
            // What a unit computes with is made of these numbers in double precision.
            (_, Part::Units(_)) => Self::Double(numbers),
            _ => Self::Single(numbers.iter().map(|x| *x as f32).collect()),
        }
    }

    fn row(&self) -> Row<'_> {
        match self {
            Self::Single(x) => Row::F32(x),
            Self::Double(x) => Row::F64(x),
            Self::Whole(x) => Row::I64(x),
        }
    }

    fn element(&self) -> Element {
        match self {
            Self::Single(_) => Element::F32,
            Self::Double(_) => Element::F64,
            Self::Whole(_) => Element::I64,
        }
    }
}

fn write_part(file: &mut TraceFile, part: &DiePart) -> Result<(), RunError> {
    let path = format!("{}/{}", group::DEVICES, part.group());
    let (mut axes, mut variables, mut values): (Vec<Axis>, Vec<Variable>, Vec<Numbers>) = (vec![], vec![], vec![]);
    for frozen in &part.frozen {
        let numbers = Numbers::of(part, frozen);
        let along = part.axes(frozen);
        let mut variable = Variable::of(&frozen.term, &[], numbers.element());
        variable.axes = along.iter().map(|axis| axis.name.clone()).collect();
        axes.extend(along.into_iter().filter(|axis| axes.iter().all(|own| own.name != axis.name)).collect::<Vec<_>>());
        variables.push(variable);
        values.push(numbers);
    }
    let rows: Vec<Row> = values.iter().map(Numbers::row).collect();
    file.write_group(&Group { path: path.clone(), axes, variables }, &rows)?;
    for frozen in &part.frozen {
        if let FrozenRule::Code(codes) = frozen.rule {
            file.flags(&format!("{path}/{}", frozen.term.name), codes)?;
        }
    }
    Ok(())
}
