//! `dyad sweep --engine slurm`.
use super::arguments::program;
use super::console::outln;
use super::slurm_arguments::SlurmArguments;
use crate::error::Error;
use crate::sweep::slurm::{
    Job, JobKind, Jobs, OtherScheduler, Shards, SlurmSettings, index_ranges, largest_array, slurm_folder, submit,
    write_scripts,
};
use crate::sweep::{CostedPlan, SweepFolder, missing_points};
use std::path::Path;
use std::process::ExitCode;

/// Hands the points that are missing in a folder to Slurm. `jobs` is the number of points of a task at a time.
pub(super) fn submit_points(
    arguments: &SlurmArguments,
    costed: &CostedPlan,
    folder: &SweepFolder,
    jobs: Option<u16>,
) -> Result<ExitCode, Error> {
    let plan = &costed.plan;
    let missing = missing_points(folder, plan.points.len())?;
    if missing.is_empty() && folder.result().exists() {
        outln!("all points are there, and so is {}", folder.result().display());
        return Ok(ExitCode::SUCCESS);
    }
    let absolute = |path: &Path| path.canonicalize().map_err(|source| Error::File { path: path.to_owned(), source });
    let program = program().map_err(|source| Error::File { path: "dyad".into(), source })?;
    let folder_path = absolute(folder.path())?;
    let earlier = Jobs::read(&folder_path)?.map(|jobs| jobs.shards);
    let other = arguments.other();
    let largest = if other.is_none() { largest_array() } else { None };
    let of = Shards::count(plan.points.len(), arguments.tasks, earlier, largest)?;
    let settings = SlurmSettings {
        program: absolute(&program)?,
        shards: Shards::new(of, missing.iter().copied()),
        prepare: plan.config.trained.is_some() && !folder.trained().is_finished(),
        partition: arguments.partition.clone(),
        time: arguments.time.clone(),
        sbatch_arguments: arguments.sbatch_arguments.clone(),
        cpus_per_task: jobs.unwrap_or(1),
        setup: arguments.setup.clone(),
        memory: arguments.memory(costed.memory_bytes, jobs.unwrap_or(1)),
        array_limit: arguments.array_limit,
        folder: folder_path,
    };
    if let Some(other) = other {
        return submit_elsewhere(other, &settings, arguments.no_submit);
    }
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

/// Hands the points to a scheduler that is none of Slurm.
fn submit_elsewhere(other: OtherScheduler, settings: &SlurmSettings, no_submit: bool) -> Result<ExitCode, Error> {
    let script = other.write(settings)?;
    outln!("# scripts and logs are in {}", other.folder(settings).display());
    if no_submit {
        outln!("# nothing was submitted; this does: sh {}", script.display());
    } else {
        outln!("{}", other.submit(&script)?.trim_end());
        outln!(
            "# dyad status {} tells how far it is; submit again only when these jobs have ended",
            settings.folder.display()
        );
    }
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
