//! What tells the process to stop.

use std::io;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Requests to stop: the first starts the drain, the second cuts it short.
#[derive(Debug)]
pub struct Signals {
    source: Source,
}

/// Asks the process to stop without a signal, as a test does.
#[derive(Debug, Clone)]
pub struct Stop(UnboundedSender<()>);

#[derive(Debug)]
enum Source {
    System { terminate: Signal, interrupt: Signal },
    Manual(UnboundedReceiver<()>),
}

// === impl Signals ===

impl Signals {
    /// SIGTERM (what ECS, Kubernetes and Docker send) and SIGINT (what a terminal sends).
    pub fn system() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { source: Source::System { terminate, interrupt } })
    }

    /// Signals that come from the program itself.
    pub fn manual() -> (Stop, Self) {
        let (sender, receiver) = unbounded_channel();
        (Stop(sender), Self { source: Source::Manual(receiver) })
    }

    /// Waits for the next request to stop; its name is for the log. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> &'static str {
        match &mut self.source {
            Source::System { terminate, interrupt } => tokio::select! {
                Some(()) = terminate.recv() => "SIGTERM",
                Some(()) = interrupt.recv() => "SIGINT",
                else => std::future::pending().await,
            },
            Source::Manual(receiver) => match receiver.recv().await {
                Some(()) => "stop",
                // Nobody is left who could ask.
                None => std::future::pending().await,
            },
        }
    }
}

// === impl Stop ===

impl Stop {
    /// Asks once.
    pub fn request(&self) {
        // A process that no longer listens has stopped already.
        let _ = self.0.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, id};

    #[tokio::test]
    async fn both_signals_are_heard_and_none_is_lost() {
        let mut signals = Signals::system().unwrap();
        for (option, name) in [("-TERM", "SIGTERM"), ("-INT", "SIGINT"), ("-TERM", "SIGTERM")] {
            assert!(Command::new("kill").args([option, &id().to_string()]).status().unwrap().success());
            assert_eq!(signals.next().await, name);
        }
    }
}
