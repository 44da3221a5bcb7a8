//! Numbers of other people's code: the authors' own, and aihwkit's.
mod golden;
mod peer_mvm;
mod peer_pulses;
mod streams;
