//! CPU time: per request, and per event of a slow stream.

use super::{
    Bench, MANY, Way,
    figures::{Spread, per},
    load,
};
use serde_json::Value;

/// What one program did.
struct Cost {
    /// Microseconds of CPU per request.
    own: Spread,
    /// What the emulator spent meanwhile.
    emulator: Spread,
    /// Events per answer.
    events: usize,
}

/// What to measure.
pub(crate) struct Case {
    /// The part that it belongs to, and its own name.
    pub(crate) part: &'static str,
    pub(crate) name: &'static str,
    /// As OpenAI's clients send it.
    pub(crate) body: Vec<u8>,
    pub(crate) script: Value,
    /// Requests of a repeat, over all clients.
    pub(crate) requests: usize,
}

// === impl Bench ===

impl Bench {
    /// CPU per request, with one client and with many.
    pub(crate) async fn cost(&self, case: Case) {
        if !self.args.wants(case.part) {
            return;
        }
        self.script(case.script).await;
        let ways = self.programs.ways(&case.body);
        for clients in [1, MANY] {
            println!("{}, c={clients}, us of CPU per request:", case.name);
            report(&ways, &self.costs(&ways, clients, case.requests / clients).await);
        }
    }

    /// CPU per event when every event comes by itself. What an answer costs besides is in it.
    pub(crate) async fn paced(&self, body: &[u8], script: Value) {
        if !self.args.wants("paced") {
            return;
        }
        self.script(script).await;
        let ways = self.programs.ways(body);
        let mut costs = self.costs(&ways, MANY, 1).await;
        for cost in &mut costs {
            cost.own = cost.own.shared_by(cost.events);
            cost.emulator = cost.emulator.shared_by(cost.events);
        }
        println!("stream with its events one by one, c={MANY}, us of CPU per event:");
        report(&ways, &costs);
    }

    /// All ways take their turns within each repeat, so that a bad minute of the machine is everybody's.
    async fn costs(&self, ways: &[Way<'_>], clients: usize, each: usize) -> Vec<Cost> {
        let mut lanes = Vec::new();
        for way in ways {
            let mut connections = load::connect(&way.target, clients).await;
            load::load(&mut connections, &way.target, each / 2).await;
            lanes.push((connections, Vec::new(), Vec::new(), 0));
        }
        let requests = clients * each;
        for _ in 0..self.args.repeats {
            for (way, (connections, own, emulator, events)) in ways.iter().zip(&mut lanes) {
                let before = (way.program.cpu(), self.emulator.cpu());
                *events = load::load(connections, &way.target, each).await / requests;
                own.push(per(way.program.cpu() - before.0, requests));
                emulator.push(per(self.emulator.cpu() - before.1, requests));
            }
        }
        let cost = |(_, own, emulator, events)| Cost {
            own: Spread::of(own),
            emulator: Spread::of(emulator),
            events,
        };
        lanes.into_iter().map(cost).collect()
    }
}

/// A line for each; behind those of the floors, how many times theirs the gateway's cost is.
fn report(ways: &[Way<'_>], costs: &[Cost]) {
    let gateway = costs[0].own;
    for (number, (Way { name, .. }, Cost { own, emulator, events })) in ways.iter().zip(costs).enumerate() {
        let ratio = match number {
            0 => String::new(),
            _ => format!("; gateway/{name} {}", gateway.ratio(*own)),
        };
        println!("  {name:12} {own}; {events} events; emulator {emulator}{ratio}");
    }
}
