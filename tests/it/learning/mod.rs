//! What networks learn, by every rule and with every kind of synapse.
mod adversarial;
mod batch_norm;
mod digits;
mod graphs;
mod lifted;
mod synapses;
