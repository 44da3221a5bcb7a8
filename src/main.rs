//! The program `dyad`.
use dyadsim::cli::ProgramAllocator;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: ProgramAllocator = ProgramAllocator;

fn main() -> ExitCode {
    dyadsim::cli::main()
}
