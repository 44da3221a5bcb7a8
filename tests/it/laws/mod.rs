//! Laws from the papers and from theory, on networks, devices and measurements whose answer is known.
mod analog;
mod assertions;
mod lifted;
mod locality;
mod papers;
mod robustness;
mod stability;
mod synapses;
