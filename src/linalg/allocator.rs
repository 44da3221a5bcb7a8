//! Memory for matrices that begins with a cache line.
use std::alloc::{GlobalAlloc, Layout, System};

/// The allocator of the system, with all memory of a kilobyte or more aligned to cache lines: vector units load and store
/// whole lines, and one that lies across two of them costs twice. A program makes it its own by
///
/// ```
/// use dyadsim::linalg::CacheLineAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;
///
/// let numbers = vec![0.0f32; 1000];
/// assert_eq!(numbers.as_ptr() as usize % 64, 0);
/// ```
///
/// It changes no result.
#[derive(Debug, Clone, Copy)]
pub struct CacheLineAllocator;

/// Bytes of a cache line, and of the widest vector register.
const LINE: usize = 64;
/// Bytes from which on memory is aligned.
const ALIGNED_FROM: usize = 1024;

fn aligned(layout: Layout) -> Layout {
    match layout.size() {
        ALIGNED_FROM.. => layout.align_to(LINE).unwrap_or(layout),
        _ => layout,
    }
}

// SAFETY: every call goes to `System`, whose contract is the same; a block gets the same layout when it is freed as when
// it was made, because that is a function of the caller's layout alone.
unsafe impl GlobalAlloc for CacheLineAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout has a size above zero, and so has the aligned one.
        unsafe { System.alloc(aligned(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(aligned(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block was made with this layout.
        unsafe { System.dealloc(block, aligned(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.size().max(new_size) < ALIGNED_FROM {
            // SAFETY: neither layout is changed by `aligned`.
            return unsafe { System.realloc(block, layout, new_size) };
        }
        // SAFETY: the caller has checked that `new_size` makes a layout with this alignment. Blocks of both sizes are ours
        // and do not overlap.
        unsafe {
            let grown = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !grown.is_null() {
                block.copy_to_nonoverlapping(grown, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            grown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_blocks_begin_with_a_line_and_keep_their_content_when_they_grow_and_shrink() {
        let layout = |size| Layout::from_size_align(size, 4).unwrap();
        let sizes = [16, 1000, 1024, 5000, 200_000, 3000, 500];
        // SAFETY: every block is used within its size, and freed once with the layout that it has.
        unsafe {
            let mut block = CacheLineAllocator.alloc_zeroed(layout(sizes[0]));
            block.copy_from_nonoverlapping([7u8; 16].as_ptr(), 16);
            for pair in sizes.windows(2) {
                block = CacheLineAllocator.realloc(block, layout(pair[0]), pair[1]);
                assert!(pair[1] < ALIGNED_FROM || (block as usize).is_multiple_of(LINE));
                assert_eq!(std::slice::from_raw_parts(block, 16), [7; 16]);
            }
            CacheLineAllocator.dealloc(block, layout(500));
        }
    }
}
