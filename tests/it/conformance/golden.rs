//! The states and gradients of the authors' own code.
use crate::fixtures::repository::repository_file;
use dyadsim::verify::{NetworkVerdict, TOLERANCE, Verdict, verify};
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let folder = repository_file("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

fn network_verdict(file: &Path) -> NetworkVerdict {
    match verify(file).unwrap().remove(0) {
        Verdict::Network(verdict) => verdict,
        other => panic!("{other:?} is no network"),
    }
}

#[test]
fn every_reference_case_is_reproduced() {
    let files = cases();
    assert_eq!(files.len(), 23);
    for file in files {
        let verdict = network_verdict(&file);
        println!(
            "{}: states {:.1e}, gradients {:.1e}",
            verdict.name,
            verdict.state_error,
            verdict.gradient_error.unwrap_or(f64::NAN)
        );
        // Also through the unit step of a chip whose devices are all nominal, bit for bit.
        assert!(verdict.analog_is_identical, "{verdict:?}");
        assert!(verdict.passes(), "{verdict:?} exceeds {TOLERANCE}");
        // Single precision reaches far more than the tolerance; a systematic error would show here first.
        assert!(verdict.state_error < 1e-5, "{verdict:?}");
    }
}
