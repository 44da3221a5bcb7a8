//! dyadsim simulates neuromorphic analog hardware that learns: networks of *dyads*, neurons with two oppositely
//! nudged compartments s⁺ and s⁻ whose weighted mean carries activity forward and whose difference carries the
//! error back (dual propagation; Høier & Zach, ICML 2023 and ICML 2024).
//!
//! # Data flow
//!
//! ```text
//! experiments/x.json ─┐                 ┌─ data ──── mini-batches ─┐
//! hw_models/y.json ───┼─ config ─┬──────┤                          ├─ run ── recorder ── journal ─┐
//! --set key=value ────┘ (strict, │      └─ network ─ learning ─────┘   │                          ├─ trace.h5
//!                     explained) └─ analog ──┘ inference  update       ├─ checkpoint.h5 (--resume)│
//!                                   (the chip)                         └─ metrics ────────────────┘── figure
//! ```
//!
//! One training step: the batch's inputs and targets enter, [`network::inference`] visits the layers in the order
//! of the [`network::schedule`], every visit applies the one unit step of [`mod@network::unit`], the states that are
//! left give each synapse its local gradient ([`network::gradient`]), and [`learning`] turns that into new weights.
//! On hardware that is not ideal the unit step is that of [`mod@network::analog_unit`]: drives are read through the arrays'
//! converters, units differ and are noisy, and a layer that has moved sends through its converters. In a stream
//! ([`network::stream`]) the same steps go on without a reset, and synapses write whenever they are due.
//! A lifted network ([`network::lifted`]) comes in by the same doors: its inference searches the minimum of an energy, on a chip
//! by the same unit step, and hands [`learning`] the same products of what both ends of a synapse hold.
//! Synapses that hold only a few levels stand between the gradient and the weights: a rule ([`learning::rules`]) moves
//! latent values or counters, the devices ([`synapse`]) are told the levels that follow, and the network computes with
//! what they then hold.
//!
//! A sweep ([`sweep`]) is the same data flow many times: its plan holds every run as a pure function of its settings, so
//! that any process may make any of them, and its result is the same bytes whoever has made which.
//!
//! # Module map (a module uses only those above it)
//!
//! | module | holds | uses |
//! |---|---|---|
//! | [`parameter`] | numbers with a range, that cannot be built outside it | – |
//! | [`random`] | streams of random numbers keyed by (seed, purpose, indices) | – |
//! | [`linalg`] | matrices with padded columns, products on tiles, spectral norms | random |
//! | [`analog`] | devices: mismatch, noise, converters, array periphery, learning circuit; the chip they make up | linalg, random, parameter |
//! | [`synapse`] | synapses as devices: levels, conductances, pulsed devices, writes and their counts | analog, linalg, random, parameter |
//! | [`network`] | the equations: activation, loss, credit rule, unit step, schedule, stream, inference, gradients | analog, linalg, random, parameter |
//! | [`learning`] | optimizers, rate schedules, rules of few-level synapses, adversarial inputs, the weight update | network, synapse |
//! | [`robustness`] | a network as a function: Lipschitz constants, certified radii, attacks | network, analog, linalg, random, parameter |
//! | [`data`] | built-in digits, IDX, CIFAR, NumPy, HDF5; download; split and batches | random, parameter |
//! | [`config`] | experiment and hardware files: strict reading, `--set`, explanation; the models that ship | data, learning, robustness (only its settings), network, synapse, analog |
//! | [`trace`] | the HDF5 files: netCDF-4 dimension scales, journal, recorder, reader | – (only `hdf5`) |
//! | [`run`] | the training loop, measurements, checkpoints, divergence | all above |
//! | [`sweep`] | many runs: axes, plan, shards, Slurm, results as arrays, noise budgets | run, config, data, trace |
//! | [`verify`] | conformance with reference cases of the authors' code and of aihwkit | config, network, synapse, analog |
//! | [`export`] | csv, npz, parquet and nir of traces and sweeps | config (only its suggestions), trace |
//! | [`figure`] | drawings: page of a run, lines with bands, heat maps, bars | – (only `plotters`) |
//! | [`plot`] | which figure for which file, from traces and results of sweeps | figure, trace |
//! | [`report`] | one self-contained HTML page of a run or a sweep | config, trace |
//! | [`error`] | whatever can stop a command | config, data, export, network, plot, report, run, sweep, trace |
//! | [`cli`] | commands of the program `dyad` | all above |
//!
//! `tests/architecture.rs` holds the program text to this table.
//!
//! # Conventions
//!
//! - A state matrix is (unit × sample), column-major: one sample's units are contiguous, which HDF5's row-major
//!   order reads as (sample, unit). Weights are (post × pre), y = W x.
//! - Layers are counted from 1 (first hidden) to L (output) as in the papers; layer 0 is the input. In Rust arrays
//!   layer k stands at index k − 1.
//! - Names carry SI unit suffixes (`tau_s`, `dt_s`) unless the quantity is dimensionless.
//! - All arithmetic of the simulation is `f32`; sums that are reported are `f64`.
//! - Results depend on the experiment alone: not on the number of threads, on what is recorded, or on where a run
//!   was interrupted. Work is cut into tiles whose shape depends only on the network and the batch.
#![warn(missing_docs)]

pub mod analog;
pub mod cli;
pub mod config;
pub mod data;
pub mod error;
pub mod export;
pub mod figure;
pub mod learning;
pub mod linalg;
pub mod network;
pub mod parameter;
pub mod plot;
pub mod random;
pub mod report;
pub mod robustness;
pub mod run;
pub mod sweep;
pub mod synapse;
pub mod trace;
pub mod verify;
