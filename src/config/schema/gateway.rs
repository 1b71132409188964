//! The sections that the gateway adds to the customer file.

use super::Effect::{Later, Runtime, Within};
use super::{Key, row};
use crate::config::kind::Kind::{
    Address, BasePath, Duration, Number, OneOf, Region, Section, Size, Switch, Text, Texts, Url, Whole,
};

/// One row per key: skipping rustfmt keeps them so.
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    row("server.listen", Address, "0.0.0.0:8000", Runtime, "Where clients connect. `PORT` replaces the port."),
    row("server.ops_listen", Address, "", Runtime, "When set, `/metrics` answers only there."),
    row("server.base_path", BasePath, "", Runtime, "`/v1` and `/api/v1` both work below it."),
    row("server.max_body", Size("1KiB", "1GiB"), "32MiB", Runtime, "The largest request body."),
    row("server.max_body_total", Size("1KiB", "1024GiB"), "512MiB", Runtime, "Bytes of request bodies worked on at once, each from its declaration to the answer or its first event; more are answered 503. At least `server.max_body`."),
    row("server.max_in_flight", Whole(1, 1_000_000), "10000", Runtime, "Requests worked on at once, streams until their end included; more are answered 503."),
    row("server.keep_alive", Duration("10ms", "10m"), "15s", Runtime, "Silence after which a stream gets an SSE comment."),
    row("server.coalesce", Duration("0ms", "5s"), "0ms", Runtime, "How long stream events are held to be written together."),
    row("server.drain.delay", Duration("0s", "10m"), "5s", Runtime, "After the signal to stop, new work is still taken for this long."),
    row("server.drain.deadline", Duration("0s", "24h"), "300s", Runtime, "What still runs this long after the delay is ended with an error. Whoever sends the signal must wait longer than both: `terminationGracePeriodSeconds` in Kubernetes, `stopTimeout` in ECS."),

    row("store.url", Text, "sqlite:gateway.db", Later, "`sqlite:FILE`, `postgres://…` or `none`. `DATABASE_URL` wins."),

    row("limits.redis_url", Text, "", Later, "Share limits between replicas. `REDIS_URL` wins."),
    row("limits.default_key.rpm", Whole(1, 1_000_000_000), "", Later, "Requests per minute of a key."),
    row("limits.default_key.tpm", Whole(1, 1_000_000_000_000), "", Later, "Tokens per minute of a key."),
    row("limits.default_key.concurrency", Whole(1, 1_000_000), "", Later, "Requests of a key at once."),
    row("limits.default_key.monthly_budget_usd", Number(0.0, 1e12), "", Later, "What a key may spend in a month, in USD."),

    row("routing.targets", Section, "", Later, "Accounts and regions to call; without it one, in `customer.region`."),
    row("routing.targets.[].name", Text, "", Within, "How logs and metrics call it."),
    row("routing.targets.[].region", Region, "", Within, "Its region."),
    row("routing.targets.[].role_arn", Text, "", Within, "The role to assume."),
    row("routing.targets.[].endpoint_url", Url, "", Within, "Its Bedrock Runtime endpoint."),
    row("routing.targets.[].priority", Whole(0, 1_000), "0", Within, "Lower is tried first."),
    row("routing.targets.[].weight", Whole(0, 1_000_000), "1", Within, "Share among targets of one priority."),
    row("routing.targets.[].quotas.*.rpm", Whole(1, 1_000_000_000), "", Within, "Requests per minute of that model there."),
    row("routing.targets.[].quotas.*.tpm", Whole(1, 1_000_000_000_000), "", Within, "Tokens per minute of that model there."),
    row("routing.fallbacks", Section, "", Later, "Models to try when the named one fails."),
    row("routing.fallbacks.*", Texts, "", Within, "Those models, in order."),
    row("routing.retry.attempts", Whole(1, 20), "3", Later, "Tries in all."),
    row("routing.retry.deadline", Duration("0s", "1h"), "60s", Later, "Time for all tries."),
    row("routing.region_prefix", Text, "auto", Later, "Which inference profile a bare id becomes: `auto`, `none`, `us`, `eu`, `apac`, …"),

    row("policy.unsupported", OneOf(&["lenient", "strict"], &[]), "lenient", Runtime, "A parameter that cannot be honoured is reported in `x-gateway-warnings`, or refused with 400."),
    row("policy.prompt_cache.tools", Switch, "false", Runtime, "Set a cache point after the last tool. Writing a cache costs more than reading the prompt once: switch on what comes again."),
    row("policy.prompt_cache.system", Switch, "false", Runtime, "The same after the last system text."),
    row("policy.prompt_cache.messages", Switch, "false", Runtime, "The same at the end of the last user turn, and of the one before it, where the last request's stood. Clients' own marks come first where a model takes only so many."),
    row("policy.prompt_cache.ttl", OneOf(&["5m", "1h"], &[]), "5m", Runtime, "How long these points keep the prompt, where the model has a choice."),
    row("policy.guardrail.id", Text, "", Runtime, "The guardrail that judges every request and answer: its id or ARN. Needs `policy.guardrail.version`."),
    row("policy.guardrail.version", Text, "", Runtime, "Its version: `DRAFT`, or a number in quotes."),
    row("policy.guardrail.trace", OneOf(&["disabled", "enabled", "enabled_full"], &[]), "disabled", Runtime, "What it found comes with the answer."),
    row("policy.guardrail.stream_mode", OneOf(&["sync", "async"], &[]), "sync", Runtime, "Whether a stream waits for it; `async` is faster, and may show what is blocked later."),
    row("policy.guardrail.client_override", Switch, "false", Runtime, "A client may choose another guardrail with `guardrailConfig`; otherwise that is refused with 400."),
    row("policy.metadata", Switch, "false", Runtime, "Pass `metadata`, `requestMetadata` and a hash of `safety_identifier` or `user` on as labels of Bedrock's invocation log."),
    row("policy.additional_fields.mode", OneOf(&["all", "listed", "none"], &[]), "all", Runtime, "Which members of `additionalModelRequestFields` clients may set: all but those that the gateway governs, those of `names`, or none. Others are refused with 400."),
    row("policy.additional_fields.names", Texts, "", Runtime, "The members that `listed` allows, like `anthropic_beta`."),
    row("policy.media.https", Switch, "false", Runtime, "Fetch media that are given by an `https:` URL, from public addresses only."),
    row("policy.media.allow_hosts", Texts, "", Runtime, "From these hosts only: `HOST`, or `*.SUFFIX` for every host below it."),
    row("policy.media.s3", Switch, "false", Runtime, "Pass `s3://` references on to models that take them; Bedrock reads the object."),

    row("upstream.transport", OneOf(&["auto", "direct", "sdk"], &[]), "auto", Runtime, "How Bedrock is called: by the gateway itself (`direct`), through the AWS SDK (`sdk`), or directly wherever that can serve the target (`auto`)."),
    row("upstream.endpoint_url", Url, "", Runtime, "The Bedrock Runtime endpoint, e.g. of a VPC endpoint; without it the AWS SDK finds it (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`)."),
    row("upstream.control_endpoint_url", Url, "", Runtime, "The endpoint of Bedrock's control plane, which application inference profiles are looked up at; without it `AWS_ENDPOINT_URL_BEDROCK`, else the one beside the Bedrock Runtime endpoint."),
    row("upstream.deadlines.connect", Duration("10ms", "5m"), "5s", Runtime, "For name lookup, TCP and TLS."),
    row("upstream.deadlines.head", Duration("10ms", "1h"), "900s", Runtime, "From the request to the head of the answer, credentials and connection included; a whole answer has its head at its end."),
    row("upstream.deadlines.first_event", Duration("10ms", "1h"), "300s", Runtime, "From the head of the answer to the first stream event."),
    row("upstream.deadlines.gap", Duration("10ms", "1h"), "300s", Runtime, "Between two stream events."),
    row("upstream.deadlines.total", Duration("10ms", "24h"), "3600s", Runtime, "From the head of the answer to its end."),

    row("telemetry.otlp_endpoint", Text, "", Later, "Where traces go. `OTEL_EXPORTER_OTLP_ENDPOINT` wins."),
    row("telemetry.log_format", OneOf(&["json", "text"], &[]), "json", Runtime, "One JSON object per line, or lines for people."),
    row("telemetry.record_content", OneOf(&["none", "errors", "all"], &[]), "none", Later, "Whether prompts and answers are logged."),
];
