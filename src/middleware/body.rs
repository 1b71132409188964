//! Reading a request's body: at most so many bytes, of it and of all together, and not from a client that has stopped
//! sending.

use crate::{
    error::GatewayError,
    telemetry::{labels::Limit, metrics::Metrics},
};
use axum::body::{Body, Bytes};
use bytes::BytesMut;
use http_body::Body as _;
use http_body_util::BodyExt;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How long a client may pause within its body.
const PAUSE: Duration = Duration::from_secs(30);
/// How long the whole body may take: a client that sends a byte now and then would hold its place for years.
const WHOLE: Duration = Duration::from_secs(600);
/// As much as a mere `Content-Length` makes us allocate.
const TRUSTED: usize = 256 * 1024;

/// Bytes that one permit stands for. A body takes whole ones, so that a crowd of tiny ones counts too.
const UNIT: usize = 1024;

/// Room for one body; it is free again when this is dropped.
pub type Room = OwnedSemaphorePermit;

/// What request bodies may take, each of them and all together (design §5, promise 10).
pub struct Bodies {
    /// Bytes of one.
    limit: usize,
    /// What is left for all that are worked on, in units.
    room: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

// === impl Bodies ===

impl Bodies {
    /// At most `limit` bytes each, and `total` bytes at once. A body is rounded up to the KiB.
    pub fn new(limit: usize, total: usize, metrics: Arc<Metrics>) -> Self {
        let room = Semaphore::new(total.div_ceil(UNIT).min(Semaphore::MAX_PERMITS));
        Self { limit, room: Arc::new(room), metrics }
    }

    /// Reads the whole body, and takes room for it, to be held for as long as the body or what was made of it lives.
    /// A declared length that is over the limit, or finds no room, is refused without reading; an undeclared one as
    /// soon as it is or does. Nobody waits for room.
    ///
    /// Not a layer: whoever reads the body gets to know why it could not be read.
    pub async fn read(&self, body: Body) -> Result<(Bytes, Room), GatewayError> {
        timeout(WHOLE, self.gather(body)).await.unwrap_or(Err(GatewayError::BodyTimeout))
    }

    async fn gather(&self, mut body: Body) -> Result<(Bytes, Room), GatewayError> {
        let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let mut room = self.take(declared, 0)?;
        let Some(first) = next(&mut body).await? else { return Ok((Bytes::new(), room)) };
        room.merge(self.take(first.len(), room.num_permits())?);
        // The usual request is small and comes in one piece, which needs no copy.
        if body.is_end_stream() {
            return Ok((first, room));
        }
        let Some(second) = next(&mut body).await? else { return Ok((first, room)) };
        let mut whole = BytesMut::with_capacity(declared.clamp(first.len(), TRUSTED.max(first.len())));
        whole.extend_from_slice(&first);
        let mut piece = Some(second);
        while let Some(bytes) = piece {
            room.merge(self.take(whole.len() + bytes.len(), room.num_permits())?);
            whole.extend_from_slice(&bytes);
            piece = next(&mut body).await?;
        }
        Ok((whole.freeze(), room))
    }

    /// Room for a body that has grown to so many bytes, beyond the units that it has.
    fn take(&self, bytes: usize, has: usize) -> Result<Room, GatewayError> {
        if bytes > self.limit {
            return Err(GatewayError::BodyTooLarge { limit: self.limit });
        }
        let more = u32::try_from(bytes.div_ceil(UNIT).saturating_sub(has)).unwrap_or(u32::MAX);
        Arc::clone(&self.room).try_acquire_many_owned(more).map_err(|_| {
            self.metrics.throttled(Limit::BodyTotal);
            GatewayError::Overloaded
        })
    }
}

/// The next piece of data; trailers mean nothing to us.
async fn next(body: &mut Body) -> Result<Option<Bytes>, GatewayError> {
    loop {
        let frame = timeout(PAUSE, body.frame()).await.map_err(|_| GatewayError::BodyTimeout)?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(GatewayError::BodyUnreadable),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use std::io;
    use tokio::time::Instant;

    /// So much for one, and for all.
    fn bodies(limit: usize, total: usize) -> Bodies {
        Bodies::new(limit, total, Arc::new(Metrics::new("test").unwrap()))
    }

    async fn read(body: Body, limit: usize) -> Result<Bytes, GatewayError> {
        bodies(limit, limit).read(body).await.map(|(bytes, _)| bytes)
    }

    /// How many bodies found no room.
    fn refused(bodies: &Bodies) -> bool {
        bodies.metrics.render().contains("gateway_throttled_total{limit=\"body_total\"} 1\n")
    }

    fn pieces(pieces: &[&'static str]) -> Body {
        Body::from_stream(stream::iter(pieces.to_vec()).map(Ok::<_, io::Error>))
    }

    /// Declares a length, and is not to be read.
    struct Unread(u64);

    impl http_body::Body for Unread {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
            panic!("the body was read")
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test]
    async fn a_body_in_one_piece_is_not_copied() {
        let bytes = Bytes::from_static(b"hello");
        let read = read(Body::from(bytes.clone()), 5).await.unwrap();
        assert_eq!(read.as_ptr(), bytes.as_ptr());
    }

    #[tokio::test]
    async fn pieces_are_put_together() {
        assert_eq!(read(pieces(&[]), 0).await.unwrap(), "");
        assert_eq!(read(pieces(&["hello"]), 5).await.unwrap(), "hello");
        assert_eq!(read(pieces(&["he", "", "ll", "o"]), 5).await.unwrap(), "hello");
    }

    #[tokio::test]
    async fn the_limit_holds_with_and_without_a_declared_length() {
        for body in [Body::from("hello!"), pieces(&["hello!"]), pieces(&["hel", "lo", "!"])] {
            let error = read(body, 5).await.unwrap_err();
            assert!(matches!(error, GatewayError::BodyTooLarge { limit: 5 }), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_declared_length_over_the_limit_is_refused_unread() {
        let error = read(Body::new(Unread(1 << 40)), 1 << 20).await.unwrap_err();
        assert!(matches!(error, GatewayError::BodyTooLarge { .. }), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_is_given_up() {
        let began = Instant::now();
        let stuck = pieces(&["he"]).into_data_stream().chain(stream::pending());
        let error = read(Body::from_stream(stuck), 5).await.unwrap_err();
        assert!(matches!(error, GatewayError::BodyTimeout), "{error:?}");
        assert_eq!(began.elapsed(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_that_keeps_sending_is_not() {
        let slow = stream::iter(["a", "b", "c"]).then(|piece| async move {
            tokio::time::sleep(PAUSE - Duration::from_secs(1)).await;
            Ok::<_, io::Error>(piece)
        });
        assert_eq!(read(Body::from_stream(slow), 5).await.unwrap(), "abc");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_drips_is_given_up_in_the_end() {
        let began = Instant::now();
        let drip = stream::repeat("x").then(|piece| async move {
            tokio::time::sleep(PAUSE / 2).await;
            Ok::<_, io::Error>(piece)
        });
        let error = read(Body::from_stream(drip), 1 << 20).await.unwrap_err();
        assert!(matches!(error, GatewayError::BodyTimeout), "{error:?}");
        assert_eq!(began.elapsed(), WHOLE);
    }

    #[tokio::test]
    async fn a_broken_body_is_no_timeout() {
        let broken = stream::iter([Ok("he"), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
        let error = read(Body::from_stream(broken), 5).await.unwrap_err();
        assert!(matches!(error, GatewayError::BodyUnreadable), "{error:?}");
    }

    #[tokio::test]
    async fn room_is_taken_by_the_kib_and_given_back() {
        let bodies = bodies(4096, 10_000);
        assert_eq!(bodies.room.available_permits(), 10, "the last one is not a whole KiB");
        let hello = bodies.read(pieces(&["he", "llo"])).await.unwrap();
        let declared = bodies.read(Body::from(vec![b'x'; 1025])).await.unwrap();
        let chunked = bodies.read(pieces(&["x".repeat(1024).leak(), "x".repeat(1024).leak()])).await.unwrap();
        assert_eq!([&hello, &declared, &chunked].map(|(_, room)| room.num_permits()), [1, 2, 2]);
        assert_eq!(bodies.room.available_permits(), 5);
        drop((hello, declared, chunked));
        assert_eq!(bodies.room.available_permits(), 10);
    }

    #[tokio::test]
    async fn a_declared_length_without_room_is_refused_unread() {
        let bodies = bodies(4096, 4096);
        let (_, room) = bodies.read(Body::from("hello")).await.unwrap();
        let error = bodies.read(Body::new(Unread(3073))).await.unwrap_err();
        assert!(matches!(error, GatewayError::Overloaded), "{error:?}");
        assert!(refused(&bodies));
        assert!(bodies.read(Body::from(vec![b'x'; 3072])).await.is_ok());
        drop(room);
        assert!(bodies.read(Body::from(vec![b'x'; 4096])).await.is_ok());
    }

    #[tokio::test]
    async fn an_undeclared_length_is_refused_where_the_room_ends() {
        let bodies = bodies(1 << 20, 1 << 20);
        let (_, other) = bodies.read(Body::from(vec![b'x'; (1 << 20) - 2048])).await.unwrap();
        let endless = stream::repeat("x".repeat(1000)).map(Ok::<_, io::Error>);
        let error = bodies.read(Body::from_stream(endless)).await.unwrap_err();
        assert!(matches!(error, GatewayError::Overloaded), "{error:?}");
        assert!(refused(&bodies));
        assert_eq!(bodies.room.available_permits(), 2, "what it had taken is free");
        drop(other);
        assert_eq!(bodies.room.available_permits(), 1024);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_came_whole_gives_its_room_back() {
        let bodies = bodies(10_000, 10_240);
        let stuck = || {
            let begun = pieces(&["x".repeat(3000).leak()]).into_data_stream();
            Body::from_stream(begun.chain(stream::pending()))
        };
        {
            let mut cancelled = std::pin::pin!(bodies.read(stuck()));
            assert!(futures_util::poll!(&mut cancelled).is_pending());
            assert_eq!(bodies.room.available_permits(), 7);
        }
        assert_eq!(bodies.room.available_permits(), 10);
        assert!(matches!(bodies.read(stuck()).await, Err(GatewayError::BodyTimeout)));
        let broken = stream::iter([Ok("he"), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
        assert!(bodies.read(Body::from_stream(broken)).await.is_err());
        assert!(bodies.read(pieces(&["x".repeat(9000).leak(), "x".repeat(2000).leak()])).await.is_err());
        assert_eq!(bodies.room.available_permits(), 10);
    }
}
