//! Sigma-delta events: a dyad sends a value only when it has changed by more than a threshold since it sent last, and whatever
//! reads it goes on with what was sent last.
//!
//! ```text
//! |x − x̂| > θ:  x̂ ← x, an event        otherwise x̂ stays, and stands for x
//! ```
//!
//! So x̂ is never further than θ from x. x is s̄ on its way forward and s⁺ − s⁻ on its way back, before converters and the noise
//! of the lines. A forward pass sends every s̄, and takes differences to be zero; a difference that only the stimulus could read is not sent.
//!
//! Source: sigma-delta modulation between layers, O'Connor & Welling, ICLR 2017; Yousefzadeh et al., AICAS 2019.
use crate::linalg::Matrix;
use crate::persist::{Archive, Damaged};
use rayon::prelude::*;

/// What the units of a population have sent last to one side.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// x̂ (unit × sample).
    values: Matrix,
    /// Events since this was asked last.
    events: u64,
}

impl Sent {
    fn zeros(units: usize, samples: usize) -> Self {
        Self { values: Matrix::zeros(units, samples), events: 0 }
    }

    /// Sends what has changed by more than a threshold: `values` become what stands for them.
    fn send(&mut self, threshold: f32, values: &mut Matrix) {
        let sent = self.values.as_mut_slice().par_iter_mut().with_min_len(1 << 14);
        let send = |(sent, x): (&mut f32, &mut f32)| {
            // So NaN is sent: a divergence cannot hide.
            let is_near = (*x - *sent).abs() <= threshold;
            match is_near {
                true => *x = *sent,
                false => *sent = *x,
            }
            u64::from(!is_near)
        };
        self.events += sent.zip(values.as_mut_slice()).map(send).sum::<u64>();
    }

    /// Sends everything.
    fn send_all(&mut self, values: &Matrix) {
        self.values.copy_from(values);
        self.events += values.len() as u64;
    }
}

/// What a population that sends events has sent last.
#[derive(Debug, Clone)]
pub(super) struct Events {
    threshold: f32,
    /// s̄.
    forward: Sent,
    /// s⁺ − s⁻, of a population that sends it.
    back: Option<Sent>,
    /// s⁺ − s⁻ as it is.
    difference: Matrix,
    /// Whether stimuli are new, so that the next s̄ is that of a forward pass.
    is_fresh: bool,
}

impl Events {
    /// Nothing has been sent yet. `returns` says whether something reads the differences.
    pub fn new(threshold: f32, [units, samples]: [usize; 2], returns: bool) -> Self {
        Self {
            threshold,
            forward: Sent::zeros(units, samples),
            back: returns.then(|| Sent::zeros(units, samples)),
            difference: Matrix::zeros(units, samples),
            is_fresh: false,
        }
    }

    /// A forward pass has been made.
    pub fn begin(&mut self) {
        self.is_fresh = true;
        if let Some(back) = &mut self.back {
            back.values.fill(0.0);
        }
    }

    /// Sends s̄, which becomes what stands for it.
    pub fn send(&mut self, mean: &mut Matrix) {
        if std::mem::take(&mut self.is_fresh) {
            self.forward.send_all(mean);
        } else {
            self.forward.send(self.threshold, mean);
        }
    }

    /// Sends s⁺ − s⁻, which becomes what stands for it.
    pub fn send_back(&mut self, difference: &mut Matrix) {
        self.difference.copy_from(difference);
        if let Some(back) = &mut self.back {
            back.send(self.threshold, difference);
        }
    }

    /// s⁺ − s⁻ as it is, where what stands for it in the states is what was sent: its own synapses learn from that.
    pub fn difference(&self) -> Option<&Matrix> {
        self.back.is_some().then_some(&self.difference)
    }

    /// Events since this was asked last: forward, and back.
    pub fn take(&mut self) -> [u64; 2] {
        let back = self.back.as_mut().map_or(0, |back| std::mem::take(&mut back.events));
        [std::mem::take(&mut self.forward.events), back]
    }

    /// As before anything was sent.
    pub fn reset(&mut self) {
        self.forward.values.fill(0.0);
        if let Some(back) = &mut self.back {
            back.values.fill(0.0);
        }
    }

    /// What was sent last, on which the next stimulus depends where states are carried over.
    pub fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("sent_forward", self.forward.values.as_mut_slice())?;
        self.back.as_mut().map_or(Ok(()), |back| archive.array("sent_back", back.values.as_mut_slice()))
    }

    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        let back = self.back.as_ref().map(|back| &back.values);
        [&self.forward.values, &self.difference].into_iter().chain(back).map(|own| size_of_val(own.as_slice())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_sent_is_never_further_than_the_threshold_and_events_fall_with_it(
            course in proptest::collection::vec(-1.0f32..1.0, 2..60),
            threshold in 0.0f32..0.5,
        ) {
            // Each of three units goes its own way through the same numbers.
            let state = |step: usize| Matrix::from_fn(3, 2, |i, j| course[(step * (i + 1) + j) % course.len()]);
            let events = |threshold: f32| {
                let mut events = Events::new(threshold, [3, 2], true);
                events.begin();
                for step in 0..course.len() {
                    let true_value = state(step);
                    let (mut mean, mut difference) = (true_value.clone(), true_value.clone());
                    events.send(&mut mean);
                    events.send_back(&mut difference);
                    for sent in [&mean, &difference] {
                        let furthest = (sent - &true_value).amax();
                        prop_assert!(furthest <= threshold, "{furthest}");
                    }
                    // A forward pass sends everything.
                    prop_assert!(step > 0 || mean == true_value);
                }
                Ok(events.take())
            };
            let ([forward, back], [forward_often, back_often]) = (events(threshold)?, events(0.0)?);
            prop_assert!(forward <= forward_often && back <= back_often);
            let [none, most] = [events(3.0)?, [6 * course.len() as u64; 2]];
            prop_assert_eq!(none, [6, 0]);
            prop_assert!(forward_often <= most[0] && back_often <= most[1]);
        }
    }

    #[test]
    fn what_has_diverged_is_sent() {
        let mut events = Events::new(1.0, [2, 1], true);
        let mut values = Matrix::from_column_slice(2, 1, &[f32::NAN, f32::INFINITY]);
        events.send(&mut values);
        assert!(values[0].is_nan() && values[1].is_infinite());
        assert_eq!(events.take(), [2, 0]);
    }
}
