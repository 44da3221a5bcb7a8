//! What devices hold after one pulse after the other: the curve by which they are measured.
use super::array::PulsedArray;
use super::config::PulsedDevice;
use crate::linalg::{Matrix, WeightMatrix};
use crate::random::{Purpose, Seeds, stream};

/// What devices hold after 0, 1, 2, … pulses, (pulse × device): `up` pulses up, then `down` pulses down, from `start`. The
/// seed is that of the devices and of the noise of their steps.
pub fn pulse_response(
    device: &PulsedDevice,
    [up, down]: [usize; 2],
    devices: usize,
    start: f32,
    seed: u64,
) -> Vec<f32> {
    let seeds = Seeds { chip: seed, noise: seed, ..Seeds::default() };
    let mut array = PulsedArray::draw(device, seeds, 1, devices, 1);
    array.set(&WeightMatrix::from_matrix(&Matrix::from_element(devices, 1, start)), &vec![1.0; devices]);
    let mut draw = stream(seed, Purpose::SynapseWrite, &[0]);
    let mut read: Vec<f32> = (0..devices).map(|i| array.read(i, 0)).collect();
    for pulse in 0..up + down {
        (0..devices).for_each(|i| array.pulse(i, 0, pulse < up, 1, &mut draw));
        read.extend((0..devices).map(|i| array.read(i, 0)));
    }
    read
}

/// So many pulses as lead a device of constant steps from one bound to the other and half as far again; no more than a
/// figure can show.
pub fn usual_pulses(device: &PulsedDevice) -> usize {
    const FEWEST: f64 = 10.0;
    const MOST: f64 = 4000.0;
    let range = device.w_max.get() - device.w_min.get();
    (1.5 * range / device.dw_min.get()).ceil().clamp(FEWEST, MOST) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ideal_devices_climb_by_their_step_to_their_bound_and_back() {
        let device: PulsedDevice =
            serde_json::from_value(json!({"model": "constant_step", "dw_min": 0.25, "w_min": -0.5, "w_max": 0.5}))
                .unwrap();
        let read = pulse_response(&device, [5, 2], 2, -0.5, 3);
        let first: Vec<f32> = read.iter().step_by(2).copied().collect();
        assert_eq!(first, [-0.5, -0.25, 0.0, 0.25, 0.5, 0.5, 0.25, 0.0]);
        assert_eq!(usual_pulses(&device), 10);
    }
}
