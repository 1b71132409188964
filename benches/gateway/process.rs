//! The programs under load, and what the kernel tells of them.

use super::{floor, load::Target};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tokio::time::Instant;

/// The key that the gateway asks its clients for.
pub(crate) const KEY: &str = "sk-bench";

/// The credentials that calls are signed with.
pub(crate) const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_KEY: &str = "secret";
pub(crate) const REGION: &str = "us-east-1";

/// A running program; dropped, it is killed.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
}

/// Bytes of resident memory.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// At most so far.
    pub(crate) highest: u64,
}

// === impl Program ===

impl Program {
    /// The emulator, which lets anybody in.
    pub(crate) fn emulator() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bedrock-gateway"));
        Self::run(command.env_clear().args(["emulator", "--listen", "127.0.0.1:0"]))
    }

    /// A gateway that knows one key, signs its calls, and writes its log to a pipe that is read.
    pub(crate) fn gateway(program: &Path, transport: Option<&str>, emulator: SocketAddr) -> Self {
        let mut command = Command::new(std::path::absolute(program).unwrap());
        let command = command.env_clear().arg("serve").current_dir(std::env::temp_dir());
        if let Some(transport) = transport {
            command.env("GATEWAY__UPSTREAM__TRANSPORT", transport);
        }
        Self::run(
            command
                .env("GATEWAY__SERVER__LISTEN", "127.0.0.1:0")
                .env("API_KEYS", KEY)
                .env("AWS_REGION", REGION)
                .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
                .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
                .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", format!("http://{emulator}")),
        )
    }

    /// A floor, which is this very program.
    pub(crate) fn floor(kind: floor::Kind, emulator: SocketAddr) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        Self::run(command.env_clear().args([kind.flag(), &format!("http://{emulator}")]))
    }

    fn run(command: &mut Command) -> Self {
        let began = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            if output.read_line(&mut line).unwrap() == 0 {
                panic!("the program ended before it listened");
            }
            if line.contains("listening") {
                break address(&line);
            }
        };
        let started_in = began.elapsed();
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { child, address, started_in }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From its start to the line that says it listens.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// A request to it.
    pub(crate) fn target(&self, path: &str, body: Vec<u8>) -> Target {
        Target { address: self.address, path: path.to_owned(), body: body.into() }
    }

    /// CPU time so far, user and system, of all its threads. `schedstat` counts nanoseconds, `stat` only ticks; threads
    /// that have ended are missing, and neither program ends any while it works.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanoseconds: u64 = tasks
            .map(|task| fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap())
            .map(|stat| stat.split(' ').next().unwrap().parse::<u64>().unwrap())
            .sum();
        Duration::from_nanos(nanoseconds)
    }

    pub(crate) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
        };
        Memory { resident: field("VmRSS:"), highest: field("VmHWM:") }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first `127.0.0.1:PORT` of a line.
fn address(line: &str) -> SocketAddr {
    let from = line.find("127.0.0.1:").unwrap();
    let text = &line[from..];
    let digits = text.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let end = text[10..].find(|c: char| !c.is_ascii_digit()).map_or(digits + 1, |end| end + 10);
    text[..end].parse().unwrap()
}
