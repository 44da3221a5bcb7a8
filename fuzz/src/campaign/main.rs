//! Many changed files of one kind, without an instrumented build: `campaign TARGET UNTIL`, from where it was left.
//!
//! Workers are processes of their own, so that a crash of the HDF5 library is found like everything else. Each leaves what it reads at
//! the moment in a file that outlives it; what a panic, a signal, no memory or no end was the end of goes to `artifacts/TARGET/`.
mod place;
mod worker;

use place::Place;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Address space of a worker in KiB: what the program needs to start, and 1 GiB.
const MOST_KIB: u64 = (1 << 20) + (300 << 10);
/// Ends of workers after which a campaign gives up.
const MOST_DEATHS: usize = 200;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--worker", target, folder, first, step, until] => {
            let number = |text: &str| text.parse().expect("the campaign gives numbers");
            worker::work(target, Path::new(folder), number(first), number(step), number(until));
            Ok(())
        }
        [target, until] => campaign(target, until.parse().map_err(io::Error::other)?),
        _ => Err(io::Error::other("campaign TARGET UNTIL: reads the changed files 0 to UNTIL of a target")),
    }
}

/// A worker and where it says what it does.
struct Worker {
    child: Child,
    place: PathBuf,
    number: u64,
    since: Instant,
    spent: Duration,
}

fn campaign(target: &str, until: u64) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("artifacts").join(target);
    std::fs::create_dir_all(&folder)?;
    let jobs = std::env::var("JOBS").ok().and_then(|own| own.parse().ok()).unwrap_or(1);
    // The numbers of a worker are its own and those `jobs` further on.
    let mut workers = (0..jobs).map(|k| start(target, &folder, k, jobs, until)).collect::<io::Result<Vec<_>>>()?;
    let (begin, mut deaths) = (Instant::now(), 0);
    while !workers.is_empty() {
        std::thread::sleep(Duration::from_millis(200));
        let mut k = 0;
        while k < workers.len() {
            let worker = &mut workers[k];
            look(worker)?;
            let Some(status) = worker.child.try_wait()? else {
                k += 1;
                continue;
            };
            if status.success() {
                workers.swap_remove(k);
                continue;
            }
            deaths += 1;
            keep(&folder, &worker.place, status)?;
            if deaths > MOST_DEATHS {
                return Err(io::Error::other("too many workers have died; see artifacts"));
            }
            let first = Place::number(&worker.place)? % jobs;
            Place::skip(&worker.place, jobs)?;
            workers[k] = start(target, &folder, first, jobs, until)?;
        }
    }
    println!(
        "{target}: {until} files in {:.0} s of this call, {deaths} ended their process",
        begin.elapsed().as_secs_f64()
    );
    io::stdout().flush()
}

fn start(target: &str, folder: &Path, first: u64, jobs: u64, until: u64) -> io::Result<Worker> {
    let place = folder.join(format!("place-{first}-of-{jobs}"));
    let program = std::env::current_exe()?;
    let words = [first, jobs, until].map(|number| number.to_string());
    let child = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MOST_KIB} && exec \"$@\""), "sh"])
        .arg(program)
        .args(["--worker", target])
        .arg(folder)
        .args(words)
        // Arenas of the C library reserve room that nobody uses.
        .env("MALLOC_ARENA_MAX", "1")
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::null())
        .stderr(std::fs::File::options().create(true).append(true).open(folder.join(format!("log-{first}")))?)
        .spawn()?;
    Ok(Worker { child, place, number: u64::MAX, since: Instant::now(), spent: Duration::ZERO })
}

/// Ends a worker that has worked on one file for ten seconds, or waited for two minutes.
fn look(worker: &mut Worker) -> io::Result<()> {
    let Ok(number) = Place::number(&worker.place) else { return Ok(()) };
    let spent = processor_time(worker.child.id()).unwrap_or(worker.spent);
    if number != worker.number {
        (worker.number, worker.since, worker.spent) = (number, Instant::now(), spent);
    } else if spent.saturating_sub(worker.spent).as_secs() > 10 || worker.since.elapsed().as_secs() > 120 {
        worker.child.kill()?;
    }
    Ok(())
}

/// What a process has computed so far.
fn processor_time(id: u32) -> Option<Duration> {
    let line = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<u64> =
        line.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).filter_map(|own| own.parse().ok()).collect();
    Some(Duration::from_millis(10 * fields.iter().sum::<u64>()))
}

/// Keeps what a worker has read when it died.
fn keep(folder: &Path, place: &Path, status: ExitStatus) -> io::Result<()> {
    let (number, bytes) = Place::read(place)?;
    let kept = folder.join(format!("died-{number}"));
    std::fs::write(&kept, bytes)?;
    eprintln!("{}: {status}", kept.display());
    Ok(())
}
