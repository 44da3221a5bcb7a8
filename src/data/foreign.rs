//! Readers of others that panic on a broken file: for us that is an error like any other.
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is going to be told of as an error.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives, or the message of its panic, of which nothing is printed.
pub(super) fn without_panic<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                before(panic);
            }
        }));
    });
    let outer = IS_CAUGHT.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    IS_CAUGHT.set(outer);
    outcome.map_err(|panic| panic_message(panic.as_ref()).to_owned())
}

/// What a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::without_panic;

    #[test]
    fn a_panic_is_an_error_and_the_rest_goes_on() {
        assert_eq!(without_panic(|| 3), Ok(3));
        assert_eq!(without_panic(|| -> u8 { panic!("page {} is broken", 7) }), Err("page 7 is broken".to_owned()));
        assert_eq!(without_panic(|| -> u8 { panic!("a page") }), Err("a page".to_owned()));
    }
}
