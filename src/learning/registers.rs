//! Everything a chip remembers from one training step to the next, as named numbers, for a checkpoint.
use super::learner::Learner;
use crate::network::schedule::Start;
use std::sync::Arc;

impl Learner {
    /// Name and numbers of every register; the names and lengths depend on the settings alone.
    pub fn hardware_registers(&self) -> Vec<(String, Vec<f32>)> {
        let mut registers = vec![];
        for (k, layer) in self.state.layers().iter().enumerate() {
            let Some(analog) = &layer.analog else { continue };
            let mut add = |name: &str, numbers: Vec<f32>| registers.push((format!("chip/{}/{name}", k + 1), numbers));
            if analog.coloured.ncols() > 0 {
                add("coloured", analog.coloured.as_slice().to_vec());
                add("coloured_started", vec![f32::from(u8::from(analog.coloured_started))]);
            }
            if self.inference.start == Start::Carried {
                for (name, line) in [("forward", &analog.forward), ("feedback", &analog.feedback)] {
                    add(name, line.lines.iter().flat_map(|line| [line.scale, line.norm]).collect());
                    for (kind, matrix) in [("squares", &line.squares), ("raw", &line.raw)] {
                        if let Some(matrix) = matrix {
                            add(&format!("{name}_{kind}"), matrix.as_slice().to_vec());
                        }
                    }
                }
            }
        }
        if let Some(chip) = self.inference.chip.as_ref().filter(|chip| chip.auto_zero.is_some()) {
            for (k, devices) in chip.layers.iter().enumerate() {
                registers.push((format!("chip/{}/difference_zero", k + 1), devices.difference_zero.clone()));
                registers.push((format!("chip/{}/signal_zero", k + 1), devices.signal_zero.clone()));
            }
        }
        for (i, weight) in self.weights.learnt_feedback().iter().enumerate() {
            registers.push((format!("chip/{}/feedback_weight", i + 2), weight.to_matrix().as_slice().to_vec()));
        }
        registers
    }

    /// Sets one register.
    ///
    /// # Panics
    /// If there is no such register, or it has another length.
    pub fn set_hardware_register(&mut self, name: &str, numbers: &[f32]) {
        let mut parts = name.split('/').skip(1);
        let layer: usize = parts.next().and_then(|k| k.parse().ok()).expect("a register of a layer");
        let what = parts.next().expect("a named register");
        match what {
            "difference_zero" | "signal_zero" => {
                let chip = Arc::make_mut(self.inference.chip.as_mut().expect("this learner has a chip"));
                let devices = &mut chip.layers[layer - 1];
                let zero = if what == "signal_zero" { &mut devices.signal_zero } else { &mut devices.difference_zero };
                zero.copy_from_slice(numbers);
            }
            "feedback_weight" => self.weights.set_learnt_feedback(layer, numbers),
            _ => {
                let analog = self.state.analog_mut(layer);
                let fill = |matrix: &mut crate::linalg::Matrix| matrix.as_mut_slice().copy_from_slice(numbers);
                match what {
                    "coloured" => fill(&mut analog.coloured),
                    "coloured_started" => analog.coloured_started = numbers[0] != 0.0,
                    _ => {
                        let line = if what.starts_with("forward") { &mut analog.forward } else { &mut analog.feedback };
                        match what.split_once('_').map(|(_, kind)| kind) {
                            Some("squares") => line.squares.iter_mut().for_each(fill),
                            Some(_) => line.raw.iter_mut().for_each(fill),
                            None => {
                                for (line, numbers) in line.lines.iter_mut().zip(numbers.chunks_exact(2)) {
                                    (line.scale, line.norm) = (numbers[0], numbers[1]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
