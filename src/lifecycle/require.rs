//! What has to succeed once before the process is ready. Requests are served meanwhile, as well as they can be.

use crate::lifecycle::{Lifecycle, Phase};
use std::{fmt::Display, time::Duration};
use tokio::time::sleep;
use tracing::{info, warn};

/// How long after the first failure the check is tried again. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How far that goes.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

// === impl Lifecycle ===

impl Lifecycle {
    /// Keeps the process from being ready until `check` has succeeded once; `/ready` shows the name. A failure is
    /// logged unless it says what the one before said. A process that drains tries no longer.
    pub fn require<F, E>(&self, name: &'static str, check: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send,
    {
        let block = self.block(name);
        let draining = self.reached(Phase::Draining);
        self.tasks().spawn(async move {
            let _until_the_end = block;
            tokio::select! {
                () = draining => {}
                () = success(name, check) => {}
            }
        });
    }
}

async fn success<F, E>(name: &'static str, check: impl Fn() -> F)
where
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let (mut pause, mut told) = (FIRST_PAUSE, String::new());
    while let Err(problem) = check().await {
        let problem = problem.to_string();
        if problem != told {
            warn!(missing = name, problem, "not ready");
            told = problem;
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    info!(found = name, "a requirement of readiness is met");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        sync::{Arc, Mutex},
    };
    use tokio::time::{Instant, timeout};

    fn running() -> Lifecycle {
        let life = Lifecycle::new();
        life.enter(Phase::Ready);
        life
    }

    #[tokio::test(start_paused = true)]
    async fn ready_once_it_has_succeeded_and_never_asked_again() {
        let (life, began) = (running(), Instant::now());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        life.require("role", move || {
            let mut seen = seen.lock().unwrap();
            seen.push(began.elapsed().as_secs());
            ready(if seen.len() < 8 { Err("no role") } else { Ok(()) })
        });
        assert_eq!(life.ready(), Err(vec!["role"]), "from the very beginning");
        sleep(Duration::from_secs(90)).await;
        assert_eq!(life.ready(), Err(vec!["role"]));
        sleep(Duration::from_secs(900)).await;
        assert_eq!(life.ready(), Ok(()));
        assert_eq!(*asked.lock().unwrap(), [0, 1, 3, 7, 15, 31, 61, 91]);
        assert!(life.tasks().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_does_not_wait_for_it() {
        let life = running();
        life.require("hangs", pending::<Result<(), String>>);
        life.require("fails", || ready(Err("no role")));
        sleep(Duration::from_secs(20)).await;
        life.enter(Phase::Draining);
        timeout(Duration::from_millis(1), life.tasks().finished()).await.unwrap();
        assert_eq!(life.ready(), Err(vec!["draining"]));
    }
}
