//! The devices of one population of dyads, and how its design nudges them.
use super::settings::DieConfig;
use crate::device::frozen::{Chip, Frozen, FrozenRule, MeasuredPart, Part};
use crate::device::spread::{Quantity, singles};
use crate::math;
use crate::parameter::{Fraction, NonNegative};
use crate::vocabulary::{Term, device};

/// The devices of one layer; every vector has one entry per dyad. Where compartments exchange their roles, `plus` is the
/// first one, whichever role it has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Devices {
    pub gain_plus: Vec<f32>,
    pub gain_minus: Vec<f32>,
    pub offset_plus: Vec<f32>,
    pub offset_minus: Vec<f32>,
    /// 1 − κ±
    pub decay_plus: Vec<f32>,
    pub decay_minus: Vec<f32>,
    /// √(κ(2−κ)): how much of the stationary white noise is new at an update.
    pub noise_gain_plus: Vec<f32>,
    pub noise_gain_minus: Vec<f32>,
    /// α of s̄ = α s⁺ + (1−α) s⁻.
    pub alpha: Vec<f32>,
    /// h⁺γ of a hidden dyad, c⁺β of an output.
    pub nudge_plus: Vec<f32>,
    /// h⁻γ, c⁻β
    pub nudge_minus: Vec<f32>,
    /// Offset of the subtracting amplifier.
    pub difference_offset: Vec<f32>,
    /// Offset of the memory for the state of a first phase.
    pub memory_offset: Vec<f32>,
    /// Places that one circuit serves.
    pub places: usize,
    /// What of this was drawn, circuit by circuit; what all of them have alike is no part of it.
    pub frozen: Vec<Frozen>,
}

impl Devices {
    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        /// Numbers of a dyad.
        const NUMBERS: usize = 13;
        let drawn: usize = self.frozen.iter().map(|own| size_of_val(own.numbers.as_slice())).sum();
        NUMBERS * size_of_val(self.alpha.as_slice()) + drawn
    }
}

/// How the design nudges the dyads of a population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NominalNudge {
    /// Asymmetry α.
    pub alpha: f64,
    /// Which compartment gets which share.
    pub sides: Sides,
    /// γ in a hidden layer, β at the outputs.
    pub strength: f64,
}

/// How a nudge is shared between the two compartments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Opposite: s⁺ gets α, s⁻ is pushed the other way by 1−α.
    Direct,
    /// Opposite: s⁺ gets 1−α, s⁻ is pushed the other way by α.
    Transposed,
    /// Both get all of it: a unit of a lifted network, whose state is the mean.
    Same,
}

impl Sides {
    /// Opposite nudges.
    pub fn opposite(transposed: bool) -> Self {
        if transposed { Self::Transposed } else { Self::Direct }
    }
}

impl NominalNudge {
    fn shares(&self, alpha: f64) -> (f64, f64) {
        let (plus, minus) = match self.sides {
            Sides::Direct => (alpha, 1.0 - alpha),
            Sides::Transposed => (1.0 - alpha, alpha),
            Sides::Same => (1.0, -1.0),
        };
        (plus * self.strength, minus * self.strength)
    }
}

/// Numbers that are drawn, or measured in their place, and what is kept of them.
struct Drawing<'a> {
    measured: MeasuredPart<'a>,
    frozen: Vec<Frozen>,
}

impl Drawing<'_> {
    /// Of every unit, if units differ by `std`.
    fn singles(&mut self, term: Term, rule: FrozenRule, std: NonNegative, drawn: Vec<f64>) -> Vec<f64> {
        if std == NonNegative::default() {
            return drawn;
        }
        let numbers = self.measured.numbers(&term).map_or(drawn, <[f64]>::to_vec);
        self.frozen.push(Frozen { term, rule, numbers: numbers.clone() });
        numbers
    }

    /// Of both compartments of every unit; one number of each where they are alike.
    fn pairs(
        &mut self,
        [both, plus, minus]: [Term; 3],
        rule: FrozenRule,
        std: NonNegative,
        correlation: Fraction,
        drawn: [Vec<f64>; 2],
    ) -> [Vec<f64>; 2] {
        let [own_plus, own_minus] = drawn;
        if correlation == Fraction::constant(1.0) {
            let alike = self.singles(both, rule, std, own_plus);
            return [alike.clone(), alike];
        }
        [self.singles(plus, rule, std, own_plus), self.singles(minus, rule, std, own_minus)]
    }
}

impl Devices {
    pub fn draw(config: &DieConfig, kappa: f64, nudge: &NominalNudge, chip: Chip, layer: usize, units: usize) -> Self {
        let mismatch = &config.units.mismatch;
        let seed = chip.seeds.chip;
        let mut drawing = Drawing { measured: chip.part(Part::Units(layer)), frozen: vec![] };
        let single = |side: Vec<f64>| side.into_iter().map(|x| x as f32).collect::<Vec<f32>>();
        let drawn = mismatch.gain.draw(seed, Quantity::Gain, layer, units);
        let names = [device::GAIN, device::GAIN_PLUS, device::GAIN_MINUS];
        let gain = drawing.pairs(names, FrozenRule::Positive, mismatch.gain.std, mismatch.gain.correlation, drawn);
        let [gain_plus, gain_minus] = gain.map(single);
        let drawn = mismatch.offset.draw(seed, Quantity::Offset, layer, units);
        let names = [device::OFFSET, device::OFFSET_PLUS, device::OFFSET_MINUS];
        let offset = drawing.pairs(names, FrozenRule::Finite, mismatch.offset.std, mismatch.offset.correlation, drawn);
        let [offset_plus, offset_minus] = offset.map(single);
        // 1 − κ = e^(−dt/τ), so a device whose time constant is r times the nominal one keeps (1−κ)^(1/r).
        let own = &mismatch.time_constant;
        let drawn = own.draw(seed, Quantity::TimeConstant, layer, units);
        let names = [device::TIME_CONSTANT, device::TIME_CONSTANT_PLUS, device::TIME_CONSTANT_MINUS];
        let decay = drawing
            .pairs(names, FrozenRule::Positive, own.std, own.correlation, drawn)
            .map(|ratios| ratios.into_iter().map(|r| math::pow(1.0 - kappa, 1.0 / r)).collect::<Vec<f64>>());
        let noise_gain = |decay: &[f64]| decay.iter().map(|decay| (1.0 - decay * decay).sqrt() as f32).collect();
        let [noise_gain_plus, noise_gain_minus] = [noise_gain(&decay[0]), noise_gain(&decay[1])];
        let [decay_plus, decay_minus] = decay.map(single);
        let alpha_std = mismatch.alpha_std.get();
        let alphas: Vec<f64> = singles(seed, Quantity::Alpha, layer, units)
            .into_iter()
            .map(|xi| (nudge.alpha + alpha_std * xi).clamp(0.0, 1.0))
            .collect();
        let alphas = drawing.singles(device::ALPHA, FrozenRule::Fraction, mismatch.alpha_std, alphas);
        let (nudge_plus, nudge_minus): (Vec<f64>, Vec<f64>) = alphas.iter().map(|&alpha| nudge.shares(alpha)).unzip();
        let mut offsets = |term, std: NonNegative, quantity| {
            let drawn = singles(seed, quantity, layer, units).iter().map(|xi| std.get() * xi).collect();
            single(drawing.singles(term, FrozenRule::Finite, std, drawn))
        };
        let difference_offset =
            offsets(device::DIFFERENCE_OFFSET, config.learning.offset_std, Quantity::DifferenceOffset);
        let memory_offset = offsets(device::MEMORY_OFFSET, config.phase_memory.offset_std, Quantity::MemoryOffset);
        Self {
            gain_plus,
            gain_minus,
            offset_plus,
            offset_minus,
            decay_plus,
            decay_minus,
            noise_gain_plus,
            noise_gain_minus,
            alpha: single(alphas),
            nudge_plus: single(nudge_plus),
            nudge_minus: single(nudge_minus),
            difference_offset,
            memory_offset,
            places: 1,
            frozen: drawing.frozen,
        }
    }

    /// Number of circuits: as many as dyads, unless circuits are shared over places.
    pub fn circuits(&self) -> usize {
        self.alpha.len() / self.places
    }

    /// What the two compartments of every dyad have of their own: gain, offset, decay, noise gain.
    pub fn of_compartments(&self) -> [[&[f32]; 2]; 4] {
        [
            [&self.gain_plus, &self.gain_minus],
            [&self.offset_plus, &self.offset_minus],
            [&self.decay_plus, &self.decay_minus],
            [&self.noise_gain_plus, &self.noise_gain_minus],
        ]
    }

    /// The same devices for every place, where the channels of a place are next to each other.
    pub fn repeated(mut self, places: usize) -> Self {
        let Self {
            gain_plus,
            gain_minus,
            offset_plus,
            offset_minus,
            decay_plus,
            decay_minus,
            noise_gain_plus,
            noise_gain_minus,
            alpha,
            nudge_plus,
            nudge_minus,
            difference_offset,
            memory_offset,
            places: served,
            frozen: _,
        } = &mut self;
        *served = places;
        for of_unit in [
            gain_plus,
            gain_minus,
            offset_plus,
            offset_minus,
            decay_plus,
            decay_minus,
            noise_gain_plus,
            noise_gain_minus,
            alpha,
            nudge_plus,
            nudge_minus,
            difference_offset,
            memory_offset,
        ] {
            *of_unit = of_unit.repeat(places);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::map::Shape;
    use crate::random::Seeds;
    use crate::substrate::{Die, DieConfig, NominalNudge, Sides};

    #[test]
    fn a_circuit_that_is_shared_has_one_mismatch_at_all_places() {
        let shape = Shape { channels: 3, rows: 2, columns: 5 };
        let nudge = NominalNudge { alpha: 0.5, sides: Sides::Direct, strength: 1.0 };
        let gains = |shared: bool| {
            let text = format!(r#"{{"mismatch": {{"gain": {{"std": 0.1}}}}, "shared_over_positions": {shared}}}"#);
            let config = DieConfig { units: serde_json::from_str(&text).unwrap(), ..DieConfig::default() };
            let die = Die::new(&config, &[Shape::flat(4), shape], &[nudge], Seeds::default());
            die.populations[0].gain_plus.clone()
        };
        let (own, shared) = (gains(false), gains(true));
        assert_eq!((own.len(), shared.len()), (30, 30));
        for (unit, gain) in shared.iter().enumerate() {
            assert_eq!(*gain, shared[unit % 3]);
        }
        assert!(own.iter().enumerate().all(|(i, gain)| own[..i].iter().all(|other| other != gain)));
    }
}
