//! `bedrock-gateway config check FILE`: every problem of a configuration file at once, or what was understood.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::config::{Environment, check, read};

/// Work on configuration files.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Tell every problem of a file: exit code 1 when it has errors, 0 and a summary when it is sound
    Check {
        /// The YAML file
        file: PathBuf,
    },
}

/// Runs the command, with the environment of the process on top of the file as in `serve`.
#[expect(clippy::print_stdout, reason = "the report is the output of the command")]
pub fn run(args: ConfigArgs) -> ExitCode {
    let ConfigCommand::Check { file } = args.command;
    match read(&file) {
        Ok(text) => {
            let report = check(&text, &Environment::capture());
            print!("{}", report.render(&file.display().to_string()));
            if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problems) => {
            println!("{problems}");
            ExitCode::FAILURE
        }
    }
}
