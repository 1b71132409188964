use std::time::Duration;

use http_body_util::channel::{Channel, Sender};
use tokio::time::{Instant, sleep};

use super::*;

fn open() -> (Sender<Bytes, Fault>, Reply) {
    let (sender, body) = Channel::new(8);
    (sender, Reply { request_id: Some("r-1".into()), content_type: None, body: Box::pin(body) })
}

#[tokio::test]
async fn a_body_is_read_to_its_end_but_not_beyond_its_cap() {
    for (cap, fits) in [(10, true), (9, false), (0, false)] {
        let (mut sender, reply) = open();
        sender.send_data(Bytes::from_static(b"01234")).await.unwrap();
        sender.send_data(Bytes::from_static(b"56789")).await.unwrap();
        drop(sender);
        let read = whole(reply, &Deadlines::default(), cap).await;
        if fits {
            assert_eq!(read.unwrap(), "0123456789");
        } else {
            let fault = read.unwrap_err();
            assert_eq!((fault.kind, fault.request_id.as_deref()), (FaultKind::Protocol, Some("r-1")));
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_fault() {
    let (mut sender, reply) = open();
    sender.send_data(Bytes::from_static(b"{")).await.unwrap();
    sender.abort(Fault::new(FaultKind::Connection, "reset"));
    let fault = whole(reply, &Deadlines::default(), 100).await.unwrap_err();
    assert_eq!((fault.kind, fault.request_id.as_deref()), (FaultKind::Connection, Some("r-1")));
}

#[tokio::test(start_paused = true)]
async fn silence_and_slowness_have_deadlines() {
    let seconds = Duration::from_secs;
    let deadlines = Deadlines { gap: seconds(30), total: seconds(100), ..Deadlines::default() };
    for (pace, stage, after) in [(31, Stage::Gap, 30), (20, Stage::Total, 100)] {
        let started = Instant::now();
        let (mut sender, reply) = open();
        let feed = async {
            loop {
                sleep(seconds(pace)).await;
                sender.send_data(Bytes::from_static(b" ")).await.unwrap();
            }
        };
        let read =
            tokio::select! { read = whole(reply, &deadlines, 1000) => read, () = feed => unreachable!() };
        assert_eq!(read.unwrap_err().kind, FaultKind::Timeout(stage));
        assert_eq!(started.elapsed().as_secs(), after);
    }
}
