//! What a network has done on its chip: stages, and how often each was made for a stimulus.
use std::ops::AddAssign;

/// One side of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The projection that the array is of, from 0.
    pub projection: usize,
    /// Whether its columns are read, for what goes back.
    pub back: bool,
}

/// What happens in one update of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stage {
    /// Arrays that are read.
    pub reads: Vec<Read>,
    /// Populations whose units move.
    pub populations: Vec<usize>,
    /// Bits of the share of their units that move on average.
    share: u32,
}

impl Stage {
    /// What it is told from others by, in the order of its fields.
    fn key(&self) -> (&[Read], &[usize], u32) {
        (&self.reads, &self.populations, self.share)
    }

    /// Share of the units of its populations that move on average.
    pub fn share(&self) -> f64 {
        f64::from(f32::from_bits(self.share))
    }
}

/// Stages with the number of stimuli that each was made for. Stages of the same kind count together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operations {
    /// In their order.
    stages: Vec<(Stage, u64)>,
    /// Reads of the stage that is being made.
    open: Vec<Read>,
    /// Populations that move in it; empty between stages.
    moving: Vec<usize>,
    /// Values that every population has sent as events, forward and back; empty where none sends events.
    events: Vec<[u64; 2]>,
}

impl Operations {
    /// The array of a projection is read in the present stage: forward, and back.
    pub(crate) fn read(&mut self, projection: usize, [forward, back]: [bool; 2]) {
        let sides = [forward.then_some(false), back.then_some(true)];
        self.open.extend(sides.into_iter().flatten().map(|back| Read { projection, back }));
    }

    /// Population k has sent so many values as events: forward, and back.
    pub(crate) fn add_events(&mut self, k: usize, events: [u64; 2]) {
        if self.events.len() <= k {
            self.events.resize(k + 1, [0; 2]);
        }
        self.events[k].iter_mut().zip(events).for_each(|(own, more)| *own += more);
    }

    /// Values that were sent as events by each population that sends any: forward, and back.
    pub fn events_by_population(&self) -> impl Iterator<Item = (usize, [u64; 2])> {
        self.events.iter().copied().enumerate().filter(|(_, events)| *events != [0; 2])
    }

    /// Values that were sent as events: forward, and back.
    pub fn events(&self) -> [u64; 2] {
        self.events.iter().fold([0; 2], |[forward, back], events| [forward + events[0], back + events[1]])
    }

    /// The present stage ends: each unit of these populations has moved with a probability (always, if none is given), for so
    /// many stimuli.
    pub(crate) fn end_stage(&mut self, populations: impl IntoIterator<Item = usize>, share: Option<f32>, stimuli: u64) {
        self.open.sort_unstable();
        self.open.dedup();
        self.moving.extend(populations);
        if !(self.open.is_empty() && self.moving.is_empty()) {
            let key = (&self.open[..], &self.moving[..], share.unwrap_or(1.0).to_bits());
            match self.stages.binary_search_by(|(own, _)| own.key().cmp(&key)) {
                Ok(place) => self.stages[place].1 += stimuli,
                Err(place) => {
                    let stage = Stage { reads: self.open.clone(), populations: self.moving.clone(), share: key.2 };
                    self.stages.insert(place, (stage, stimuli));
                }
            }
        }
        self.open.clear();
        self.moving.clear();
    }

    /// The same for `times` as many stimuli, over `divisor`.
    pub fn repeat(&mut self, times: u64, divisor: u64) {
        let repeated = |count: u64| (u128::from(count) * u128::from(times) / u128::from(divisor)) as u64;
        self.stages.iter_mut().for_each(|(_, stimuli)| *stimuli = repeated(*stimuli));
        self.events.iter_mut().flatten().for_each(|events| *events = repeated(*events));
    }

    /// What there is since this was asked last.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// All stages, with the number of stimuli that each was made for.
    pub fn stages(&self) -> impl Iterator<Item = (&Stage, u64)> {
        self.stages.iter().map(|(stage, stimuli)| (stage, *stimuli))
    }

    /// How often the array of a projection was read for a stimulus: forward, and back.
    pub fn reads(&self, projection: usize) -> [u64; 2] {
        [false, true].map(|back| {
            let is_read = |stage: &Stage| stage.reads.contains(&Read { projection, back });
            self.stages().filter(|(stage, _)| is_read(stage)).map(|(_, stimuli)| stimuli).sum()
        })
    }
}

impl AddAssign<&Self> for Operations {
    fn add_assign(&mut self, other: &Self) {
        other.events_by_population().for_each(|(k, events)| self.add_events(k, events));
        for (stage, stimuli) in &other.stages {
            match self.stages.binary_search_by(|(own, _)| own.cmp(stage)) {
                Ok(place) => self.stages[place].1 += stimuli,
                Err(place) => self.stages.insert(place, (stage.clone(), *stimuli)),
            }
        }
    }
}
