//! The texts of the scripts.
use super::error::SlurmError;
use super::quote::{job_name_text, path_text, pattern_text, sbatch_line, shell_word};
use super::shards::{Shards, index_ranges};
use super::slurm_folder;
use std::path::PathBuf;

/// What the scripts of a sweep depend on.
#[derive(Debug, Clone)]
pub struct SlurmSettings {
    /// Folder of the sweep, absolute.
    pub folder: PathBuf,
    /// The program `dyad`, absolute.
    pub program: PathBuf,
    /// The shards, and which of them have points to run.
    pub shards: Shards,
    /// Whether what every point starts from has to be trained first.
    pub prepare: bool,
    /// Partition of all jobs [default: that of the cluster].
    pub partition: Option<String>,
    /// Time limit of each job in the notation of sbatch [default: that of the partition].
    pub time: Option<String>,
    /// Further arguments of sbatch for all jobs, as `--account=x`.
    pub sbatch_arguments: Vec<String>,
    /// Processors of a task of the array, and so how many of its points run at once.
    pub cpus_per_task: u16,
    /// Lines of the shell before the program, as `module load hdf5`.
    pub setup: Vec<String>,
    /// Memory of a task of the array, and of the job that trains what every point starts from, in the notation of sbatch
    /// [default: that of the cluster].
    pub memory: Option<String>,
    /// Tasks of the array that run at the same time, at most [default: as many as there is room for].
    pub array_limit: Option<u32>,
}

/// The scripts of one submission. A script that this submission does not need is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// Trains what every point starts from.
    pub prepare: Option<String>,
    /// Runs the shards.
    pub array: Option<String>,
    /// Makes the result.
    pub merge: String,
}

/// What dyad decides itself: an array or dependency of the user's own would leave points out or merge too early.
const RESERVED: [&str; 8] = ["--array", "-a", "--dependency", "-d", "--parsable", "--wrap", "--wait", "-W"];

impl SlurmSettings {
    /// The texts of the scripts.
    ///
    /// # Errors
    /// For paths and settings that a script cannot hold.
    pub fn scripts(&self) -> Result<Scripts, SlurmError> {
        let run_array = !self.shards.unfinished().is_empty();
        Ok(Scripts {
            prepare: if self.prepare && run_array { Some(self.prepare_script()?) } else { None },
            array: if run_array { Some(self.array_script()?) } else { None },
            merge: self.merge_script()?,
        })
    }

    /// Name of the array; those of the other jobs begin with it.
    pub fn job_name(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        format!("dyad-{}", job_name_text(&name))
    }

    fn prepare_script(&self) -> Result<String, SlurmError> {
        let memory = self.memory()?;
        let own: Vec<&str> = ["--requeue", SIGNAL].into_iter().chain(memory.as_deref()).collect();
        Ok(format!(
            "{head}\n{setup}exec {dyad} sweep --resume {folder} --prepare\n",
            head = self.head("-prepare", "%x-%j.log", &own)?,
            setup = self.setup_lines()?,
            dyad = shell_word(&self.program)?,
            folder = shell_word(&self.folder)?,
        ))
    }

    fn array_script(&self) -> Result<String, SlurmError> {
        let limit = self.array_limit.map_or(String::new(), |limit| format!("%{limit}"));
        let array = format!("--array={}{limit}", index_ranges(self.shards.unfinished()));
        let cpus = format!("--cpus-per-task={}", self.cpus_per_task);
        let memory = self.memory()?;
        let own = [array.as_str(), &cpus, "--requeue", SIGNAL, KILL_ON_INVALID];
        let own: Vec<&str> = own.into_iter().chain(memory.as_deref()).collect();
        Ok(format!(
            "{head}\n{setup}exec {dyad} sweep --resume {folder} --shard \"$SLURM_ARRAY_TASK_ID/{of}\" --jobs \"$SLURM_CPUS_PER_TASK\"\n",
            head = self.head("", "%x-%A_%a.log", &own)?,
            setup = self.setup_lines()?,
            dyad = shell_word(&self.program)?,
            folder = shell_word(&self.folder)?,
            of = self.shards.of(),
        ))
    }

    fn merge_script(&self) -> Result<String, SlurmError> {
        let dyad = shell_word(&self.program)?;
        let folder = shell_word(&self.folder)?;
        // The command is made of words that are quoted already; the whole is quoted once more for echo.
        let hint = format!("To run what is missing: {}", self.resume_command()?);
        let hint = shlex::try_quote(&hint).map_err(|_| SlurmError::Path { path: self.folder.clone() })?;
        Ok(format!(
            "{head}\n{setup}{dyad} merge {folder} && exit\nstatus=$?\necho {hint}\nexit $status\n",
            head = self.head("-merge", "%x-%j.log", &[])?,
            setup = self.setup_lines()?,
        ))
    }

    /// The command that submits the missing points in the same way.
    fn resume_command(&self) -> Result<String, SlurmError> {
        let mut words = vec![path_text(&self.program)?, "sweep", "--resume", path_text(&self.folder)?];
        let (tasks, cpus) = (self.shards.of().to_string(), self.cpus_per_task.to_string());
        words.extend(["--engine", "slurm", "--tasks", &tasks, "--jobs", &cpus]);
        words.extend(self.partition.iter().flat_map(|partition| ["--partition", partition]));
        words.extend(self.time.iter().flat_map(|time| ["--time", time]));
        let limit = self.array_limit.map(|limit| limit.to_string());
        words.extend(limit.iter().flat_map(|limit| ["--array-limit", limit]));
        words.extend(self.memory.iter().flat_map(|memory| ["--mem", memory]));
        words.extend(self.setup.iter().flat_map(|line| ["--setup", line]));
        words.extend(self.sbatch_arguments.iter().flat_map(|argument| ["--sbatch-arg", argument]));
        shlex::try_join(words).map_err(|_| SlurmError::Path { path: self.folder.clone() })
    }

    fn memory(&self) -> Result<Option<String>, SlurmError> {
        let Some(memory) = &self.memory else { return Ok(None) };
        check_line("--mem", memory)?;
        Ok(Some(format!("--mem={memory}")))
    }

    /// The lines before the program, each as it was given.
    pub(super) fn setup_lines(&self) -> Result<String, SlurmError> {
        let line = |line: &String| check_line("--setup", line).map(|()| format!("{line}\n"));
        self.setup.iter().map(line).collect()
    }

    /// The first line and the `#SBATCH` lines. Of an option that is given twice Slurm takes the last, so what the user
    /// asks for comes last.
    fn head(&self, suffix: &str, log: &str, own: &[&str]) -> Result<String, SlurmError> {
        let mut arguments = vec![
            format!("--job-name={}{suffix}", self.job_name()),
            format!("--output={}/{log}", pattern_text(&slurm_folder(&self.folder))?),
            "--open-mode=append".into(),
        ];
        arguments.extend(own.iter().map(ToString::to_string));
        arguments.extend(named("partition", "--partition", self.partition.as_deref())?);
        arguments.extend(named("time", "--time", self.time.as_deref())?);
        for argument in &self.sbatch_arguments {
            check_extra(argument)?;
            arguments.push(argument.clone());
        }
        let lines = arguments.iter().map(|argument| sbatch_line(argument));
        Ok(std::iter::once("#!/bin/sh\n".to_owned()).chain(lines).collect())
    }
}

/// A minute before the time limit the program itself (B: not its children) is told to stop; it then keeps the points
/// that are done.
const SIGNAL: &str = "--signal=B:TERM@60";
/// An array whose preparation failed does not wait for ever.
const KILL_ON_INVALID: &str = "--kill-on-invalid-dep=yes";

/// Refuses what would be no line of a script, or more than one.
pub(super) fn check_line(setting: &'static str, line: &str) -> Result<(), SlurmError> {
    let wrong = |rule| Err(SlurmError::Setting { setting, value: line.to_owned(), rule });
    match () {
        () if line.trim().is_empty() => wrong("is empty"),
        () if line.contains(char::is_control) => wrong("a line of a script cannot hold it"),
        () => Ok(()),
    }
}

fn named(option: &str, setting: &'static str, value: Option<&str>) -> Result<Option<String>, SlurmError> {
    let Some(value) = value else { return Ok(None) };
    let wrong = |rule| Err(SlurmError::Setting { setting, value: value.to_owned(), rule });
    match () {
        () if value.is_empty() => wrong("is empty"),
        () if value.contains(char::is_control) => wrong("a line of a script cannot hold it"),
        () => Ok(Some(format!("--{option}={value}"))),
    }
}

fn check_extra(argument: &str) -> Result<(), SlurmError> {
    let name = argument.split('=').next().unwrap_or_default();
    let short = !argument.starts_with("--");
    let reserved = RESERVED.iter().any(|own| name == *own || (short && argument.starts_with(own)));
    let rule = match () {
        () if !argument.starts_with('-') => "must begin with -, as in --sbatch-arg=--account=physics",
        () if argument.contains(char::is_control) => "a line of a script cannot hold it",
        () if name.contains(' ') => "is one argument: write --mem=4G, not --mem 4G",
        () if reserved => "is set by dyad itself",
        () => return Ok(()),
    };
    Err(SlurmError::Setting { setting: "--sbatch-arg", value: argument.to_owned(), rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &str, missing: &[usize]) -> SlurmSettings {
        SlurmSettings {
            folder: folder.into(),
            program: "/opt/my tools/dyad".into(),
            shards: Shards::new(8, missing.iter().copied()),
            prepare: false,
            partition: None,
            time: None,
            sbatch_arguments: vec![],
            cpus_per_task: 2,
            setup: vec![],
            memory: None,
            array_limit: None,
        }
    }

    #[test]
    fn lines_of_the_users_own_stand_before_the_program_in_every_script() {
        let mut settings = settings("/data/noise", &[0, 1, 2]);
        settings.prepare = true;
        settings.setup = vec!["module load hdf5/1.14".into(), "export OMP_NUM_THREADS=1".into()];
        settings.memory = Some("1200M".into());
        settings.array_limit = Some(2);
        let scripts = settings.scripts().unwrap();
        let (prepare, array) = (scripts.prepare.unwrap(), scripts.array.unwrap());
        for (script, command) in
            [(&prepare, "exec "), (&array, "exec "), (&scripts.merge, "'/opt/my tools/dyad' merge")]
        {
            let lines = format!("\n\nmodule load hdf5/1.14\nexport OMP_NUM_THREADS=1\n{command}");
            assert!(script.contains(&lines), "{script}");
        }
        assert!(array.contains("#SBATCH --array=1-3%2\n") && array.contains("#SBATCH --mem=1200M\n"), "{array}");
        assert!(prepare.contains("#SBATCH --mem=1200M\n") && !scripts.merge.contains("--mem="), "{prepare}");
        let words = shlex::split(&settings.resume_command().unwrap()).unwrap();
        let own = ["--array-limit", "2", "--mem", "1200M", "--setup", "module load hdf5/1.14"];
        assert!(words.windows(own.len()).any(|found| found == own), "{words:?}");
        settings.setup = vec!["a\nb".into()];
        assert!(settings.scripts().unwrap_err().to_string().contains("cannot hold it"));
    }

    #[test]
    fn the_array_runs_the_unfinished_shards_and_no_others() {
        let array = settings("/data/noise", &[0, 1, 2, 6, 14]).scripts().unwrap().array.unwrap();
        let expected = "#!/bin/sh
#SBATCH --job-name=dyad-noise
#SBATCH --output=/data/noise/slurm/%x-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --array=1-3,7
#SBATCH --cpus-per-task=2
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --kill-on-invalid-dep=yes

exec '/opt/my tools/dyad' sweep --resume /data/noise --shard \"$SLURM_ARRAY_TASK_ID/8\" --jobs \"$SLURM_CPUS_PER_TASK\"
";
        assert_eq!(array, expected);
    }

    #[test]
    fn what_the_user_asks_for_is_in_every_script_and_comes_last() {
        let mut settings = settings("/data/noise", &[0]);
        settings.prepare = true;
        settings.partition = Some("long".into());
        settings.time = Some("1-0".into());
        settings.sbatch_arguments = vec!["--comment=two words".into(), "-Aphysics".into()];
        let scripts = settings.scripts().unwrap();
        for script in [scripts.prepare.unwrap(), scripts.array.unwrap(), scripts.merge] {
            let head = script.split("\n\n").next().unwrap();
            let last =
                "#SBATCH --partition=long\n#SBATCH --time=1-0\n#SBATCH \"--comment=two words\"\n#SBATCH -Aphysics";
            assert!(head.ends_with(last), "{script}");
        }
    }

    #[test]
    fn scripts_that_are_not_needed_are_absent() {
        let mut settings = settings("/data/noise", &[]);
        settings.prepare = true;
        let scripts = settings.scripts().unwrap();
        assert_eq!((scripts.prepare, scripts.array), (None, None));
        assert!(scripts.merge.contains("\n'/opt/my tools/dyad' merge /data/noise && exit\n"), "{}", scripts.merge);
    }

    #[test]
    fn folders_with_odd_names_survive_the_shell_and_the_pattern_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let odd = r#"/data/it's 100% "x" $HOME #1"#;
        let mut settings = settings(odd, &[0]);
        settings.prepare = true;
        settings.sbatch_arguments = vec!["--comment=it's".into()];
        let scripts = settings.scripts().unwrap();
        assert!(scripts.merge.contains("#SBATCH --job-name=dyad-it_s_100___x___HOME__1-merge\n"), "{}", scripts.merge);
        let log = r#"#SBATCH "--output=/data/it's 100%% \"x\" $HOME #1/slurm/%x-%j.log""#;
        assert!(scripts.merge.contains(log), "{}", scripts.merge);
        for (name, text) in
            [("prepare", scripts.prepare.unwrap()), ("array", scripts.array.unwrap()), ("merge", scripts.merge)]
        {
            // With a program that prints what it was given, the script says what it would run.
            let show = folder.path().join("show");
            std::fs::write(&show, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 1\n").unwrap();
            let text = text.replace("'/opt/my tools/dyad'", &format!("sh {}", show.display()));
            let script = folder.path().join(name);
            std::fs::write(&script, &text).unwrap();
            let mut bash = std::process::Command::new("bash");
            let checked = bash.arg("-n").arg(&script).status().unwrap();
            assert!(checked.success(), "{text}");
            let mut sh = std::process::Command::new("sh");
            let run = sh.arg(&script).env("SLURM_ARRAY_TASK_ID", "3").env("SLURM_CPUS_PER_TASK", "2").output().unwrap();
            let said = String::from_utf8(run.stdout).unwrap();
            let expected = match name {
                "prepare" => format!("sweep\n--resume\n{odd}\n--prepare\n"),
                "array" => format!("sweep\n--resume\n{odd}\n--shard\n3/8\n--jobs\n2\n"),
                _ => format!("merge\n{odd}\n"),
            };
            assert!(said.starts_with(&expected), "{name}: {said}");
            assert_eq!(run.status.code(), Some(1));
        }
    }

    #[test]
    fn a_failed_merge_names_the_command_that_goes_on() {
        let mut settings = settings("/data/a b", &[0]);
        settings.time = Some("10".into());
        let words = shlex::split(&settings.resume_command().unwrap()).unwrap();
        let expected = "sweep --resume FOLDER --engine slurm --tasks 8 --jobs 2 --time 10";
        assert_eq!(words[1..].join(" "), expected.replace("FOLDER", "/data/a b"));
        assert_eq!(words[0], "/opt/my tools/dyad");
        assert!(settings.scripts().unwrap().merge.contains("To run what is missing: "));
    }

    #[test]
    fn arguments_that_would_break_the_array_are_refused() {
        for (argument, rule) in [
            ("mem=4G", "must begin with -"),
            ("--mem 4G", "is one argument"),
            ("--array=1-2", "is set by dyad"),
            ("-a1-2", "is set by dyad"),
            ("--dependency=singleton", "is set by dyad"),
            ("--comment=a\nrm -r x", "cannot hold"),
        ] {
            let mut settings = settings("/data/noise", &[0]);
            settings.sbatch_arguments = vec![argument.into()];
            let error = settings.scripts().unwrap_err().to_string();
            assert!(error.contains(rule), "{argument:?}: {error}");
        }
        let mut settings = settings("/data/noise", &[0]);
        settings.sbatch_arguments = vec!["--account=a".into(), "-Aa".into(), "--constraint=a b".into()];
        settings.scripts().unwrap();
        settings.partition = Some(String::new());
        assert!(settings.scripts().unwrap_err().to_string().starts_with("--partition"));
    }
}
