//! dyadsim simulates neuromorphic analog hardware that learns: networks of *dyads*, neurons with two oppositely
//! nudged compartments s⁺ and s⁻ whose weighted mean carries activity forward and whose difference carries the
//! error back (dual propagation; Høier, Staudt & Zach, ICML 2023 and ICML 2024).
//!
//! A program that uses the crate begins with [`prelude`]; `examples/` has four of less than a page.
//!
//! # Data flow
//!
//! ```text
//! experiments/x.json ─┐                 ┌─ data ───── mini-batches ──────┐
//! hw_models/y.json ───┼─ config ─┬──────┤                                ├─ run ── recorder ── journal ─┐
//! --set key=value ────┘ (strict, │      └─ network ─ credit ─ learning ──┘   │                          ├─ trace.h5
//!                     explained) └─ substrate ──────── rule      update      ├─ checkpoint.h5 (--resume)│
//!                                   (ideal or a die)                         └─ measure ────────────────┘── figure
//! ```
//!
//! One training step: the inputs and targets of a mini-batch enter, the [`credit`] rule hands its units to the engine of
//! [`relax`], which updates the populations of the [`network`] in the order of the [`relax::schedule`]. Every update reads the
//! arrays through the [`crossbar`] and applies the one step of [`dynamics`], on ideal hardware or with the circuits of a
//! die ([`substrate`]). What is left gives each synapse its local gradient ([`credit::gradient`]), and [`learning`] turns that
//! into new weights. In a stream ([`relax::stream`]) the same updates go on without a reset, and synapses write whenever
//! they are due. A lifted network ([`credit::lifted`]) is a credit rule whose inference searches the minimum of an energy.
//! Synapses that hold only a few levels stand between the gradient and the weights: a rule ([`learning::rules`]) moves
//! latent values or counters, the devices ([`synapse`]) are set to the levels that follow, and the network computes with
//! what they then hold. `ARCHITECTURE.md` has this on one page, with where to add what.
//!
//! A sweep ([`sweep`]) is the same data flow many times: its plan holds every run as a pure function of its settings, so
//! that any process may make any of them, and its result is the same bytes whichever has made which.
//!
//! # Module map (a module uses only those above it)
//!
//! | module | holds | uses |
//! |---|---|---|
//! | [`vocabulary`] | names, phrases, units, directions, formats and statuses, each of them once | – |
//! | [`math`] | exp, ln, tanh and their relatives, with the same bits on every system | – |
//! | [`parameter`] | numbers with a range, that cannot be built outside it | – |
//! | [`random`] | streams of random numbers keyed by (seed, purpose, indices) | math |
//! | [`storage`] | files that appear whole or not at all, and their checksums | – |
//! | [`persist`] | state that outlives the process: one traversal for saving and loading | – |
//! | [`linalg`] | matrices with padded columns, products on tiles, spectral norms | random, persist |
//! | [`device`] | what varies from device to device and in time: mismatch, noise, keys of the noise | vocabulary, math, parameter, random |
//! | [`map`] | linear maps: how a projection uses the matrix of its array | parameter, random, linalg |
//! | [`crossbar`] | arrays of synapses as they are read: converters, noise, the one analog product | parameter, random, persist, linalg, device, map |
//! | [`synapse`] | synapses as devices: levels, conductances, pulsed devices, writes and their counts | vocabulary, math, parameter, random, persist, linalg, device |
//! | [`network`] | populations of dyads and the projections between them | vocabulary, parameter, random, persist, linalg, device, map |
//! | [`costs`] | what operations of a chip cost, and how many there were | parameter, crossbar, map, network |
//! | [`dynamics`] | what one dyad does: activation, loss, step, nudge of the outputs | math, parameter, persist, linalg, map, network |
//! | [`substrate`] | the hardware of a network and what its circuits keep: ideal, or a die | vocabulary, math, parameter, random, persist, linalg, device, map, crossbar, network, dynamics |
//! | [`relax`] | the engine: order of the updates, cache, stream | vocabulary, math, parameter, random, persist, linalg, device, map, network, costs, dynamics, substrate |
//! | [`credit`] | credit rules: dual propagation, damped, backprop, lifted; local gradients | math, parameter, random, linalg, device, map, crossbar, network, dynamics, substrate, relax |
//! | [`learning`] | optimizers, rate schedules, rules of few-level synapses, adversarial inputs, the weight update | math, parameter, random, persist, linalg, device, synapse, network, costs, dynamics, substrate, relax, credit |
//! | [`robustness`] | a network as a function: Lipschitz constants, certified radii, attacks | math, parameter, random, linalg, device, map, network, dynamics, relax, credit |
//! | [`data`] | built-in digits, IDX, CIFAR, ImageNet, NumPy, HDF5; download; split, batches, augmented images | math, parameter, random |
//! | [`config`] | experiment and hardware files: strict reading, `--set`, explanation; the models that ship | parameter, random, device, map, crossbar, synapse, network, costs, dynamics, substrate, relax, credit, learning, robustness, data |
//! | [`fit`] | device models fitted to measured pulse curves | parameter, synapse, config |
//! | [`trace`] | the HDF5 files: netCDF-4 dimension scales, journal, recorder, reader | vocabulary, storage, persist |
//! | [`results`] | the one reader of what runs, sweeps and measurements of robustness leave | vocabulary, trace |
//! | [`measure`] | what is measured during a run: a trait, one file for each measurement, the list of them | vocabulary, math, parameter, random, persist, linalg, device, synapse, network, costs, dynamics, substrate, relax, credit, learning, robustness, data, config |
//! | [`run`] | the training loop, checkpoints, divergence | vocabulary, parameter, storage, persist, linalg, device, map, synapse, network, costs, dynamics, substrate, relax, credit, learning, robustness, data, config, trace, results, measure |
//! | [`sweep`] | many runs: axes, plan, shards, Slurm, results as arrays, noise budgets | vocabulary, math, parameter, random, storage, linalg, data, config, trace, measure, run |
//! | [`verify`] | conformance with reference cases of the authors' code and of aihwkit | parameter, random, linalg, device, map, crossbar, synapse, network, dynamics, substrate, relax, credit, config |
//! | [`export`] | csv, npz, parquet and nir of traces and sweeps | vocabulary, storage, config, trace, results |
//! | [`figure`] | drawings: page of a run, lines with bands, heat maps, bars; SVG, PNG, PDF | storage |
//! | [`plot`] | which figure for which file, from traces, results of sweeps and fits | vocabulary, synapse, fit, trace, results, figure |
//! | [`report`] | one self-contained HTML page of a run or a sweep | vocabulary, storage, config, trace, results |
//! | [`prelude`] | what a program that uses the crate begins with | parameter, random, linalg, map, network, dynamics, substrate, relax, credit, learning, data, config, trace, results, measure, run |
//! | [`error`] | whatever can stop a command | network, data, config, fit, trace, results, run, sweep, export, plot, report |
//! | [`cli`] | commands of the program `dyad` | vocabulary, parameter, storage, linalg, map, synapse, network, costs, robustness, data, config, fit, trace, results, measure, run, sweep, verify, export, figure, plot, report, error |
//!
//! `tests/it/architecture` holds the program text to this table, and sees that files do not use each other in circles.
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

pub mod cli;
pub mod config;
pub mod costs;
pub mod credit;
pub mod crossbar;
pub mod data;
pub mod device;
pub mod dynamics;
pub mod error;
pub mod export;
pub mod figure;
pub mod fit;
pub mod learning;
pub mod linalg;
pub mod map;
pub mod math;
pub mod measure;
pub mod network;
pub mod parameter;
pub mod persist;
pub mod plot;
pub mod prelude;
pub mod random;
pub mod relax;
pub mod report;
pub mod results;
pub mod robustness;
pub mod run;
pub mod storage;
pub mod substrate;
pub mod sweep;
pub mod synapse;
pub mod trace;
pub mod verify;
pub mod vocabulary;
