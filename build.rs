//! Notes the git commit that the program is built from, for the provenance of its traces.
use std::path::Path;
use std::process::Command;

/// What the program is made of.
const SOURCES: [&str; 5] = ["build.rs", "Cargo.toml", "Cargo.lock", "src", "hw_models"];

fn main() {
    let commit = git(&["describe", "--always", "--abbrev=12", "--exclude=*"]).unwrap_or_else(|| "unknown".to_owned());
    // Not `describe --dirty`: in a fresh clone that writes to the index, and whatever waits for it would be built again.
    let asked = ["--no-optional-locks", "status", "--porcelain", "--untracked-files=no", "--"];
    let changes = git(&[&asked[..], &SOURCES].concat());
    let mark = if changes.is_some_and(|changes| !changes.is_empty()) { "-dirty" } else { "" };
    println!("cargo::rustc-env=DYADSIM_GIT_COMMIT={commit}{mark}");
    // A commit or a checkout changes the last two of these.
    let of_git = ["HEAD", "logs/HEAD"].map(|file| git(&["rev-parse", "--git-path", file]));
    for file in SOURCES.map(|file| Some(file.to_owned())).into_iter().chain(of_git).flatten() {
        if Path::new(&file).exists() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
}

/// What git answers, without the end of its line.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}
