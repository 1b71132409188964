//! The sections of the customer file of the Nova Proxy.

use super::Effect::{Deployment, Instead, Refused, Runtime, Within};
use super::{Key, row};
use crate::config::kind::Kind::{Header, Model, Number, OneOf, Region, Section, Switch, Text, Texts, Whole};

const NO_LAMBDA: &str = "there is no Lambda function: size the containers with \
    performance.container.cpu, memory, min_capacity and max_capacity";
const NO_BUDGET: &str = "budgets are not watched here: use AWS Budgets on the Bedrock cost";
const NO_TUNING: &str = "there is no Lambda function to tune: scale with performance.container.*";
const NO_BACKUP: &str = "the service makes no backups: keep this file under version control";
const NO_LOG_SHIPPING: &str =
    "logs go to standard output: let the container's log driver ship them (awslogs, FireLens, Fluent Bit)";
const NO_METRIC_PUSH: &str = "metrics are not pushed: let Prometheus or the CloudWatch agent scrape /metrics";
const NO_CACHE: &str = "answers are not cached: use Bedrock prompt caching for repeated prompts";

/// One row per key: skipping rustfmt keeps them so.
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    row("customer.name", Text, "", Runtime, "Who runs this gateway; any letters. `CUSTOMER_NAME` wins."),
    row("customer.environment", Text, "", Runtime, "Which installation this is: dev, staging, prod, production, or a name of your own. `ENVIRONMENT` wins."),
    row("customer.region", Region, "", Runtime, "The AWS region of Bedrock; without it `AWS_REGION`, `AWS_DEFAULT_REGION`, then the AWS profile."),
    row("customer.account_id", Text, "", Deployment, "The AWS account."),

    row("deployment.type", OneOf(&["container", "serverless", "hybrid"], &[]), "container", Deployment, "How it was meant to be deployed; this gateway is always a container (ECS or EKS)."),
    row("deployment.vpc.enabled", Switch, "false", Deployment, "Deploy into a VPC that exists."),
    row("deployment.vpc.vpc_id", Text, "", Deployment, "That VPC."),
    row("deployment.vpc.subnet_ids", Texts, "", Deployment, "Private subnets, at least two, in different availability zones."),
    row("deployment.vpc.security_group_ids", Texts, "", Deployment, "Security groups of the containers."),
    row("deployment.custom_domain.enabled", Switch, "false", Deployment, "Serve under a domain of the customer."),
    row("deployment.custom_domain.domain_name", Text, "", Deployment, "That domain."),
    row("deployment.custom_domain.certificate_arn", Text, "", Deployment, "Its certificate in ACM."),
    row("deployment.custom_domain.hosted_zone_id", Text, "", Deployment, "Its Route 53 zone."),

    row("security.encryption.enabled", Switch, "true", Deployment, "Encrypt logs and secrets with a customer key."),
    row("security.encryption.kms_key_id", Text, "", Deployment, "That KMS key: ARN, id or alias."),
    row("security.cross_account.enabled", Switch, "false", Refused("no role of another account is assumed in this version: give the gateway's own role the Bedrock permissions, or set it to false"), "Call Bedrock with a role of another account."),
    row("security.cross_account.role_arn", Text, "", Instead("not in effect in this version: no role of another account is assumed"), "That role."),
    row("security.ip_whitelist.enabled", Switch, "false", Refused("addresses are not filtered in this version: use security groups or AWS WAF in front of it, and set it to false"), "Let only some addresses in."),
    row("security.ip_whitelist.allowed_ips", Texts, "", Instead("not in effect in this version: use security groups or AWS WAF in front of the gateway"), "Those addresses."),
    row("security.iam.cross_account_role", Text, "", Refused("no role of another account is assumed in this version: give the gateway's own role the Bedrock permissions, and remove it"), "An older name of `security.cross_account.role_arn`."),

    row("monitoring.cloudwatch.enabled", Switch, "true", Deployment, "Send logs to CloudWatch."),
    row("monitoring.cloudwatch.log_retention_days", Whole(1, 3653), "30", Deployment, "How long CloudWatch keeps them, in days."),
    row("monitoring.cloudwatch.dashboard_enabled", Switch, "true", Deployment, "Make a dashboard."),
    row("monitoring.cloudwatch.log_group", Text, "", Deployment, "The log group."),
    row("monitoring.cloudwatch.retention_days", Whole(1, 3653), "", Instead("write it as monitoring.cloudwatch.log_retention_days"), "An older name of `monitoring.cloudwatch.log_retention_days`."),
    row("monitoring.custom_metrics.enabled", Switch, "true", Deployment, "Bring the gateway's metrics to CloudWatch."),
    row("monitoring.custom_metrics.namespace", Text, "Customer/BedrockNovaProxy", Deployment, "Their namespace there."),
    row("monitoring.alerts.enabled", Switch, "true", Deployment, "Make CloudWatch alarms."),
    row("monitoring.alerts.sns_topic_arn", Text, "", Deployment, "Where they are sent."),
    row("monitoring.alerts.error_threshold", Whole(1, 1_000_000), "10", Deployment, "Errors in 5 minutes that raise one."),
    row("monitoring.alerts.latency_threshold", Whole(1, 3_600_000), "5000", Deployment, "Latency that raises one, in milliseconds."),

    row("models.mappings", Section, "", Runtime, "Model names for clients; the value is a Bedrock model id, inference profile or ARN."),
    row("models.mappings.*", Model, "", Within, "The Bedrock id behind that name."),
    row("models.default_model", Model, "", Runtime, "The Bedrock id for names that are neither mapped nor a Bedrock id; without it they are not found."),
    row("models.model_configs", Section, "", Runtime, "Defaults by Bedrock id or mapped name, for requests that do not set them."),
    row("models.model_configs.*.max_tokens", Whole(1, 10_000_000), "", Within, "Output tokens."),
    row("models.model_configs.*.temperature", Number(0.0, 1.0), "", Within, "Temperature; Bedrock takes 0 to 1."),

    row("performance.lambda", Section, "", Instead(NO_LAMBDA), "Settings of the Lambda function that this gateway replaces."),
    row("performance.lambda.memory_size", Whole(128, 10_240), "", Within, "Memory in MB."),
    row("performance.lambda.timeout", Whole(1, 900), "", Within, "Time limit in seconds."),
    row("performance.lambda.reserved_concurrency", Whole(0, 1_000_000), "", Within, "Reserved concurrency."),
    row("performance.lambda.provisioned_concurrency", Whole(0, 1_000_000), "", Within, "Provisioned concurrency."),
    row("performance.api_gateway.throttling.rate_limit", Number(0.001, 1_000_000.0), "", Runtime, "Requests per second that the gateway takes in all; none = no limit."),
    row("performance.api_gateway.throttling.burst_limit", Whole(1, 1_000_000), "", Runtime, "Requests that may come at once; none = one second's worth of `rate_limit`."),
    row("performance.api_gateway.caching.enabled", Switch, "false", Instead(NO_CACHE), "Caching of answers."),
    row("performance.api_gateway.caching.ttl", Whole(0, 3_600), "300", Instead(NO_CACHE), "Its time to live in seconds."),
    row("performance.container.cpu", Whole(256, 16_384), "512", Deployment, "CPU units of one container (1024 = one core)."),
    row("performance.container.memory", Whole(512, 122_880), "1024", Deployment, "Memory of one container in MiB."),
    row("performance.container.min_capacity", Whole(0, 10_000), "2", Deployment, "Containers at least."),
    row("performance.container.max_capacity", Whole(1, 10_000), "20", Deployment, "Containers at most."),
    row("performance.container.target_cpu_utilization", Whole(1, 100), "70", Deployment, "CPU use in percent that scaling aims at."),

    row("cost_control.budget.enabled", Switch, "false", Instead(NO_BUDGET), "Watch a budget."),
    row("cost_control.budget.monthly_limit", Number(0.0, 1e12), "1000", Instead(NO_BUDGET), "The budget in USD."),
    row("cost_control.budget.alert_threshold", Number(0.0, 100.0), "80", Instead(NO_BUDGET), "Percent of it that raises an alert."),
    row("cost_control.auto_optimization.enabled", Switch, "false", Instead(NO_TUNING), "Tune the Lambda function."),
    row("cost_control.auto_optimization.schedule", Text, "rate(7 days)", Instead(NO_TUNING), "How often."),

    row("backup.config_backup.enabled", Switch, "false", Instead(NO_BACKUP), "Back this file up."),
    row("backup.config_backup.s3_bucket", Text, "", Instead(NO_BACKUP), "Where to."),
    row("backup.config_backup.retention_days", Whole(1, 36_500), "90", Instead(NO_BACKUP), "How long it is kept."),
    row("backup.cross_region.enabled", Switch, "false", Instead(NO_BACKUP), "Back up to another region."),
    row("backup.cross_region.backup_region", Region, "us-west-2", Instead(NO_BACKUP), "That region."),

    row("integrations.authentication.type", OneOf(&["none", "api_key"], &["oauth", "saml"]), "api_key", Runtime, "Who may call: everybody, or whoever has a key of `ADMIN_API_KEY` or `API_KEYS`."),
    row("integrations.authentication.api_key.header_name", Header, "", Runtime, "One more header that may carry the key, beside `Authorization: Bearer` and `x-api-key`."),
    row("integrations.authentication.api_key.secret_name", Text, "", Deployment, "The secret in Secrets Manager that the deployment puts into `API_KEYS`."),
    row("integrations.logging.external_logging.enabled", Switch, "false", Instead(NO_LOG_SHIPPING), "Ship logs elsewhere."),
    row("integrations.logging.external_logging.endpoint", Text, "", Instead(NO_LOG_SHIPPING), "Where to."),
    row("integrations.logging.external_logging.format", Text, "json", Instead("use telemetry.log_format"), "In which form."),
    row("integrations.metrics.external_metrics.enabled", Switch, "false", Instead(NO_METRIC_PUSH), "Push metrics elsewhere."),
    row("integrations.metrics.external_metrics.endpoint", Text, "", Instead(NO_METRIC_PUSH), "Where to."),
    row("integrations.metrics.external_metrics.format", Text, "prometheus", Instead(NO_METRIC_PUSH), "In which form; `/metrics` speaks Prometheus."),

    row("custom_settings.environment_variables", Section, "", Deployment, "Environment variables of the containers."),
    row("custom_settings.environment_variables.*", Text, "", Within, "The value of that variable; keep secrets in Secrets Manager instead."),
    row("custom_settings.tags", Section, "", Deployment, "Tags of the AWS resources."),
    row("custom_settings.tags.*", Text, "", Within, "The value of that tag."),
    row("custom_settings.features.enable_debug_logging", Switch, "false", Runtime, "Log what the gateway does in detail, still without content. `RUST_LOG` wins."),
    row("custom_settings.features.enable_request_tracing", Switch, "true", Instead("every request is logged in one line with its x-request-id, always"), "One line of log per request."),
    row("custom_settings.features.enable_response_caching", Switch, "false", Instead(NO_CACHE), "Caching of answers."),
];
