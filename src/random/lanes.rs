//! Sixteen generators side by side, which fill the lanes of a vector register: xoshiro128++ (Blackman & Vigna, ACM TOMS
//! 2021), seeded from a key by SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
use multiversion::multiversion;

/// Generators side by side.
pub(super) const LANES: usize = 16;

/// Word by word, the states of all lanes.
pub(super) type State = [[u32; LANES]; 4];

/// The states of a key.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn seed(key: u64) -> State {
    let mut state = [[0; LANES]; 4];
    let [s0, s1, s2, s3] = &mut state;
    for i in 0..LANES {
        let (low, high) = (split_mix(key, i), split_mix(key, LANES + i));
        s0[i] = low as u32;
        s1[i] = (low >> 32) as u32;
        s2[i] = high as u32;
        s3[i] = (high >> 32) as u32;
    }
    state
}

/// Number `i` of the generator SplitMix64 that starts at `key`.
#[inline(always)]
fn split_mix(key: u64, i: usize) -> u64 {
    let z = key.wrapping_add((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The next word of every lane.
#[inline(always)]
pub(super) fn next([s0, s1, s2, s3]: &mut State) -> [u32; LANES] {
    let mut words = [0; LANES];
    for i in 0..LANES {
        words[i] = s0[i].wrapping_add(s3[i]).rotate_left(7).wrapping_add(s0[i]);
        let t = s1[i] << 9;
        s2[i] ^= s0[i];
        s3[i] ^= s1[i];
        s1[i] ^= s2[i];
        s0[i] ^= s3[i];
        s2[i] ^= t;
        s3[i] = s3[i].rotate_left(11);
    }
    words
}
