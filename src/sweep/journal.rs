//! The results of a shard on disk: a line of JSON for every finished point, on disk before the next one begins.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::outcome::Outcome;
use super::shard::Shard;
use crate::storage::{JsonSeal, check_json, seal_json};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a shard that is in use is tried again.
const LOCK_TRIES: usize = 5;
/// Pause between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A shard that this process writes to.
#[derive(Debug)]
pub struct ShardJournal {
    file: File,
    path: PathBuf,
}

impl ShardJournal {
    /// Opens the file of a shard for this process alone, and cuts off a last line that was being written when a
    /// process before was killed.
    ///
    /// # Errors
    /// [`SweepError::ShardInUse`], or if the file cannot be opened.
    pub fn open(folder: &SweepFolder, shard: Shard) -> Result<Self, SweepError> {
        let path = folder.shard(shard);
        std::fs::create_dir_all(folder.shards()).map_err(SweepError::io(&folder.shards()))?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(SweepError::io(&path))?;
        // A process that only reads a shard holds it for a moment.
        let mut locked = file.try_lock();
        for _ in 0..LOCK_TRIES {
            if !matches!(locked, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            locked = file.try_lock();
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SweepError::ShardInUse { file: path }),
            // A file system without locks: the user has to see to it.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(SweepError::io(&path)(error)),
        }
        let mut text = vec![];
        file.read_to_end(&mut text).map_err(SweepError::io(&path))?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let cut = file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::Start(whole as u64)));
        cut.map_err(SweepError::io(&path))?;
        Ok(Self { file, path })
    }

    /// Adds a finished point and puts it on disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, outcome: &Outcome) -> Result<(), SweepError> {
        let line = serde_json::to_string(outcome).map_err(std::io::Error::from).map_err(SweepError::io(&self.path))?;
        let line = seal_json(&line) + "\n";
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()).map_err(SweepError::io(&self.path))
    }
}

/// Whether a process is working on a shard just now.
pub fn is_in_use(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The outcomes of all shards in a folder, by the number of their point; of a point that was made twice, one.
///
/// # Errors
/// If a file cannot be read, or a line other than a torn last one is damaged.
pub fn outcomes(folder: &SweepFolder, points: usize) -> Result<Vec<Option<Outcome>>, SweepError> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; points];
    for (_, path) in shard_files(folder)? {
        for outcome in read(&path)? {
            if let Some(place) = outcomes.get_mut(outcome.point) {
                place.get_or_insert(outcome);
            }
        }
    }
    Ok(outcomes)
}

/// Numbers of the points that no shard in a folder has made yet.
///
/// # Errors
/// If a file cannot be read, or a line other than a torn last one is damaged.
pub fn missing_points(folder: &SweepFolder, points: usize) -> Result<Vec<usize>, SweepError> {
    let outcomes = outcomes(folder, points)?;
    Ok((0..points).filter(|&point| outcomes[point].is_none()).collect())
}

/// The shards that have files, in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn shard_files(folder: &SweepFolder) -> Result<Vec<(Shard, PathBuf)>, SweepError> {
    let shards = folder.shards();
    let entries = match std::fs::read_dir(&shards) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(SweepError::io(&shards)(error)),
    };
    let mut files = vec![];
    for entry in entries {
        let path = entry.map_err(SweepError::io(&shards))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shard = name.strip_suffix(".jsonl").and_then(|name| name.replace("-of-", "/").parse().ok());
        files.extend(shard.map(|shard: Shard| (shard, path)));
    }
    files.sort_by_key(|(shard, _)| (shard.of(), shard.number()));
    Ok(files)
}

/// The outcomes of one file.
///
/// # Errors
/// If it cannot be read, or a line other than a torn last one is damaged.
pub fn read(path: &Path) -> Result<Vec<Outcome>, SweepError> {
    let bytes = std::fs::read(path).map_err(SweepError::io(path))?;
    // What is no text any more is found line by line.
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |(i, line): (usize, &str)| {
        let damaged = |reason: String| SweepError::DamagedShard { file: path.to_owned(), line: i + 1, reason };
        let outcome = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
        match check_json(line) {
            JsonSeal::Whole => Ok(outcome),
            _ => Err(damaged(
                "its bytes are not those of its checksum; without this line its point is made again".to_owned(),
            )),
        }
    };
    whole.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn outcome(point: usize) -> Outcome {
        Outcome::failed(point, format!("point \"{point}\"\nfailed"), 0.5, "here")
    }

    #[test]
    fn a_torn_last_line_is_made_again_and_nothing_else_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let folder = SweepFolder::new(folder.path());
        let shard = Shard::new(2, 3).unwrap();
        let mut journal = ShardJournal::open(&folder, shard).unwrap();
        journal.add(&outcome(1)).unwrap();
        journal.add(&outcome(4)).unwrap();
        drop(journal);
        let path = folder.shard(shard);
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let lines = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(read(&path).unwrap().len(), lines, "cut at {cut}");
            ShardJournal::open(&folder, shard).unwrap().add(&outcome(7)).unwrap();
            let points: Vec<usize> = read(&path).unwrap().iter().map(|outcome| outcome.point).collect();
            assert_eq!(points, [&[1, 4][..lines], &[7]].concat(), "cut at {cut}");
        }
        let all = outcomes(&folder, 9).unwrap();
        assert_eq!(all.iter().flatten().count(), 2);
        assert_eq!(all[1], Some(outcome(1)));
    }

    #[test]
    fn a_shard_is_written_by_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let folder = SweepFolder::new(folder.path());
        let journal = ShardJournal::open(&folder, Shard::WHOLE).unwrap();
        assert!(matches!(ShardJournal::open(&folder, Shard::WHOLE), Err(SweepError::ShardInUse { .. })));
        assert!(is_in_use(&folder.shard(Shard::WHOLE)));
        drop(journal);
        // A program that another test starts may hold the handle for a moment.
        let is_free = || !is_in_use(&folder.shard(Shard::WHOLE));
        assert!((0..100).any(|_| is_free() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }));
        ShardJournal::open(&folder, Shard::WHOLE).unwrap();
    }

    #[test]
    fn damage_in_the_middle_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let folder = SweepFolder::new(folder.path());
        let mut journal = ShardJournal::open(&folder, Shard::WHOLE).unwrap();
        journal.add(&outcome(0)).unwrap();
        journal.file.write_all(b"{\"point\": 3}\n").unwrap();
        journal.add(&outcome(1)).unwrap();
        let told = outcomes(&folder, 2).unwrap_err().to_string();
        assert!(told.contains("1-of-1.jsonl, line 2: is not the result of a point: missing field"), "{told}");
    }
}
