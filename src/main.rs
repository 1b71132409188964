//! The `bedrock-gateway` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bedrock_gateway::cli::main()
}
