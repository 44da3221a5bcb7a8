//! Operations times their costs.
use super::operations::{Operations, Read, Stage};
use super::part::Part;
use super::settings::{ConversionCost, Costs, Entry};
use crate::crossbar::converter::Bits;
use crate::map::ArrayShape;
use crate::network::Graph;

/// One side of the arrays of a chip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArraySide {
    /// Converter of what is sent.
    pub dac: Bits,
    /// Converter of what is received.
    pub adc: Bits,
    /// Reads of a product: one for each compartment that has one of its own.
    pub reads: u64,
}

/// What operations cost on a chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Tariff {
    /// As far as it is stated.
    pub costs: Costs,
    /// Forward and back.
    pub sides: [ArraySide; 2],
    /// Whether what goes back is read from the arrays that are read forward.
    pub is_transposed: bool,
    /// Time of an update with all its reads, where that is given.
    pub update_s: Option<f64>,
    /// Whether dyads send events: cells are read, and lines converted, for what is sent alone.
    pub are_events: bool,
}

/// Writes of synapses, as far as they are pulses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Writes {
    /// Pulses to all synapses.
    pub pulses: u64,
    /// Pulses one after the other, while arrays write at the same time.
    pub moments: u64,
}

/// Energy of a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Energy {
    /// J.
    Known(f64),
    /// Part of another one.
    Included(Part),
    /// The model does not state what an operation costs, or it is not known how many there are.
    Missing,
}

/// A part of what has been spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartBill {
    /// Which one.
    pub part: Part,
    /// Number of operations; of static power, none are counted.
    pub count: Option<f64>,
    /// Their energy.
    pub energy: Energy,
}

/// What has been spent.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// All parts, in the order of [`Part::ALL`].
    pub parts: Vec<PartBill>,
    /// Time of the parts that are known; none if no part is.
    pub time_s: Option<f64>,
    /// Parts whose time is not known.
    pub time_missing: Vec<Part>,
}

impl Bill {
    /// Energy of the parts that are known; none if no part is.
    pub fn energy_j(&self) -> Option<f64> {
        let known = self.parts.iter().filter_map(|own| match own.energy {
            Energy::Known(energy) => Some(energy),
            _ => None,
        });
        // What was not done at all says nothing of what is stated.
        let is_stated = |own: &PartBill| matches!(own.energy, Energy::Known(_)) && own.count != Some(0.0);
        self.parts.iter().any(is_stated).then(|| known.sum())
    }

    /// Parts whose energy is not known.
    pub fn energy_missing(&self) -> Vec<Part> {
        self.parts.iter().filter(|own| own.energy == Energy::Missing).map(|own| own.part).collect()
    }
}

/// Numbers of operations, forward (or of no side) and back.
#[derive(Debug, Clone, Copy, Default)]
struct Counts([[f64; 2]; Part::ALL.len()]);

impl Counts {
    fn add(&mut self, part: Part, back: bool, count: f64) {
        self.0[part as usize][usize::from(back)] += count;
    }

    fn add_stages(&mut self, other: &Self, stimuli: u64) {
        let all = self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened());
        all.for_each(|(own, other)| *own += other * stimuli as f64);
    }

    /// Of both sides.
    fn of(&self, part: Part) -> [f64; 2] {
        self.0[part as usize]
    }
}

impl Tariff {
    /// What operations of a network cost, and these writes; none where it is not known how many there are.
    pub fn bill(&self, graph: &Graph, operations: &Operations, writes: Option<Writes>) -> Bill {
        let (mut counts, mut seconds) = (Counts::default(), 0.0);
        for (stage, stimuli) in operations.stages() {
            counts.add_stages(&self.counts(graph, stage), stimuli);
            seconds += self.stage_s(graph, stage) * stimuli as f64;
        }
        for (k, events) in operations.events_by_population() {
            self.add_events(graph, k, events, &mut counts);
        }
        if let Some(Writes { pulses, moments }) = writes {
            counts.add(Part::WritePulse, false, pulses as f64);
            seconds += self.time(Part::WritePulse, false).unwrap_or(0.0) * moments as f64;
        }
        let is_known = |part: Part| part != Part::WritePulse || writes.is_some();
        let time_missing =
            Part::ALL.into_iter().filter(|&part| self.lacks_time(part, is_known(part), &counts)).collect();
        let time_s = (seconds > 0.0 || counts.0.as_flattened().iter().all(|&n| n == 0.0)).then_some(seconds);
        let part = |part: Part| {
            let count = (part != Part::StaticPower && is_known(part)).then(|| counts.of(part));
            let energy = if part == Part::StaticPower {
                let power = self.entry(part, false).and_then(|own| own.energy);
                power.zip(time_s).map(|(power, time_s)| power * time_s)
            } else {
                count.and_then(|count| self.energy(part, count))
            };
            let missing = || self.containing(part).map_or(Energy::Missing, Energy::Included);
            PartBill {
                part,
                count: count.map(|count| count.iter().sum()),
                energy: energy.map_or_else(missing, Energy::Known),
            }
        };
        Bill { parts: Part::ALL.map(part).to_vec(), time_s, time_missing }
    }

    /// Energy of so many operations on both sides; none if it is not stated.
    fn energy(&self, part: Part, count: [f64; 2]) -> Option<f64> {
        let of_side = |back: bool| match count[usize::from(back)] {
            0.0 => Some(0.0),
            count => Some(count * self.entry(part, back)?.energy?),
        };
        Some(of_side(false)? + of_side(true)?)
    }

    /// The part whose stated energy contains that of another.
    fn containing(&self, part: Part) -> Option<Part> {
        let sides = [false, true].into_iter().flat_map(|back| Part::ALL.map(|own| self.entry(own, back)));
        sides.flatten().find(|own| own.energy_includes.contains(&part)).map(|own| own.part)
    }

    fn lacks_time(&self, part: Part, count_is_known: bool, counts: &Counts) -> bool {
        let is_within = |back: bool| {
            Part::ALL.iter().any(|&own| self.entry(own, back).is_some_and(|own| own.time_includes.contains(&part)))
        };
        let is_of_update = !matches!(part, Part::WritePulse | Part::StaticPower);
        if part == Part::StaticPower || (is_of_update && self.update_s.is_some()) {
            return false;
        }
        let lacks = |back: bool| {
            let happens = counts.of(part)[usize::from(back)] > 0.0 || !(count_is_known || back);
            let is_known = count_is_known && self.time(part, back).is_some();
            happens && !is_known && !is_within(back)
        };
        lacks(false) || lacks(true)
    }

    /// Operations of one stimulus in a stage.
    fn counts(&self, graph: &Graph, stage: &Stage) -> Counts {
        let mut counts = Counts::default();
        for &Read { projection, back } in &stage.reads {
            let route = &graph.routes()[projection];
            let ArrayShape { rows, columns, reads } = route.map.array();
            let side = self.side(back);
            let [of_rows, of_columns] = self.tiles(rows, columns);
            let receivers = if back { columns * of_rows } else { rows * of_columns };
            let receivers = (receivers * reads) as f64 * side.reads as f64;
            counts.add(if back { Part::ColumnRead } else { Part::RowRead }, back, receivers);
            if side.adc != Bits::Ideal {
                counts.add(Part::Adc, back, receivers);
            }
            // The stimulus is no dyad: it is sent as a whole.
            if !self.are_events || (!back && route.from == 0) {
                self.add_sent(graph, projection, back, 1.0, &mut counts);
            }
        }
        let units: usize = stage.populations.iter().map(|&k| graph.populations()[k].units()).sum();
        counts.add(Part::UnitUpdate, false, units as f64 * stage.share());
        counts
    }

    /// Reads cells, and converts what is sent, for this share of the values that reach an array.
    fn add_sent(&self, graph: &Graph, projection: usize, back: bool, share: f64, counts: &mut Counts) {
        let ArrayShape { rows, columns, reads } = graph.routes()[projection].map.array();
        let side = self.side(back);
        counts.add(Part::CellRead, back, (rows * columns * reads) as f64 * side.reads as f64 * share);
        if side.dac != Bits::Ideal {
            // Every tile sends to its receivers, and receives from its senders, by lines of its own.
            let [of_rows, of_columns] = self.tiles(rows, columns);
            let senders = if back { rows * of_columns } else { columns * of_rows };
            counts.add(Part::Dac, back, (senders * reads) as f64 * share);
        }
    }

    /// What so many events of population k, forward and back, cost in all arrays that they reach. An event takes its share of a
    /// read of all that the population sends; at a convolution units differ by their places, and the mean counts.
    fn add_events(&self, graph: &Graph, k: usize, [forward, back]: [u64; 2], counts: &mut Counts) {
        let units = graph.populations()[k].units() as f64;
        for (projection, route) in graph.routes().iter().enumerate() {
            if route.from == k {
                self.add_sent(graph, projection, false, forward as f64 / units, counts);
            }
            // The stimulus hears of no errors.
            if route.to == k && route.from > 0 {
                self.add_sent(graph, projection, true, back as f64 / units, counts);
            }
        }
    }

    /// Time of a stage, as far as it is known.
    fn stage_s(&self, graph: &Graph, stage: &Stage) -> f64 {
        if let Some(update_s) = self.update_s {
            return update_s;
        }
        let longest = stage.reads.iter().map(|read| {
            let other = Read { back: !read.back, ..*read };
            let is_followed = self.is_transposed && stage.reads.contains(&other);
            self.read_s(graph, *read) + if is_followed { self.read_s(graph, other) } else { 0.0 }
        });
        let update = if stage.populations.is_empty() { None } else { self.time(Part::UnitUpdate, false) };
        longest.fold(0.0, f64::max) + update.unwrap_or(0.0)
    }

    /// Time of a read of an array, at all its places one after the other, as far as it is known.
    fn read_s(&self, graph: &Graph, Read { projection, back }: Read) -> f64 {
        let ArrayShape { rows, columns, reads } = graph.routes()[projection].map.array();
        if rows * columns == 0 {
            return 0.0;
        }
        let [rows, columns] = match self.costs.tile {
            Some(tile) => [rows.min(tile.rows.get()), columns.min(tile.columns.get())],
            None => [rows, columns],
        };
        let (senders, receivers) = if back { (rows, columns) } else { (columns, rows) };
        let line = if back { Part::ColumnRead } else { Part::RowRead };
        let parts = [(Part::Dac, senders), (Part::CellRead, 1), (line, 1), (Part::Adc, receivers)];
        let time = |(part, values): (Part, usize)| {
            let time_s = self.time(part, back).unwrap_or(0.0);
            time_s * self.converter(part, back).map_or(1, |own| own.lines.get().min(values)) as f64
        };
        parts.into_iter().map(time).sum::<f64>() * reads as f64
    }

    /// Arrays next to each other that a matrix takes: along its rows, and along its columns.
    fn tiles(&self, rows: usize, columns: usize) -> [usize; 2] {
        self.costs.tile.map_or([1; 2], |tile| [rows.div_ceil(tile.rows.get()), columns.div_ceil(tile.columns.get())])
    }

    fn side(&self, back: bool) -> &ArraySide {
        &self.sides[usize::from(back)]
    }

    /// Time of one operation.
    fn time(&self, part: Part, back: bool) -> Option<f64> {
        self.entry(part, back)?.time_s
    }

    /// What is stated of the converter that this side has.
    fn converter(&self, part: Part, back: bool) -> Option<&ConversionCost> {
        let (converters, bits) = match part {
            Part::Dac => (&self.costs.dac, self.side(back).dac),
            Part::Adc => (&self.costs.adc, self.side(back).adc),
            _ => return None,
        };
        converters.iter().find(|own| own.bits == bits)
    }

    fn entry(&self, part: Part, back: bool) -> Option<Entry<'_>> {
        match part {
            Part::Dac | Part::Adc => Some(self.converter(part, back)?.entry(part)),
            part => self.costs.of_operations().into_iter().map(|(_, own)| own).find(|own| own.part == part),
        }
    }
}
