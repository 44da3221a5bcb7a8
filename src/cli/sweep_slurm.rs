//! `dyad sweep --engine slurm`.
use super::arguments::program;
use super::console::outln;
use super::slurm_arguments::SlurmArguments;
use crate::error::Error;
use crate::sweep::slurm::{
    Job, JobKind, Jobs, Shards, SlurmSettings, index_ranges, largest_array, slurm_folder, submit, write_scripts,
};
use crate::sweep::{Plan, SweepFolder, missing_points};
use std::path::Path;
use std::process::ExitCode;

/// Hands the points that are missing in a folder to Slurm. `jobs` is the number of points of a task at a time.
pub(super) fn submit_points(
    arguments: &SlurmArguments,
    plan: &Plan,
    folder: &SweepFolder,
    jobs: Option<u16>,
) -> Result<ExitCode, Error> {
    let missing = missing_points(folder, plan.points.len())?;
    if missing.is_empty() && folder.result().exists() {
        outln!("all points are there, and so is {}", folder.result().display());
        return Ok(ExitCode::SUCCESS);
    }
    let absolute = |path: &Path| path.canonicalize().map_err(|source| Error::File { path: path.to_owned(), source });
    let program = program().map_err(|source| Error::File { path: "dyad".into(), source })?;
    let folder_path = absolute(folder.path())?;
    let earlier = Jobs::read(&folder_path)?.map(|jobs| jobs.shards);
    let of = Shards::count(plan.points.len(), arguments.tasks, earlier, largest_array())?;
    let settings = SlurmSettings {
        program: absolute(&program)?,
        shards: Shards::new(of, missing.iter().copied()),
        prepare: plan.config.trained.is_some() && !folder.trained().is_finished(),
        partition: arguments.partition.clone(),
        time: arguments.time.clone(),
        sbatch_arguments: arguments.sbatch_arguments.clone(),
        cpus_per_task: jobs.unwrap_or(1),
        folder: folder_path,
    };
    let scripts = write_scripts(&settings)?;
    outln!("{}", scripts.array.as_ref().unwrap_or(&scripts.merge));
    let (missing, points) = (missing.len(), plan.points.len());
    outln!("# {missing} of {points} points are to be made, in shards {} of {of}", shards_text(&settings.shards));
    outln!("# scripts, numbers of jobs and logs are in {}", slurm_folder(&settings.folder).display());
    if arguments.no_submit {
        outln!("# nothing was submitted");
        return Ok(ExitCode::SUCCESS);
    }
    for job in &submit(&settings, &scripts)?.jobs {
        outln!("# submitted {}", job_text(job));
    }
    outln!("# dyad status {} tells how far it is", folder.path().display());
    Ok(ExitCode::SUCCESS)
}

fn shards_text(shards: &Shards) -> String {
    match shards.unfinished() {
        [] => "none".to_owned(),
        unfinished => index_ranges(unfinished),
    }
}

fn job_text(job: &Job) -> String {
    let what = match job.kind {
        JobKind::Prepare => "trains the network that all points begin with",
        JobKind::Array => "runs the shards",
        JobKind::Merge => "makes the result when the jobs before have ended",
    };
    format!("job {} ({}): {what}", job.id, job.name)
}
