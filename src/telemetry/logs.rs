//! Where log lines go and which of them pass.

use crate::telemetry::{
    json::JsonLines,
    sink::{self, Flush},
};
use std::{io, panic};
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

/// The libraries whose `info` is of no interest by default.
const QUIET: &str = "aws_config=warn,aws_runtime=warn,aws_sdk_bedrockruntime=warn,aws_smithy_http_client=warn,\
                     aws_smithy_runtime=warn,h2=warn,hyper=warn,hyper_util=warn,rustls=warn";
/// Passes for want of a `RUST_LOG`.
const DEFAULT: &str = "info";

/// How log lines are written.
#[derive(Debug, Clone, Default)]
pub struct LogSettings {
    /// Their shape.
    pub format: LogFormat,
    /// The value of `RUST_LOG`; `info` without it.
    pub filter: Option<String>,
}

/// The shape of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    #[default]
    Json,
    /// For a person at a terminal.
    Text,
}

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The writing thread could not be started.
    #[error("the log thread could not be started: {0}")]
    Thread(#[from] io::Error),
    /// Something in the process already logs.
    #[error("logging was already set up: {0}")]
    Taken(#[from] tracing_subscriber::util::TryInitError),
}

/// Logs to standard output from now on. Keep the returned guard until the end of `main`: it writes what is queued.
pub fn init(settings: &LogSettings) -> Result<Flush, LogError> {
    let (sink, flush) = sink::start(io::stdout())?;
    subscriber(settings, sink)?.try_init()?;
    panic::set_hook(Box::new(|panic| {
        // The message stays out: a panic in string handling quotes the string, which may be a prompt.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
    Ok(flush)
}

/// The subscriber behind [`init`], with any writer.
pub fn subscriber<W>(
    settings: &LogSettings,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + 'static, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wanted = settings.filter.as_deref().filter(|filter| !filter.trim().is_empty()).unwrap_or(DEFAULT);
    // Later directives replace earlier ones, so an operator can still ask for a library's `info`.
    let filter = EnvFilter::builder().parse(format!("{QUIET},{wanted}"))?.and(filter_fn(harmless));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match settings.format {
        // Without the module path, whose name `target` a field of the request line has.
        LogFormat::Json => lines.event_format(JsonLines).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    Ok(registry().with(lines.with_filter(filter)))
}

/// Below `info`, libraries print headers and bodies (`aws_smithy_runtime` whole requests): keys, prompts and answers.
/// A credentials provider that fails prints the whole answer that it did not understand, at `warn`: that may hold a
/// credential, and the transport's own fault says what is wrong. No `RUST_LOG` lets any of that pass.
fn harmless(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    target.starts_with("bedrock_gateway")
        || (*metadata.level() <= LevelFilter::INFO && !target.starts_with("aws_config::meta::credentials"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn lines(filter: &str, format: LogFormat) -> String {
        let output = Arc::new(Mutex::new(Vec::new()));
        let writer = output.clone();
        let settings = LogSettings { format, filter: Some(filter.into()) };
        let subscriber = subscriber(&settings, move || Writer(writer.clone())).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let kinds = (Some("a\"b\n\u{1}\u{fc}"), None::<u64>, f64::NAN, -1_i64, io::Error::other("no"));
            let (text, none, nan, less, error) = kinds;
            tracing::info!(
                answer = 42,
                text,
                none,
                nan,
                less,
                half = 0.5,
                whole = 3.0,
                yes = true,
                %error,
                odd = ?"x\"",
                "ours"
            );
            tracing::debug!("ours in detail");
            tracing::info!(target: "aws_config::profile", "library");
            tracing::debug!(target: "aws_smithy_runtime::client", "authorization: secret");
            tracing::trace!(target: "hyper::proto", "body: secret");
            tracing::warn!(target: "aws_config::meta::credentials::chain", "body: secret");
        });
        let bytes = output.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    struct Writer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// One test, because `tracing` caches per process what is enabled: two subscribers at once disturb each other.
    #[test]
    fn lines_are_json_and_libraries_never_go_into_detail() {
        let text = lines("", LogFormat::Json);
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        let at = line["timestamp"].as_str().unwrap();
        assert!(at.len() == 27 && at.ends_with('Z'), "{at}");
        let expected = serde_json::json!({
            "timestamp": at, "level": "INFO", "message": "ours", "answer": 42, "text": "a\"b\n\u{1}\u{fc}", "nan": null,
            "less": -1, "half": 0.5, "whole": 3.0, "yes": true, "error": "no", "odd": "\"x\\\"\"",
        });
        assert_eq!(line, expected);

        let text = lines("trace,aws_config=info,aws_smithy_runtime=trace,hyper=trace", LogFormat::Text);
        assert!(text.contains("ours in detail"), "{text}");
        assert!(text.contains("library"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let settings = LogSettings { filter: Some("bedrock=loud".into()), ..LogSettings::default() };
        assert!(subscriber(&settings, io::sink).is_err());
    }
}
