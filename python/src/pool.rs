//! The threads that compute.
//!
//! A process that was forked has none of its parent's threads, so a pool belongs to the process that has made it.
use crate::failure::DyadError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};

/// The pool of this process. That of another process is never dropped: it would wait for threads that are not here.
static SHARED: Mutex<Option<(u32, ManuallyDrop<Arc<ThreadPool>>)>> = Mutex::new(None);

fn new(threads: usize) -> PyResult<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("dyadsim-{n}")).build();
    pool.map_err(|error| DyadError::new_err(format!("cannot start {threads} threads: {error}")))
}

/// The pool of this process, of a thread for every core, or one of its own.
pub fn pool(threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    if let Some(threads) = threads {
        return Ok(Arc::new(new(threads)?));
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    match &*shared {
        Some((owner, pool)) if *owner == process => Ok(Arc::clone(pool)),
        _ => {
            let pool = Arc::new(new(0)?);
            *shared = Some((process, ManuallyDrop::new(Arc::clone(&pool))));
            Ok(pool)
        }
    }
}
