//! What a program adds to the time of a call.

use super::{
    Bench, DELTAS, Way,
    figures::quantiles,
    floor, load,
    requests::{self, MODEL},
    scripts::{answer, burst},
};

// === impl Bench ===

impl Bench {
    /// One call at a time, through each program and past all of them in turns.
    pub(crate) async fn latency(&self) {
        if !self.args.wants("latency") {
            return;
        }
        for (name, body, script, calls) in [
            ("small", requests::small(false), answer(), 3000),
            ("52 KB, 16 tools", requests::agent(false), answer(), 1000),
            ("stream, to the first chunk", requests::small(true), burst(DELTAS / 10), 3000),
        ] {
            self.script(script).await;
            let ways = self.programs.ways(&body);
            let path = format!("/model/{}/{}", MODEL.replace(':', "%3A"), floor::operation(&body));
            let direct = self.emulator.target(&path, requests::converse(&body));
            let targets: Vec<_> = [&direct].into_iter().chain(ways.iter().map(|way| &way.target)).collect();
            let mut times = load::in_turns(&targets, calls).await.into_iter().map(quantiles);
            let past = times.next().unwrap();
            println!("{name}, time through - direct = added, us:");
            for (Way { name, .. }, through) in ways.iter().zip(times) {
                let line = |at: usize| {
                    format!("{:.0} - {:.0} = {:.0}", through[at], past[at], through[at] - past[at])
                };
                println!("  {name:12} p50 {}, p99 {}", line(0), line(1));
            }
        }
    }
}
