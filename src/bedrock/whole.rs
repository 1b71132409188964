//! A plain reply read to its end: for `Converse`, whose answer is one JSON document.

use std::future::poll_fn;
use std::task::{Poll, ready};

use bytes::{Bytes, BytesMut};

use super::patience::Patience;
use super::{Deadlines, Fault, FaultKind, Reply, Stage};

/// Reads the body of `reply`, at most `cap` bytes of it, within `gap` between two reads and `total` for all.
///
/// # Errors
/// [`FaultKind::Protocol`] for a longer body, [`FaultKind::Connection`] for one that broke off, and
/// [`FaultKind::Timeout`].
pub async fn whole(mut reply: Reply, deadlines: &Deadlines, cap: usize) -> Result<Bytes, Fault> {
    let mut patience = Patience::new(*deadlines);
    let mut bytes = BytesMut::new();
    let read = poll_fn(|cx| {
        loop {
            let Poll::Ready(frame) = reply.body.as_mut().poll_frame(cx) else {
                return Poll::Ready(Err(ready!(patience.poll(cx, Stage::Gap))));
            };
            patience.something_came();
            let Some(frame) = frame.transpose()? else { return Poll::Ready(Ok(())) };
            let Ok(data) = frame.into_data() else { continue };
            if data.len() > cap - bytes.len() {
                let message = format!("the answer from Bedrock is longer than {cap} bytes");
                return Poll::Ready(Err(Fault::new(FaultKind::Protocol, message)));
            }
            bytes.extend_from_slice(&data);
        }
    });
    match read.await {
        Ok(()) => Ok(bytes.freeze()),
        Err(fault) => Err(fault.of_request(reply.request_id)),
    }
}

#[cfg(test)]
mod tests;
