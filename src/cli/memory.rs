//! The program ends with a message where the system refuses memory, not by a crash.
//!
//! What it needs in any case has to be there when it begins: libraries in C, HDF5 among them, do not all survive without. All
//! that grows with the network and the data is memory of Rust, which is watched here.
use super::console::errln;
use crate::error::Error;
use crate::linalg::CacheLineAllocator;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a process may need for itself at its peak: libraries, threads and their stacks, pools of the C library, a figure.
const NEEDED: usize = 512 << 20;

/// Bytes that were refused last; 0 before the first time.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// [`CacheLineAllocator`], which remembers what the system has refused.
#[derive(Debug, Clone, Copy)]
pub struct ProgramAllocator;

fn noted(block: *mut u8, bytes: usize) -> *mut u8 {
    if block.is_null() {
        REFUSED.store(bytes, Ordering::Relaxed);
    }
    block
}

// SAFETY: every call goes to `CacheLineAllocator`, whose contract is the same.
unsafe impl GlobalAlloc for ProgramAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        noted(unsafe { CacheLineAllocator.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        noted(unsafe { CacheLineAllocator.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { CacheLineAllocator.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: see above.
        noted(unsafe { CacheLineAllocator.realloc(block, layout, new_size) }, new_size)
    }
}

/// Checks that there is room for the program itself.
///
/// # Errors
/// If the system does not give it.
pub(super) fn check_room() -> Result<(), Error> {
    Vec::<u8>::new().try_reserve_exact(NEEDED).map_err(|_| Error::Memory { needed: NEEDED >> 20 })
}

/// Where memory was refused to something that cannot do without, Rust aborts the process: it then ends with a message and
/// exit status 1. Files that have their names are whole as always. Other aborts stay what they are.
pub(super) fn end_in_order_without_memory() {
    let end = || {
        if REFUSED.load(Ordering::Relaxed) > 0 {
            errln!("error: the memory that the system gives does not suffice; what was finished is kept");
            signal_hook::low_level::exit(1);
        }
    };
    // SAFETY: a number is read, a text without a number of its own is written, and the process ends: none of it allocates.
    // Where it cannot be registered aborts stay what they are.
    let _ = unsafe { signal_hook::low_level::register(signal_hook::consts::SIGABRT, end) };
}
