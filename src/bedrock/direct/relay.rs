//! The waker of a connection that is polled by the task that uses it.
//!
//! hyper's two halves of an exchange wake each other for every piece of an answer. Here both are polled by one task, one
//! after the other, so such a wake-up says what is known already, and would have the task polled once more, often on
//! another thread that is woken for it. This waker tells them apart: what wakes it while the connection is being polled
//! is looked into within that poll, and only what wakes it later (the socket, as a rule) wakes the task.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Nobody polls: a wake-up is for the task.
const RESTING: u8 = 0;
/// The task polls.
const POLLING: u8 = 1;
/// The task polls, and something has happened since it began to.
const AGAIN: u8 = 2;

/// How often in a row one poll looks into what happened within it. tokio wakes a task whose turn is over to have it
/// come back later; it must not go round for ever.
const ROUNDS: usize = 2;

/// Hands wake-ups on to whichever task uses the connection.
pub(super) struct Relay {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

// === impl Relay ===

impl Relay {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: AtomicU8::new(RESTING), task: Mutex::default() })
    }

    /// Polls with a waker that wakes the task of `cx`, but not for what `poll` itself brings about.
    pub(super) fn poll<T>(
        self: &Arc<Self>,
        waker: &Waker,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        {
            let mut task = self.task();
            match task.as_mut() {
                Some(task) => task.clone_from(cx.waker()),
                None => *task = Some(cx.waker().clone()),
            }
        }
        for _ in 0..ROUNDS {
            self.state.store(POLLING, Ordering::SeqCst);
            let polled = poll(&mut Context::from_waker(waker));
            let quiet = self.state.swap(RESTING, Ordering::SeqCst) == POLLING;
            if quiet || polled.is_ready() {
                return polled;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Wakes nobody until the next [`poll`](Self::poll).
    pub(super) fn forget(&self) {
        *self.task() = None;
    }

    /// A holder that panicked leaves a waker behind, which is as good as it was.
    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let polling = self.state.compare_exchange(POLLING, AGAIN, Ordering::SeqCst, Ordering::SeqCst);
        if polling == Err(RESTING)
            && let Some(task) = &*self.task()
        {
            task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    struct Fixture {
        relay: Arc<Relay>,
        waker: Waker,
        count: Arc<Count>,
        task: Waker,
    }

    fn fixture() -> Fixture {
        let (relay, count) = (Relay::new(), Arc::new(Count(AtomicUsize::new(0))));
        let (waker, task) = (Waker::from(Arc::clone(&relay)), Waker::from(Arc::clone(&count)));
        Fixture { relay, waker, count, task }
    }

    impl Fixture {
        fn poll<T>(&self, poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
            self.relay.poll(&self.waker, &mut Context::from_waker(&self.task), poll)
        }

        fn woken(&self) -> usize {
            self.count.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn what_happens_within_a_poll_is_looked_into_at_once() {
        let all = fixture();
        let mut polls = 0;
        let polled = all.poll(|cx| {
            polls += 1;
            if polls == 1 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(polls)
        });
        assert_eq!((polled, all.woken()), (Poll::Ready(2), 0));
    }

    #[test]
    fn what_happens_later_wakes_the_task() {
        let all = fixture();
        let mut kept = None;
        let polled: Poll<()> = all.poll(|cx| {
            kept = Some(cx.waker().clone());
            Poll::Pending
        });
        assert_eq!((polled, all.woken()), (Poll::Pending, 0));
        kept.as_ref().unwrap().wake_by_ref();
        assert_eq!(all.woken(), 1);
        all.relay.forget();
        kept.unwrap().wake();
        assert_eq!(all.woken(), 1);
    }

    #[test]
    fn who_is_told_to_come_back_later_comes_back_later() {
        let all = fixture();
        let polled: Poll<()> = all.poll(|cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!((polled, all.woken()), (Poll::Pending, 1));
    }

    /// No wake-up is lost, whenever it comes.
    #[test]
    fn a_wake_up_from_another_thread_is_never_lost() {
        for _ in 0..2_000 {
            let all = fixture();
            let (happened, waker) = (Arc::new(AtomicU8::new(0)), all.waker.clone());
            let other = Arc::clone(&happened);
            let thread = std::thread::spawn(move || {
                other.store(1, Ordering::SeqCst);
                waker.wake_by_ref();
            });
            let polled = all.poll(|_| match happened.load(Ordering::SeqCst) {
                0 => Poll::Pending,
                _ => Poll::Ready(()),
            });
            thread.join().unwrap();
            assert!(polled.is_ready() || all.woken() > 0);
        }
    }
}
