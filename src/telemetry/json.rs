//! Log lines as JSON: `timestamp`, `level`, then the event's own fields at the top.
//!
//! The line of a request has some twenty fields. `tracing-subscriber` makes a map serialiser and a formatter of every
//! one of them, which cost more than a small request's translation, there and back; this writes them into one buffer.

use std::fmt::{self, Write as _};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Room for the line of a request, in bytes.
const USUAL: usize = 1024;

/// Writes one JSON object per event. The gateway has no spans, so none are written.
pub(super) struct JsonLines;

/// The members of an object that is being written.
struct Members<'a>(&'a mut String);

// === impl JsonLines ===

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::with_capacity(USUAL);
        line.push_str(r#"{"timestamp":""#);
        SystemTime.format_time(&mut Writer::new(&mut line))?;
        line.push_str(r#"","level":""#);
        line.push_str(event.metadata().level().as_str());
        line.push('"');
        event.record(&mut Members(&mut line));
        line.push_str("}\n");
        writer.write_str(&line)
    }
}

// === impl Members ===

impl Members<'_> {
    /// A member whose value needs no quotes.
    fn bare(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.name(field);
        // Writing into a string does not fail.
        let _ = self.0.write_fmt(value);
    }

    fn name(&mut self, field: &Field) {
        self.0.push(',');
        escape(self.0, field.name().strip_prefix("r#").unwrap_or(field.name()));
        self.0.push(':');
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        escape(self.0, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, format_args!("{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.bare(field, format_args!("{value:?}"));
        } else {
            self.bare(field, format_args!("null"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// A JSON string (RFC 8259, section 7).
fn escape(line: &mut String, text: &str) {
    line.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(at);
        line.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('\n') => line.push_str("\\n"),
            Some(character @ ('"' | '\\')) => {
                line.push('\\');
                line.push(character);
            }
            Some(control) => {
                let _ = write!(line, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    line.push_str(rest);
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_a_string_of_json(text in any::<String>()) {
            let mut line = String::new();
            escape(&mut line, &text);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }
}
