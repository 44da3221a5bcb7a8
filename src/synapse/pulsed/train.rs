//! Pulse trains: how a rank-one update becomes coincidences of pulses (Gokmen & Vlasov, 2016).
//!
//! To change w_ij by η d_i x_j, rows and columns send up to `length` pulses, each with a probability in proportion to
//! |d_i| and |x_j|; a device steps wherever two pulses meet, in the direction of the sign of d_i x_j.
use crate::parameter::TrainLength;
use crate::random::{BitStream, Stream};
use multiversion::multiversion;
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How pulses are sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PulseTrain {
    /// What decides how many pulses meet.
    pub kind: TrainKind,
    /// Most pulses of a train.
    pub length: TrainLength,
    /// Rows and columns share the update so that both have the same largest probability.
    pub update_management: bool,
    /// Trains are only as long as the largest change needs.
    pub length_management: bool,
    /// What gives way where the largest change needs more pulses than a train can have.
    pub saturation: Saturation,
}

/// What gives way where the largest change needs more pulses than a train can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Saturation {
    /// Large signals d alone, as in aihwkit: columns keep the proportions of x, and rows are clipped. Only with
    /// `update_management`; without it both sides are clipped.
    KeepInputs,
    /// Rows and columns alike are clipped to a pulse at every time.
    Clip,
}

/// What decides how many pulses meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainKind {
    /// Every pulse is sent or not by chance.
    Stochastic,
    /// Rows and columns send the nearest whole number of pulses, and these meet as often as evenly spread ones do.
    MeanCount,
    /// The mean number of coincidences, rounded to a whole one.
    DeterministicImplicit,
}

impl Default for PulseTrain {
    fn default() -> Self {
        Self {
            kind: TrainKind::Stochastic,
            length: TrainLength::constant(31),
            update_management: true,
            length_management: true,
            saturation: Saturation::KeepInputs,
        }
    }
}

/// The trains of one stimulus: of every line the pulses as bits (or their mean or whole number), and its sign.
#[derive(Debug, Clone)]
pub(super) struct Trains {
    rows: Lines,
    columns: Lines,
    /// Of rows that send stochastic pulses: their trains, and which rows these are. Filled up with silent ones to whole groups.
    active: Vec<[u32; GROUP]>,
    active_rows: Vec<u32>,
    kind: TrainKind,
    length: f32,
}

/// One side of an array.
#[derive(Debug, Clone)]
struct Lines {
    bits: Vec<u32>,
    /// Probability of a pulse.
    probability: Vec<f32>,
    negative: Vec<bool>,
}

/// Rows that are looked at together.
const GROUP: usize = 32;

/// Which trains of a group have a pulse at a time at which `column` has one, as bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn meeting(rows: &[u32; GROUP], column: u32) -> u32 {
    let mut met = 0;
    for (k, row) in rows.iter().enumerate() {
        met |= if row & column == 0 { 0 } else { 1 << k };
    }
    met
}

impl PulseTrain {
    /// The trains for the change η d xᵀ with steps of this granularity; none if nothing is to change.
    pub(super) fn trains(
        &self,
        d: &[f32],
        x: &[f32],
        rate: f32,
        granularity: f32,
        draw: &mut Stream,
    ) -> Option<Trains> {
        let largest = |v: &[f32]| v.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let (d_max, x_max) = (largest(d), largest(x));
        let wanted = rate * d_max * x_max / granularity;
        if wanted.is_nan() || wanted <= 0.0 {
            return None;
        }
        let most = self.length.get() as f32;
        let length = if self.length_management { wanted.ceil().clamp(1.0, most) } else { most };
        let gain = (rate / (granularity * length)).sqrt();
        let saturates = wanted > most && self.saturation == Saturation::KeepInputs;
        // The largest x is sent all the time, and rows get what is missing beyond their limit.
        let d_max = if saturates { d_max * (most / wanted) } else { d_max };
        let balance = if self.update_management { (x_max / d_max).sqrt() } else { 1.0 };
        let mut stream = (self.kind == TrainKind::Stochastic).then(|| BitStream::new(draw.next_u64()));
        let mut side = |v: &[f32], gain: f32| {
            let probability: Vec<f32> = v.iter().map(|v| (gain * v.abs()).min(1.0)).collect();
            let mut bits = vec![];
            if let Some(stream) = &mut stream {
                bits.resize(v.len(), 0);
                stream.fill(&probability, length as u32, &mut bits);
            }
            Lines { bits, probability, negative: v.iter().map(|&v| v < 0.0).collect() }
        };
        let rows = side(d, gain * balance);
        let columns = side(x, gain / balance);
        let (mut active, mut active_rows) = (vec![], vec![]);
        let is_active = |(_, bits): &(usize, &u32)| self.kind == TrainKind::Stochastic && **bits != 0;
        for (i, &bits) in rows.bits.iter().enumerate().filter(is_active) {
            if active_rows.len().is_multiple_of(GROUP) {
                active.push([0; GROUP]);
            }
            active[active_rows.len() / GROUP][active_rows.len() % GROUP] = bits;
            active_rows.push(i as u32);
        }
        Some(Trains { rows, columns, active, active_rows, kind: self.kind, length })
    }
}

impl Trains {
    /// Whether column j sends anything.
    pub fn column_is_silent(&self, j: usize) -> bool {
        match self.kind {
            TrainKind::Stochastic => self.columns.bits[j] == 0,
            _ => self.columns.probability[j] == 0.0,
        }
    }

    /// Times at which pulses can meet.
    pub fn moments(&self) -> u64 {
        self.length as u64
    }

    /// Calls `visit` with every row whose pulses meet those of column j, in their order, and how many do.
    #[inline]
    pub fn for_each_meeting(&self, j: usize, mut visit: impl FnMut(usize, u32)) {
        if self.kind != TrainKind::Stochastic {
            for i in 0..self.rows.probability.len() {
                let count = self.coincidences(i, j);
                if count > 0 {
                    visit(i, count);
                }
            }
            return;
        }
        let column = self.columns.bits[j];
        for (group, rows) in self.active.iter().zip(self.active_rows.chunks(GROUP)) {
            let mut met = meeting(group, column);
            while met != 0 {
                let k = met.trailing_zeros() as usize;
                met &= met - 1;
                visit(rows[k] as usize, (group[k] & column).count_ones());
            }
        }
    }

    /// Pulses that meet at row i and column j.
    #[inline]
    pub fn coincidences(&self, i: usize, j: usize) -> u32 {
        match self.kind {
            TrainKind::Stochastic => (self.rows.bits[i] & self.columns.bits[j]).count_ones(),
            TrainKind::MeanCount => {
                let pulses = |p: f32| (p * self.length).round();
                let meet = pulses(self.rows.probability[i]) * pulses(self.columns.probability[j]) / self.length;
                meet.round() as u32
            }
            TrainKind::DeterministicImplicit => {
                (self.rows.probability[i] * self.columns.probability[j] * self.length).round() as u32
            }
        }
    }

    /// Whether the change at row i and column j is upwards.
    #[inline]
    pub fn is_up(&self, i: usize, j: usize) -> bool {
        self.rows.negative[i] == self.columns.negative[j]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Row by row, by the definition.
    #[test]
    fn the_rows_that_meet_a_column_are_found_in_their_order() {
        let mut draw = Stream::seed_from_u64(5);
        for rows in [1, 31, 32, 33, 100] {
            let d: Vec<f32> = (0..rows).map(|i| [0.0, 0.3, -0.01, 1.0, 0.002][i * 7 % 5]).collect();
            let train = PulseTrain { length_management: false, ..PulseTrain::default() };
            let Some(trains) = train.trains(&d, &[0.5, -1.0, 0.0, 0.01], 0.1, 0.01, &mut draw) else {
                assert_eq!(rows, 1);
                continue;
            };
            for j in 0..4 {
                let mut found = vec![];
                trains.for_each_meeting(j, |i, count| found.push((i, count)));
                let all = (0..rows).map(|i| (i, trains.coincidences(i, j)));
                assert_eq!(found, all.filter(|(_, count)| *count > 0).collect::<Vec<_>>());
            }
        }
    }
}
