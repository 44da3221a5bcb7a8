//! Options of commands that can hand their work to Slurm.
use crate::sweep::slurm::OtherScheduler;
use clap::{Args, ValueEnum};

/// Where the points of a sweep run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// On this machine, now.
    #[default]
    Local,
    /// As a job array of Slurm.
    Slurm,
    /// As a job array of PBS: scripts are written into the folder and submitted with qsub.
    Pbs,
    /// As a job array of LSF: scripts are written into the folder and submitted with bsub.
    Lsf,
}

/// Takes the memory from the estimate.
const AUTO: &str = "auto";
/// How much more than the estimate is asked for: a job that needs a little more than it has asked for is killed.
const MEMORY_MARGIN: f64 = 4.0 / 3.0;
/// Less is not worth asking for.
const FEWEST_MEGABYTES: f64 = 200.0;

#[derive(Debug, Default, Args)]
pub(super) struct SlurmArguments {
    /// Where the points run.
    #[arg(long, value_enum, default_value_t)]
    pub(super) engine: Engine,
    /// Tasks of the job array; each runs one shard [default: a task a point, at most 100].
    #[arg(long, value_name = "N", help_heading = "Slurm", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) tasks: Option<u32>,
    /// Partition of the jobs.
    #[arg(long, value_name = "NAME", help_heading = "Slurm")]
    pub(super) partition: Option<String>,
    /// Time limit of each job in the notation of sbatch. One to two minutes before it, a task stops; points that are
    /// done are kept.
    #[arg(long, value_name = "TIME", help_heading = "Slurm")]
    pub(super) time: Option<String>,
    /// Tasks of the array that run at the same time, at most.
    #[arg(long, value_name = "N", help_heading = "Slurm", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) array_limit: Option<u32>,
    /// Memory of a task in the notation of sbatch, as 4G; "auto" takes what the largest point needs, times the points that
    /// run at once, and a third more.
    #[arg(long, value_name = "SIZE", help_heading = "Slurm")]
    pub(super) mem: Option<String>,
    /// A line of the shell before the program in every script, as in --setup 'module load hdf5'. May be repeated.
    #[arg(long, value_name = "LINE", help_heading = "Slurm")]
    pub(super) setup: Vec<String>,
    /// Any other argument of sbatch, as in --sbatch-arg=--account=physics; of qsub and bsub, as in --sbatch-arg='-P physics'.
    /// May be repeated.
    #[arg(long = "sbatch-arg", value_name = "ARGUMENT", help_heading = "Slurm", allow_hyphen_values = true)]
    pub(super) sbatch_arguments: Vec<String>,
    /// Write the scripts and submit nothing.
    #[arg(long, help_heading = "Slurm")]
    pub(super) no_submit: bool,
}

impl SlurmArguments {
    /// Ends the program, as clap does for wrong usage, if options contradict each other. `part` says that only a part
    /// of the sweep is asked for.
    pub(super) fn check(&self, part: bool) {
        let conflict = match self.engine {
            Engine::Slurm | Engine::Pbs | Engine::Lsf if part => {
                Some("--shard and --prepare are what the jobs do that --engine submits".into())
            }
            Engine::Local => {
                self.misplaced().map(|option| format!("{option} means nothing without --engine slurm, pbs or lsf"))
            }
            Engine::Slurm | Engine::Pbs | Engine::Lsf => None,
        };
        if let Some(conflict) = conflict {
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{conflict}\n")).exit();
        }
    }

    /// The scheduler, if it is none of Slurm.
    pub(super) fn other(&self) -> Option<OtherScheduler> {
        match self.engine {
            Engine::Pbs => Some(OtherScheduler::Pbs),
            Engine::Lsf => Some(OtherScheduler::Lsf),
            Engine::Local | Engine::Slurm => None,
        }
    }

    /// Memory of a task whose points, so many at a time, need so many bytes each at most.
    pub(super) fn memory(&self, bytes: f64, at_once: u16) -> Option<String> {
        let given = self.mem.as_ref()?;
        if given != AUTO {
            return Some(given.clone());
        }
        let megabytes = bytes * f64::from(at_once) * MEMORY_MARGIN / 1e6;
        Some(format!("{}M", ((megabytes / 100.0).ceil() * 100.0).max(FEWEST_MEGABYTES)))
    }

    /// Whether jobs are to be submitted.
    pub(super) fn submits(&self) -> bool {
        self.engine == Engine::Slurm && !self.no_submit
    }

    /// An option that only means something with Slurm, if one was given.
    fn misplaced(&self) -> Option<&'static str> {
        let given = [
            (self.tasks.is_some(), "--tasks"),
            (self.partition.is_some(), "--partition"),
            (self.time.is_some(), "--time"),
            (self.array_limit.is_some(), "--array-limit"),
            (self.mem.is_some(), "--mem"),
            (!self.setup.is_empty(), "--setup"),
            (!self.sbatch_arguments.is_empty(), "--sbatch-arg"),
            (self.no_submit, "--no-submit"),
        ];
        given.iter().find(|(given, _)| *given).map(|(_, option)| *option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_as_given_or_a_third_more_than_estimated() {
        let memory = |mem: Option<&str>, bytes, at_once| {
            SlurmArguments { mem: mem.map(str::to_owned), ..SlurmArguments::default() }.memory(bytes, at_once)
        };
        assert_eq!(memory(None, 1e9, 1), None);
        assert_eq!(memory(Some("4G"), 1e9, 8).as_deref(), Some("4G"));
        assert_eq!(memory(Some("auto"), 3e8, 2).as_deref(), Some("800M"));
        assert_eq!(memory(Some("auto"), 3.1e8, 2).as_deref(), Some("900M"));
        assert_eq!(memory(Some("auto"), 1e6, 1).as_deref(), Some("200M"));
    }
}
