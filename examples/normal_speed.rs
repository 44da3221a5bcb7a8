use dyadsim::random::NormalStream;
use std::time::Instant;
fn main() {
    for n in [16usize, 64, 128, 256, 1024] {
        let mut x = vec![0.0f32; n];
        let mut best = f64::MAX; let mut bn=f64::MAX; let mut bu=f64::MAX;
        for _ in 0..20 {
            let t = Instant::now();
            let mut s = NormalStream::new(1);
            for _ in 0..2000 { s.fill(&mut x); std::hint::black_box(&x); }
            best = best.min(t.elapsed().as_secs_f64() / 2000.0 / n as f64);
            let t = Instant::now();
            for k in 0..2000 { let s = NormalStream::new(k); std::hint::black_box(&s); }
            bn = bn.min(t.elapsed().as_secs_f64() / 2000.0);
            let t = Instant::now();
            for _ in 0..2000 { s.fill_uniform(&mut x); std::hint::black_box(&x); }
            bu = bu.min(t.elapsed().as_secs_f64() / 2000.0 / n as f64);
        }
        println!("{n}: {:.3} ns per normal, new {:.1} ns, uniform {:.3}", best * 1e9, bn * 1e9, bu*1e9);
    }
}
