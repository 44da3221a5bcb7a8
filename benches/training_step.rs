use gemm::{Parallelism, gemm};
use std::time::Instant;
fn prod(m: usize, n: usize, k: usize, ta: bool, tb: bool, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (acs, ars) = if ta { (1, k as isize) } else { (m as isize, 1) };
    let (bcs, brs) = if tb { (1, n as isize) } else { (k as isize, 1) };
    unsafe {
        gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            m as isize,
            1,
            false,
            a.as_ptr(),
            acs,
            ars,
            b.as_ptr(),
            bcs,
            brs,
            0.0f32,
            1.0f32,
            false,
            false,
            false,
            Parallelism::None,
        )
    }
}
fn bench(m: usize, n: usize, k: usize, ta: bool, tb: bool) {
    let a: Vec<f32> = (0..m * k).map(|i| (i % 17) as f32 * 0.1).collect();
    let b: Vec<f32> = (0..n * k).map(|i| (i % 13) as f32 * 0.1).collect();
    let mut c = vec![0f32; m * n];
    let mut best = f64::MAX;
    for _ in 0..9 {
        let reps = (2e8 / (2.0 * (m * n * k) as f64)).ceil() as usize;
        let t = Instant::now();
        for _ in 0..reps {
            prod(m, n, k, ta, tb, &a, &b, &mut c);
        }
        best = best.min(t.elapsed().as_secs_f64() / reps as f64);
    }
    println!("m{m} n{n} k{k} ta{ta} tb{tb}: {:.1} GF  {:.1} us", 2.0 * (m * n * k) as f64 / best / 1e9, best * 1e6);
}
fn padded(m: usize, n: usize, k: usize, ld: usize) {
    let a: Vec<f32> = (0..m * ld).map(|i| (i % 17) as f32 * 0.1).collect();
    let b: Vec<f32> = (0..n * k).map(|i| (i % 13) as f32 * 0.1).collect();
    let mut c = vec![0f32; m * n];
    let mut best = f64::MAX;
    for _ in 0..9 {
        let t = Instant::now();
        for _ in 0..20 {
            unsafe {
                gemm(
                    m,
                    n,
                    k,
                    c.as_mut_ptr(),
                    m as isize,
                    1,
                    false,
                    a.as_ptr(),
                    1,
                    ld as isize,
                    b.as_ptr(),
                    k as isize,
                    1,
                    0.0f32,
                    1.0f32,
                    false,
                    false,
                    false,
                    Parallelism::None,
                )
            }
        }
        best = best.min(t.elapsed().as_secs_f64() / 20.0);
    }
    println!("padded m{m} n{n} k{k} ld{ld}: {:.1} GF  {:.1} us", 2.0 * (m * n * k) as f64 / best / 1e9, best * 1e6);
    // blocks of rows
    for mb in [64, 96, 128, 192, 256, 384, 512] {
        let mut best = f64::MAX;
        for _ in 0..9 {
            let t = Instant::now();
            for _ in 0..20 {
                let mut i = 0;
                while i < m {
                    let h = mb.min(m - i);
                    unsafe {
                        gemm(
                            h,
                            n,
                            k,
                            c.as_mut_ptr().add(i),
                            m as isize,
                            1,
                            false,
                            a.as_ptr().add(i * ld),
                            1,
                            ld as isize,
                            b.as_ptr(),
                            k as isize,
                            1,
                            0.0f32,
                            1.0f32,
                            false,
                            false,
                            false,
                            Parallelism::None,
                        )
                    };
                    i += mb;
                }
            }
            best = best.min(t.elapsed().as_secs_f64() / 20.0);
        }
        println!("   rows{mb}: {:.1} GF  {:.1} us", 2.0 * (m * n * k) as f64 / best / 1e9, best * 1e6);
    }
}
fn main() {
    for n in [50, 100] {
        padded(1024, n, 1024, 1024);
        padded(1024, n, 1024, 1040);
        padded(1024, n, 1000, 1000);
    }
    return;

    for n in [1, 10, 20, 24, 25, 32, 48, 50, 64, 100] {
        bench(1024, n, 784, false, false);
    }
    for n in [10, 20, 25, 32, 48, 50, 64, 100] {
        bench(1024, n, 1024, true, false);
    }
    for n in [10, 25, 48, 50] {
        bench(128, n, 784, false, false);
        bench(128, n, 128, true, false);
    }
    for (m, n) in [(1024, 1024), (1024, 784), (1024, 64), (1024, 128), (512, 1024), (256, 256)] {
        bench(m, n, 100, false, true);
    }
    bench(128, 784, 50, false, true);
    bench(128, 128, 50, false, true);
    bench(10, 128, 50, false, true);
    bench(10, 50, 128, false, false);
    bench(128, 50, 10, true, false);
    bench(10, 50, 1024, false, false);
    bench(1024, 1024, 1024, false, false);
}
