//! Files that runs leave, as this library, Python and other programs read them.
mod damage;
mod export;
mod faults;
mod hostile;
mod nir;
mod python;
mod seals;
mod traces;
