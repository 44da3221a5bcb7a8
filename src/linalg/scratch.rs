//! Memory for a moment, which a thread keeps: after a first step of training nothing is allocated any more.
use std::cell::RefCell;

thread_local!(static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) });

/// Lends `n` numbers of this thread's memory, which grows once. They hold anything.
pub fn with_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken out, so that the work may borrow more.
    let mut numbers = fitting(n);
    if numbers.len() < n {
        numbers.resize(n, 0.0);
    }
    let result = work(&mut numbers[..n]);
    give_back(numbers);
    result
}

/// `n` numbers of this thread's memory for as long as they are wanted; they hold anything. [`give_back`] takes them.
pub fn take_numbers(n: usize) -> Vec<f32> {
    let mut numbers = fitting(n);
    numbers.resize(n, 0.0);
    numbers
}

/// The least memory that is large enough; if none is, one of those that there are.
fn fitting(n: usize) -> Vec<f32> {
    FREE.with_borrow_mut(|free| {
        let large_enough = free.iter().enumerate().filter(|(_, own)| own.capacity() >= n);
        match large_enough.min_by_key(|(_, own)| own.capacity()).map(|(place, _)| place) {
            Some(place) => free.swap_remove(place),
            None => free.pop().unwrap_or_default(),
        }
    })
}

/// Takes memory that is not wanted any more.
pub fn give_back(numbers: Vec<f32>) {
    FREE.with_borrow_mut(|free| free.push(numbers));
}
