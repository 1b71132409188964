//! A client's socket: given up when the client takes nothing, and closed so that it can still read the last answer.
//!
//! An answer may be sent before the request's body was read: 401, 413, 503. Closing the socket then makes the kernel
//! reset the connection, because bytes of the body lie unread in it, and the reset overtakes the answer: the client
//! sees a broken connection, and its SDK sends the whole body again. So the write side is closed first, and what the
//! client still sends is read and thrown away, for a while (RFC 9112, 9.6).

use socket2::{SockRef, TcpKeepalive};
use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// How long a client may go on sending after the last answer.
const LINGER: Duration = Duration::from_secs(10);
/// A client that sends nothing for so long had sent everything: an idle connection must not hold up a drain.
const QUIET: Duration = Duration::from_millis(500);

/// A client that reads nothing for so long, while there is something for it, has stopped for good. Its stream would hold
/// a place and a call to Bedrock for as long as it likes: nothing else can end it, since a body that cannot be written is
/// not asked for more.
const STALLED: Duration = Duration::from_secs(120);

/// A client that vanished without a word is found after this much silence, and a few probes more.
const PROBE_AFTER: Duration = Duration::from_secs(60);

/// A client's socket.
pub(super) struct Socket {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
}

/// The other side may still be sending.
struct Lingering {
    until: Instant,
    quiet: Pin<Box<Sleep>>,
}

// === impl Socket ===

impl Socket {
    /// Sets a new connection up.
    pub(super) fn new(stream: TcpStream) -> Self {
        // Events of a stream are small and must not wait for each other. Both fail only on a connection that is gone.
        let _ = stream.set_nodelay(true);
        let keep_alive = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_AFTER / 4);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive);
        Self { stream, stalled: None, lingering: None }
    }

    /// Lets a write pass, and fails one that has waited for too long.
    fn impatient(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

// === impl Lingering ===

impl Lingering {
    fn begin() -> Self {
        Self { until: Instant::now() + LINGER, quiet: Box::pin(sleep(QUIET)) }
    }

    /// Reads and throws away until the other side has closed too, is quiet, or has had its time.
    fn poll_discard(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; 8 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.quiet.as_mut().reset(self.until.min(Instant::now() + QUIET));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.quiet.as_mut().poll(cx),
            }
            if Instant::now() >= self.until {
                return Poll::Ready(());
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.impatient(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.impatient(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, lingering, .. } = &mut *self;
        let lingering = match lingering {
            Some(lingering) => lingering,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                lingering.insert(Lingering::begin())
            }
        };
        lingering.poll_discard(stream, cx).map(Ok)
    }
}
