//! Kernels of the packed matrix: sums over the set bits of its words.
//!
//! With S the sum over the positive weights and T the sum over all, a product is 2S − T: one masked addition for each
//! register of weights and no multiplication. The partial sums and the order of every addition are fixed and nothing
//! may be contracted, so all instruction sets give the same bits.
use multiversion::multiversion;

/// Weights in a word.
pub(super) const WORD: usize = 64;
/// Rows that share one pass over the vector: enough independent sums to hide the latency of an addition.
const BLOCK: usize = 4;
/// Rows that are added up in registers before their sum goes to memory, and that are streamed side by side.
const GROUP: usize = 16;

/// A number for each bit of a word.
pub(super) type Lanes = [f32; WORD];

/// sums_k += values_k for the set bits k of the word.
#[inline(always)]
fn add_set(sums: &mut Lanes, word: u64, values: &Lanes) {
    // Halves, so that the lanes of the test are as wide as those of the sum.
    for half in 0..2 {
        let bits = (word >> (32 * half)) as u32;
        for l in 0..32 {
            let k = 32 * half + l;
            let sum = sums[k] + values[k];
            // A choice, not a branch: it becomes one masked addition.
            sums[k] = if bits & (1 << l) != 0 { sum } else { sums[k] };
        }
    }
}

/// The sum of the partial sums along a fixed tree, in double precision because 2S − T cancels.
#[inline(always)]
fn reduce(sums: &Lanes) -> f64 {
    let mut tree = sums.map(f64::from);
    let mut width = WORD / 2;
    while width > 0 {
        for k in 0..width {
            tree[k] += tree[k + width];
        }
        width /= 2;
    }
    tree[0]
}

/// The sums over the positive weights of R rows of packed words. A row has its own partial sums: what is computed next
/// to it does not matter.
#[inline(always)]
fn set_sums<const R: usize>(rows: [&[u64]; R], x: &[Lanes], last: &Lanes) -> [f64; R] {
    let mut sums = [[0.0; WORD]; R];
    for (k, x) in x.iter().enumerate() {
        for r in 0..R {
            add_set(&mut sums[r], rows[r][k], x);
        }
    }
    if let Some(k) = rows[0].len().checked_sub(1).filter(|&k| k == x.len()) {
        for r in 0..R {
            add_set(&mut sums[r], rows[r][k], last);
        }
    }
    sums.map(|sums| reduce(&sums))
}

/// y_r = scale · Σ_j ±x_j for the rows r of the packed words, `stride` words each.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn rows(y: &mut [f32], words: &[u64], stride: usize, x: &[f32], scale: f32) {
    let (full, rest) = x.as_chunks::<WORD>();
    let mut last = [0.0; WORD];
    last[..rest.len()].copy_from_slice(rest);
    let mut all = [0.0; WORD];
    full.iter().chain([&last]).for_each(|x| add_set(&mut all, u64::MAX, x));
    let total = reduce(&all);
    let product = |set: f64| (f64::from(scale) * (2.0 * set - total)) as f32;
    let row = |i: usize| &words[i * stride..][..stride];
    let (blocks, rest) = y.as_chunks_mut::<BLOCK>();
    let done = blocks.len() * BLOCK;
    for (b, y) in blocks.iter_mut().enumerate() {
        *y = set_sums::<BLOCK>(std::array::from_fn(|r| row(b * BLOCK + r)), full, &last).map(product);
    }
    for (r, y) in rest.iter_mut().enumerate() {
        let [set] = set_sums([row(done + r)], full, &last);
        *y = product(set);
    }
}

/// sums_k += ½ Σ_i ±d_i over R rows (words, d). The rows are added up in registers, and S − ½T is small where the d_i
/// have one sign, so that little is rounded in memory.
#[inline(always)]
fn add_group<const R: usize>(sums: &mut [Lanes], words: [&[u64]; R], d: [f32; R]) {
    let half = 0.5 * d.iter().sum::<f32>();
    for (k, sums) in sums.iter_mut().enumerate() {
        let mut part = [0.0; WORD];
        for r in 0..R {
            add_set(&mut part, words[r][k], &[d[r]; WORD]);
        }
        for l in 0..WORD {
            sums[l] += part[l] - half;
        }
    }
}

/// sums_k += ½ Σ_i ±d_i over the rows (i, d_i); `words` starts at the first word of row 0 that `sums` covers.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn columns(sums: &mut [Lanes], words: &[u64], stride: usize, rows: &[(usize, f32)]) {
    let count = sums.len();
    let row = |i: usize| &words[i * stride..][..count];
    let (groups, rest) = rows.as_chunks::<GROUP>();
    for group in groups {
        add_group(sums, group.map(|(i, _)| row(i)), group.map(|(_, d)| d));
    }
    for &(i, d) in rest {
        add_group(sums, [row(i)], [d]);
    }
}

/// Rows that are unpacked together: long runs of a column, whose words stay in the first cache for 32 columns.
const STRIP: usize = 512;

/// out\[c · out_stride + i\] = ± scale by bit `first + c` of row i.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn unpack(out: &mut [f32], out_stride: usize, words: &[u64], stride: usize, first: usize, scale: f32) {
    let columns = out.len() / out_stride;
    // Half words, so that the lanes of the test are as wide as the results.
    let mut strip = [0u32; STRIP];
    for (s, words) in words.chunks(STRIP * stride).enumerate() {
        let rows = words.len() / stride;
        for c in 0..columns {
            let j = first + c;
            if c == 0 || j.is_multiple_of(32) {
                for (half, row) in strip.iter_mut().zip(words.chunks_exact(stride)) {
                    *half = (row[j / WORD] >> (j % WORD / 32 * 32)) as u32;
                }
            }
            let bit = 1 << (j % 32);
            for (out, &half) in out[c * out_stride + s * STRIP..][..rows].iter_mut().zip(&strip) {
                *out = if half & bit != 0 { scale } else { -scale };
            }
        }
    }
}
