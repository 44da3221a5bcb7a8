//! Tables (CSV, Parquet): a row for each sample, a column for each feature, and columns of targets.
use super::DataError;
use super::array::{Array, Elements, TYPES};
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::{ElementOrder, Extent};
use super::portion::Portion;
use super::raw::{RawSplits, RawValues, set_name};
use super::table_file::{self, Cells, MISSING, Table};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Tables: a row for each sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableConfig {
    /// Table of the training samples: CSV (`.csv`, `.tsv`; separated by commas, semicolons or tabs) or Parquet (`.parquet`).
    pub train: PathBuf,
    /// Table of the test samples; null with `data.test_split`.
    #[serde(default)]
    pub test: Option<PathBuf>,
    /// Table of a validation set of its own; null has none.
    #[serde(default)]
    pub validation: Option<PathBuf>,
    /// Column of the targets, or several of them, by name. Texts are names of classes.
    pub target: Columns,
    /// Columns of the inputs, in this order; null takes all others, in the order of the table.
    #[serde(default)]
    pub features: Option<Vec<String>>,
    /// Columns that are neither, such as the number of a sample.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Whether the first line of a CSV table has the names of its columns; else they are called 0, 1, 2, …
    #[serde(default = "yes")]
    pub header: bool,
    /// Layout of the features of a sample, last axis fastest, as [28, 28] of images; null takes them as a list.
    #[serde(default)]
    pub sample_shape: Option<Vec<Count>>,
    /// Number of classes; null takes one more than the largest label, or as many as there are names.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be the name of a column, or a list of names")]
pub enum Columns {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

fn yes() -> bool {
    true
}

impl Columns {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Reads all sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &TableConfig, base_dir: &Path, wanted: &Wanted) -> Result<RawSplits, DataError> {
    let set = |split: &str, file: &Path| -> Result<SetArrays<TableArray>, DataError> {
        let path = base_dir.join(file);
        let table = Rc::new(table_file::read(&path, config.header)?);
        let targets = places(&table, config.target.names())?;
        let inputs = match &config.features {
            Some(names) => places(&table, names)?,
            None => {
                let ignored = places(&table, &config.ignore)?;
                (0..table.columns.len()).filter(|k| !targets.contains(k) && !ignored.contains(k)).collect()
            }
        };
        let shape = sample_shape(config, &table, inputs.len())?;
        let inputs = TableArray { table: Rc::clone(&table), columns: inputs, shape: Some(shape) };
        let labels = TableArray { table, columns: targets, shape: None };
        Ok(SetArrays { name: set_name(&path, split), inputs, labels })
    };
    let train = set("train", &config.train)?;
    let test = config.test.as_ref().filter(|_| wanted.test_split.is_none());
    let test = test.map(|file| set("test", file)).transpose()?;
    let validation = config.validation.as_ref().map(|file| set("validation", file)).transpose()?;
    if config.features.is_none() {
        for other in test.iter().chain(&validation) {
            same_columns(&train.inputs, &other.inputs)?;
        }
    }
    let sets = Sets { train, test, validation };
    read_splits(sets, &Reading { axes: None, axes_key: "", classes: config.classes, fewest_classes: 0, wanted })
}

/// Where columns of these names are.
fn places(table: &Table, names: &[String]) -> Result<Vec<usize>, DataError> {
    let place = |name: &String| {
        table.columns.iter().position(|column| column.name == *name).ok_or_else(|| DataError::ArrayMissing {
            file: table.path.clone(),
            array: name.clone(),
            present: table.columns.iter().map(|column| column.name.clone()).collect(),
        })
    };
    names.iter().map(place).collect()
}

fn sample_shape(config: &TableConfig, table: &Table, features: usize) -> Result<Vec<u64>, DataError> {
    let wrong = |rule: String| DataError::Table { place: table.path.display().to_string(), rule };
    if features == 0 {
        return Err(wrong("has no column of inputs next to those of the targets".to_owned()));
    }
    let Some(shape) = &config.sample_shape else { return Ok(vec![features as u64]) };
    let lengths: Vec<u64> = shape.iter().map(|length| length.get() as u64).collect();
    if lengths.iter().product::<u64>() != features as u64 {
        return Err(wrong(format!(
            "has {features} columns of inputs, which do not fill data.source.table.sample_shape {lengths:?}"
        )));
    }
    Ok(lengths)
}

/// Columns that are taken because they are there must be the same ones.
fn same_columns(train: &TableArray, other: &TableArray) -> Result<(), DataError> {
    let names =
        |array: &TableArray| array.columns.iter().map(|&k| array.table.columns[k].name.clone()).collect::<Vec<_>>();
    let (own, others) = (names(train), names(other));
    let differing = (0..own.len().max(others.len())).find(|&k| own.get(k) != others.get(k));
    differing.map_or(Ok(()), |k| {
        let told = |names: &[String]| names.get(k).map_or("none".to_owned(), |name| format!("{name:?}"));
        let train = train.table.path.file_name().unwrap_or_default().display();
        let rule = format!(
            "column {} of the inputs is {}, but that of {train} is {}; name them in data.source.table.features",
            k + 1,
            told(&others),
            told(&own)
        );
        Err(DataError::Table { place: other.table.path.display().to_string(), rule })
    })
}

/// Columns of a table: the inputs, in the shape of a sample, or the targets.
struct TableArray {
    table: Rc<Table>,
    columns: Vec<usize>,
    shape: Option<Vec<u64>>,
}

impl Array for TableArray {
    fn place(&self) -> String {
        let path = self.table.path.display();
        match (&self.shape, &self.columns[..]) {
            (None, [one]) => format!("{path}: column {:?}", self.table.columns[*one].name),
            (None, _) => format!("{path}: columns of targets"),
            (Some(_), _) => path.to_string(),
        }
    }

    fn extent(&self) -> Extent {
        let rows = self.table.rows as u64;
        let lengths = match (&self.shape, self.columns.len()) {
            (Some(shape), _) => std::iter::once(rows).chain(shape.iter().copied()).collect(),
            (None, 1) => vec![rows],
            (None, columns) => vec![rows, columns as u64],
        };
        Extent { lengths, order: ElementOrder::LastAxisFastest }
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        let rows = portion.most as usize;
        let columns = self.columns.iter().map(|&k| self.numbers(k)).collect::<Result<Vec<_>, _>>()?;
        let is_whole = columns.iter().all(|column| column.iter().all(|x| x.fract() == 0.0));
        let values = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row] as f32)).collect();
        Ok(if is_whole { RawValues::integers(values) } else { RawValues::floats(values) })
    }

    fn labels(&mut self) -> Result<Elements, DataError> {
        if let [one] = self.columns[..]
            && let Cells::Texts(texts) = &self.table.columns[one].cells
        {
            // As in columns of numbers, what stands for a missing value is none.
            let known = |text: &String| if MISSING.contains(&text.as_str()) { String::new() } else { text.clone() };
            return Ok(Elements::Texts(texts.iter().map(known).collect()));
        }
        let columns = self.columns.iter().map(|&k| self.numbers(k)).collect::<Result<Vec<_>, _>>()?;
        let rows = 0..self.table.rows;
        Ok(Elements::Numbers(rows.flat_map(|row| columns.iter().map(move |column| column[row])).collect()))
    }
}

impl TableArray {
    fn numbers(&self, column: usize) -> Result<&[f64], DataError> {
        let own = &self.table.columns[column];
        match &own.cells {
            Cells::Numbers(numbers) => Ok(numbers),
            Cells::Texts(texts) => {
                let is_number = |text: &String| text.is_empty() || text.parse::<f64>().is_ok();
                let (row, text) = (0..).zip(texts).find(|(_, text)| !is_number(text)).unwrap_or((0, &texts[0]));
                let place = format!("{}: column {:?}", self.table.path.display(), own.name);
                let rule = format!(
                    "must hold numbers, got {text:?} of sample {row}; leave it out with data.source.table.ignore, or make numbers of it ({TYPES})"
                );
                Err(DataError::Table { place, rule })
            }
        }
    }
}
