//! Figures, from plain numbers and from files of results.
mod formats;
mod results;
mod run;
mod sheets;
