//! The gateway over the emulator: what it costs in CPU, memory and time, and how many times that of a bare proxy.
//!
//! Gateway, emulator, both floors and this client are processes of their own, so that what `/proc` says of the gateway
//! is its own. Run it by `cargo bench --bench gateway`; `-- --help` names the parts. `benches/README.md` has the table
//! and says how to read it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on must stop")]
#![expect(clippy::panic, reason = "a bench that cannot go on must stop")]
#![expect(clippy::print_stdout, reason = "the report")]

mod cost;
mod events;
mod figures;
mod floor;
mod latency;
mod load;
mod memory;
mod process;
#[path = "../payload/requests.rs"]
mod requests;
mod scripts;

use clap::Parser;
use cost::Case;
use figures::Spread;
use load::Target;
use process::Program;
use scripts::{answer, burst, paced};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// The gateway's, for the floors.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    /// The gateway's `upstream.transport`; its default without it
    #[arg(long, value_parser = ["sdk", "direct", "auto"])]
    transport: Option<String>,
    /// How often each measurement is repeated
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Streams held open by the part `memory`; each takes two file descriptors of a proxy, which needs the hard limit
    /// for them (`ulimit -Hn`) or the right to raise it
    #[arg(long, default_value_t = 5000)]
    streams: usize,
    /// Given by `cargo bench`; without it nothing runs
    #[arg(long)]
    bench: bool,
    /// Be the floor over the emulator at this URL
    #[arg(long, hide = true)]
    floor: Option<String>,
    /// Be the translating floor
    #[arg(long, hide = true)]
    translating_floor: Option<String>,
}

/// The programs under load.
struct Bench {
    args: Args,
    emulator: Program,
    programs: Programs,
}

/// What stands between client and emulator.
struct Programs {
    gateway: Program,
    floor: Program,
    translating: Program,
}

/// One of them and the same request as it wants it.
struct Way<'a> {
    name: &'static str,
    program: &'a Program,
    target: Target,
}

fn main() {
    let args = Args::parse();
    if let Some(emulator) = args.floor {
        floor::run(floor::Kind::PassThrough, emulator);
    } else if let Some(emulator) = args.translating_floor {
        floor::run(floor::Kind::Translating, emulator);
    } else if args.bench {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(args));
    }
}

async fn run(args: Args) {
    if args.wants("memory") {
        memory::allow_descriptors(args.streams);
    }
    let emulator = Program::emulator();
    let programs = Programs::start(&args, &emulator);
    let bench = Bench { args, emulator, programs };
    for (part, name, body, script, requests) in [
        ("small", "small", requests::small(false), answer(), 4096),
        ("agent", "52 KB, 16 tools", requests::agent(false), answer(), 1024),
        ("huge", "400 KB, 76 tools", requests::huge(false), answer(), 512),
        ("burst", "stream without deltas", requests::small(true), burst(0), 2048),
        ("burst", "stream, burst of 200", requests::small(true), burst(DELTAS), 1024),
    ] {
        bench.cost(Case { part, name, body, script, requests }).await;
    }
    bench.paced(&requests::small(true), paced(DELTAS, PACE)).await;
    bench.latency().await;
    bench.memory("small request", &requests::small(true)).await;
    bench.memory("52 KB request", &requests::agent(true)).await;
    bench.start();
}

// === impl Args ===

impl Args {
    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }

    fn gateway(&self, emulator: &Program) -> Program {
        Program::gateway(&self.gateway, self.transport.as_deref(), emulator.address())
    }
}

// === impl Programs ===

impl Programs {
    fn start(args: &Args, emulator: &Program) -> Self {
        Self {
            gateway: args.gateway(emulator),
            floor: Program::floor(floor::Kind::PassThrough, emulator.address()),
            translating: Program::floor(floor::Kind::Translating, emulator.address()),
        }
    }

    /// The ways of a request: through the gateway first.
    fn ways(&self, body: &[u8]) -> [Way<'_>; 3] {
        const PATH: &str = "/v1/chat/completions";
        let way = |name, program, path: &str, body| Way { name, program, target: program.target(path, body) };
        let floor = format!("{PATH}?{}", floor::operation(body));
        [
            way("gateway", &self.gateway, PATH, body.to_vec()),
            way("floor", &self.floor, &floor, requests::converse(body)),
            way("translating", &self.translating, PATH, body.to_vec()),
        ]
    }
}

// === impl Bench ===

impl Bench {
    async fn script(&self, script: Value) {
        let target = self.emulator.target("/_emulator/scripts/always", script.to_string().into_bytes());
        load::load(&mut load::connect(&target, 1).await, &target, 1).await;
    }

    /// From the start of the process to the log line that says it listens.
    fn start(&self) {
        if !self.args.wants("start") {
            return;
        }
        let times = (0..self.args.repeats * 4)
            .map(|_| self.args.gateway(&self.emulator).started_in().as_secs_f64() * 1e3)
            .collect();
        println!("start to listening: {} ms", Spread::of(times));
    }
}
