//! Threads of a command.
use crate::error::Error;

/// Threads that this process may use at a time.
pub(super) fn core_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A pool of this many threads; 0 is one for every core.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| Error::Threads { threads, source })
}
