//! Rules for synapses without a latent value: the local signal makes events, and events move the synapse.
//!
//! A synapse whose weight should fall (∂ℓ/∂w > 0) or rise has an event in that direction with probability
//! min(1, η |∂ℓ/∂w|) in a training step, where ∂ℓ/∂w is the local product −(s⁺ − s⁻) s̄/β averaged over the mini-batch, times the
//! scale of a level. With `stochastic_flips` every event moves the synapse to the neighbouring level (the other one, if
//! there are two). With `hysteresis_counter` it moves a counter of n bits; when that is full (2ⁿ⁻¹ events more in one
//! direction than in the other), the synapse moves and the counter starts again from 0.
use crate::parameter::CounterBits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the counter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HysteresisCounter {
    /// Size of the counter of a synapse.
    pub bits: CounterBits,
}

impl HysteresisCounter {
    /// Events in one direction that fill a counter.
    pub fn threshold(self) -> i8 {
        1 << (self.bits.get() - 1)
    }
}
