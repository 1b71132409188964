//! Reading a request's body: at most so many bytes, and not from a client that has stopped sending.

use crate::error::GatewayError;
use axum::body::{Body, Bytes};
use bytes::BytesMut;
use http_body::Body as _;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// How long a client may pause within its body.
const PAUSE: Duration = Duration::from_secs(30);
/// How long the whole body may take: a client that sends a byte now and then would hold its place for years.
const WHOLE: Duration = Duration::from_secs(600);
/// As much as a mere `Content-Length` makes us allocate.
const TRUSTED: usize = 256 * 1024;

/// Reads the whole body. A declared length over the limit is refused without reading; an undeclared one as soon as it
/// is over.
///
/// Not a layer: whoever reads the body gets to know why it could not be read.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, GatewayError> {
    timeout(WHOLE, gather(body, limit)).await.unwrap_or(Err(GatewayError::BodyTimeout))
}

async fn gather(mut body: Body, limit: usize) -> Result<Bytes, GatewayError> {
    let too_large = || GatewayError::BodyTooLarge { limit };
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(too_large());
    }
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(too_large());
    }
    // The usual request is small and comes in one piece, which needs no copy.
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next(&mut body).await? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(declared.clamp(first.len(), TRUSTED.max(first.len())));
    whole.extend_from_slice(&first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if bytes.len() > limit - whole.len() {
            return Err(too_large());
        }
        whole.extend_from_slice(&bytes);
        piece = next(&mut body).await?;
    }
    Ok(whole.freeze())
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

    fn pieces(pieces: &[&'static str]) -> Body {
        Body::from_stream(stream::iter(pieces.to_vec()).map(Ok::<_, io::Error>))
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
        struct Unread;

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
                http_body::SizeHint::with_exact(1 << 40)
            }
        }

        let error = read(Body::new(Unread), 1 << 20).await.unwrap_err();
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
}
