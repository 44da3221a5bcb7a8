//! Figures, from plain numbers and from files of results.
mod results;
mod run;
mod sheets;
