//! Recording: rows are copied into the chunk they belong to; full chunks are compressed on the workers of the
//! simulation, between its tiles, and appended to the journal by a thread of their own.
//!
//! A thread that compressed alongside the workers would take a core from one of them in the middle of a tile, and all
//! others would wait for it; as one more piece of work for the pool it is taken up when a worker is free.
use super::chunk::compress;
use super::error::TraceError;
use super::journal::{Journal, Place, append, begins_with_record};
use super::layout::{Row, StreamGroup};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// A chunk holds about this many bytes of the largest variable of its group.
const CHUNK_BYTES: usize = 1 << 20;
/// Rows of a chunk at most: small rows would otherwise wait long in memory.
const MOST_CHUNK_ROWS: usize = 1024;
/// Chunks that may wait for compression or for the disk; beyond that the simulation helps or waits.
const QUEUE: usize = 16;

/// Records streams into a journal.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    streams: Vec<Stream>,
    /// `None` once the thread has been told to end.
    jobs: Option<SyncSender<Job>>,
    /// Chunks that are being compressed.
    compressing: Arc<AtomicUsize>,
    /// Set by the writer once it could not write.
    failed: Arc<AtomicBool>,
    recycled: Receiver<Vec<u8>>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Stream {
    group: StreamGroup,
    chunk_rows: u64,
    rows: u64,
    /// Rows of the chunk that is not full yet, one buffer per variable and one for the coordinate.
    pending: Vec<Vec<u8>>,
}

/// What a checkpoint has to keep of a recorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderState {
    /// Valid length of the journal.
    journal_bytes: u64,
    /// Rows and pending bytes of every stream.
    streams: Vec<(u64, Vec<Vec<u8>>)>,
}

enum Job {
    Chunk {
        place: Place,
        bytes: Vec<u8>,
    },
    /// Answer with the length of the journal once everything before is written, and if wanted on disk.
    Flush {
        to_disk: bool,
        answer: Sender<std::io::Result<u64>>,
    },
}

impl Stream {
    fn new(group: StreamGroup) -> Self {
        let largest = group.variables.iter().map(|v| group.row_bytes(v)).max().unwrap_or(8).max(8);
        let pending = vec![vec![]; group.variables.len() + 1];
        Self { chunk_rows: (CHUNK_BYTES / largest).clamp(1, MOST_CHUNK_ROWS) as u64, group, rows: 0, pending }
    }

    /// Bytes of one number of a variable (or of the coordinate, one past the last).
    fn element_size(&self, variable: usize) -> usize {
        self.group.variables.get(variable).map_or(8, |v| v.element.size())
    }

    fn row_bytes(&self, variable: usize) -> usize {
        self.group.variables.get(variable).map_or(8, |v| self.group.row_bytes(v))
    }

    /// Whether these pending bytes are those of this stream after this many rows.
    fn fits(&self, rows: u64, pending: &[Vec<u8>]) -> bool {
        let begun = (rows % self.chunk_rows) as usize;
        pending.len() == self.pending.len()
            && pending.iter().enumerate().all(|(variable, bytes)| bytes.len() == begun * self.row_bytes(variable))
    }
}

impl Recorder {
    /// Begins a new journal.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(path: &Path, streams: Vec<StreamGroup>) -> Result<Self, TraceError> {
        let file = File::create(path).map_err(TraceError::io(path))?;
        Self::start(path, file, 0, streams.into_iter().map(Stream::new).collect())
    }

    /// Continues a journal from where a checkpoint was made; what was recorded after it is cut off.
    ///
    /// # Errors
    /// If the journal is shorter than the checkpoint says or of another version of the program, the checkpoint is of
    /// other streams, or the journal cannot be opened.
    pub fn resume(path: &Path, streams: Vec<StreamGroup>, state: &RecorderState) -> Result<Self, TraceError> {
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(TraceError::io(path))?;
        let length = file.metadata().map_err(TraceError::io(path))?.len();
        let streams: Vec<Stream> = streams.into_iter().map(Stream::new).collect();
        let fits = streams.len() == state.streams.len()
            && streams.iter().zip(&state.streams).all(|(stream, (rows, pending))| stream.fits(*rows, pending));
        if length < state.journal_bytes || !fits {
            let reason = "it is not the journal of this checkpoint";
            return Err(TraceError::Journal { file: path.to_owned(), offset: length, reason });
        }
        if state.journal_bytes > 0 && !begins_with_record(&mut file).map_err(TraceError::io(path))? {
            // Else the rest of the run would be computed before its end tells so.
            let reason = "no record of this version of the program where one should begin";
            return Err(TraceError::Journal { file: path.to_owned(), offset: 0, reason });
        }
        file.set_len(state.journal_bytes).and_then(|()| file.seek(SeekFrom::End(0))).map_err(TraceError::io(path))?;
        let streams = streams.into_iter().zip(&state.streams).map(|(stream, (rows, pending))| Stream {
            rows: *rows,
            pending: pending.clone(),
            ..stream
        });
        Self::start(path, file, state.journal_bytes, streams.collect())
    }

    fn start(path: &Path, file: File, length: u64, streams: Vec<Stream>) -> Result<Self, TraceError> {
        let (jobs, queue) = sync_channel(QUEUE);
        let (give_back, recycled) = channel();
        let failed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&failed);
        let write = move || write_jobs(file, length, &queue, &give_back, &told);
        let writer =
            std::thread::Builder::new().name("journal".to_owned()).spawn(write).map_err(TraceError::io(path))?;
        let compressing = Arc::default();
        let (path, jobs, writer) = (path.to_owned(), Some(jobs), Some(writer));
        Ok(Self { path, streams, jobs, compressing, failed, recycled, writer })
    }

    /// Records one row of a stream: `coordinate` on the growing axis, and the numbers of every variable in order.
    ///
    /// # Errors
    /// If the numbers do not fit the variables, or the journal could not be written.
    pub fn push(&mut self, stream: usize, coordinate: i64, rows: &[Row]) -> Result<(), TraceError> {
        let group = &self.streams[stream].group;
        if rows.len() != group.variables.len() {
            let (found, needed) = (rows.len(), group.variables.len());
            return Err(TraceError::Variables { group: group.path.clone(), found, needed });
        }
        for (variable, row) in group.variables.iter().zip(rows) {
            let needed: usize = group.row_shape(variable).iter().product();
            row.check(&group.path, variable, needed)?;
        }
        let own = &mut self.streams[stream];
        for (row, pending) in rows.iter().chain([&Row::I64(&[coordinate])]).zip(&mut own.pending) {
            row.append_to(pending);
        }
        own.rows += 1;
        if own.rows.is_multiple_of(own.chunk_rows) {
            self.hand_over(stream, own_chunk(&self.streams[stream]))
        } else {
            Ok(())
        }
    }

    /// Gives the pending buffers of a stream to the workers, and they to the writer, as chunk `chunk`.
    fn hand_over(&mut self, stream: usize, chunk: u64) -> Result<(), TraceError> {
        if self.failed.load(Ordering::Acquire) {
            // A run must not go on for hours before its next checkpoint tells that the disk was full; the flush
            // answers with the error of the writer.
            self.flush(false)?;
        }
        for variable in 0..self.streams[stream].pending.len() {
            let element_size = self.streams[stream].element_size(variable);
            let mut empty = self.recycled.try_recv().unwrap_or_default();
            empty.clear();
            let bytes = std::mem::replace(&mut self.streams[stream].pending[variable], empty);
            let place = Place { stream: stream as u32, variable: variable as u32, chunk };
            self.help_until(QUEUE);
            let Some(jobs) = self.jobs.clone() else { return Err(self.writer_stopped()) };
            self.compressing.fetch_add(1, Ordering::AcqRel);
            let compressing = Arc::clone(&self.compressing);
            rayon::spawn(move || {
                let bytes = compress(bytes, element_size);
                // A writer that has stopped is noticed at the next flush.
                let _ = jobs.send(Job::Chunk { place, bytes });
                compressing.fetch_sub(1, Ordering::AcqRel);
            });
        }
        Ok(())
    }

    /// Compresses waiting chunks on this thread, or waits, until fewer than `limit` are waiting.
    fn help_until(&self, limit: usize) {
        while self.compressing.load(Ordering::Acquire) >= limit {
            // Outside of a pool, or with nothing left to help with, others are at it.
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                std::thread::yield_now();
            }
        }
    }

    fn send(&mut self, job: Job) -> Result<(), TraceError> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(self.writer_stopped()) }
    }

    fn writer_stopped(&self) -> TraceError {
        let source = std::io::Error::other("the thread that writes the journal has stopped");
        TraceError::Io { file: self.path.clone(), source }
    }

    /// Puts on disk what was handed over, and returns what a checkpoint has to keep.
    ///
    /// # Errors
    /// If the journal could not be written.
    pub fn state(&mut self) -> Result<RecorderState, TraceError> {
        let journal_bytes = self.flush(true)?;
        let streams = self.streams.iter().map(|s| (s.rows, s.pending.clone())).collect();
        Ok(RecorderState { journal_bytes, streams })
    }

    fn flush(&mut self, to_disk: bool) -> Result<u64, TraceError> {
        self.help_until(1);
        let (answer, answered) = channel();
        self.send(Job::Flush { to_disk, answer })?;
        match answered.recv() {
            Ok(length) => length.map_err(TraceError::io(&self.path)),
            Err(_) => Err(self.writer_stopped()),
        }
    }

    /// Ends the recording: pads the last chunks and completes the journal. It is not forced to disk: the trace that is
    /// made from it will be.
    ///
    /// # Errors
    /// If the journal could not be written.
    pub fn finish(mut self) -> Result<Journal, TraceError> {
        for index in 0..self.streams.len() {
            let stream = &mut self.streams[index];
            if !stream.rows.is_multiple_of(stream.chunk_rows) {
                for variable in 0..stream.pending.len() {
                    let whole = stream.row_bytes(variable) * stream.chunk_rows as usize;
                    stream.pending[variable].resize(whole, 0);
                }
                let chunk = stream.rows / stream.chunk_rows;
                self.hand_over(index, chunk)?;
            }
        }
        self.flush(false)?;
        Ok(Journal {
            path: self.path.clone(),
            rows: self.streams.iter().map(|s| s.rows).collect(),
            chunk_rows: self.streams.iter().map(|s| s.chunk_rows).collect(),
            streams: self.streams.iter().map(|s| s.group.clone()).collect(),
        })
    }
}

/// Number of the chunk that the last row has filled.
fn own_chunk(stream: &Stream) -> u64 {
    stream.rows / stream.chunk_rows - 1
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // The workers hold senders too, and the thread ends with the last of them.
        self.help_until(1);
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // Its errors were reported by `flush`; a panic there has been printed.
            let _ = writer.join();
        }
    }
}

/// Appends until the recorder is dropped. After an error nothing more is written; `failed` is set, and every `Flush`
/// answers with the error.
fn write_jobs(
    mut file: File,
    mut length: u64,
    queue: &Receiver<Job>,
    give_back: &Sender<Vec<u8>>,
    failed: &AtomicBool,
) {
    let mut failure: Option<std::io::Error> = None;
    for job in queue {
        match job {
            Job::Chunk { place, bytes } => {
                if failure.is_none() {
                    match append(&mut file, place, &bytes) {
                        Ok(written) => length += written,
                        Err(error) => {
                            failure = Some(error);
                            failed.store(true, Ordering::Release);
                        }
                    }
                }
                // The recorder may be gone already; then the buffer simply ends here.
                let _ = give_back.send(bytes);
            }
            Job::Flush { to_disk, answer } => {
                let result = match &failure {
                    Some(error) => Err(std::io::Error::new(error.kind(), error.to_string())),
                    None if to_disk => file.sync_data().map(|()| length),
                    None => Ok(length),
                };
                let _ = answer.send(result);
            }
        }
    }
}

impl RecorderState {
    /// As bytes, for a checkpoint.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![];
        let mut put = |x: u64| bytes.extend_from_slice(&x.to_le_bytes());
        put(self.journal_bytes);
        put(self.streams.len() as u64);
        for (rows, pending) in &self.streams {
            put(*rows);
            put(pending.len() as u64);
            pending.iter().for_each(|buffer| put(buffer.len() as u64));
        }
        self.streams.iter().flat_map(|(_, pending)| pending).for_each(|buffer| bytes.extend_from_slice(buffer));
        bytes
    }

    /// Valid length of the journal.
    pub fn journal_bytes(&self) -> u64 {
        self.journal_bytes
    }

    /// From the bytes of [`Self::to_bytes`]; `None` if they are not such.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut take = || -> Option<u64> {
            let (word, tail) = rest.split_first_chunk::<8>()?;
            rest = tail;
            Some(u64::from_le_bytes(*word))
        };
        let journal_bytes = take()?;
        let mut lengths = vec![];
        for _ in 0..take()? {
            let rows = take()?;
            let buffers = (0..take()?).map(|_| take()).collect::<Option<Vec<u64>>>()?;
            lengths.push((rows, buffers));
        }
        let mut streams = vec![];
        for (rows, buffers) in lengths {
            let mut pending = vec![];
            for length in buffers {
                let (buffer, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                pending.push(buffer.to_vec());
                rest = tail;
            }
            streams.push((rows, pending));
        }
        rest.is_empty().then_some(Self { journal_bytes, streams })
    }
}
