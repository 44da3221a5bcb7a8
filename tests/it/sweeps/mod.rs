//! Sweeps on this machine and on Slurm.
mod local;
mod plan;
mod slurm;
