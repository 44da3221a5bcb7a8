//! Devices of a block of columns: what is fixed when they are made, and their steps.
use super::config::{PulsedDevice, StepModel};
use crate::random::{Purpose, Stream, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Fixed quantities and states of some devices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    up: Vec<f32>,
    down: Vec<f32>,
    upper: Vec<f32>,
    lower: Vec<f32>,
    /// k↑ and k↓, γ↑ and γ↓, or the reference, as the model has it.
    extra: [Vec<f32>; 2],
    reset: Vec<f32>,
    /// 1/lifetime, and standard deviation of diffusion; empty without.
    loss: Vec<f32>,
    diffusion: Vec<f32>,
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

impl Block {
    /// `devices` devices of the block with this number; `copy` tells the two of a pair apart.
    pub fn draw(config: &PulsedDevice, seed: u64, layer: usize, copy: usize, number: usize, devices: usize) -> Self {
        let mut draw = stream(seed, Purpose::SynapseMismatch, &[PULSED, layer as u64, copy as u64, number as u64]);
        let mut block = Self {
            up: vec![0.0; devices],
            down: vec![0.0; devices],
            upper: vec![0.0; devices],
            lower: vec![0.0; devices],
            extra: [vec![], vec![]],
            reset: vec![0.0; devices],
            loss: vec![],
            diffusion: vec![],
            state: vec![0.0; devices],
            read: vec![0.0; devices],
            pulses: vec![0; devices],
        };
        let number = |x: crate::parameter::Finite| x.get() as f32;
        let std = |x: crate::parameter::NonNegative| x.get() as f32;
        let dw_min = config.dw_min.get() as f32;
        let shrink = (number(config.up_down).min(0.0), number(config.up_down).max(0.0));
        for i in 0..devices {
            let xi = normal(&mut draw);
            let gain = match config.dw_min_distribution {
                crate::analog::spread::SpreadDistribution::Normal => 1.0 + std(config.dw_min_dtod) * xi,
                crate::analog::spread::SpreadDistribution::LogNormal => (std(config.dw_min_dtod) * xi).exp(),
            };
            let r = std(config.up_down_dtod) * normal(&mut draw);
            block.up[i] = (dw_min * (gain + shrink.0 + r)).abs();
            block.down[i] = (dw_min * (gain - shrink.1 - r)).abs();
            block.upper[i] = (number(config.w_max) * (1.0 + std(config.w_max_dtod) * normal(&mut draw))).abs();
            block.lower[i] = -(number(config.w_min) * (1.0 + std(config.w_min_dtod) * normal(&mut draw))).abs();
            block.reset[i] = number(config.reset.mean) + std(config.reset.dtod) * normal(&mut draw);
        }
        block.draw_stuck(config, &mut draw);
        block.draw_model(config, &mut draw);
        if let Some(decay) = &config.decay {
            let loss = |xi: f32| {
                (decay.lifetime_batches.get() as f32 * (1.0 + std(decay.lifetime_dtod) * xi)).abs().max(1.0).recip()
            };
            block.loss = (0..devices).map(|_| loss(normal(&mut draw))).collect();
        }
        if let Some(diffusion) = &config.diffusion {
            let own = |xi: f32| (std(diffusion.std) * (1.0 + std(diffusion.std_dtod) * xi)).abs();
            block.diffusion = (0..devices).map(|_| own(normal(&mut draw))).collect();
        }
        for i in 0..devices {
            block.set(config, i, 0.0);
        }
        block
    }

    fn draw_stuck(&mut self, config: &PulsedDevice, draw: &mut Stream) {
        let (probability, range) = (config.stuck.probability.get(), config.stuck.range.get() as f32);
        for i in 0..self.up.len() {
            let (chance, place) = (draw.random::<f64>(), range * (2.0 * draw.random::<f32>() - 1.0));
            if chance < probability {
                let at = place.max(self.lower[i]).min(self.upper[i]);
                (self.lower[i], self.upper[i], self.up[i], self.down[i]) = (at, at, 0.0, 0.0);
            }
        }
    }

    fn draw_model(&mut self, config: &PulsedDevice, draw: &mut Stream) {
        let devices = 0..self.up.len();
        match &config.model {
            StepModel::LinearStep(model) => {
                let slope = |gamma: f64, dtod: f64, xi: f32| (gamma as f32 + dtod as f32 * xi).abs();
                for i in devices {
                    let up = slope(model.gamma_up.get(), model.gamma_up_dtod.get(), normal(draw));
                    let down = slope(model.gamma_down.get(), model.gamma_down_dtod.get(), normal(draw));
                    let (upper, lower) = if model.mean_bound_reference {
                        (config.w_max.get() as f32, config.w_min.get() as f32)
                    } else {
                        (self.upper[i], self.lower[i])
                    };
                    self.extra[0].push(-ratio(up * self.up[i], upper));
                    self.extra[1].push(-ratio(down * self.down[i], lower));
                }
            }
            StepModel::SoftBounds(_) => {
                for i in devices {
                    self.extra[0].push(-ratio(self.up[i], self.upper[i]));
                    self.extra[1].push(-ratio(self.down[i], self.lower[i]));
                }
            }
            StepModel::SoftBoundsReference(model) => {
                for i in devices {
                    let own = model.reference_mean.get() as f32 + model.reference_std.get() as f32 * normal(draw);
                    let (up, down) = (self.up[i], self.down[i]);
                    let symmetry = ratio(up - down, ratio(up, self.upper[i]) - ratio(down, self.lower[i]));
                    self.extra[0].push(if model.subtract_symmetry_point { own + symmetry } else { own });
                }
            }
            StepModel::PowStep(model) => {
                for _ in devices {
                    let gamma = model.gamma.get() as f32;
                    let own = 1.0 + model.gamma_dtod.get() as f32 * normal(draw);
                    let (mean, r) = (model.up_down.get() as f32, model.up_down_dtod.get() as f32 * normal(draw));
                    self.extra[0].push((gamma * (own + mean.min(0.0) + r)).abs());
                    self.extra[1].push((gamma * (own - mean.max(0.0) - r)).abs());
                }
            }
            StepModel::ConstantStep | StepModel::ExpStep(_) | StepModel::PiecewiseStep(_) => {}
        }
    }

    /// What is subtracted from the state to give the weight.
    fn reference(&self, config: &PulsedDevice, i: usize) -> f32 {
        if matches!(config.model, StepModel::SoftBoundsReference(_)) { self.extra[0][i] } else { 0.0 }
    }

    /// Brings device i to weight `w`, as far as its bounds go.
    pub fn set(&mut self, config: &PulsedDevice, i: usize, w: f32) {
        let reference = self.reference(config, i);
        self.state[i] = (w + reference).max(self.lower[i]).min(self.upper[i]);
        self.read[i] = self.state[i] - reference;
    }

    /// So many steps of device i.
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
        let linear = |multiplicative: bool| {
            let k = self.extra[side][i];
            if multiplicative { (s + k * w) * (1.0 + noise) } else { k * w + s * (1.0 + noise) }
        };
        match &config.model {
            StepModel::ConstantStep => s * (1.0 + noise),
            StepModel::LinearStep(model) => linear(model.multiplicative_noise),
            StepModel::SoftBounds(model) => linear(model.multiplicative_noise),
            StepModel::SoftBoundsReference(model) => {
                let left = 1.0 - ratio(w, bound);
                s * if model.multiplicative_noise { left * (1.0 + noise) } else { left + noise }
            }
            StepModel::ExpStep(model) => {
                let z = ratio(2.0 * model.a.get() as f32 * w, self.upper[i] - self.lower[i]) + model.b.get() as f32;
                let (amplitude, gamma) = if up {
                    (model.amplitude_up.get() as f32, model.gamma_up.get() as f32)
                } else {
                    (model.amplitude_down.get() as f32, -model.gamma_down.get() as f32)
                };
                let step = s * (1.0 - amplitude * (gamma * z).exp()).max(0.0);
                let beside = model.noise_add.get() as f32 + model.noise_slope.get() as f32 * w.abs();
                step + noise * (step.abs() + beside)
            }
            StepModel::PowStep(_) => {
                let left = ratio((bound - w).abs(), self.upper[i] - self.lower[i]);
                s * left.powf(self.extra[side][i]) * (1.0 + noise)
            }
            StepModel::PiecewiseStep(model) => {
                let nodes = if up { &model.up } else { &model.down };
                let last = (nodes.len() - 1) as f32;
                let place = ratio(w - self.lower[i], self.upper[i] - self.lower[i]).clamp(0.0, 1.0) * last;
                let below = (place.floor() as usize).min(nodes.len() - 2);
                let share = place - below as f32;
                let node = |n: usize| nodes[n].get() as f32;
                s * (node(below) * (1.0 - share) + node(below + 1) * share) * (1.0 + noise)
            }
        }
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

/// a/b, and 0 where a device has no range.
#[inline(always)]
fn ratio(a: f32, b: f32) -> f32 {
    if b == 0.0 { 0.0 } else { a / b }
}
