//! The same scripts for PBS and LSF: a job array that runs the shards, and a job that makes the result when it has ended.
//!
//! Arrays are counted from 1 without gaps there, so every script holds the list of shards that still have points to run.
use super::error::SlurmError;
use super::queue::{complaint, run};
use super::quote::{path_text, shell_word};
use super::script::{SlurmSettings, check_line};
use crate::storage::write_whole;
use std::path::{Path, PathBuf};

/// A scheduler other than Slurm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherScheduler {
    /// PBS Professional, OpenPBS.
    Pbs,
    /// IBM Spectrum LSF.
    Lsf,
}

/// The script that submits the others, and what was said of the jobs.
const SUBMIT: &str = "submit.sh";
const JOBS: &str = "jobs.txt";

/// What a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Prepare,
    Array,
    Merge,
}

impl OtherScheduler {
    /// Name of the folder for its scripts and logs in that of the sweep.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pbs => "pbs",
            Self::Lsf => "lsf",
        }
    }

    /// Where the scripts and logs go.
    pub fn folder(self, settings: &SlurmSettings) -> PathBuf {
        settings.folder.join(self.name())
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Pbs => "#PBS",
            Self::Lsf => "#BSUB",
        }
    }

    /// The variable with the number of a task.
    fn index(self) -> &'static str {
        match self {
            Self::Pbs => "PBS_ARRAY_INDEX",
            Self::Lsf => "LSB_JOBINDEX",
        }
    }

    /// The lines that ask for what a job needs. What the user asks for comes last.
    fn head(self, settings: &SlurmSettings, part: Part) -> Result<String, SlurmError> {
        let name = part_name(settings, part);
        let tasks = settings.shards.unfinished().len();
        let limit = settings.array_limit.map_or(String::new(), |limit| format!("%{limit}"));
        let logs = self.folder(settings);
        let logs = path_text(&logs)?;
        if logs.contains([' ', '"', '\'']) {
            // Each of the two reads such lines by rules of its own.
            return Err(SlurmError::Path { path: settings.folder.clone() });
        }
        let cpus = if part == Part::Array { settings.cpus_per_task } else { 1 };
        let memory = settings.memory.as_deref().filter(|_| part != Part::Merge);
        if let Some(memory) = memory {
            check_line("--mem", memory)?;
        }
        let mut lines = match self {
            Self::Pbs => {
                let memory = memory.map_or(String::new(), |memory| format!(":mem={}", memory.to_lowercase() + "b"));
                let mut lines = vec![
                    format!("-N {name}"),
                    "-j oe".to_owned(),
                    format!("-o {logs}/"),
                    format!("-l select=1:ncpus={cpus}{memory}"),
                    "-r y".to_owned(),
                ];
                // An array of a single task is refused.
                if part == Part::Array && tasks > 1 {
                    lines.push(format!("-J 1-{tasks}{limit}"));
                }
                lines.extend(settings.time.iter().map(|time| format!("-l walltime={time}")));
                lines
            }
            Self::Lsf => {
                let array = if part == Part::Array { format!("[1-{tasks}]{limit}") } else { String::new() };
                let log = if part == Part::Array { "%J_%I" } else { "%J" };
                let mut lines = vec![
                    format!("-J \"{name}{array}\""),
                    format!("-o {logs}/{name}-{log}.log"),
                    format!("-n {cpus}"),
                    "-R \"span[hosts=1]\"".to_owned(),
                    "-r".to_owned(),
                ];
                lines.extend(memory.map(|memory| format!("-M {memory}B")));
                lines.extend(settings.time.iter().map(|time| format!("-W {time}")));
                lines
            }
        };
        lines.extend(settings.partition.iter().map(|queue| format!("-q {queue}")));
        for argument in &settings.sbatch_arguments {
            check_line("--sbatch-arg", argument)?;
            lines.push(argument.clone());
        }
        let lines = lines.iter().map(|line| format!("{} {line}\n", self.sign()));
        Ok(std::iter::once("#!/bin/sh\n".to_owned()).chain(lines).collect())
    }

    fn script(self, settings: &SlurmSettings, part: Part) -> Result<String, SlurmError> {
        let (dyad, folder) = (shell_word(&settings.program)?, shell_word(&settings.folder)?);
        let command = match part {
            Part::Prepare => format!("exec {dyad} sweep --resume {folder} --prepare"),
            Part::Merge => format!("exec {dyad} merge {folder}"),
            Part::Array => {
                let shards: Vec<String> = settings.shards.unfinished().iter().map(u32::to_string).collect();
                let (index, of, cpus) = (self.index(), settings.shards.of(), settings.cpus_per_task);
                format!(
                    "set -- {}\nshift $((${{{index}:-1}} - 1))\nexec {dyad} sweep --resume {folder} --shard \"$1/{of}\" --jobs {cpus}",
                    shards.join(" ")
                )
            }
        };
        Ok(format!("{}\n{}{command}\n", self.head(settings, part)?, settings.setup_lines()?))
    }

    /// The script that submits the others, each to wait for the one before it.
    fn submission(self, settings: &SlurmSettings, parts: &[Part]) -> Result<String, SlurmError> {
        let folder = shell_word(&self.folder(settings))?;
        let earlier = std::iter::once(None).chain(parts.iter().copied().map(Some));
        let submit = |(earlier, part): (Option<Part>, &Part)| {
            let file = file_name(*part);
            match (self, earlier) {
                (Self::Pbs, None) => format!("job=$(qsub {file}); echo \"$job\""),
                (Self::Pbs, Some(earlier)) => {
                    let condition = if earlier == Part::Prepare { "afterok" } else { "afterany" };
                    format!("job=$(qsub -W depend={condition}:\"$job\" {file}); echo \"$job\"")
                }
                (Self::Lsf, None) => format!("bsub < {file}"),
                (Self::Lsf, Some(earlier)) => {
                    let condition = if earlier == Part::Prepare { "done" } else { "ended" };
                    format!("bsub -w '{condition}(\"{}\")' < {file}", part_name(settings, earlier))
                }
            }
        };
        let lines: Vec<String> = earlier.zip(parts).map(submit).collect();
        Ok(format!("#!/bin/sh\nset -e\ncd {folder}\n{}\n", lines.join("\n")))
    }

    /// Writes the scripts into the folder of the sweep; returns the one that submits the others.
    ///
    /// # Errors
    /// For settings that a script cannot hold, and if a file cannot be written.
    pub fn write(self, settings: &SlurmSettings) -> Result<PathBuf, SlurmError> {
        let has_array = !settings.shards.unfinished().is_empty();
        let wanted = [(Part::Prepare, settings.prepare && has_array), (Part::Array, has_array), (Part::Merge, true)];
        let parts: Vec<Part> = wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(part, _)| part).collect();
        let texts = parts.iter().map(|part| Ok((file_name(*part), self.script(settings, *part)?)));
        let mut texts = texts.collect::<Result<Vec<_>, SlurmError>>()?;
        texts.push((SUBMIT, self.submission(settings, &parts)?));
        let folder = self.folder(settings);
        std::fs::create_dir_all(&folder).map_err(SlurmError::io(&folder))?;
        for (name, text) in texts {
            let path = folder.join(name);
            write_whole(&path, text.as_bytes()).map_err(SlurmError::io(&path))?;
        }
        Ok(folder.join(SUBMIT))
    }

    /// Runs the script that submits the others; what the scheduler said of the jobs that it took.
    ///
    /// # Errors
    /// If it refuses a job. Those that it took before are in the queue, and listed next to the script.
    pub fn submit(self, script: &Path) -> Result<String, SlurmError> {
        let output = run("sh", &[script.to_string_lossy().into_owned()])?;
        let taken = String::from_utf8_lossy(&output.stdout).into_owned();
        if !taken.trim().is_empty() {
            let path = script.with_file_name(JOBS);
            write_whole(&path, taken.as_bytes()).map_err(SlurmError::io(&path))?;
        }
        match output.status.success() {
            true => Ok(taken),
            false => Err(SlurmError::NotTaken {
                scheduler: self.name(),
                script: script.to_owned(),
                message: complaint("sh", &output),
            }),
        }
    }

    /// Whether jobs of a sweep were submitted.
    pub fn has_jobs(folder: &Path) -> bool {
        [Self::Pbs, Self::Lsf].iter().any(|own| folder.join(own.name()).join(JOBS).exists())
    }
}

fn part_name(settings: &SlurmSettings, part: Part) -> String {
    let suffix = match part {
        Part::Prepare => "-prepare",
        Part::Array => "",
        Part::Merge => "-merge",
    };
    format!("{}{suffix}", settings.job_name())
}

fn file_name(part: Part) -> &'static str {
    match part {
        Part::Prepare => "prepare.sh",
        Part::Array => "array.sh",
        Part::Merge => "merge.sh",
    }
}

#[cfg(test)]
mod tests {
    use super::super::shards::Shards;
    use super::*;

    fn settings(folder: &Path, missing: &[usize]) -> SlurmSettings {
        SlurmSettings {
            folder: folder.to_owned(),
            program: "/opt/my tools/dyad".into(),
            shards: Shards::new(8, missing.iter().copied()),
            prepare: true,
            partition: Some("long".into()),
            time: Some("04:00".into()),
            sbatch_arguments: vec!["-P physics".into()],
            cpus_per_task: 2,
            setup: vec!["module load hdf5".into()],
            memory: Some("1200M".into()),
            array_limit: Some(3),
        }
    }

    fn text(path: &Path, file: &str) -> String {
        std::fs::read_to_string(path.with_file_name(file)).unwrap()
    }

    /// What a script of the array would run as this task.
    fn command(script: &str, variable: &str, index: &str, folder: &Path) -> String {
        let show = folder.join("show");
        std::fs::write(&show, "#!/bin/sh\nprintf '%s ' \"$@\"\n").unwrap();
        let script =
            script.replace("'/opt/my tools/dyad'", &format!("sh {}", show.display())).replace("module load hdf5", ":");
        let file = folder.join("try.sh");
        std::fs::write(&file, script).unwrap();
        let run = std::process::Command::new("sh").arg(file).env(variable, index).output().unwrap();
        String::from_utf8(run.stdout).unwrap()
    }

    #[test]
    fn a_task_runs_the_shard_that_is_missing_whatever_its_number() {
        let place = tempfile::tempdir().unwrap();
        for (scheduler, variable) in [(OtherScheduler::Pbs, "PBS_ARRAY_INDEX"), (OtherScheduler::Lsf, "LSB_JOBINDEX")] {
            let script = scheduler.write(&settings(place.path(), &[1, 2, 6])).unwrap();
            let array = text(&script, "array.sh");
            let said = command(&array, variable, "3", place.path());
            let folder = place.path().display();
            assert_eq!(said, format!("sweep --resume {folder} --shard 7/8 --jobs 2 "), "{array}");
        }
    }

    #[test]
    fn every_scheduler_is_asked_in_its_own_words() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().display().to_string();
        let name = place.path().file_name().unwrap().to_string_lossy().into_owned();
        let name = format!("dyad-{}", super::super::quote::job_name_text(&name));
        let script = OtherScheduler::Pbs.write(&settings(place.path(), &[1, 2, 6])).unwrap();
        let pbs = text(&script, "array.sh").replace(&folder, "FOLDER").replace(&name, "NAME");
        let expected = "#!/bin/sh
#PBS -N NAME
#PBS -j oe
#PBS -o FOLDER/pbs/
#PBS -l select=1:ncpus=2:mem=1200mb
#PBS -r y
#PBS -J 1-3%3
#PBS -l walltime=04:00
#PBS -q long
#PBS -P physics

module load hdf5
set -- 2 3 7
";
        assert!(pbs.starts_with(expected), "{pbs}");
        let submit = text(&script, "submit.sh");
        assert!(
            submit.contains("job=$(qsub prepare.sh); echo \"$job\"\njob=$(qsub -W depend=afterok:\"$job\" array.sh)")
        );
        assert!(submit.contains("-W depend=afterany:\"$job\" merge.sh)"), "{submit}");
        let one = OtherScheduler::Pbs.write(&settings(place.path(), &[1])).unwrap();
        assert!(!text(&one, "array.sh").contains("#PBS -J"), "an array of a single task is refused");
        let script = OtherScheduler::Lsf.write(&settings(place.path(), &[1, 2, 6])).unwrap();
        let lsf = text(&script, "array.sh").replace(&folder, "FOLDER").replace(&name, "NAME");
        let expected = "#!/bin/sh
#BSUB -J \"NAME[1-3]%3\"
#BSUB -o FOLDER/lsf/NAME-%J_%I.log
#BSUB -n 2
#BSUB -R \"span[hosts=1]\"
#BSUB -r
#BSUB -M 1200MB
#BSUB -W 04:00
#BSUB -q long
#BSUB -P physics
";
        assert!(lsf.starts_with(expected), "{lsf}");
        let submit = text(&script, "submit.sh").replace(&name, "NAME");
        assert!(submit.contains("bsub -w 'done(\"NAME-prepare\")' < array.sh\nbsub -w 'ended(\"NAME\")' < merge.sh"));
    }

    #[test]
    fn a_refusal_is_told_with_what_was_taken() {
        let place = tempfile::tempdir().unwrap();
        let script = place.path().join("submit.sh");
        std::fs::write(&script, "echo 12.server\necho 'qsub: no such queue' >&2\nexit 1\n").unwrap();
        let refused = OtherScheduler::Pbs.submit(&script).unwrap_err().to_string();
        assert!(refused.starts_with("pbs refused a job of ") && refused.ends_with("qsub: no such queue"), "{refused}");
        assert_eq!(text(&script, "jobs.txt"), "12.server\n");
    }
}
