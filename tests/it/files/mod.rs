//! Files that runs leave, as this library, Python and other programs read them.
mod damage;
mod export;
mod nir;
mod python;
mod traces;
