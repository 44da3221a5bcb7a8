//! Memory for a moment.
use std::cell::RefCell;

/// Lends `n` numbers of this thread's memory, which grows once. They hold anything.
pub fn with_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    thread_local!(static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) });
    // Taken out, so that the work may borrow more.
    let mut numbers = FREE.with_borrow_mut(Vec::pop).unwrap_or_default();
    if numbers.len() < n {
        numbers.resize(n, 0.0);
    }
    let result = work(&mut numbers[..n]);
    FREE.with_borrow_mut(|free| free.push(numbers));
    result
}
