//! From a sweep file to its points.
use super::axis::{AxisConfig, AxisPoint, Coordinate, Scale};
use super::config::{SeedKind, SweepConfig};
use super::error::SweepError;
use super::point::{Cell, Point, seed_key};
use super::sampling::places;
use crate::config::strict::read_from;
use crate::config::{Edit, Setup, SourceFiles};
use crate::random::{Purpose, Seeds, key};
use crate::vocabulary::axis::{DRAWN_SAMPLE, REPLICATE, role};
use crate::vocabulary::seed;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More points than these are a mistake.
const MOST_POINTS: usize = 1_000_000;
/// `--set` keys that begin so are keys of the sweep file.
const SWEEP: &str = "sweep";
/// The setting by which points begin with a trained network.
const INITIAL_WEIGHTS: &str = "network.initial_weights";

/// Places on axes. Points share them: their settings may be long.
type Places = Vec<Arc<AxisPoint>>;

/// A sweep, ready to be made.
#[derive(Debug)]
pub struct Plan {
    /// The sweep file, defaults filled in.
    pub config: SweepConfig,
    /// The same as JSON.
    pub effective: Value,
    /// The axes of the result but for the replicates: those of the file, or the one of the samples.
    pub axes: Vec<ResultAxis>,
    /// What was drawn for every sample.
    pub drawn: Vec<ResultAxis>,
    /// The replicates, always the last axis.
    pub replicates: ResultAxis,
    /// All runs, in row-major order of the axes.
    pub points: Vec<Point>,
    /// The base with the settings of all points.
    pub base: Setup,
    /// Texts of all files that settings come from.
    pub files: SourceFiles,
    /// Where the base is.
    base_file: PathBuf,
    /// Settings of all points.
    common: Vec<Edit>,
}

/// An axis of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultAxis {
    /// Its name.
    pub name: String,
    /// One phrase for people.
    pub long_name: String,
    /// Unit.
    pub units: String,
    /// How it is drawn.
    pub scale: Scale,
    /// What it is for: `grid`, `sample`, `drawn` or `replicate`.
    pub role: &'static str,
    /// The settings it moves.
    pub keys: Vec<String>,
    /// Its coordinates.
    pub coordinates: Vec<Coordinate>,
}

impl Plan {
    /// Reads a sweep file. An edit of `sweep.KEY` changes the file itself, any other the settings of all points.
    ///
    /// # Errors
    /// If the file or its base is invalid. Points are not looked at yet, see [`super::check`].
    pub fn read(files: SourceFiles, file: &Path, edits: &[Edit]) -> Result<Self, SweepError> {
        let own: Vec<Edit> = edits.iter().filter_map(|edit| edit.inside(SWEEP)).collect();
        let given = edits.iter().filter(|edit| edit.inside(SWEEP).is_none());
        let loaded = read_from::<SweepConfig>(&files, file, &own)?;
        let config = loaded.value;
        // The command line has the last word on what the file sets for all points.
        let mut common = edits_of(&config.set.0)?;
        let given: Vec<Edit> = given.cloned().collect();
        common.retain(|edit| !given.iter().any(|other| other.path.holds(&edit.path)));
        common.extend(given);
        let base_file = file.parent().unwrap_or(Path::new("")).join(&config.base);
        let base = Setup::load_from(&files, &base_file, &common)?;
        let cells = cells(&config, file)?;
        let points = points(&config, &cells, base.experiment.seeds)?;
        let (axes, drawn) = result_axes(&config, &cells);
        let replicates = replicates(&config, base.experiment.seeds);
        let effective = loaded.effective;
        Ok(Self { config, effective, axes, drawn, replicates, points, base, files, base_file, common })
    }

    /// The settings of a point; `trained` is the trace of the network that all points begin with.
    ///
    /// # Errors
    /// If they are invalid.
    pub fn setup(&self, point: &Point, trained: Option<&Path>) -> Result<Setup, SweepError> {
        let mut edits = self.common.clone();
        // The seeds of a replicate begin with those that are set for all points.
        edits.retain(|edit| !self.varies_seed(edit));
        edits.extend(point.edits());
        if let Some(trace) = trained.filter(|_| !edits.iter().any(sets_initial_weights)) {
            edits.push(Edit::new(INITIAL_WEIGHTS, json!({ "trace": trace }))?);
        }
        Ok(Setup::load_from(&self.files, &self.base_file, &edits)?)
    }

    /// The points that differ by their seeds alone, together: replicates, and the places of axes that vary nothing but seeds, as a
    /// population of chips does. Each group has a name without them; groups stand in the order of their first points.
    pub fn populations(&self) -> Vec<(String, Vec<&Point>)> {
        let seeds = format!("{}.", seed::SETTINGS);
        let is_kept = |axis: &AxisConfig| axis.keys.is_empty() || !axis.keys.iter().all(|key| key.starts_with(&seeds));
        let mut groups: Vec<(String, Vec<&Point>)> = vec![];
        let mut places = std::collections::HashMap::new();
        for point in &self.points {
            let named = self.config.axes.iter().zip(point.coordinates()).filter(|(axis, _)| is_kept(axis));
            let name = named.map(|(axis, c)| format!("{} = {c}", axis.name)).collect::<Vec<_>>().join(", ");
            let place = *places.entry(name.clone()).or_insert_with(|| {
                groups.push((name, vec![]));
                groups.len() - 1
            });
            groups[place].1.push(point);
        }
        groups
    }

    fn varies_seed(&self, edit: &Edit) -> bool {
        let key = edit.path.to_string();
        key.strip_prefix("seeds.")
            .is_some_and(|seed| self.config.replicates.vary.iter().any(|kind| kind.name() == seed))
    }

    /// The settings of the network that all points begin with, if there is one.
    ///
    /// # Errors
    /// If they are invalid.
    pub fn trained_setup(&self) -> Result<Option<Setup>, SweepError> {
        let Some(trained) = &self.config.trained else { return Ok(None) };
        let own = edits_of(&trained.set.0)?;
        let mut edits = self.common.clone();
        edits.retain(|edit| !own.iter().any(|other| other.path.holds(&edit.path)));
        edits.extend(own);
        Ok(Some(Setup::load_from(&self.files, &self.base_file, &edits)?))
    }

    /// Lengths of the axes of the result, replicates last.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().chain([&self.replicates]).map(|axis| axis.coordinates.len()).collect()
    }
}

fn sets_initial_weights(edit: &Edit) -> bool {
    edit.path.to_string().starts_with(INITIAL_WEIGHTS)
}

fn edits_of(settings: &serde_json::Map<String, Value>) -> Result<Vec<Edit>, SweepError> {
    Ok(settings.iter().map(|(key, value)| Edit::new(key, value.clone())).collect::<Result<_, _>>()?)
}

/// The points of the axes, without replicates.
fn cells(config: &SweepConfig, file: &Path) -> Result<Vec<Places>, SweepError> {
    let replicates = config.replicates.count.get();
    if let Some(places) = places(config.sampling, config.axes.len()) {
        check_number(places.len() as u128 * replicates as u128, file)?;
        let at =
            |place: Vec<f64>| config.axes.iter().zip(place).map(|(axis, place)| Arc::new(axis.at(place))).collect();
        return Ok(places.into_iter().map(at).collect());
    }
    let lists: Vec<Places> = config.axes.iter().map(along).collect();
    check_number(lists.iter().map(|list| list.len() as u128).product::<u128>() * replicates as u128, file)?;
    let mut cells: Vec<Places> = vec![vec![]];
    for list in &lists {
        let extended = |cell: &Places, point: &Arc<AxisPoint>| {
            let mut cell = cell.clone();
            cell.push(point.clone());
            cell
        };
        cells = cells.iter().flat_map(|cell| list.iter().map(move |point| extended(cell, point))).collect();
    }
    Ok(cells)
}

/// The places along an axis.
fn along(axis: &AxisConfig) -> Places {
    axis.points().into_iter().map(Arc::new).collect()
}

fn check_number(points: u128, file: &Path) -> Result<(), SweepError> {
    if points > MOST_POINTS as u128 {
        return Err(SweepError::TooManyPoints { file: file.to_owned(), points, most: MOST_POINTS });
    }
    Ok(())
}

fn points(config: &SweepConfig, cells: &[Places], base: Seeds) -> Result<Vec<Point>, SweepError> {
    let axes: Arc<[String]> = config.axes.iter().map(|axis| axis.name.clone()).collect();
    let varied: Arc<[SeedKind]> = config.replicates.vary.clone().into();
    let mut points = vec![];
    for (number, places) in cells.iter().enumerate() {
        let cell = Arc::new(Cell { axes: axes.clone(), places: places.clone(), varied: varied.clone() });
        let edits = cell.edits()?;
        let given = |kind| edits.iter().find(|edit| edit.path.to_string() == seed_key(kind))?.value.as_u64();
        let given = SeedKind::ALL.map(|kind| (kind, given(kind)));
        for replicate in 0..config.replicates.count.get() {
            let mut seeds = base;
            for (kind, given) in given {
                let seed = kind.of(&mut seeds);
                *seed = match varied.contains(&kind) {
                    true => replicate_seed(config, *seed, number, replicate, kind),
                    false => given.unwrap_or(*seed),
                };
            }
            points.push(Point { index: points.len(), cell: cell.clone(), replicate, seeds });
        }
    }
    Ok(points)
}

/// The seed of a replicate: that of the base and the following ones, or one of its own.
fn replicate_seed(config: &SweepConfig, base: u64, cell: usize, replicate: usize, kind: SeedKind) -> u64 {
    if config.replicates.common_random_numbers {
        return base.wrapping_add(replicate as u64);
    }
    // Every program reads whole numbers of 53 bits exactly.
    key(base, Purpose::SweepSeeds, &[cell as u64, replicate as u64, kind as u64]) >> 11
}

/// The axes of the result, and what was drawn along the samples.
fn result_axes(config: &SweepConfig, cells: &[Places]) -> (Vec<ResultAxis>, Vec<ResultAxis>) {
    let axis = |axis: &AxisConfig, role, points: &[Arc<AxisPoint>]| {
        let own = points.iter().flat_map(|point| point.settings.iter().map(|(key, _)| key.clone()));
        let mut keys: Vec<String> = vec![];
        own.for_each(|key| {
            if !keys.contains(&key) {
                keys.push(key)
            }
        });
        ResultAxis {
            name: axis.name.clone(),
            long_name: axis.long_name.clone().unwrap_or_else(|| axis.name.clone()),
            units: axis.units.clone().unwrap_or_else(|| "1".to_owned()),
            scale: axis.scale(),
            role,
            keys,
            coordinates: points.iter().map(|point| point.coordinate.clone()).collect(),
        }
    };
    if config.sampling.draws().is_none() {
        return (config.axes.iter().map(|a| axis(a, role::GRID, &along(a))).collect(), vec![]);
    }
    let column = |i: usize| cells.iter().map(|cell| cell[i].clone()).collect::<Places>();
    let drawn = config.axes.iter().enumerate().map(|(i, a)| axis(a, role::DRAWN, &column(i))).collect();
    let sample = ResultAxis {
        name: DRAWN_SAMPLE.name.to_owned(),
        long_name: DRAWN_SAMPLE.long_name.to_owned(),
        units: DRAWN_SAMPLE.units.to_owned(),
        scale: Scale::Linear,
        role: role::SAMPLE,
        keys: vec![],
        coordinates: (0..cells.len()).map(|i| Coordinate::Number(i as f64)).collect(),
    };
    (vec![sample], drawn)
}

fn replicates(config: &SweepConfig, mut seeds: Seeds) -> ResultAxis {
    let vary = &config.replicates.vary;
    let names: Vec<&str> = vary.iter().map(|kind| kind.name()).collect();
    // With common random numbers an axis over seeds can show them, if they all begin alike.
    let first = vary.first().filter(|_| config.replicates.common_random_numbers).map(|kind| *kind.of(&mut seeds));
    let what = if names.is_empty() { "nothing varies".to_owned() } else { format!("seeds of {}", names.join(", ")) };
    ResultAxis {
        name: REPLICATE.name.to_owned(),
        long_name: format!("{}: {what}", REPLICATE.long_name),
        units: REPLICATE.units.to_owned(),
        scale: Scale::Category,
        role: role::REPLICATE,
        keys: names.iter().map(|name| format!("{}.{name}", seed::SETTINGS)).collect(),
        coordinates: (0..config.replicates.count.get() as u64)
            .map(|i| Coordinate::Number((first.unwrap_or(1) + i) as f64))
            .collect(),
    }
}
