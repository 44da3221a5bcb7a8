//! Data sets that several runs of one process share, read once.
use super::{DataConfig, DataError, DataSource, DataSplits, MemorySet, load_with};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How many data sets are kept. A sweep over seeds of the data needs several at a time.
const KEPT: usize = 8;

/// A data set, once it has been read.
type Slot = Arc<Mutex<Option<Arc<DataSplits>>>>;

/// The data sets read last, those used most recently first.
#[derive(Debug, Default)]
pub struct Datasets {
    in_memory: Vec<MemorySet>,
    recent: Mutex<Vec<(String, Slot)>>,
}

impl Datasets {
    /// With a set in memory, which an experiment may name as its source.
    pub fn of_memory(set: MemorySet) -> Self {
        Self { in_memory: vec![set], ..Self::default() }
    }

    /// As [`super::load`], but what has been read before is not read again.
    ///
    /// # Errors
    /// As [`super::load`].
    pub fn load(&self, config: &DataConfig, base_dir: &Path, data_seed: u64) -> Result<Arc<DataSplits>, DataError> {
        let slot = self.slot(key(config, base_dir, data_seed));
        // A second thread waits for the first; other data sets are read meanwhile.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(splits) = &*slot {
            return Ok(Arc::clone(splits));
        }
        let splits = Arc::new(load_with(config, base_dir, data_seed, &self.in_memory)?);
        *slot = Some(Arc::clone(&splits));
        Ok(splits)
    }

    fn slot(&self, key: String) -> Slot {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match recent.iter().position(|(known, _)| *known == key) {
            Some(at) => recent.remove(at),
            None => (key, Slot::default()),
        };
        let slot = Arc::clone(&entry.1);
        recent.insert(0, entry);
        recent.truncate(KEPT);
        slot
    }
}

/// Everything that decides what a data set holds.
fn key(config: &DataConfig, base_dir: &Path, data_seed: u64) -> String {
    let seed = matches!(config.source, DataSource::Digits(_)).then_some(data_seed);
    // Augmentation is made of the samples later.
    let config = &DataConfig { augmentation: None, ..config.clone() };
    // A configuration that cannot be written as text is never the same as another.
    let config = serde_json::to_string(config).unwrap_or_else(|_| format!("{config:?}"));
    format!("{}\n{seed:?}\n{config}", base_dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Augmentation;

    #[test]
    fn the_same_data_is_read_once_and_other_data_is_other() {
        let config: DataConfig =
            serde_json::from_str(r#"{"source": {"digits": {"train_count": 20, "test_count": 10}}}"#).unwrap();
        let datasets = Datasets::default();
        let first = datasets.load(&config, Path::new(""), 1).unwrap();
        assert!(Arc::ptr_eq(&first, &datasets.load(&config, Path::new(""), 1).unwrap()));
        let augmented = DataConfig { augmentation: Some(Augmentation::default()), ..config.clone() };
        assert!(Arc::ptr_eq(&first, &datasets.load(&augmented, Path::new(""), 1).unwrap()));
        let other = datasets.load(&config, Path::new(""), 2).unwrap();
        assert!(!Arc::ptr_eq(&first, &other));
        assert_ne!(first.train.sample(0), other.train.sample(0));
        for seed in 3..3 + KEPT as u64 {
            datasets.load(&config, Path::new(""), seed).unwrap();
        }
        assert!(!Arc::ptr_eq(&first, &datasets.load(&config, Path::new(""), 1).unwrap()), "forgotten");
    }
}
