//! Writing a trace.
use super::chunk::LEVEL;
use super::dimension_scale::{attach_scale, set_scale, write_chunk};
use super::error::TraceError;
use super::layout::{Axis, Coordinate, Element, Group, Row, StreamGroup, Variable, find};
use super::output::Output;
use crate::vocabulary::Term;
use crate::vocabulary::metric;
use crate::vocabulary::place::attribute::{
    BETTER, COORDINATES, FLAG_MEANINGS, FLAG_VALUES, FORMAT, LABEL, LONG_NAME, UNITS,
};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, Extent, H5Type, Location};
use std::path::Path;

/// Variables of at least this many numbers are chunked and compressed.
const COMPRESSED_FROM: usize = 4096;
/// Numbers of a chunk of such a variable, about.
const CHUNK_NUMBERS: usize = 1 << 18;

/// A trace being written. Dropped before [`TraceFile::finish`], it leaves no file under the final name.
#[derive(Debug)]
pub struct TraceFile {
    output: Output,
}

impl TraceFile {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<Self, TraceError> {
        Ok(Self { output: Output::create(path)? })
    }

    /// Puts the finished file on disk under its final name, with a checksum over all of it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> Result<(), TraceError> {
        self.output.finish(None)
    }

    /// A text attribute of the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn text_attribute(&mut self, name: &str, text: &str) -> Result<(), TraceError> {
        self.output.checked(name, put_text(self.output.file(), name, text))
    }

    /// A whole-number attribute of the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn integer_attribute(&mut self, name: &str, number: u64) -> Result<(), TraceError> {
        self.output.checked(name, put_number(self.output.file(), name, &number))
    }

    /// A yes-or-no attribute of the file, as 0 or 1.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flag_attribute(&mut self, name: &str, yes: bool) -> Result<(), TraceError> {
        self.output.checked(name, put_number(self.output.file(), name, &i8::from(yes)))
    }

    /// Writes a group with the numbers of its variables, in order.
    ///
    /// # Errors
    /// If numbers do not fill their axes, or the file cannot be written.
    pub fn write_group(&mut self, group: &Group, values: &[Row]) -> Result<(), TraceError> {
        if values.len() != group.variables.len() {
            let (found, needed) = (values.len(), group.variables.len());
            return Err(TraceError::Variables { group: group.path.clone(), found, needed });
        }
        let scales = self.create_axes(&group.path, &group.axes)?;
        for (variable, numbers) in group.variables.iter().zip(values) {
            let object = format!("{}/{}", group.path, variable.name);
            let shape: Vec<usize> = variable.axes.iter().map(|name| find(&group.axes, name).coordinate.len()).collect();
            let needed = shape.iter().product();
            numbers.check(&group.path, variable, needed)?;
            let dataset = self.output.checked(&object, self.create_static(&object, numbers, &shape))?;
            self.describe(&dataset, &object, variable, &group.axes, &scales)?;
            self.name_coordinates(&dataset, &object, &variable.next_to_its_axes(group.variables.iter()))?;
        }
        Ok(())
    }

    /// Tells readers which variables are coordinates next to the axes of this one.
    fn name_coordinates(&self, dataset: &Dataset, object: &str, names: &[&str]) -> Result<(), TraceError> {
        if names.is_empty() {
            return Ok(());
        }
        self.output.checked(object, put_text(dataset, COORDINATES, &names.join(" ")))
    }

    fn create_static(&self, object: &str, numbers: &Row, shape: &[usize]) -> hdf5::Result<Dataset> {
        match numbers {
            Row::F32(x) => self.create_from(object, x, shape),
            Row::F64(x) => self.create_from(object, x, shape),
            Row::I64(x) => self.create_from(object, x, shape),
            Row::Text(x) => self.create_from(object, &unicode(x)?, shape),
        }
    }

    fn create_from<T: H5Type>(&self, object: &str, numbers: &[T], shape: &[usize]) -> hdf5::Result<Dataset> {
        let mut builder = self.output.file().new_dataset::<T>().obj_track_times(false);
        if numbers.len() >= COMPRESSED_FROM && !shape.contains(&0) {
            let row: usize = shape[1..].iter().product::<usize>().max(1);
            let mut chunk = shape.to_vec();
            chunk[0] = (CHUNK_NUMBERS / row).clamp(1, shape[0]);
            builder = builder.chunk(chunk).shuffle().deflate(LEVEL);
        }
        let dataset = builder.shape(shape).create(object)?;
        dataset.write_raw(numbers)?;
        Ok(dataset)
    }

    /// Creates the data sets of a stream of this many rows: its variables, then its growing coordinate.
    pub(super) fn create_stream(
        &mut self,
        stream: &StreamGroup,
        rows: u64,
        chunk_rows: u64,
    ) -> Result<Vec<Dataset>, TraceError> {
        let mut scales = self.create_axes(&stream.path, &stream.axes)?;
        let coordinate = format!("{}/{}", stream.path, stream.growing.name);
        let grown = self
            .create_growing(&coordinate, Element::I64, &[], rows, chunk_rows)
            .and_then(|dataset| describe_axis(&dataset, &stream.growing).map(|()| dataset));
        let grown = self.output.checked(&coordinate, grown)?;
        scales.push((stream.growing.name.clone(), grown.clone()));
        let mut axes = stream.axes.clone();
        axes.push(stream.growing.clone());
        for (variable, numbers) in &stream.coordinates {
            let object = format!("{}/{}", stream.path, variable.name);
            let needed = find(&axes, &variable.axes[0]).coordinate.len();
            if numbers.len() != needed {
                let element = variable.element.name();
                return Err(TraceError::Shape { object, found: numbers.len(), given: element, needed, element });
            }
            let dataset = self.create_coordinate(&object, numbers);
            let dataset = self.output.checked(&object, dataset)?;
            self.describe(&dataset, &object, variable, &axes, &scales)?;
        }
        let mut datasets = vec![];
        for variable in &stream.variables {
            let object = format!("{}/{}", stream.path, variable.name);
            let dataset = self.create_growing(&object, variable.element, &stream.row_shape(variable), rows, chunk_rows);
            let dataset = self.output.checked(&object, dataset)?;
            self.describe(&dataset, &object, variable, &axes, &scales)?;
            let all = stream.coordinates.iter().map(|(own, _)| own).chain(&stream.variables);
            self.name_coordinates(&dataset, &object, &variable.next_to_its_axes(all))?;
            datasets.push(dataset);
        }
        datasets.push(grown);
        Ok(datasets)
    }

    fn create_growing(
        &self,
        object: &str,
        element: Element,
        row: &[usize],
        rows: u64,
        chunk_rows: u64,
    ) -> hdf5::Result<Dataset> {
        let extents: Vec<Extent> =
            std::iter::once(Extent::resizable(rows as usize)).chain(row.iter().map(|&n| Extent::fixed(n))).collect();
        let chunk: Vec<usize> = std::iter::once(chunk_rows as usize).chain(row.iter().copied()).collect();
        macro_rules! create {
            ($number:ty) => {
                self.output
                    .file()
                    .new_dataset::<$number>()
                    .obj_track_times(false)
                    .chunk(chunk)
                    .shuffle()
                    .deflate(LEVEL)
                    .shape(extents)
                    .create(object)
            };
        }
        match element {
            Element::F32 => create!(f32),
            Element::F64 => create!(f64),
            Element::I64 => create!(i64),
            Element::Text => Err(hdf5::Error::Internal("streams hold numbers, not texts".into())),
        }
    }

    /// Writes a chunk, already compressed, whose first row is `row`.
    pub(super) fn write_chunk(&mut self, dataset: &Dataset, row: u64, bytes: &[u8]) -> Result<(), TraceError> {
        let mut offset = vec![0; dataset.ndim()];
        offset[0] = row;
        self.output.checked(&dataset.name(), write_chunk(dataset, &offset, bytes))
    }

    /// Creates the scales of a group.
    fn create_axes(&self, path: &str, axes: &[Axis]) -> Result<Vec<(String, Dataset)>, TraceError> {
        let file = self.output.file();
        let group = file.create_group_builder().with_gcpl(|group| group.obj_track_times(false)).create(path);
        self.output.checked(path, group)?;
        axes.iter()
            .map(|axis| {
                let object = format!("{path}/{}", axis.name);
                let dataset = self
                    .create_coordinate(&object, &axis.coordinate)
                    .and_then(|dataset| describe_axis(&dataset, axis).map(|()| dataset));
                Ok((axis.name.clone(), self.output.checked(&object, dataset)?))
            })
            .collect()
    }

    fn create_coordinate(&self, object: &str, coordinate: &Coordinate) -> hdf5::Result<Dataset> {
        let shape = [coordinate.len()];
        match coordinate {
            Coordinate::Index(n) => self.create_from(object, &(0..*n as i64).collect::<Vec<_>>(), &shape),
            Coordinate::Integers(numbers) => self.create_from(object, numbers, &shape),
            Coordinate::Numbers(numbers) => self.create_from(object, numbers, &shape),
            Coordinate::Texts(texts) => self.create_from(object, &unicode(texts)?, &shape),
        }
    }

    /// Says which words the numbers of a variable of whole numbers stand for.
    ///
    /// # Errors
    /// If there is no such variable, or the file cannot be written.
    pub fn flags(&mut self, variable: &str, flags: &[(u8, &str)]) -> Result<(), TraceError> {
        let dataset = self.output.file().dataset(variable);
        let written = dataset.and_then(|dataset| put_flags(&dataset, flags, Element::I64));
        self.output.checked(variable, written)
    }

    fn describe(
        &self,
        dataset: &Dataset,
        object: &str,
        variable: &Variable,
        axes: &[Axis],
        scales: &[(String, Dataset)],
    ) -> Result<(), TraceError> {
        let write = || -> hdf5::Result<()> {
            for (i, name) in variable.axes.iter().enumerate() {
                let axis = find(axes, name);
                let scale = scales.iter().find(|(scale, _)| *scale == axis.name).expect("every axis has its scale");
                attach_scale(dataset, &scale.1, i)?;
            }
            put_text(dataset, LONG_NAME, &variable.long_name)?;
            put_text(dataset, UNITS, &variable.units)?;
            metric::find(&variable.name).map_or(Ok(()), |term| describe_metric(dataset, term, variable.element))
        };
        self.output.checked(object, write())
    }
}

fn describe_axis(dataset: &Dataset, axis: &Axis) -> hdf5::Result<()> {
    set_scale(dataset, &axis.name)?;
    put_text(dataset, LONG_NAME, &axis.long_name)?;
    put_text(dataset, UNITS, &axis.units)
}

/// What readers need to show a measurement as this program does.
fn describe_metric(dataset: &Dataset, term: &Term, element: Element) -> hdf5::Result<()> {
    put_text(dataset, LABEL, &term.label())?;
    put_text(dataset, BETTER, term.better.name())?;
    put_text(dataset, FORMAT, term.format.name())?;
    let Some(codes) = term.format.codes() else { return Ok(()) };
    put_flags(dataset, &codes, element)
}

/// Numbers that stand for words, as the CF conventions have them: an array of the type of the variable, and the words in
/// its order, each without a space.
fn put_flags(dataset: &Dataset, flags: &[(u8, &str)], element: Element) -> hdf5::Result<()> {
    let values: Vec<i64> = flags.iter().map(|(value, _)| i64::from(*value)).collect();
    match element {
        Element::I64 => put_numbers(dataset, FLAG_VALUES, &values)?,
        _ => put_numbers(dataset, FLAG_VALUES, &values.iter().map(|value| *value as f64).collect::<Vec<_>>())?,
    }
    let words: Vec<String> = flags.iter().map(|(_, word)| word.replace(' ', "_")).collect();
    put_text(dataset, FLAG_MEANINGS, &words.join(" "))
}

fn put_numbers<T: H5Type>(location: &Location, name: &str, numbers: &[T]) -> hdf5::Result<()> {
    location.new_attr::<T>().shape([numbers.len()]).create(name)?.write_raw(numbers)
}

fn put_text(location: &Location, name: &str, text: &str) -> hdf5::Result<()> {
    location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&varying(text)?)
}

pub(super) fn varying(text: &str) -> hdf5::Result<VarLenUnicode> {
    // HDF5 ends text at a zero byte.
    text.replace('\0', " ").parse().map_err(|_| "text that is not Unicode".into())
}

pub(super) fn unicode(texts: &[String]) -> hdf5::Result<Vec<VarLenUnicode>> {
    texts.iter().map(|text| varying(text)).collect()
}

fn put_number<T: H5Type>(location: &Location, name: &str, number: &T) -> hdf5::Result<()> {
    location.new_attr::<T>().create(name)?.write_scalar(number)
}
