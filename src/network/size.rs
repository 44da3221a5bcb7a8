//! How large a network may be: what has no room is refused before anything of it is made.
use super::error::NetworkError;

/// Synapses of all arrays. Those of VGG16 on ImageNet are 138 million.
const MOST_SYNAPSES: usize = 1 << 28;
/// Arrays of numbers that hold the synapses at least: weights, their copy, a gradient.
const ARRAYS: usize = 3;
/// Numbers of a unit at least: s⁺, s⁻, their mean and difference, drive and feedback.
const STATES: usize = 6;

/// Checks that so many synapses and units can be held, each unit for every stimulus of a mini-batch.
pub(super) fn check(synapses: usize, units: usize, batch_size: usize) -> Result<(), NetworkError> {
    let too_large = |reason: String| Err(NetworkError::TooLarge { synapses, units, batch_size, reason });
    if synapses > MOST_SYNAPSES {
        return too_large(format!("a simulation holds at most {MOST_SYNAPSES} synapses"));
    }
    let of_units = units.saturating_mul(batch_size).saturating_mul(STATES);
    let bytes = synapses.saturating_mul(ARRAYS).saturating_add(of_units).saturating_mul(size_of::<f32>());
    // What the system would not give cannot be caught once it is asked for piece by piece.
    if Vec::<u8>::new().try_reserve_exact(bytes).is_err() {
        return too_large(format!("they need {:.1} GB of memory or more, which there is not", bytes as f64 / 1e9));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_refused_with_its_size() {
        check(1 << 20, 1 << 12, 64).unwrap();
        let refusal = |synapses, units| check(synapses, units, 2).unwrap_err().to_string();
        assert!(refusal(MOST_SYNAPSES + 1, 1).contains("at most 268435456 synapses"));
        assert!(refusal(1, usize::MAX / 4).contains("GB of memory"), "{}", refusal(1, usize::MAX / 4));
    }
}
