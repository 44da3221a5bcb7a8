//! Laws from the papers and from theory, on networks, devices and measurements whose answer is known.
mod analog;
mod assertions;
mod backprop;
mod calibration;
mod compartments;
mod costs;
mod lifted;
mod locality;
mod nudging_gain;
mod papers;
mod phases;
mod pulse_trains;
mod robustness;
mod robustness_of_images;
mod stability;
mod stream_timing;
mod synapses;
