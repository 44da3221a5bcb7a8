//! The states and gradients of the authors' own code.
use dyadsim::verify::{TOLERANCE, verify};
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn all_fifteen_reference_cases_are_reproduced() {
    let files = cases();
    assert_eq!(files.len(), 15);
    for file in files {
        let verdict = verify(&file).unwrap();
        println!(
            "{}: states {:.1e}, gradients {:.1e}",
            verdict.name,
            verdict.state_error,
            verdict.gradient_error.unwrap_or(f64::NAN)
        );
        assert!(verdict.passes(), "{verdict:?} exceeds {TOLERANCE}");
        // Single precision reaches far more than the tolerance; a systematic error would show here first.
        assert!(verdict.state_error < 1e-5, "{verdict:?}");
    }
}
