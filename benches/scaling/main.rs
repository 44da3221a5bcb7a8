//! How time and memory grow with units, layers, batch, samples recorded and points of a sweep; one thread. Writes a table,
//! a figure, and the exponents of both. `make bench-scaling` runs it; Linux only, which says how much memory a process has used.
//!
//! Every measurement is a process of its own, so that none inherits the memory of another.
mod cases;
mod figure;

use cases::{AXES, Axis};
use dyadsim::linalg::CacheLineAllocator;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

type Failure = Box<dyn Error + Send + Sync>;

/// One line of the table.
struct Row {
    axis: &'static Axis,
    chip: bool,
    size: usize,
    seconds: f64,
    memory: f64,
    written: f64,
}

impl Row {
    fn hardware(&self) -> &'static str {
        if self.chip { "analog_generic" } else { "ideal" }
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|own| own != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--nothing"] => tell(0.0, 0.0),
        ["--measure", axis, size, chip] => {
            let axis = AXES.iter().find(|own| own.name == axis).ok_or("an axis")?;
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
            let (size, chip) = (size.parse()?, chip == "true");
            let cost = pool.install(|| (axis.measure)(size, chip));
            tell(cost.seconds, cost.written)
        }
        [table, figure] => measure_all(Path::new(table), Path::new(figure)),
        _ => {
            println!("benches/scaling: run by `make bench-scaling`");
            Ok(())
        }
    }
}

/// Tells the parent what was measured, with the most memory that this process has used.
fn tell(seconds: f64, written: f64) -> Result<(), Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let peak: f64 = peak.split_whitespace().next().ok_or("no number")?.parse()?;
    println!("{seconds:e} {:e} {written:e}", peak * 1024.0);
    Ok(())
}

/// What a process with these arguments tells: seconds, bytes of memory, bytes written.
fn child(arguments: &[&str]) -> Result<[f64; 3], Failure> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    <[f64; 3]>::try_from(numbers).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{}: {said}", arguments.join(" ")).into()
    })
}

fn measure_all(table: &Path, picture: &Path) -> Result<(), Failure> {
    let [_, nothing, _] = child(&["--nothing"])?;
    let mut rows = vec![];
    for axis in &AXES {
        for chip in [false, true] {
            for &size in axis.sizes.iter().filter(|_| axis.on_chip || !chip) {
                let [seconds, memory, written] =
                    child(&["--measure", axis.name, &size.to_string(), &chip.to_string()])?;
                let row = Row { axis, chip, size, seconds, memory: (memory - nothing).max(0.0), written };
                println!(
                    "{:<18} {:<14} {size:>6} {:>12.4} ms {:>10.3} MB {:>10.3} MB written",
                    axis.name,
                    row.hardware(),
                    seconds * 1e3,
                    row.memory / 1e6,
                    written / 1e6
                );
                rows.push(row);
            }
        }
    }
    std::fs::write(table, as_csv(&rows)?)?;
    figure::draw(&rows, picture)?;
    println!("\n{}", exponents(&rows)?);
    Ok(())
}

fn as_csv(rows: &[Row]) -> Result<String, Failure> {
    let mut text = "axis,hardware,size,seconds,memory_bytes,written_bytes\n".to_owned();
    for row in rows {
        let Row { axis, size, seconds, memory, written, .. } = row;
        writeln!(text, "{},{},{size},{seconds:e},{memory:.0},{written:.0}", axis.name, row.hardware())?;
    }
    Ok(text)
}

/// The exponents of every axis, as a table in Markdown.
fn exponents(rows: &[Row]) -> Result<String, Failure> {
    let mut text =
        "| larger | hardware | sizes | at most | time | memory | written |\n|---|---|---|---|---|---|---|\n".to_owned();
    for axis in &AXES {
        for chip in [false, true] {
            let own: Vec<&Row> = rows.iter().filter(|row| row.axis.name == axis.name && row.chip == chip).collect();
            let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
            let exponent = |of: fn(&Row) -> f64| {
                exponent(&own.iter().map(|row| [row.size as f64, of(row)]).collect::<Vec<_>>())
                    .map_or("–".to_owned(), |exponent| format!("{exponent:.2}"))
            };
            writeln!(
                text,
                "| {}: {} | {} | {} to {} | {:.0} | {} | {} | {} |",
                axis.name,
                axis.setting,
                first.hardware(),
                first.size,
                last.size,
                axis.power,
                exponent(|row| row.seconds),
                exponent(|row| row.memory),
                exponent(|row| row.written),
            )?;
        }
    }
    Ok(text)
}

/// Slope of log cost over log size by least squares, over the upper decade of the sizes: below, what is the same for every size
/// counts. None where there is no cost.
fn exponent(points: &[[f64; 2]]) -> Option<f64> {
    let largest = points.last()?[0];
    let upper = points.iter().filter(|[size, _]| *size >= 0.099 * largest);
    let logs: Vec<[f64; 2]> = upper.map(|point| point.map(f64::ln)).collect();
    if logs.iter().flatten().any(|log| !log.is_finite()) {
        return None;
    }
    let mean = |of: fn(&[f64; 2]) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let [x, y] = [mean(|log| log[0]), mean(|log| log[1])];
    let covariance: f64 = logs.iter().map(|log| (log[0] - x) * (log[1] - y)).sum();
    Some(covariance / logs.iter().map(|log| (log[0] - x).powi(2)).sum::<f64>())
}
