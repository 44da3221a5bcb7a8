//! Devices of a block of columns: what is fixed when they are made, and their steps.
use super::config::PulsedDevice;
use super::model::{Made, Stepping};
use crate::device::frozen::{Frozen, FrozenRule, MeasuredPart};
use crate::device::spread::SpreadDistribution;
use crate::math;
use crate::parameter::{Finite, NonNegative};
use crate::random::{Purpose, StandardNormal, Stream, stream};
use crate::vocabulary::device::{self, stuck};
use rand::RngExt;
use rand::distr::Distribution;

/// Fixed quantities and states of some devices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    up: Vec<f32>,
    down: Vec<f32>,
    upper: Vec<f32>,
    lower: Vec<f32>,
    /// Numbers that the model adds, for steps up and for steps down; empty if it adds none.
    own: [Vec<f32>; 2],
    reset: Vec<f32>,
    /// 1/lifetime, and standard deviation of diffusion; empty without.
    loss: Vec<f32>,
    diffusion: Vec<f32>,
    /// Where devices are stuck ([`stuck`]); empty if none can be.
    stuck: Vec<u8>,
    /// w, before write noise.
    pub state: Vec<f32>,
    /// w as read.
    pub read: Vec<f32>,
    /// Pulses so far.
    pub pulses: Vec<u32>,
}

fn normal(draw: &mut Stream) -> f32 {
    StandardNormal.sample(draw)
}

/// What is measured of the devices of a layer, from that of the first device of a block on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    pub part: MeasuredPart<'a>,
    pub first: usize,
}

impl Block {
    /// So many devices of the block with this layer, copy and number; the copy tells the two of a pair apart.
    pub fn draw(config: &PulsedDevice, seed: u64, block: [usize; 3], devices: usize, measured: Measured) -> Self {
        let [layer, copy, number] = block.map(|index| index as u64);
        let mut draw = stream(seed, Purpose::SynapseMismatch, &[PULSED, layer, copy, number]);
        let mut block = Self {
            up: vec![0.0; devices],
            down: vec![0.0; devices],
            upper: vec![0.0; devices],
            lower: vec![0.0; devices],
            own: [vec![], vec![]],
            reset: vec![0.0; devices],
            loss: vec![],
            diffusion: vec![],
            stuck: vec![],
            state: vec![0.0; devices],
            read: vec![0.0; devices],
            pulses: vec![0; devices],
        };
        let number = |x: Finite| x.get() as f32;
        let std = |x: NonNegative| x.get() as f32;
        let dw_min = config.dw_min.get() as f32;
        let shrink = (number(config.up_down).min(0.0), number(config.up_down).max(0.0));
        for i in 0..devices {
            let xi = normal(&mut draw);
            let gain = match config.dw_min_distribution {
                SpreadDistribution::Normal => 1.0 + std(config.dw_min_dtod) * xi,
                SpreadDistribution::LogNormal => math::exp(std(config.dw_min_dtod) * xi),
            };
            let r = std(config.up_down_dtod) * normal(&mut draw);
            block.up[i] = (dw_min * (gain + shrink.0 + r)).abs();
            block.down[i] = (dw_min * (gain - shrink.1 - r)).abs();
            block.upper[i] = (number(config.w_max) * (1.0 + std(config.w_max_dtod) * normal(&mut draw))).abs();
            block.lower[i] = -(number(config.w_min) * (1.0 + std(config.w_min_dtod) * normal(&mut draw))).abs();
            block.reset[i] = number(config.reset.mean) + std(config.reset.dtod) * normal(&mut draw);
        }
        let Measured { part, first } = measured;
        for (term, numbers) in [
            (device::STEP_UP, &mut block.up),
            (device::STEP_DOWN, &mut block.down),
            (device::UPPER_BOUND, &mut block.upper),
            (device::LOWER_BOUND, &mut block.lower),
            (device::RESET_WEIGHT, &mut block.reset),
        ] {
            part.replace(&term, first, numbers);
        }
        block.draw_stuck(config, &mut draw, measured);
        // What the model adds may follow from steps and bounds.
        block.draw_model(config, &mut draw);
        for (term, numbers) in [device::MODEL_UP, device::MODEL_DOWN].iter().zip(&mut block.own) {
            part.replace(term, first, numbers);
        }
        if let Some(decay) = &config.decay {
            let loss = |xi: f32| {
                (decay.lifetime_batches.get() as f32 * (1.0 + std(decay.lifetime_dtod) * xi)).abs().max(1.0).recip()
            };
            block.loss = (0..devices).map(|_| loss(normal(&mut draw))).collect();
            part.replace(&device::LOSS, first, &mut block.loss);
        }
        if let Some(diffusion) = &config.diffusion {
            let own = |xi: f32| (std(diffusion.std) * (1.0 + std(diffusion.std_dtod) * xi)).abs();
            block.diffusion = (0..devices).map(|_| own(normal(&mut draw))).collect();
            part.replace(&device::DIFFUSION, first, &mut block.diffusion);
        }
        for i in 0..devices {
            block.set(config, i, 0.0);
        }
        block
    }

    fn draw_stuck(&mut self, config: &PulsedDevice, draw: &mut Stream, measured: Measured) {
        let range = config.stuck.range.get() as f32;
        let mut places = vec![];
        for _ in 0..self.up.len() {
            self.stuck.push(config.stuck.code(draw.random()));
            places.push(range * (2.0 * draw.random::<f32>() - 1.0));
        }
        if !config.stuck.is_on() {
            self.stuck = vec![];
            return;
        }
        measured.part.replace_codes(&device::STUCK, measured.first, &mut self.stuck);
        for (i, (code, place)) in self.stuck.iter().zip(places).enumerate() {
            let at = match *code {
                stuck::FREE => continue,
                stuck::ON => self.upper[i],
                stuck::OFF => self.lower[i],
                _ => place.max(self.lower[i]).min(self.upper[i]),
            };
            (self.lower[i], self.upper[i], self.up[i], self.down[i]) = (at, at, 0.0, 0.0);
        }
    }

    /// What was drawn of the devices.
    pub fn frozen(&self) -> Vec<Frozen> {
        use FrozenRule::{Finite, NonNegative};
        let [own_up, own_down] = &self.own;
        let all = [
            (device::STEP_UP, NonNegative, &self.up),
            (device::STEP_DOWN, NonNegative, &self.down),
            (device::UPPER_BOUND, Finite, &self.upper),
            (device::LOWER_BOUND, Finite, &self.lower),
            (device::RESET_WEIGHT, Finite, &self.reset),
            (device::MODEL_UP, Finite, own_up),
            (device::MODEL_DOWN, Finite, own_down),
            (device::LOSS, FrozenRule::Fraction, &self.loss),
            (device::DIFFUSION, NonNegative, &self.diffusion),
        ];
        let numbers = |own: &[f32]| own.iter().map(|&x| f64::from(x)).collect();
        let all = all.into_iter().filter(|(_, _, own)| !own.is_empty());
        let mut frozen: Vec<Frozen> =
            all.map(|(term, rule, own)| Frozen { term, rule, numbers: numbers(own) }).collect();
        if !self.stuck.is_empty() {
            let numbers = self.stuck.iter().map(|&code| f64::from(code)).collect();
            frozen.push(Frozen { term: device::STUCK, rule: FrozenRule::Code(&stuck::ALL), numbers });
        }
        frozen
    }

    /// Bytes that this takes.
    pub fn frozen_bytes(&self) -> usize {
        let [own_up, own_down] = &self.own;
        let all = [
            &self.up,
            &self.down,
            &self.upper,
            &self.lower,
            &self.reset,
            own_up,
            own_down,
            &self.loss,
            &self.diffusion,
        ];
        all.into_iter().map(|own| size_of_val(&own[..])).sum::<usize>() + size_of_val(&self.stuck[..])
    }

    fn draw_model(&mut self, config: &PulsedDevice, draw: &mut Stream) {
        let nominal = (config.w_max.get() as f32, config.w_min.get() as f32);
        for i in 0..self.up.len() {
            let (up, down, upper, lower) = (self.up[i], self.down[i], self.upper[i], self.lower[i]);
            let made = Made { up, down, upper, lower, nominal };
            let Some(own) = config.model.own_numbers(&made, &mut || normal(draw)) else { return };
            self.own.iter_mut().zip(own).for_each(|(numbers, own)| numbers.push(own));
        }
    }

    /// Own number of device i for a direction; 0 if its model has none.
    #[inline]
    fn own(&self, side: usize, i: usize) -> f32 {
        self.own[side].get(i).copied().unwrap_or(0.0)
    }

    /// What is subtracted from the state to give the weight.
    fn reference(&self, config: &PulsedDevice, i: usize) -> f32 {
        config.model.reference(self.own(0, i))
    }

    /// Brings device i to weight `w`, as far as its bounds go.
    pub fn set(&mut self, config: &PulsedDevice, i: usize, w: f32) {
        let reference = self.reference(config, i);
        self.state[i] = (w + reference).max(self.lower[i]).min(self.upper[i]);
        self.read[i] = self.state[i] - reference;
    }

    /// This many steps of device i.
    pub fn pulse(&mut self, config: &PulsedDevice, i: usize, up: bool, count: u32, draw: &mut Stream) {
        for _ in 0..count {
            let step = self.step(config, i, up, draw);
            let w = if up { self.state[i] + step } else { self.state[i] - step };
            self.state[i] = w.max(self.lower[i]).min(self.upper[i]);
        }
        self.pulses[i] = self.pulses[i].saturating_add(count);
        self.finish_write(config, i, draw);
    }

    fn finish_write(&mut self, config: &PulsedDevice, i: usize, draw: &mut Stream) {
        let noise = (config.write_noise_std.get() * config.dw_min.get()) as f32;
        self.read[i] = self.state[i] - self.reference(config, i);
        if noise > 0.0 {
            self.read[i] += noise * normal(draw);
        }
    }

    #[inline]
    fn step(&self, config: &PulsedDevice, i: usize, up: bool, draw: &mut Stream) -> f32 {
        let w = self.state[i];
        let (s, bound, side) = if up { (self.up[i], self.upper[i], 0) } else { (self.down[i], self.lower[i], 1) };
        let std = config.dw_min_std.get() as f32;
        let noise = if std > 0.0 { std * normal(draw) } else { 0.0 };
        let (upper, lower, own) = (self.upper[i], self.lower[i], self.own(side, i));
        config.model.step(&Stepping { w, up, s, bound, upper, lower, own, noise })
    }

    /// What a device loses and gains by itself between two mini-batches.
    pub fn pass_time(&mut self, draw: &mut Stream) {
        if self.loss.is_empty() && self.diffusion.is_empty() {
            return;
        }
        for i in 0..self.state.len() {
            let before = self.state[i];
            let mut w = before;
            if let Some(loss) = self.loss.get(i) {
                w = (w - self.reset[i]) * (1.0 - loss) + self.reset[i];
            }
            if let Some(std) = self.diffusion.get(i) {
                w += std * normal(draw);
            }
            let w = w.max(self.lower[i]).min(self.upper[i]);
            self.state[i] = w;
            // The error of the last write stays.
            self.read[i] += w - before;
        }
    }

    /// Resets device i.
    pub fn reset(&mut self, config: &PulsedDevice, i: usize, draw: &mut Stream) {
        let std = config.reset.std.get() as f32;
        let aim = self.reset[i] + if std > 0.0 { std * normal(draw) } else { 0.0 };
        self.state[i] = aim.max(self.lower[i]).min(self.upper[i]);
        self.finish_write(config, i, draw);
    }
}

/// First index of the streams of pulsed devices, away from those of conductances.
const PULSED: u64 = 16;
