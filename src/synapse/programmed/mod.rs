//! Synapses that are programmed once and then only read: pairs of conductances with programming error, drift and read
//! noise.
//!
//! ```text
//! map       g± = g_min + (g_max − g_min) [±W]₊/max|W|          the other device of a pair at g_min
//! program   g_P = [g_T + σ_P(g_T) ξ]₊                            once, at t = 0
//! stuck     g_P = g_max or g_min of a share of the devices, for good
//! age       g_D(t) = g_P (1 + t/t₀)^(−ν)                         phase change: ν of each device is frozen
//!           g_D(t) = g_P + relaxation(t)                         resistive
//! read      g(t) = [g_D + σ_R(t) ξ]₊                             new at every read
//! weight    W(t) = α max|W|/(g_max − g_min) mean over pairs of (g₊ − g₋),   α of the drift compensation
//! ```
//!
//! The laws are those of the inference models of aihwkit (Rasch et al., AICAS 2021), which fit published measurements.
//! Settings are in SI units, the laws in µS like the fits that they are taken from.
//!
//! A device keeps its normals: the one it was programmed with, and the one of its drift. So a trajectory over time
//! belongs to one device, where aihwkit's `apply_noise` draws a new device for every time.
//!
//! A device model is a file with its settings and its law. It is registered in [`ProgrammedModel`].
mod aged;
mod array;
pub mod config;
mod device;
mod devices;
mod event;
mod fit;
pub mod hermes;
mod law;
mod mapping;
mod model;
mod pcm_like;
mod phase_change;
mod power_law;
pub mod reram_cmo;
mod reram_wan2022;
pub mod state_independent;
#[cfg(test)]
mod tests;

pub use aged::AgedArray;
pub use array::ProgrammedArray;
pub use config::ProgrammedSynapses;
pub(crate) use devices::FrozenDevices;
pub use event::ProgrammingEvent;
pub use model::ProgrammedModel;
