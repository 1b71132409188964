//! Log lines on their way out. A reader that stalls (a full pipe, a stuck log driver) must not hold up the threads
//! that serve requests, so a thread of its own writes, and what the bounded queue cannot hold is dropped and counted.

use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that wait for a slow reader; at most a few MiB.
const QUEUE: usize = 8192;
/// How long the writing thread lets lines gather after the first: to be woken and to write for every line would cost
/// more than the line itself.
const GATHER: Duration = Duration::from_millis(5);
/// How long the end of the process waits for a slow reader.
const FLUSH: Duration = Duration::from_secs(1);

/// Where the subscriber writes: one call, one line.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

/// Writes what is still queued when it is dropped; keep it until the end of `main`.
#[derive(Debug)]
pub struct Flush(Sink);

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Starts the writing thread.
pub(super) fn start(output: impl Write + Send + 'static) -> io::Result<(Sink, Flush)> {
    let (queue, messages) = sync_channel(QUEUE);
    let dropped = Arc::new(AtomicU64::new(0));
    let sink = Sink { queue, dropped: dropped.clone() };
    thread::Builder::new().name("log".into()).spawn(move || write(&messages, &dropped, output))?;
    Ok((sink.clone(), Flush(sink)))
}

/// A failing output has nobody left to complain to; requests matter more.
fn write(messages: &Receiver<Message>, dropped: &AtomicU64, output: impl Write) {
    let mut output = BufWriter::new(output);
    while let Ok(message) = messages.recv() {
        if matches!(message, Message::Line(_)) {
            thread::sleep(GATHER);
        }
        let mut next = Some(message);
        while let Some(message) = next {
            match message {
                Message::Line(line) => {
                    let _ = output.write_all(&line);
                }
                Message::Flush(done) => {
                    let _ = output.flush();
                    let _ = done.send(());
                }
            }
            next = messages.try_recv().ok();
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ =
                writeln!(output, r#"{{"level":"WARN","message":"log lines were dropped","count":{lost}}}"#);
        }
        let _ = output.flush();
    }
}

// === impl Sink ===

impl Write for Sink {
    /// Takes the whole line or drops it; never waits, never fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(Message::Line(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

// === impl Flush ===

impl Drop for Flush {
    fn drop(&mut self) {
        let (done, finished) = sync_channel(1);
        if self.0.queue.try_send(Message::Flush(done)).is_ok() {
            let _ = finished.recv_timeout(FLUSH);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, mpsc};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A pipe that nobody reads until the test says so.
    struct Stuck(mpsc::Receiver<()>, Shared);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().ok();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn everything_is_written_before_the_end() {
        let output = Shared::default();
        let (mut sink, flush) = start(output.clone()).unwrap();
        for index in 0..1000 {
            writeln!(sink, "line {index}").unwrap();
        }
        drop(flush);
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with("line 999\n"));
    }

    #[test]
    fn a_reader_that_stalls_loses_lines_instead_of_holding_up_the_writers() {
        let (release, stuck) = mpsc::channel();
        let output = Shared::default();
        let (mut sink, flush) = start(Stuck(stuck, output.clone())).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..QUEUE + 100 {
            assert_eq!(sink.write(&line).unwrap(), line.len());
        }
        let lost = sink.dropped.load(Ordering::Relaxed);
        assert!(lost >= 90, "{lost}");
        drop(release);
        while sink.dropped.load(Ordering::Relaxed) > 0 {
            thread::yield_now();
        }
        drop(flush);
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains(&format!(r#""message":"log lines were dropped","count":{lost}"#)));
    }
}
