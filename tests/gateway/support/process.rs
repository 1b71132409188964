//! The program itself, as a process with an environment, standard output, signals and an exit code.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use bedrock_gateway::emulator::{Credentials, Emulator, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::client::{self, Answer, Open};
use crate::running::{soon, transport_kind};

/// What the emulator of these tests checks signatures against.
const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI-bPxRfiCYEXAMPLEKEY";

/// A running `bedrock-gateway`; it is killed when it is dropped.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    output: watch::Receiver<Vec<String>>,
    _directory: TempDir,
}

/// An emulator that lets in who signs with its secret.
pub(crate) async fn emulator() -> Emulator {
    let credentials = Some(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    Emulator::start(Settings { credentials, ..Settings::default() }).await.unwrap()
}

/// The environment that leads to it.
pub(crate) fn signed(emulator: &Emulator) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", emulator.endpoint()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
    ]
}

// === impl Process ===

impl Process {
    /// `serve` with this configuration and environment and nothing of ours, once it listens.
    pub(crate) async fn serve(config: &str, environment: &[(&str, String)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("customer.yaml");
        let listen = "server:\n  listen: \"127.0.0.1:0\"\n";
        std::fs::write(&file, format!("customer: {{ region: us-east-1 }}\n{listen}{config}")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_bedrock-gateway"))
            .args(["serve", "--config"])
            .arg(&file)
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("GATEWAY__UPSTREAM__TRANSPORT", transport_kind())
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, output) = watch::channel(Vec::new());
        collect(child.stdout.take().unwrap(), sender.clone());
        collect(child.stderr.take().unwrap(), sender);
        let unspecified = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self { address: unspecified, child, output, _directory: directory };
        let listening = process.line(|line| line["message"] == "listening").await;
        process.address = listening["addr"].as_str().unwrap().parse().unwrap();
        process
    }

    /// Waits for a line of JSON.
    pub(crate) async fn line(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = |lines: &Vec<String>| {
            lines.iter().filter_map(|line| serde_json::from_str(line).ok()).find(|line| wanted(line))
        };
        let mut output = self.output.clone();
        let lines =
            tokio::time::timeout(crate::running::PATIENCE, output.wait_for(|lines| find(lines).is_some()));
        let lines = lines.await.map(|found| found.unwrap().clone());
        find(&lines.unwrap_or_else(|_| panic!("no such line: {:#?}", self.lines()))).unwrap()
    }

    /// Everything it has written so far, on either output.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.output.borrow().clone()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end; the exit code.
    pub(crate) async fn exit(mut self) -> (i32, Vec<String>) {
        // The outputs end with the process.
        soon(async { while self.output.changed().await.is_ok() {} }).await;
        (self.child.wait().unwrap().code().unwrap(), self.lines())
    }

    /// Waits until new work should be sent to it.
    pub(crate) async fn ready(&self) {
        soon(async { while self.call("/ready", None).await.status != 200 {} }).await;
    }

    pub(crate) async fn call(&self, path: &str, body: Option<&Value>) -> Answer {
        soon(async { client::send(self.address, client::request(path, body)).await.whole().await }).await
    }

    pub(crate) async fn chat(&self, body: &Value) -> Answer {
        self.call("/v1/chat/completions", Some(body)).await
    }

    pub(crate) async fn open(&self, body: &Value) -> Open {
        soon(client::send(self.address, client::request("/v1/chat/completions", Some(body)))).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects the lines of an output until it ends.
fn collect(output: impl Read + Send + 'static, lines: watch::Sender<Vec<String>>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            lines.send_modify(|lines| lines.push(line.unwrap()));
        }
    });
}
