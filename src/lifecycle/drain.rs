//! How the process ends: no stream shorter than the deadline is lost (design §5, promise 7).

use crate::lifecycle::{Lifecycle, Phase, signals::Signals};
use std::time::Duration;
use tokio::time::{interval, sleep, timeout};
use tracing::{info, warn};

/// How long calls that are cut have for their last words.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often the log says what still runs.
const REPORT: Duration = Duration::from_secs(5);

/// The exit code of a process that had to cut calls short.
pub const EXIT_CUT: u8 = 3;

/// `server.drain`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainSettings {
    /// How long new work is still taken, so that load balancers can notice that the process is not ready.
    pub delay: Duration,
    /// How long what runs may go on after that.
    pub deadline: Duration,
}

/// What still runs, for the log and the verdict.
#[derive(Debug, Clone, Copy, Default)]
pub struct Running {
    /// Client requests whose response body has not ended.
    pub in_flight: u64,
    /// Streams among them.
    pub streams: u64,
}

/// How the drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Calls that were ended before they were finished.
    pub cut: u64,
}

/// Drains the process: to be called on the first signal.
///
/// Not ready, but taking work → (`delay`) → listener and idle connections closed, calls finish → (`deadline`, counted
/// from the end of the delay) → calls are cut and say so to their clients → (2 s) → the end. A second signal goes
/// straight to the cut.
pub async fn drain(
    lifecycle: &Lifecycle,
    settings: &DrainSettings,
    signals: &mut Signals,
    running: impl Fn() -> Running,
) -> Drained {
    lifecycle.enter(Phase::Draining);
    info!(delay_ms = millis(settings.delay), "no longer ready, still taking requests");
    let mut hurry = tokio::select! {
        () = sleep(settings.delay) => false,
        _ = signals.next() => true,
    };

    lifecycle.enter(Phase::Closing);
    let finished = lifecycle.tasks().finished();
    tokio::pin!(finished);
    if !hurry {
        info!(deadline_ms = millis(settings.deadline), "listener closed, waiting for calls to finish");
        hurry = tokio::select! {
            () = &mut finished => false,
            () = sleep(settings.deadline) => true,
            _ = signals.next() => true,
            () = report(&running) => true,
        };
    }

    let mut left = Running::default();
    if hurry {
        lifecycle.enter(Phase::Cut);
        warn!(in_flight = running().in_flight, streams = running().streams, "cutting what still runs");
        if timeout(LAST_WORDS, finished).await.is_err() {
            left = running();
        }
    }
    // A call that was cut may be unable to say so to a client that reads nothing; it is one call all the same.
    let drained = Drained { cut: lifecycle.calls_cut().max(left.in_flight) };
    info!(cut = drained.cut, "drained");
    drained
}

async fn report(running: &impl Fn() -> Running) {
    let mut ticks = interval(REPORT);
    loop {
        ticks.tick().await;
        let Running { in_flight, streams } = running();
        info!(in_flight, streams, "draining");
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

// === impl Drained ===

impl Drained {
    /// What the process exits with: 0 when every call was finished, [`EXIT_CUT`] when some were not.
    pub fn exit_code(self) -> u8 {
        if self.cut == 0 { 0 } else { EXIT_CUT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::signals::Stop;
    use tokio::{task::JoinHandle, time::Instant};

    const SETTINGS: DrainSettings =
        DrainSettings { delay: Duration::from_secs(5), deadline: Duration::from_secs(300) };

    struct Process {
        life: Lifecycle,
        stop: Stop,
        began: Instant,
        drained: JoinHandle<(Drained, Duration)>,
    }

    /// A process with calls of the given lengths, drained from second 0 on. A call that is cut takes `last_words`.
    fn process(calls: &[u64], last_words: u64) -> Process {
        let life = Lifecycle::new();
        life.enter(Phase::Ready);
        let (stop, mut signals) = Signals::manual();
        for seconds in calls.iter().copied().map(Duration::from_secs) {
            let (cut, noted) = (life.cut(), life.clone());
            life.tasks().spawn(async move {
                tokio::select! {
                    () = sleep(seconds) => {}
                    () = cut => {
                        noted.note_cut();
                        sleep(Duration::from_secs(last_words)).await;
                    }
                }
            });
        }
        let began = Instant::now();
        let (other, drained_life) = (Lifecycle::new(), life.clone());
        let drained = other.tasks().spawn(async move {
            let tasks = drained_life.tasks().clone();
            let running = || Running { in_flight: tasks.len() as u64, streams: 0 };
            let drained = drain(&drained_life, &SETTINGS, &mut signals, running).await;
            (drained, began.elapsed())
        });
        Process { life, stop, began, drained }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_for_what_runs_and_not_longer() {
        let process = process(&[1, 40, 200], 0);
        let (drained, after) = process.drained.await.unwrap();
        assert_eq!((drained.cut, drained.exit_code()), (0, 0));
        assert_eq!(after, Duration::from_secs(200));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_process_still_waits_for_the_load_balancer() {
        let (drained, after) = process(&[], 0).drained.await.unwrap();
        assert_eq!(drained.exit_code(), 0);
        assert_eq!(after, Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn what_outlives_the_deadline_is_cut() {
        let process = process(&[304, 306, 9999], 1);
        process.life.reached(Phase::Closing).await;
        assert_eq!(process.began.elapsed(), Duration::from_secs(5));
        process.life.cut().await;
        assert_eq!(process.began.elapsed(), Duration::from_secs(305));
        let (drained, after) = process.drained.await.unwrap();
        assert_eq!((drained.cut, drained.exit_code()), (2, EXIT_CUT));
        assert_eq!(after, Duration::from_secs(306));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_ignores_the_cut_is_left_behind() {
        let (drained, after) = process(&[9999], 60).drained.await.unwrap();
        assert_eq!(drained.cut, 1);
        assert_eq!(after, Duration::from_secs(307));
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_cuts_at_once() {
        for wait in [1, 100] {
            let process = process(&[9999], 0);
            sleep(Duration::from_secs(wait)).await;
            process.stop.request();
            let (drained, after) = process.drained.await.unwrap();
            assert_eq!(drained.exit_code(), EXIT_CUT);
            assert_eq!(after, Duration::from_secs(wait));
        }
    }
}
