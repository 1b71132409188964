//! The gateway over the emulator: what it costs in CPU, memory and time.
//!
//! Gateway, emulator and this client are three processes, so that what `/proc` says of the gateway is its own. Run it
//! by `cargo bench --bench gateway`; `-- --help` names the parts. `benches/README.md` has the table and says how to
//! read it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on must stop")]
#![expect(clippy::panic, reason = "a bench that cannot go on must stop")]
#![expect(clippy::print_stdout, reason = "the report")]

mod load;
mod process;
#[path = "../payload/requests.rs"]
mod requests;

use clap::Parser;
use load::Target;
use process::{Memory, Program};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// Deltas of a streamed answer.
const DELTAS: usize = 200;
/// Between two deltas of a paced stream.
const PACE: Duration = Duration::from_millis(20);
/// Between two deltas of an open stream.
const IDLE_PACE: Duration = Duration::from_secs(2);
/// Many clients at once.
const MANY: usize = 64;

#[derive(Parser)]
struct Args {
    /// The parts to run: small, agent, huge, burst, paced, latency, memory, start; all without one
    parts: Vec<String>,
    /// Another build of the gateway
    #[arg(long, default_value = env!("CARGO_BIN_EXE_bedrock-gateway"))]
    gateway: PathBuf,
    /// How often each measurement is repeated
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Streams held open by the part `memory`
    #[arg(long, default_value_t = 5000)]
    streams: usize,
    /// Given by `cargo bench`; without it nothing runs
    #[arg(long)]
    bench: bool,
}

/// The programs under load.
struct Bench {
    args: Args,
    emulator: Program,
    gateway: Program,
}

fn main() {
    let args = Args::parse();
    if args.bench {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(args));
    }
}

async fn run(args: Args) {
    let emulator = Program::emulator();
    let gateway = Program::gateway(&args.gateway, emulator.address());
    let bench = Bench { args, emulator, gateway };
    bench.cost("small", "small", requests::small(false), answer(), 4096).await;
    bench.cost("agent", "52 KB, 16 tools", requests::agent(false), answer(), 1024).await;
    bench.cost("huge", "400 KB, 76 tools", requests::huge(false), answer(), 512).await;
    bench.cost("burst", "stream without deltas", requests::small(true), burst(0), 2048).await;
    bench.cost("burst", "stream, burst of 200", requests::small(true), burst(DELTAS), 1024).await;
    bench.paced().await;
    bench.latency().await;
    bench.memory("small request", requests::small(true)).await;
    bench.memory("52 KB request", requests::agent(true)).await;
    bench.start();
}

// === impl Bench ===

impl Bench {
    fn wants(&self, part: &str) -> bool {
        self.args.parts.is_empty() || self.args.parts.iter().any(|wanted| wanted == part)
    }

    async fn script(&self, script: Value) {
        let target = self.emulator.target("/_emulator/scripts/always", script.to_string().into_bytes());
        load::load(&mut load::connect(&target, 1).await, &target, 1).await;
    }

    fn target(&self, body: Vec<u8>) -> Target {
        self.gateway.target("/v1/chat/completions", body)
    }

    /// CPU per request, with one client and with many.
    async fn cost(&self, part: &str, name: &str, body: Vec<u8>, script: Value, requests: usize) {
        if !self.wants(part) {
            return;
        }
        self.script(script).await;
        let target = self.target(body);
        for clients in [1, MANY] {
            let each = requests / clients;
            let mut connections = load::connect(&target, clients).await;
            load::load(&mut connections, &target, each / 2).await;
            let (mut costs, mut emulators, mut events) = (Vec::new(), Vec::new(), 0);
            for _ in 0..self.args.repeats {
                let (gateway, emulator) = (self.gateway.cpu(), self.emulator.cpu());
                events = load::load(&mut connections, &target, each).await / (clients * each);
                costs.push(per(self.gateway.cpu() - gateway, clients * each));
                emulators.push(per(self.emulator.cpu() - emulator, clients * each));
            }
            let (cost, emulator) = (spread(&mut costs), spread(&mut emulators));
            println!(
                "{name}, c={clients}: {cost} us of CPU per request; {events} events; emulator {emulator}"
            );
        }
    }

    /// CPU per event when every event comes by itself.
    async fn paced(&self) {
        if !self.wants("paced") {
            return;
        }
        self.script(paced(DELTAS, PACE)).await;
        let target = self.target(requests::small(true));
        let mut connections = load::connect(&target, MANY).await;
        let mut costs = Vec::new();
        for _ in 0..self.args.repeats {
            let before = self.gateway.cpu();
            let events = load::load(&mut connections, &target, 1).await;
            costs.push(per(self.gateway.cpu() - before, events));
        }
        println!("stream, an event per {PACE:?}, c={MANY}: {} us of CPU per event", spread(&mut costs));
    }

    /// What the gateway adds to the time of a call: one call at a time, in turns with calls past it.
    async fn latency(&self) {
        if !self.wants("latency") {
            return;
        }
        let model = requests::MODEL.replace(':', "%3A");
        for (name, body, operation, script, calls) in [
            ("small", requests::small(false), "converse", answer(), 3000),
            ("52 KB, 16 tools", requests::agent(false), "converse", answer(), 1000),
            ("stream, to the first chunk", requests::small(true), "converse-stream", burst(20), 3000),
        ] {
            self.script(script).await;
            let direct = requests::converse(&body);
            let direct = self.emulator.target(&format!("/model/{model}/{operation}"), direct);
            let [mut through, mut past] = load::in_turns([&self.target(body), &direct], calls).await;
            let (through, past) = (quantiles(&mut through), quantiles(&mut past));
            let line =
                |at: usize| format!("{:.0} - {:.0} = {:.0}", through[at], past[at], through[at] - past[at]);
            println!("{name}: p50 {} us, p99 {} us", line(0), line(1));
        }
    }

    /// Resident memory per open stream.
    async fn memory(&self, name: &str, body: Vec<u8>) {
        if !self.wants("memory") {
            return;
        }
        let streams = self.args.streams;
        let gateway = Program::gateway(&self.args.gateway, self.emulator.address());
        let target = gateway.target("/v1/chat/completions", body);
        self.script(burst(20)).await;
        load::load(&mut load::connect(&target, MANY).await, &target, 10).await;
        self.script(paced(600, IDLE_PACE)).await;
        let before = gateway.memory().resident;
        let mut open = load::hold(&target, streams).await;
        // Long enough for each to be in its steady state.
        tokio::time::sleep(IDLE_PACE * 4).await;
        assert_eq!(open.alive(), streams, "streams ended early");
        let Memory { resident, highest } = gateway.memory();
        let each = |bytes: u64| kib(bytes.saturating_sub(before)) / streams as f64;
        println!(
            "{streams} open streams, {name}: {:.1} KiB each (at most {:.1}), {:.0} KiB without them",
            each(resident),
            each(highest),
            kib(before),
        );
        drop(open);
        tokio::time::sleep(IDLE_PACE * 6).await;
        println!("  {:.0} KiB when they are gone", kib(gateway.memory().resident));
    }

    /// From the start of the process to the log line that says it listens.
    fn start(&self) {
        if !self.wants("start") {
            return;
        }
        let mut times: Vec<f64> = (0..self.args.repeats * 4)
            .map(|_| {
                Program::gateway(&self.args.gateway, self.emulator.address()).started_in().as_secs_f64() * 1e3
            })
            .collect();
        println!("start to listening: {} ms", spread(&mut times));
    }
}

/// A short whole answer.
fn answer() -> Value {
    json!({"blocks": [{"text": {"chunks": ["Paris has been the capital of France since 987."]}}]})
}

/// A stream in one write.
fn burst(deltas: usize) -> Value {
    let chunks: Vec<String> = (0..deltas).map(|number| format!("token{number} ")).collect();
    json!({"blocks": [{"text": {"chunks": chunks}}], "writes": "burst"})
}

/// A stream at a steady pace.
fn paced(deltas: usize, pace: Duration) -> Value {
    let mut script = burst(deltas);
    script["writes"] = json!("per_event");
    script["event_delay_ms"] = json!(pace.as_millis() as u64);
    script
}

fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.
}

fn per(cpu: Duration, count: usize) -> f64 {
    cpu.as_secs_f64() * 1e6 / count as f64
}

/// The least and the median of the repeats: other work on the machine can only add.
fn spread(values: &mut [f64]) -> String {
    values.sort_unstable_by(f64::total_cmp);
    format!("{:.1} (median {:.1})", values[0], values[values.len() / 2])
}

/// p50 and p99 in microseconds.
fn quantiles(times: &mut [Duration]) -> [f64; 2] {
    times.sort_unstable();
    [50, 99].map(|percent| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6)
}
