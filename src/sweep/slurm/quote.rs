//! Texts within scripts: as one word of the shell, as one argument of an `#SBATCH` line, within the pattern of a log.
use super::error::SlurmError;
use std::path::Path;

/// The text of a path, if scripts and `#SBATCH` lines can hold it. A backslash would switch the patterns of Slurm off.
pub(super) fn path_text(path: &Path) -> Result<&str, SlurmError> {
    path.to_str()
        .filter(|text| !text.contains(|c: char| c == '\\' || c.is_control()))
        .ok_or_else(|| SlurmError::Path { path: path.to_owned() })
}

/// A path as one word of the shell.
pub(super) fn shell_word(path: &Path) -> Result<String, SlurmError> {
    let text = path_text(path)?;
    shlex::try_quote(text).map(Into::into).map_err(|_| SlurmError::Path { path: path.to_owned() })
}

/// A line that gives sbatch one argument. Slurm reads these lines itself, by rules of its own: quotes join, a
/// backslash takes the next character as it is wherever it stands, # outside quotes begins a comment.
pub(super) fn sbatch_line(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:,./@%".contains(c);
    if argument.chars().all(plain) {
        return format!("#SBATCH {argument}\n");
    }
    format!("#SBATCH \"{}\"\n", argument.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text of a path within the pattern of a log, where % begins a replacement.
pub(super) fn pattern_text(path: &Path) -> Result<String, SlurmError> {
    Ok(path_text(path)?.replace('%', "%%"))
}

/// A text that may stand in the name of a job, which becomes part of the name of its log.
pub(super) fn job_name_text(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn plain_arguments_stay_as_they_are_and_others_are_quoted() {
        assert_eq!(sbatch_line("--time=1-12:30:00"), "#SBATCH --time=1-12:30:00\n");
        assert_eq!(sbatch_line("--signal=B:TERM@60"), "#SBATCH --signal=B:TERM@60\n");
        assert_eq!(sbatch_line("--comment=a #b"), "#SBATCH \"--comment=a #b\"\n");
        assert_eq!(sbatch_line(r#"--comment="\"#), "#SBATCH \"--comment=\\\"\\\\\"\n");
        assert_eq!(pattern_text(Path::new("/a/100%/%x")).unwrap(), "/a/100%%/%%x");
        assert_eq!(job_name_text("50% α's"), "50____s");
    }

    #[test]
    fn paths_that_scripts_cannot_hold_are_refused() {
        for path in ["/a\nb", "/a\\b", "/a\tb"] {
            assert!(matches!(shell_word(Path::new(path)), Err(SlurmError::Path { .. })), "{path:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn the_shell_gets_back_the_path_that_was_quoted(name in "[ -~&&[^\\\\]]{1,30}|[ '\"$`!*?α#~&;|<>()]{1,20}") {
            let word = shell_word(Path::new(&name)).unwrap();
            let echo = Command::new("bash").arg("-c").arg(format!("printf %s {word}")).output().unwrap();
            prop_assert_eq!(String::from_utf8(echo.stdout).unwrap(), name);
        }
    }
}
