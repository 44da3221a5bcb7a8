//! Options of commands that can hand their work to Slurm.
use clap::{Args, ValueEnum};

/// Where the points of a sweep run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// On this machine, now.
    #[default]
    Local,
    /// As a job array of Slurm.
    Slurm,
}

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
    /// Any other argument of sbatch, as in --sbatch-arg=--mem=4G. May be repeated.
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
            Engine::Slurm if part => {
                Some("--shard and --prepare are what the jobs do that --engine slurm submits".into())
            }
            Engine::Local => self.misplaced().map(|option| format!("{option} means nothing without --engine slurm")),
            Engine::Slurm => None,
        };
        if let Some(conflict) = conflict {
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{conflict}\n")).exit();
        }
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
            (!self.sbatch_arguments.is_empty(), "--sbatch-arg"),
            (self.no_submit, "--no-submit"),
        ];
        given.iter().find(|(given, _)| *given).map(|(_, option)| *option)
    }
}
