//! Resident memory of open streams.

use super::{
    Bench, IDLE_PACE, MANY, Programs, Way,
    figures::kib,
    load,
    process::Memory,
    scripts::{burst, paced},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors of a program besides those of streams.
const OTHERS: u64 = 200;

/// Lets this program, and those it starts, open all the files that they may; `streams` take two each of a proxy.
/// A hard limit that is too low is raised where that is allowed.
///
/// # Panics
/// When it does not suffice.
pub(crate) fn allow_descriptors(streams: usize) {
    let wanted = streams as u64 * 2 + OTHERS;
    let hard = getrlimit(Resource::Nofile).maximum;
    let raised = hard.map(|hard| hard.max(wanted));
    let limit = |limit| Rlimit { current: limit, maximum: limit };
    if setrlimit(Resource::Nofile, limit(raised)).is_err() {
        setrlimit(Resource::Nofile, limit(hard)).unwrap();
        assert!(hard.is_none_or(|hard| hard >= wanted), "{streams} streams take a `ulimit -Hn` of {wanted}");
    }
}

// === impl Bench ===

impl Bench {
    /// Resident memory per open stream, of each program by itself and afresh.
    pub(crate) async fn memory(&self, name: &str, body: &[u8]) {
        if !self.args.wants("memory") {
            return;
        }
        println!("{} open streams, {name}, KiB resident:", self.args.streams);
        let programs = Programs::start(&self.args, &self.emulator);
        for way in programs.ways(body) {
            self.open_streams(&way).await;
        }
    }

    async fn open_streams(&self, Way { name, program, target }: &Way<'_>) {
        let streams = self.args.streams;
        self.script(burst(20)).await;
        load::load(&mut load::connect(target, MANY).await, target, 10).await;
        self.script(paced(600, IDLE_PACE)).await;
        let before = program.memory().resident;
        let mut open = load::hold(target, streams).await;
        // Long enough for each to be in its steady state.
        tokio::time::sleep(IDLE_PACE * 4).await;
        assert_eq!(open.alive(), streams, "streams ended early");
        let Memory { resident, highest } = program.memory();
        let each = |bytes: u64| kib(bytes.saturating_sub(before)) / streams as f64;
        drop(open);
        tokio::time::sleep(IDLE_PACE * 6).await;
        println!(
            "  {name:12} {:.1} each (at most {:.1}), {:.0} without them, {:.0} when they are gone",
            each(resident),
            each(highest),
            kib(before),
            kib(program.memory().resident),
        );
    }
}
