//! Sweeps on this machine and on Slurm.
mod local;
mod slurm;
