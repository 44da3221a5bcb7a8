//! Notes the git commit that the program is built from, for the provenance of its traces.
use std::path::Path;
use std::process::Command;

fn main() {
    // Without optional locks git leaves the index as it is, whose change would build everything again.
    let commit = Command::new("git")
        .args(["--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or("unknown".to_owned(), |text| text.trim().to_owned());
    println!("cargo::rustc-env=DYADSIM_GIT_COMMIT={commit}");
    // A commit or a checkout changes one of these.
    for file in [".git/HEAD", ".git/index"] {
        if Path::new(file).exists() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
