//! The `bedrock-gateway` program.

use std::process::ExitCode;

/// Measured against glibc and mimalloc: `benches/README.md`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    bedrock_gateway::cli::main()
}
