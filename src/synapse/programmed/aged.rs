//! The devices of a layer at one time, ready to be read again and again.
use super::device::Device;
use super::event::{ProgrammingEvent, Role, block_length};
use super::law::DeviceLaw;
use super::mapping::WeightMap;
use crate::linalg::Matrix;
use rayon::prelude::*;

/// A programmed layer at a given time. Each read adds new read noise to conductances that stay.
#[derive(Debug, Clone, PartialEq)]
pub struct AgedArray {
    map: WeightMap,
    event: ProgrammingEvent,
    shape: (usize, usize),
    /// In the order of the devices of the array.
    pub(super) conductances: Vec<Conductance>,
    noisy: bool,
    compensation: f32,
}

/// Law of what a read finds on a device, in µS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conductance {
    /// g_D
    pub mean: f32,
    /// σ_R
    pub std: f32,
}

impl AgedArray {
    pub(super) fn new(
        law: &DeviceLaw,
        map: WeightMap,
        event: ProgrammingEvent,
        shape: (usize, usize),
        devices: &[Device],
        time_s: f64,
    ) -> Self {
        let age = |device| {
            let mean = law.aged_us(device, time_s);
            Conductance { mean: mean as f32, std: law.read_std_us(device, mean, time_s) as f32 }
        };
        Self {
            map,
            event,
            shape,
            conductances: devices.par_iter().map(age).collect(),
            noisy: law.reads_are_noisy(),
            compensation: 1.0,
        }
    }

    /// Sets α = baseline/mean |W|, from a read-out with inputs that are 1 on one row at a time.
    pub(super) fn compensate(&mut self, baseline: f64, time_s: f64) {
        let now = self.mean_magnitude(Role::Calibration, &[time_s.to_bits()]);
        // Nothing to scale if nothing is left.
        self.compensation = if now > 0.0 { (baseline / now) as f32 } else { 1.0 };
    }

    /// Factor α of the drift compensation, 1 without it.
    pub fn compensation(&self) -> f32 {
        self.compensation
    }

    /// Weights (post × pre) with the read noise of a reader.
    pub fn read(&self, reader: &[u64]) -> Matrix {
        self.read_as(Role::Inference, reader)
    }

    /// Mean |W| of a read-out, summed in an order that does not depend on the threads.
    pub(super) fn mean_magnitude(&self, role: Role, reader: &[u64]) -> f64 {
        let weights = self.read_as(role, reader);
        if weights.is_empty() {
            return 0.0;
        }
        weights.iter().map(|w| f64::from(w.abs())).sum::<f64>() / weights.len() as f64
    }

    fn read_as(&self, role: Role, reader: &[u64]) -> Matrix {
        let mut weights = Matrix::zeros(self.shape.0, self.shape.1);
        let block = block_length(self.shape);
        weights
            .as_mut_slice()
            .par_chunks_mut(block)
            .zip(self.conductances.par_chunks(self.map.planes * block))
            .enumerate()
            .for_each(|(index, (weights, conductances))| {
                let mut noise = vec![0.0; conductances.len()];
                if self.noisy {
                    self.event.read_stream(role, index, reader).fill(&mut noise);
                }
                self.add_planes(weights, conductances, &noise);
            });
        weights
    }

    fn add_planes(&self, weights: &mut [f32], conductances: &[Conductance], noise: &[f32]) {
        let n = weights.len();
        for (plane, (conductances, noise)) in conductances.chunks(n).zip(noise.chunks(n)).enumerate() {
            let weight_per_us = self.compensation * self.map.weight_per_us(plane);
            for ((weight, g), xi) in weights.iter_mut().zip(conductances).zip(noise) {
                let read = g.mean + g.std * xi;
                // Not `max`, which would turn NaN into 0.
                *weight += weight_per_us * if read < 0.0 { 0.0 } else { read };
            }
        }
    }
}
