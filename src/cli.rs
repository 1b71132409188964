//! The commands.

pub mod config;
#[cfg(feature = "emulator")]
mod demo;
#[cfg(feature = "emulator")]
mod emulator;
mod serve;

use clap::{Parser, Subcommand};
use std::{future::Future, process::ExitCode};

/// An OpenAI-compatible gateway to AWS Bedrock
#[derive(Debug, Parser)]
#[command(name = "bedrock-gateway", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::ServeArgs),
    /// Run the gateway over an emulated Bedrock: needs no AWS account
    #[cfg(feature = "emulator")]
    Demo(demo::DemoArgs),
    /// Run the emulated Bedrock alone
    #[cfg(feature = "emulator")]
    Emulator(emulator::EmulatorArgs),
    /// Work on configuration files
    Config(config::ConfigArgs),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        #[cfg(feature = "emulator")]
        Command::Demo(args) => demo::run(args),
        #[cfg(feature = "emulator")]
        Command::Emulator(args) => emulator::run(args),
        Command::Config(args) => config::run(args),
    }
}

/// Runs a service on a runtime of its own.
fn block_on(service: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(service),
        Err(error) => failed("the runtime could not be started", &error),
    }
}

/// Tells a person why the program ends. Used where there is no log yet.
#[expect(clippy::print_stderr, reason = "the command line's own error output")]
fn failed(what: &str, error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("bedrock-gateway: {what}: {error}");
    ExitCode::FAILURE
}

/// What a person should read on standard output, at once even through a pipe. A pipe that nobody reads is an error, not
/// a panic.
fn say(text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
