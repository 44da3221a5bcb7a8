//! The program `dyad`.
use std::process::ExitCode;

fn main() -> ExitCode {
    dyadsim::cli::main()
}
