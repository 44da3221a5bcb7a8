//! What lets the error of a stream meet its own activity, at work: delay lines and the clocks of layers.
use crate::device::frozen::{Chip, Frozen};
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::device::spread::Quantity;
use crate::linalg::Matrix;
use crate::network::Network;
use crate::persist::{Archive, Damaged, Persist};
use crate::relax::NetworkState;
use crate::relax::delay_line::{self, DelayLine, Depth, Line, SentBack};
use crate::relax::held::Held;
use crate::relax::layer_clock::StillDrive;
use crate::relax::moved::Moved;
use crate::relax::rule::UnitRule;
use crate::relax::stream::Stream;

/// Delay lines and clocks of all layers.
#[derive(Debug, Clone)]
pub(super) struct StreamTiming {
    lines: Option<Lines>,
    /// Of the hidden populations, 1 first; empty without clocks.
    clocks: Vec<StillDrive>,
    /// The drives of the hidden populations as the last update had them.
    drives: Vec<Matrix>,
}

/// A network in the middle of a step.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub rule: &'a dyn UnitRule,
    pub network: &'a Network,
    pub state: &'a NetworkState,
    pub noise_seed: u64,
}

impl<'a> Step<'a> {
    /// Population k.
    fn moved(self, k: usize) -> Moved<'a> {
        let Self { rule, network, state, .. } = self;
        Moved { rule, network, state, k }
    }
}

/// The delay lines of all units.
#[derive(Debug, Clone)]
struct Lines {
    /// Of the drive of the hidden units, population 1 first: outputs are linear, so their difference is the same at every
    /// drive.
    drives: Vec<Line>,
    /// Of what is sent, projection by projection.
    activities: Vec<Line>,
    sent_back: SentBack,
}

impl StreamTiming {
    /// Of a stream that has not begun, for a chain of populations; none if it has neither.
    pub fn new(stream: &Stream, network: &Network, samples: usize, chip: Chip) -> Option<Self> {
        if stream.delay_line.is_none() && stream.layer_clock.is_none() {
            return None;
        }
        let last = network.last();
        let shape = |k: usize| (network.populations()[k].units(), samples);
        let lines = stream.delay_line.map(|settings: DelayLine| {
            let stages = |k: usize| settings.depth.of_layer(k, last);
            let line = |k: usize, lines: Quantity, population: usize| {
                let lines = delay_line::Lines { quantity: lines, number: k, population };
                settings.line(stages(k), chip, lines, shape(population))
            };
            Lines {
                drives: (1..last).map(|k| line(k, Quantity::DriveLineGain, k)).collect(),
                activities: (1..=last).map(|k| line(k, Quantity::ActivityLineGain, k - 1)).collect(),
                sent_back: settings.sent_back,
            }
        });
        let clocks = stream.layer_clock.iter().flat_map(|settings| {
            (1..last).map(|k| StillDrive::new(settings, Depth::Distance.of_layer(k, last), shape(k)))
        });
        Some(Self {
            lines,
            clocks: clocks.collect(),
            drives: (1..last).map(|k| Matrix::zeros(shape(k).0, samples)).collect(),
        })
    }

    /// What was drawn of the delay lines, and of which population.
    pub fn frozen(&self) -> impl Iterator<Item = (usize, Frozen)> {
        self.lines.iter().flat_map(|own| own.drives.iter().chain(&own.activities)).filter_map(Line::frozen)
    }

    /// Bytes of what is kept of population k (0 is the stimulus) when all lines are full.
    pub fn memory_bytes(&self, k: usize) -> usize {
        let drive = k.checked_sub(1).and_then(|hidden| self.drives.get(hidden));
        // That of now, and of the update before while it is made.
        let drives = drive.map_or(0, |drive| 2 * size_of_val(drive.as_slice()));
        let lines = self.lines.as_ref().map_or(0, |lines| {
            let of_drive = k.checked_sub(1).and_then(|hidden| lines.drives.get(hidden));
            let line = |line: Option<&Line>| line.map_or(0, Line::memory_bytes);
            // With the two compartments at the drive that was held back.
            line(of_drive) + line(lines.activities.get(k)) + drives
        });
        drives + lines
    }

    /// Takes in what the populations are going to read in this step.
    pub fn before(&mut self, state: &NetworkState) {
        for (from, line) in self.lines.iter_mut().flat_map(|lines| &mut lines.activities).enumerate() {
            line.push(state.activity(from));
        }
    }

    /// Takes in the drives that this step has made of it.
    pub fn after(&mut self, step: Step) {
        self.drives = (1..=self.drives.len()).map(|k| step.moved(k).drive()).collect();
        let Self { lines, clocks, drives, .. } = self;
        lines.iter_mut().flat_map(|lines| &mut lines.drives).zip(&*drives).for_each(|(line, now)| line.push(now));
        clocks.iter_mut().zip(drives).for_each(|(clock, now)| clock.see(now));
    }

    /// What the hidden populations, 1 first, are to send back in the place of their own difference: that of these
    /// compartments.
    pub fn sent_back(&self, step: Step) -> Vec<Option<[Matrix; 2]>> {
        let lines = self.lines.as_ref().filter(|lines| lines.sent_back == SentBack::Held);
        lines.map(|lines| self.compartments(lines, step)).unwrap_or_default()
    }

    /// s⁺ and s⁻ of the hidden populations, 1 first, at the drives that were held back; none as long as a line is not full.
    fn compartments(&self, lines: &Lines, step: Step) -> Vec<Option<[Matrix; 2]>> {
        let noise = |k: usize| NoiseKey::new(step.noise_seed, step.state.tick(), k).stream(NoiseSource::DriveLine);
        let of_population = |(k, (line, now)): (usize, (&Line, &Matrix))| {
            let before = line.output(|| noise(k))?;
            Some(step.moved(k).compartments(&before, now))
        };
        (1..).zip(lines.drives.iter().zip(&self.drives)).map(of_population).collect()
    }

    /// What the synapses learn from at this step; nothing where a line is not full yet, or a clock is not due.
    pub fn held(&self, step: Step) -> Held {
        let Step { network, state, .. } = step;
        let noise = |k: usize| NoiseKey::new(step.noise_seed, state.tick(), k).stream(NoiseSource::ActivityLine);
        let mut held = Held { learns: vec![vec![true; state.samples()]; network.last()], ..Held::default() };
        if let Some(lines) = &self.lines {
            held.compartments = self.compartments(lines, step);
            held.activities = (1..)
                .zip(&lines.activities)
                .map(|(k, line)| {
                    let nothing = || Matrix::zeros(state.activity(k - 1).nrows(), state.samples());
                    line.output(|| noise(k)).unwrap_or_else(nothing)
                })
                .collect();
            for (learns, line) in held.learns.iter_mut().zip(&lines.activities) {
                learns.fill(line.is_full());
            }
        }
        for (learns, clock) in held.learns.iter_mut().zip(&self.clocks) {
            learns.iter_mut().zip(clock.due()).for_each(|(learns, due)| *learns &= due);
        }
        held
    }
}

/// What a chip draws of the delay lines of a stream, and of which population.
pub fn frozen_lines(stream: &Stream, network: &Network, chip: Chip) -> Vec<(usize, Frozen)> {
    StreamTiming::new(stream, network, 1, chip).iter().flat_map(StreamTiming::frozen).collect()
}

impl Persist for StreamTiming {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        if let Some(lines) = &mut self.lines {
            archive.group("drive_lines", |archive| archive.parts(1, &mut lines.drives))?;
            archive.group("activity_lines", |archive| archive.parts(1, &mut lines.activities))?;
        }
        archive.group("clocks", |archive| archive.parts(1, &mut self.clocks))
    }
}
