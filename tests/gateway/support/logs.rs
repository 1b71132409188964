//! The log of every gateway that runs inside this process. A request's line comes after everything else about it was
//! booked, so waiting for the line is waiting for the books.

use std::io;
use std::sync::{LazyLock, Once};

use bedrock_gateway::telemetry::logs::{LogSettings, subscriber};
use serde_json::Value;
use tokio::sync::watch;

static LINES: LazyLock<watch::Sender<Vec<Value>>> = LazyLock::new(watch::Sender::default);

struct Collector;

/// Collects from now on.
pub(crate) fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Probes have their line on this level.
        let filter = Some("info,bedrock_gateway=debug".to_owned());
        let settings = LogSettings { filter, ..LogSettings::default() };
        let subscriber = subscriber(&settings, || Collector).unwrap();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Waits for the line of a request.
pub(crate) async fn line(request_id: &str) -> Value {
    let found = |lines: &Vec<Value>| {
        let line = lines.iter().find(|line| line["request_id"] == request_id && line["message"] == "request");
        line.cloned()
    };
    let mut lines = LINES.subscribe();
    let lines = lines.wait_for(|lines| found(lines).is_some());
    let lines = tokio::time::timeout(crate::running::PATIENCE, lines).await.unwrap().unwrap();
    found(&lines).unwrap()
}

// === impl Collector ===

impl io::Write for Collector {
    /// The subscriber writes a line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let json = serde_json::from_slice(line).map_err(io::Error::other)?;
        LINES.send_modify(|lines| lines.push(json));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
