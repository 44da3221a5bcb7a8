//! Scripts become files, files become jobs.
use super::error::SlurmError;
use super::jobs::{Job, JobKind, Jobs};
use super::queue::{complaint, run};
use super::script::{Scripts, SlurmSettings};
use super::slurm_folder;
use crate::storage::write_whole;
use std::path::{Path, PathBuf};

fn script_path(folder: &Path, kind: JobKind) -> PathBuf {
    slurm_folder(folder).join(match kind {
        JobKind::Prepare => "prepare.sh",
        JobKind::Array => "array.sh",
        JobKind::Merge => "merge.sh",
    })
}

/// Writes the scripts of a submission into `DIR/slurm/`; those of an earlier one that this one does not need go away.
///
/// # Errors
/// For settings that a script cannot hold, and if a file cannot be written.
pub fn write_scripts(settings: &SlurmSettings) -> Result<Scripts, SlurmError> {
    let scripts = settings.scripts()?;
    let folder = slurm_folder(&settings.folder);
    std::fs::create_dir_all(&folder).map_err(SlurmError::io(&folder))?;
    for (kind, text) in [
        (JobKind::Prepare, scripts.prepare.as_ref()),
        (JobKind::Array, scripts.array.as_ref()),
        (JobKind::Merge, Some(&scripts.merge)),
    ] {
        let path = script_path(&settings.folder, kind);
        match text {
            Some(text) => write_whole(&path, text.as_bytes()).map_err(SlurmError::io(&path))?,
            None if path.exists() => std::fs::remove_file(&path).map_err(SlurmError::io(&path))?,
            None => {}
        }
    }
    Ok(scripts)
}

/// Submits scripts that [`write_scripts`] has written: each waits for the one before it.
///
/// # Errors
/// If sbatch cannot be started or refuses. Jobs that were taken before are in the queue and in `jobs.json`.
pub fn submit(settings: &SlurmSettings, scripts: &Scripts) -> Result<Jobs, SlurmError> {
    let mut jobs = Jobs { shards: settings.shards.of(), jobs: vec![] };
    let mut add = |kind, suffix: &str, condition: &str| -> Result<(), SlurmError> {
        let script = script_path(&settings.folder, kind);
        let after = jobs.jobs.last().map(|before| format!("--dependency={condition}:{}", before.id));
        let (id, cluster) = sbatch(&script, after)?;
        jobs.jobs.push(Job { kind, id, name: format!("{}{suffix}", settings.job_name()), cluster });
        // At once, so that a refusal of the next one leaves no unknown job.
        jobs.write(&settings.folder)
    };
    if scripts.prepare.is_some() {
        add(JobKind::Prepare, "-prepare", "")?;
    }
    if scripts.array.is_some() {
        add(JobKind::Array, "", "afterok")?;
    }
    add(JobKind::Merge, "-merge", "afterany")?;
    Ok(jobs)
}

/// Number of the new job, and its cluster if Slurm chose one.
fn sbatch(script: &Path, dependency: Option<String>) -> Result<(String, Option<String>), SlurmError> {
    let mut arguments = vec!["--parsable".to_owned()];
    arguments.extend(dependency);
    // A path from the root: it cannot be taken for an option.
    arguments.push(script.to_string_lossy().into_owned());
    let output = run("sbatch", &arguments)?;
    let text = String::from_utf8_lossy(&output.stdout);
    match parse_id(&text) {
        Some(id) if output.status.success() => Ok(id),
        _ => Err(SlurmError::Refused { script: script.to_owned(), message: complaint("sbatch", &output) }),
    }
}

/// `12`, or `12;cluster`; anything else is no number of a job.
fn parse_id(text: &str) -> Option<(String, Option<String>)> {
    let line = text.lines().last()?.trim();
    let (id, cluster) = line.split_once(';').map_or((line, None), |(id, cluster)| (id, Some(cluster.to_owned())));
    let number = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
    number.then(|| (id.to_owned(), cluster))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::slurm::Shards;

    #[test]
    fn numbers_of_jobs_may_name_a_cluster() {
        assert_eq!(parse_id("12\n"), Some(("12".into(), None)));
        assert_eq!(parse_id("a hint\n12;big\n"), Some(("12".into(), Some("big".into()))));
        assert_eq!(parse_id("Submitted batch job 12\n"), None);
        assert_eq!(parse_id(""), None);
    }

    #[test]
    fn scripts_of_an_earlier_submission_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SlurmSettings {
            folder: folder.path().to_owned(),
            program: "/bin/dyad".into(),
            shards: Shards::new(2, [0, 1]),
            prepare: true,
            partition: None,
            time: None,
            sbatch_arguments: vec![],
            cpus_per_task: 1,
            setup: vec![],
            memory: None,
            array_limit: None,
        };
        let files = || {
            let entries = std::fs::read_dir(slurm_folder(folder.path())).unwrap();
            let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let first = write_scripts(&settings).unwrap();
        assert_eq!(files(), ["array.sh", "merge.sh", "prepare.sh"]);
        let array = script_path(folder.path(), JobKind::Array);
        assert_eq!(Some(std::fs::read_to_string(array).unwrap()), first.array);
        settings.shards = Shards::new(2, []);
        write_scripts(&settings).unwrap();
        assert_eq!(files(), ["merge.sh"]);
    }

    #[test]
    fn jobs_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Jobs::read(folder.path()).unwrap(), None);
        std::fs::create_dir(slurm_folder(folder.path())).unwrap();
        let job = |kind, id: &str| Job { kind, id: id.into(), name: "dyad-x".into(), cluster: None };
        let jobs = Jobs { shards: 4, jobs: vec![job(JobKind::Array, "12"), job(JobKind::Merge, "13")] };
        jobs.write(folder.path()).unwrap();
        assert_eq!(Jobs::read(folder.path()).unwrap(), Some(jobs));
    }
}
