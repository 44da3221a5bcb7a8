//! The runs of a sweep. A sweep may have a million of them, so that each keeps only what is its own; the rest is shared, and told when it is asked for.
use super::axis::{AxisPoint, Coordinate};
use super::config::SeedKind;
use super::error::SweepError;
use crate::config::Edit;
use crate::random::Seeds;
use crate::vocabulary::seed;
use serde_json::json;
use std::sync::Arc;

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its number, from 0.
    pub index: usize,
    /// Where it is on the axes of the file.
    pub cell: Arc<Cell>,
    /// Its number among the replicates, from 0.
    pub replicate: usize,
    /// Its seeds.
    pub seeds: Seeds,
}

/// What the replicates at one place of the axes have in common.
#[derive(Debug, PartialEq)]
pub struct Cell {
    /// Names of the axes of the file.
    pub(super) axes: Arc<[String]>,
    /// The place on each of them.
    pub(super) places: Vec<Arc<AxisPoint>>,
    /// The seeds in which replicates differ.
    pub(super) varied: Arc<[SeedKind]>,
}

impl Point {
    /// What it is called in messages.
    pub fn name(&self) -> String {
        let named = self.cell.axes.iter().zip(self.coordinates()).map(|(axis, c)| format!("{axis} = {c}"));
        named.chain([format!("replicate {}", self.replicate + 1)]).collect::<Vec<_>>().join(", ")
    }

    /// Its coordinate along every axis of the file.
    pub fn coordinates(&self) -> impl Iterator<Item = &Coordinate> {
        self.cell.places.iter().map(|place| &place.coordinate)
    }

    /// Settings in which it differs from the base.
    pub fn edits(&self) -> Vec<Edit> {
        let mut edits = self.cell.edits().expect("a plan has only right keys");
        let mut seeds = self.seeds;
        for kind in SeedKind::ALL.into_iter().filter(|kind| self.cell.varied.contains(kind)) {
            let own = Edit::new(&seed_key(kind), json!(*kind.of(&mut seeds)));
            edits.push(own.expect("the name of a seed is a key"));
        }
        edits
    }
}

impl Cell {
    /// Settings of all of its points.
    ///
    /// # Errors
    /// If a key is none.
    pub(super) fn edits(&self) -> Result<Vec<Edit>, SweepError> {
        let settings = self.places.iter().flat_map(|place| &place.settings);
        Ok(settings.map(|(key, value)| Edit::new(&self.inserted(key), value.clone())).collect::<Result<_, _>>()?)
    }

    /// A key with `{AXIS}` replaced by what the place on that axis inserts.
    fn inserted(&self, key: &str) -> String {
        let inserts =
            self.axes.iter().zip(&self.places).filter_map(|(name, place)| Some((name, place.insert.as_ref()?)));
        inserts.fold(key.to_owned(), |key, (name, insert)| key.replace(&format!("{{{name}}}"), insert))
    }
}

/// The setting of a seed.
pub(super) fn seed_key(kind: SeedKind) -> String {
    format!("{}.{}", seed::SETTINGS, kind.name())
}
