//! What Slurm says about itself and its queue.
use super::error::SlurmError;
use super::jobs::{Job, Jobs};
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program of Slurm to its end.
pub(super) fn run(program: &'static str, arguments: &[String]) -> Result<Output, SlurmError> {
    Command::new(program).args(arguments).output().map_err(|source| SlurmError::Program { program, source })
}

/// What a program said went wrong, without the name of the program before every line.
pub(super) fn complaint(program: &str, output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let prefix = format!("{program}: error: ");
    let lines = text.lines().map(|line| line.strip_prefix(&prefix).unwrap_or(line).trim());
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { output.status.to_string() } else { lines.join("; ") }
}

/// The largest index of an array task here, if Slurm tells it.
pub fn largest_array() -> Option<u32> {
    let output = run("scontrol", &["show".into(), "config".into()]).ok()?;
    largest_index(&String::from_utf8_lossy(&output.stdout))
}

/// Indices of arrays are smaller than MaxArraySize.
fn largest_index(config: &str) -> Option<u32> {
    let (_, value) =
        config.lines().filter_map(|line| line.split_once('=')).find(|(k, _)| k.trim() == "MaxArraySize")?;
    value.trim().parse::<u32>().ok()?.checked_sub(1)
}

/// Makes sure that no job of an earlier submission for `folder` can still write there.
///
/// # Errors
/// [`SlurmError::StillQueued`] with the jobs that can; also if Slurm does not answer.
pub fn refuse_doubles(folder: &Path) -> Result<(), SlurmError> {
    let Some(earlier) = Jobs::read(folder)? else { return Ok(()) };
    let mut queued = vec![];
    let mut cancel = vec![];
    for job in &earlier.jobs {
        let tasks = tasks_in_queue(folder, job)?;
        if !tasks.is_empty() {
            queued.extend(tasks);
            cancel.push(job.id.as_str());
        }
    }
    if queued.is_empty() {
        return Ok(());
    }
    Err(SlurmError::StillQueued { folder: folder.to_owned(), jobs: queued.join(", "), cancel: cancel.join(" ") })
}

/// What of one job waits or runs, as "12_3 running".
fn tasks_in_queue(folder: &Path, job: &Job) -> Result<Vec<String>, SlurmError> {
    let mut arguments = vec!["--noheader".into(), format!("--jobs={}", job.id), "--format=%i|%j|%T".into()];
    arguments.extend(job.cluster.iter().map(|cluster| format!("--clusters={cluster}")));
    let output = run("squeue", &arguments)?;
    if !output.status.success() {
        let message = complaint("squeue", &output);
        // Slurm forgets jobs some minutes after their end.
        if message.contains("Invalid job id") {
            return Ok(vec![]);
        }
        return Err(SlurmError::Queue { folder: folder.to_owned(), message });
    }
    Ok(tasks_of(job, &String::from_utf8_lossy(&output.stdout)))
}

fn tasks_of(job: &Job, listing: &str) -> Vec<String> {
    listing
        .lines()
        .filter_map(|line| {
            let mut fields = line.trim().split('|');
            let (id, name, state) = (fields.next()?, fields.next()?, fields.next()?);
            (name == job.name).then(|| format!("{id} {}", state.to_lowercase()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::slurm::JobKind;

    #[test]
    fn the_largest_index_is_one_below_the_size() {
        let config =
            "MailProg                = /bin/mail\nMaxArraySize            = 1001\nMaxBatchRequeue         = 5\n";
        assert_eq!(largest_index(config), Some(1000));
        assert_eq!(largest_index("MaxJobCount = 10000\n"), None);
        assert_eq!(largest_index("MaxArraySize = 0\n"), None);
    }

    #[test]
    fn a_job_of_another_name_under_the_same_number_is_not_ours() {
        let job = Job { kind: JobKind::Array, id: "12".into(), name: "dyad-noise".into(), cluster: None };
        let listing = "12_[3-4]|dyad-noise|PENDING\n12_1|dyad-noise|RUNNING\n";
        assert_eq!(tasks_of(&job, listing), ["12_[3-4] pending", "12_1 running"]);
        assert_eq!(tasks_of(&job, "12|other|RUNNING\n"), [""; 0]);
    }
}
