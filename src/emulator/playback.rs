//! From a script to a response body: first a list of steps, then a body that takes them one by one.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;

use super::queue::{Prepared, render};
use super::record::Entry;
use super::script::{End, Script, Writes};

/// What every response of the emulator has for a body. An error in it closes the connection.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// One thing that a body does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wait(Duration),
    /// Bytes to write, and how many events are complete with them.
    Write(Bytes, usize),
    /// Close the connection under the response.
    Cut,
    /// Never go on.
    Hang,
}

/// The steps of a scripted event stream.
pub(super) fn stream_steps(prepared: &Prepared) -> Vec<Step> {
    paced(&prepared.script, prepared.frames().to_vec())
}

/// The steps of a reply that is one piece: it counts as one event and can be late, cut or left hanging too.
pub(super) fn whole_steps(script: &Script, body: Bytes) -> Vec<Step> {
    match script.end {
        End::EventAfter { .. } | End::CleanAfter { .. } => {
            paced(&Script { end: End::Complete, ..script.clone() }, vec![body])
        }
        // Half an answer says more about a client than a whole one that was cut after its end.
        End::CutAfter { .. } => {
            let bytes = body.len() / 2;
            paced(&Script { end: End::CutInside { event: 0, bytes }, ..script.clone() }, vec![body])
        }
        _ => paced(script, vec![body]),
    }
}

/// The frames with the script's delays, writes and end.
fn paced(script: &Script, mut frames: Vec<Bytes>) -> Vec<Step> {
    let mut last = Vec::new();
    match &script.end {
        End::Complete | End::HangBeforeHead => {}
        End::EventAfter { events, event } => {
            frames.truncate(*events);
            frames.push(render(event));
        }
        End::CleanAfter { events } => frames.truncate(*events),
        End::CutAfter { events } => {
            frames.truncate(*events);
            last.push(Step::Cut);
        }
        End::HangAfter { events } => {
            frames.truncate(*events);
            last.push(Step::Hang);
        }
        End::CutInside { event, bytes } => {
            frames.truncate(event + 1);
            if let Some(inside) = frames.get(*event).map(|frame| frame.slice(..(*bytes).min(frame.len()))) {
                frames.truncate(*event);
                last.push(Step::Write(inside, 0));
            }
            last.push(Step::Cut);
        }
    }
    let mut steps = Vec::with_capacity(frames.len() + last.len());
    for (number, frame) in frames.into_iter().enumerate() {
        let wait = delay_before(script, number);
        if !wait.is_zero() {
            steps.push(Step::Wait(wait));
        }
        steps.push(Step::Write(frame, 1));
    }
    let mut steps = cut_into_writes(steps, &script.writes);
    steps.extend(last);
    steps
}

fn delay_before(script: &Script, number: usize) -> Duration {
    let general = if number == 0 { script.first_event_delay_ms } else { script.event_delay_ms };
    Duration::from_millis(script.delays_before_ms.get(&number).copied().unwrap_or(general))
}

fn cut_into_writes(steps: Vec<Step>, writes: &Writes) -> Vec<Step> {
    match writes {
        Writes::PerEvent => steps,
        Writes::Burst => joined(steps),
        Writes::Bytes(size) => {
            let size = (*size).max(1);
            let even = |bytes: &Bytes| (size..bytes.len()).step_by(size).collect();
            joined(steps).into_iter().flat_map(|step| split(step, even)).collect()
        }
        Writes::SplitAt(offsets) => {
            let at = |_: &Bytes| offsets.clone();
            steps.into_iter().flat_map(|step| split(step, at)).collect()
        }
    }
}

/// Joins writes that nothing separates.
fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    let (mut pending, mut events) = (BytesMut::new(), 0);
    for step in steps {
        match step {
            Step::Write(bytes, complete) => {
                pending.extend_from_slice(&bytes);
                events += complete;
            }
            other => {
                flush(&mut out, &mut pending, &mut events);
                out.push(other);
            }
        }
    }
    flush(&mut out, &mut pending, &mut events);
    out
}

fn flush(out: &mut Vec<Step>, pending: &mut BytesMut, events: &mut usize) {
    if !pending.is_empty() {
        out.push(Step::Write(pending.split().freeze(), std::mem::take(events)));
    }
}

/// Splits a write at the offsets; its events are complete with the last piece.
fn split(step: Step, offsets: impl Fn(&Bytes) -> Vec<usize>) -> Vec<Step> {
    let Step::Write(bytes, events) = step else { return vec![step] };
    let mut cuts: Vec<usize> =
        offsets(&bytes).into_iter().filter(|at| *at > 0 && *at < bytes.len()).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut out = Vec::with_capacity(cuts.len() + 1);
    let mut from = 0;
    for at in cuts {
        out.push(Step::Write(bytes.slice(from..at), 0));
        from = at;
    }
    out.push(Step::Write(bytes.slice(from..), events));
    out
}

/// A body that takes the steps and books in `entry` how far it came.
///
/// It yields after each write: hyper flushes when a body has nothing ready, so a yield is what makes two writes
/// out of two frames, and what gets the last bytes out before a cut.
pub(super) fn body(steps: Vec<Step>, entry: Entry) -> Body {
    let steps = VecDeque::from(steps);
    let taken = stream::unfold((steps, entry, false), |(mut steps, mut entry, wrote)| async move {
        if wrote {
            tokio::task::yield_now().await;
        }
        loop {
            match steps.pop_front() {
                Some(Step::Wait(delay)) => tokio::time::sleep(delay).await,
                Some(Step::Write(bytes, events)) => {
                    entry.sent(events);
                    // Nobody asks a body of known length for its end, and without a yield after the last write
                    // the end of the response rides along with it.
                    let more = !steps.is_empty();
                    if !more {
                        entry.complete();
                    }
                    return Some((Ok(Frame::data(bytes)), (steps, entry, more)));
                }
                Some(Step::Cut) => {
                    entry.cut();
                    let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by the script");
                    return Some((Err(cut), (steps, entry, false)));
                }
                Some(Step::Hang) => std::future::pending().await,
                None => {
                    entry.complete();
                    return None;
                }
            }
        }
    });
    StreamBody::new(taken).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three frames `aaaa`, `bbbb`, `cccc`.
    fn steps(script: &Script) -> Vec<Step> {
        paced(script, ["aaaa", "bbbb", "cccc"].map(Bytes::from_static_str).into())
    }

    trait FromStr {
        fn from_static_str(text: &'static str) -> Bytes;
    }

    impl FromStr for Bytes {
        fn from_static_str(text: &'static str) -> Bytes {
            Bytes::from_static(text.as_bytes())
        }
    }

    fn write(text: &'static str, events: usize) -> Step {
        Step::Write(Bytes::from_static(text.as_bytes()), events)
    }

    fn wait(ms: u64) -> Step {
        Step::Wait(Duration::from_millis(ms))
    }

    #[test]
    fn single_delays_take_the_place_of_the_general_ones() {
        let ms = Duration::from_millis;
        let script = Script::default().first_event_delay(ms(5)).event_delay(ms(7)).delay_before(2, ms(9));
        let expected = [wait(5), write("aaaa", 1), wait(7), write("bbbb", 1), wait(9), write("cccc", 1)];
        assert_eq!(steps(&script), expected);
    }

    #[test]
    fn a_burst_is_one_write_up_to_a_delay() {
        let burst = Script::default().writes(Writes::Burst);
        assert_eq!(steps(&burst), [write("aaaabbbbcccc", 3)]);
        let late = burst.delay_before(2, Duration::from_millis(1));
        assert_eq!(steps(&late), [write("aaaabbbb", 2), wait(1), write("cccc", 1)]);
    }

    #[test]
    fn bytes_are_cut_over_frame_borders_and_offsets_inside_each_frame() {
        let five = Script::default().writes(Writes::Bytes(5));
        assert_eq!(steps(&five), [write("aaaab", 0), write("bbbcc", 0), write("cc", 3)]);
        let split = Script::default().writes(Writes::SplitAt(vec![3, 1, 3, 9])).end_after(1);
        assert_eq!(steps(&split), [write("a", 0), write("aa", 0), write("a", 1)]);
    }

    #[test]
    fn ends_come_after_as_many_events_as_they_say() {
        assert_eq!(steps(&Script::default().end_after(1)), [write("aaaa", 1)]);
        assert_eq!(steps(&Script::default().cut_after(0)), [Step::Cut]);
        assert_eq!(steps(&Script::default().hang_after(1)), [write("aaaa", 1), Step::Hang]);
        let inside = Script::default().cut_inside(1, 3);
        assert_eq!(steps(&inside), [write("aaaa", 1), write("bbb", 0), Step::Cut]);
        let past = Script::default().cut_inside(9, 3);
        assert_eq!(steps(&past).last(), Some(&Step::Cut));
    }
}
