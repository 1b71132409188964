//! `bedrock-gateway config check FILE`: every problem of a configuration file at once, or what was understood.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, say};
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
pub fn run(args: ConfigArgs) -> ExitCode {
    let ConfigCommand::Check { file } = args.command;
    let (report, sound) = examine(&file, &Environment::capture());
    if let Err(error) = say(report.trim_end()) {
        return failed("the report could not be written", &error);
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The report on a file, and whether it is sound.
fn examine(file: &Path, env: &Environment) -> (String, bool) {
    match read(file) {
        Ok(text) => {
            let report = check(&text, env);
            (report.render(&file.display().to_string()), report.is_sound())
        }
        Err(problems) => (problems.to_string(), false),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    #[test]
    fn sound_files_and_others() {
        let env = Environment::default();
        let (report, sound) = examine(Path::new("config/customer-prod.yaml"), &env);
        assert!(sound && report.contains("config/customer-prod.yaml is sound"), "{report}");
        let (report, sound) = examine(Path::new("Cargo.toml"), &env);
        assert!(!sound && report.starts_with("Cargo.toml:"), "{report}");
        let (report, sound) = examine(Path::new("config/absent.yaml"), &env);
        assert!(!sound && report.contains("config/absent.yaml: error: cannot be read"), "{report}");
    }

    #[test]
    fn the_file_is_named_on_the_command_line() {
        let command = ConfigArgs::augment_args(Command::new("config"));
        let matches = command.clone().try_get_matches_from(["config", "check", "a.yaml"]).unwrap();
        let ConfigCommand::Check { file } = ConfigArgs::from_arg_matches(&matches).unwrap().command;
        assert_eq!(file, Path::new("a.yaml"));
        assert!(command.try_get_matches_from(["config", "check"]).is_err());
    }
}
