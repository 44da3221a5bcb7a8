//! A file of one array or one table, which is no data set by itself, for people who want to look.
use super::DataError;
use super::array::{Array, Elements};
use super::idx_file::IdxArray;
use super::moments::Moments;
use super::npy_array::NpyArray;
use super::table_file::{self, Cells};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What such a file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum LoneFile {
    /// An array, with the lengths of its axes.
    Array {
        /// Lengths, last axis fastest.
        shape: Vec<u64>,
        /// Its elements.
        values: ValueSummary,
    },
    /// A table.
    Table {
        /// Rows without the header.
        rows: usize,
        /// Names and values of the columns, in the order of the file.
        columns: Vec<(String, ValueSummary)>,
    },
}

/// What an array or a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueSummary {
    /// Numbers, and whether all that are there are whole.
    Numbers(Moments, bool),
    /// Texts, each with how often it is there, the most frequent first.
    Texts(Vec<(String, usize)>),
}

impl LoneFile {
    /// Looks at a table (.csv, .tsv, .parquet) with a header, an array (.npy) or an IDX file; `None` if the name is that of none.
    ///
    /// # Errors
    /// [`DataError`] if the file cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, DataError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
        let bare = name.trim_end_matches(".gz");
        let is = |endings: &[&str]| endings.iter().any(|ending| bare.ends_with(ending));
        if is(&[".csv", ".tsv", ".parquet"]) {
            let table = table_file::read(path, true)?;
            let columns = table.columns.into_iter().map(|column| {
                let values = match column.cells {
                    Cells::Numbers(numbers) => ValueSummary::of_numbers(&numbers),
                    Cells::Texts(texts) => ValueSummary::of_texts(&texts),
                };
                (column.name, values)
            });
            Ok(Some(Self::Table { rows: table.rows, columns: columns.collect() }))
        } else if is(&[".npy"]) {
            Self::of_array(NpyArray::alone(path)?).map(Some)
        } else if is(&[".idx"]) || ["ubyte", "-idx"].iter().any(|part| bare.contains(part)) {
            Self::of_array(IdxArray::open(path)?).map(Some)
        } else {
            Ok(None)
        }
    }

    fn of_array(mut array: impl Array) -> Result<Self, DataError> {
        let shape = array.extent().lengths;
        let values = match array.labels()? {
            Elements::Numbers(numbers) => ValueSummary::of_numbers(&numbers),
            Elements::Texts(texts) => ValueSummary::of_texts(&texts),
        };
        Ok(Self::Array { shape, values })
    }
}

impl ValueSummary {
    fn of_numbers(numbers: &[f64]) -> Self {
        let whole = numbers.iter().filter(|x| x.is_finite()).all(|x| x.fract() == 0.0);
        Self::Numbers(Moments::of(numbers.iter().copied()), whole)
    }

    fn of_texts(texts: &[String]) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        texts.iter().for_each(|text| *counts.entry(text).or_default() += 1);
        let mut counts: Vec<(String, usize)> =
            counts.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Self::Texts(counts)
    }
}

impl fmt::Display for ValueSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More texts would bury the others.
        const MOST: usize = 10;
        match self {
            Self::Numbers(Moments { range, mean, std, missing }, whole) => {
                f.write_str(if *whole { "whole numbers" } else { "numbers" })?;
                if let Some([low, high]) = range {
                    write!(f, " from {low} to {high}, mean {mean:.4}, s.d. {std:.4}")?;
                }
                if *missing > 0 {
                    write!(f, ", {missing} missing or infinite")?;
                }
                Ok(())
            }
            Self::Texts(texts) => {
                let named: Vec<String> =
                    texts.iter().take(MOST).map(|(text, count)| format!("{text:?} {count}")).collect();
                let rest = if texts.len() > MOST { ", …" } else { "" };
                write!(f, "{} different texts: {}{rest}", texts.len(), named.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Option<LoneFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        LoneFile::read(&path).unwrap()
    }

    #[test]
    fn a_table_is_told_column_by_column() {
        let found = read("iris.csv", b"width,kind\n1.5,a\n,b\n2.5,a\n").unwrap();
        let LoneFile::Table { rows: 3, columns } = found else { panic!("{found:?}") };
        let told: Vec<String> = columns.iter().map(|(name, values)| format!("{name}: {values}")).collect();
        assert_eq!(
            told,
            [
                "width: numbers from 1.5 to 2.5, mean 2.0000, s.d. 0.5000, 1 missing or infinite",
                "kind: 2 different texts: \"a\" 2, \"b\" 1"
            ]
        );
    }

    #[test]
    fn arrays_are_told_with_their_shape() {
        let idx = [&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2][..], &[1, 2, 3, 6]].concat();
        let moments = Moments { range: Some([1.0, 6.0]), mean: 3.0, std: 3.5_f64.sqrt(), missing: 0 };
        let expected = LoneFile::Array { shape: vec![2, 2], values: ValueSummary::Numbers(moments, true) };
        assert_eq!(read("t10k-labels-idx2-ubyte", &idx), Some(expected.clone()));
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }                     \n";
        let npy = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &[1, 2, 3, 6]];
        assert_eq!(read("x.npy", &npy.concat()), Some(expected));
        assert_eq!(read("x.bin", &idx), None);
    }
}
