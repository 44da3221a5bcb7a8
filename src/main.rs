//! The program `dyad`.
use dyadsim::linalg::CacheLineAllocator;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

fn main() -> ExitCode {
    dyadsim::cli::main()
}
