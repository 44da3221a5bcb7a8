//! The Python interpreter with the packages of tests/python/requirements.txt.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The interpreter, if it has these packages. In CI they have to be there.
pub fn python(packages: &str) -> Option<String> {
    let python = std::env::var("DYADSIM_PYTHON").unwrap_or("python3".to_owned());
    let found = Command::new(&python).args(["-c", &format!("import {packages}")]).output();
    match found {
        Ok(output) if output.status.success() => Some(python),
        other => {
            let reason = match other {
                Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
                Err(error) => error.to_string(),
            };
            let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!in_ci, "CI needs {packages}: {python}: {reason}");
            println!("skipped: {python}: {reason} (`make test` installs what is needed)");
            None
        }
    }
}

/// A file of the repository.
pub fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a script of the repository to its end.
pub fn run_script(python: &str, script: &str, arguments: &[&Path]) -> Output {
    Command::new(python).arg(repository_file(script)).args(arguments).output().unwrap()
}
