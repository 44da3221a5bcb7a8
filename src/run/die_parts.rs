//! The parts of a die, with where their devices stand in files.
use super::weight_contents::weight_axes;
use crate::device::frozen::{Frozen, Part};
use crate::learning::synapses::Synapses;
use crate::map::Shape;
use crate::network::{Network, Projection};
use crate::substrate::Substrate;
use crate::trace::{Axis, Coordinate};
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, axis};

/// What is frozen in a part of a die.
pub(super) struct DiePart {
    pub part: Part,
    pub frozen: Vec<Frozen>,
    layout: Layout,
}

/// How files hold the numbers of a part.
enum Layout {
    /// Unit after unit of a population of this shape, or feature after feature where these share circuits.
    Units(Shape),
    /// (row, …) of a weight.
    Synapses { rows: usize, shape: Vec<usize>, columns: Vec<usize> },
}

/// All parts of a die in which anything is frozen; `lines` is what is frozen of the delay lines of populations.
pub(super) fn die_parts(
    substrate: &Substrate,
    synapses: &Synapses,
    network: &Network,
    lines: &[(usize, Frozen)],
) -> Vec<DiePart> {
    let mut parts = vec![];
    for (k, population) in network.populations().iter().enumerate() {
        let mut frozen = match substrate {
            Substrate::Die(die) if k > 0 => die.frozen(k).to_vec(),
            _ => vec![],
        };
        frozen.extend(lines.iter().filter(|(own, _)| *own == k).map(|(_, frozen)| frozen.clone()));
        parts.push(DiePart { part: Part::Units(k), frozen, layout: Layout::Units(population.shape) });
    }
    for (index, (k, projection)) in network.with_synapses().enumerate() {
        let layout = || Layout::of_weight(projection);
        parts.push(DiePart { part: Part::Synapses(k), frozen: synapses.frozen(index), layout: layout() });
        parts.push(DiePart { part: Part::Feedback(k), frozen: projection.frozen_feedback(), layout: layout() });
    }
    parts.retain(|part| !part.frozen.is_empty());
    parts
}

impl DiePart {
    /// Its group below that of all devices.
    pub fn group(&self) -> String {
        match self.part {
            Part::Units(k) => group::units_of_die(k),
            Part::Synapses(k) => group::synapses_of_die(k),
            Part::Feedback(k) => group::feedback_of_die(k),
        }
    }

    /// Axes of one of its quantities.
    pub fn axes(&self, frozen: &Frozen) -> Vec<Axis> {
        self.layout
            .terms(frozen)
            .iter()
            .zip(self.shape(frozen))
            .map(|(term, n)| Axis::of(term, Coordinate::Index(n)))
            .collect()
    }

    /// Lengths of the axes of one of its quantities.
    pub fn shape(&self, frozen: &Frozen) -> Vec<usize> {
        let numbers = frozen.numbers.len();
        match &self.layout {
            Layout::Units(_) => vec![numbers],
            Layout::Synapses { shape, .. } => match numbers / shape.iter().product::<usize>() {
                1 => shape.clone(),
                devices => std::iter::once(devices).chain(shape.iter().copied()).collect(),
            },
        }
    }

    /// Its numbers in the order of files.
    pub fn for_file(&self, frozen: &Frozen) -> Vec<f64> {
        self.layout.places(frozen.numbers.len()).map(|place| frozen.numbers[place]).collect()
    }

    /// Numbers in the order of memory, of as many as it has in that of files.
    pub fn of_file(&self, numbers: &[f64]) -> Vec<f64> {
        let mut own = vec![0.0; numbers.len()];
        self.layout.places(numbers.len()).zip(numbers).for_each(|(place, x)| own[place] = *x);
        own
    }
}

impl Layout {
    fn of_weight(projection: &Projection) -> Self {
        let map = &projection.map;
        Self::Synapses { rows: map.array().rows, shape: map.weight_shape(), columns: map.columns_in_file_order() }
    }

    fn terms(&self, frozen: &Frozen) -> Vec<Term> {
        match self {
            Self::Units(shape) if frozen.numbers.len() == shape.units() => vec![axis::UNIT],
            Self::Units(_) => vec![axis::FEATURE],
            Self::Synapses { shape, .. } => {
                let devices = frozen.numbers.len() / shape.iter().product::<usize>();
                let of_devices = (devices > 1).then_some(axis::DEVICE);
                of_devices.into_iter().chain(weight_axes(shape).iter().copied()).collect()
            }
        }
    }

    /// The place in memory of every number of a file.
    fn places(&self, numbers: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::Units(shape) if numbers == shape.units() => Box::new(shape.file_order()),
            Self::Units(_) => Box::new(0..numbers),
            Self::Synapses { rows, columns, .. } => {
                let array = rows * columns.len();
                let row = move |from: usize, i: usize| columns.iter().map(move |j| from + j * rows + i);
                let device = move |device: usize| (0..*rows).flat_map(move |i| row(device * array, i));
                Box::new((0..numbers / array.max(1)).flat_map(device))
            }
        }
    }
}
