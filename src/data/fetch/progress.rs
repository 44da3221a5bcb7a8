//! Who hears of a download.

/// Hears how far a download is. Files come one after the other; each attempt begins with `start` and ends, successful
/// or not, with `finish`. A file that is already there is not announced.
pub trait FetchProgress {
    /// A file begins to arrive; `total` is its size in bytes, if the server tells.
    fn start(&mut self, file: &str, total: Option<u64>);
    /// This many more bytes have arrived.
    fn advance(&mut self, bytes: u64);
    /// The file has arrived, or the attempt has failed.
    fn finish(&mut self);
}
