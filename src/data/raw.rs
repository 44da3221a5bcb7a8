//! Samples as a file holds them, before scaling.
use super::DataError;
use super::axes::reorder;
use super::singles::Singles;
use super::targets::Targets;
use std::path::Path;

/// Raw values of a set, sample after sample.
pub(super) enum RawValues {
    /// 8-bit pixels.
    Bytes(Vec<u8>),
    /// Integers of another width, already converted.
    Integers(Singles),
    /// Floating-point numbers.
    Floats(Singles),
}

impl RawValues {
    /// Integers of more than 8 bits.
    pub(super) fn integers(values: Vec<f32>) -> Self {
        Self::Integers(values.into())
    }

    /// Floating-point numbers.
    pub(super) fn floats(values: Vec<f32>) -> Self {
        Self::Floats(values.into())
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Integers(values) | Self::Floats(values) => values.len(),
        }
    }

    /// The values with the axes of their array in another order.
    pub(super) fn reorder(self, lengths: &[usize], order: &[usize]) -> Self {
        match self {
            Self::Bytes(values) => Self::Bytes(reorder(values, lengths, order)),
            // What is in order already stays where it is.
            Self::Integers(_) | Self::Floats(_) if order.is_sorted() => self,
            Self::Integers(values) => Self::integers(reorder(values.to_vec(), lengths, order)),
            Self::Floats(values) => Self::floats(reorder(values.to_vec(), lengths, order)),
        }
    }

    /// Those of the samples at these places.
    fn select(&self, features: usize, indices: &[u32]) -> Self {
        fn of<T: Copy>(values: &[T], features: usize, indices: &[u32]) -> Vec<T> {
            indices.iter().flat_map(|&index| &values[index as usize * features..][..features]).copied().collect()
        }
        match self {
            Self::Bytes(values) => Self::Bytes(of(values, features, indices)),
            Self::Integers(values) => Self::integers(of(values, features, indices)),
            Self::Floats(values) => Self::floats(of(values, features, indices)),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Bytes(values) => values.truncate(len),
            Self::Integers(values) | Self::Floats(values) => values.truncate(len),
        }
    }
}

/// One set of samples; as many targets as samples, and values for each.
pub(super) struct RawSet {
    pub(super) name: String,
    pub(super) values: RawValues,
    pub(super) targets: Targets,
    pub(super) sample_shape: Vec<usize>,
}

/// What a source gives.
pub(super) struct RawSplits {
    pub(super) train: RawSet,
    pub(super) test: RawSet,
    /// If the source has one of its own.
    pub(super) validation: Option<RawSet>,
    /// Outputs that a network needs.
    pub(super) outputs: usize,
    /// Names of the classes, if the source has them.
    pub(super) class_names: Vec<String>,
    /// How the files were read, where that is not a matter of course.
    pub(super) notes: Vec<String>,
}

impl RawSplits {
    /// Both sets of a source that has so many classes, and no others.
    pub(super) fn of_classes(train: RawSet, test: RawSet, classes: usize) -> Self {
        Self { train, test, validation: None, outputs: classes, class_names: vec![], notes: vec![] }
    }
}

impl RawSet {
    /// The samples at these places.
    pub(super) fn select(&self, name: String, indices: &[u32]) -> Self {
        Self {
            name,
            values: self.values.select(self.features(), indices),
            targets: self.targets.select(indices),
            sample_shape: self.sample_shape.clone(),
        }
    }

    /// Values of a sample.
    pub(super) fn features(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Looks for values that are not finite, where the file holds them.
    pub(super) fn check_finite(&self) -> Result<(), DataError> {
        let RawValues::Floats(values) = &self.values else { return Ok(()) };
        let features = self.features();
        values.iter().position(|value| !value.is_finite()).map_or(Ok(()), |at| {
            let (sample, feature) = (at / features, at % features);
            Err(DataError::NotFinite { set: self.name.clone(), sample, feature, value: values[at] })
        })
    }

    /// Drops all samples behind the first `limit`.
    pub(super) fn keep_first(&mut self, limit: Option<usize>) -> Result<(), DataError> {
        let available = self.targets.samples();
        let wanted = limit.unwrap_or(available);
        if wanted > available {
            return Err(DataError::TooFewSamples { set: self.name.clone(), wanted, available });
        }
        if wanted < available {
            self.targets = self.targets.select(&(0..wanted as u32).collect::<Vec<_>>());
            self.values.truncate(wanted * self.features());
        }
        Ok(())
    }
}

/// Name of a set that was read from a file or folder.
pub(super) fn set_name(path: &Path, split: &str) -> String {
    let source = path.file_name().unwrap_or(path.as_os_str());
    format!("{} {split}", source.to_string_lossy())
}
