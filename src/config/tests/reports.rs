//! Bad files and the reports on them, side by side.

use super::env;
use crate::config::check;

/// What `config check` prints for a file called `f.yaml`.
pub(super) fn report(text: &str, variables: &[(&str, &str)]) -> String {
    check(text, &env(variables)).render("f.yaml")
}

#[test]
fn unknown_keys_get_a_suggestion() {
    let text = r"server:
  lisen: 127.0.0.1:8000
  MaxBody: 1MB
  drain: { dealy: 5s }
region: us-east-1
server.drain.delay: 5s
mappings: {}
potatoes: 1
models:
  model_configs:
    gpt-4o: { max_token: 5 }
routing:
  targets: [{ name: us }, { nam: eu }]
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:2:3: error: server.lisen: unknown key (allowed: base_path, coalesce, drain, keep_alive, listen, max_body, max_body_total, max_in_flight, ops_listen; did you mean `listen`?)
    f.yaml:3:3: error: server.MaxBody: unknown key (allowed: base_path, coalesce, drain, keep_alive, listen, max_body, max_body_total, max_in_flight, ops_listen; did you mean `max_body`?)
    f.yaml:4:12: error: server.drain.dealy: unknown key (allowed: deadline, delay; did you mean `delay`?)
    f.yaml:5:1: error: region: unknown key (allowed: backup, catalog, cost_control, custom_settings, customer, deployment, integrations, limits, models, monitoring, performance, policy, routing, security, server, store, telemetry, upstream; did you mean `customer.region`?)
    f.yaml:6:1: error: server.drain.delay: unknown key (allowed: backup, catalog, cost_control, custom_settings, customer, deployment, integrations, limits, models, monitoring, performance, policy, routing, security, server, store, telemetry, upstream; did you mean `server: { drain: { delay: … } }`?)
    f.yaml:7:1: error: mappings: unknown key (allowed: backup, catalog, cost_control, custom_settings, customer, deployment, integrations, limits, models, monitoring, performance, policy, routing, security, server, store, telemetry, upstream; did you mean `models.mappings`?)
    f.yaml:8:1: error: potatoes: unknown key (allowed: backup, catalog, cost_control, custom_settings, customer, deployment, integrations, limits, models, monitoring, performance, policy, routing, security, server, store, telemetry, upstream)
    f.yaml:11:15: error: models.model_configs.gpt-4o.max_token: unknown key (allowed: max_tokens, temperature; did you mean `max_tokens`?)
    f.yaml:13:3: warning: routing.targets: accepted, not in effect in this version
    f.yaml:13:29: error: routing.targets[1].nam: unknown key (allowed: endpoint_url, name, priority, quotas, region, role_arn, weight; did you mean `name`?)
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    9 errors, 2 warnings
    ");
}

#[test]
fn values_that_do_not_fit() {
    let text = r#"customer: { region: US East, account_id: 123456789012 }
server:
  listen: localhost:8000
  ops_listen: 8001
  base_path: prod/
  max_body: 10 potatoes
  max_in_flight: 0
  keep_alive: 15
  coalesce: 300d
  drain: { delay: 1h, deadline: -1s }
models:
  mappings: { gpt-4o: [a], gpt-4o-mini: 5, gpt-3.5-turbo: " ", chat: gpt-4o }
  default_model: nova lite
  model_configs: { gpt-4o: { max_tokens: 1.5, temperature: 3 } }
performance:
  api_gateway: { throttling: { rate_limit: .nan, burst_limit: many } }
policy: { unsupported: true, media: { https: yes, allow_hosts: ["https://a.b", "*", a..b] } }
upstream:
  endpoint_url: "https://user@host"
  deadlines: { total: 25h }
integrations: { authentication: { api_key: { header_name: "X API Key" } } }
"#;
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:13: error: customer.region: `US East` is not an AWS region (allowed: a region, like us-east-1)
    f.yaml:1:30: error: customer.account_id: the value is not text (allowed: text; put it in quotes)
    f.yaml:3:3: error: server.listen: `localhost:8000` is not an address (allowed: IP:port, like 0.0.0.0:8000 or [::]:8000)
    f.yaml:4:3: error: server.ops_listen: `8001` is not text (allowed: IP:port, like 0.0.0.0:8000 or [::]:8000; put it in quotes)
    f.yaml:5:3: error: server.base_path: `prod/` is not a base path (allowed: empty, or a path like /prod that starts with / and does not end with it)
    f.yaml:6:3: error: server.max_body: `10 potatoes` is not a size (allowed: a size like 32MiB, 10MB or 1024, from 1KiB to 1GiB)
    f.yaml:7:3: error: server.max_in_flight: `0` is out of range (allowed: a whole number from 1 to 1000000)
    f.yaml:8:3: error: server.keep_alive: `15` is not a duration (allowed: a duration like 15s, 250ms or 1h30m, from 10ms to 10m)
    f.yaml:9:3: error: server.coalesce: `300d` is not a duration (allowed: a duration like 15s, 250ms or 1h30m, from 0ms to 5s)
    f.yaml:10:12: error: server.drain.delay: `1h` is out of range (allowed: a duration like 15s, 250ms or 1h30m, from 0s to 10m)
    f.yaml:10:23: error: server.drain.deadline: `-1s` is not a duration (allowed: a duration like 15s, 250ms or 1h30m, from 0s to 24h)
    f.yaml:12:15: error: models.mappings.gpt-4o: is a list (allowed: a Bedrock model id, inference profile id or ARN)
    f.yaml:12:28: error: models.mappings.gpt-4o-mini: `5` is not text (allowed: a Bedrock model id, inference profile id or ARN; put it in quotes)
    f.yaml:12:44: error: models.mappings.gpt-3.5-turbo: ` ` is not a Bedrock model id (allowed: a Bedrock model id, inference profile id or ARN)
    f.yaml:12:64: error: models.mappings.chat: `gpt-4o` is not a Bedrock model id (allowed: a Bedrock model id, inference profile id or ARN)
    f.yaml:13:3: error: models.default_model: `nova lite` is not a Bedrock model id (allowed: a Bedrock model id, inference profile id or ARN)
    f.yaml:14:30: error: models.model_configs.gpt-4o.max_tokens: `1.5` is not a whole number (allowed: a whole number from 1 to 10000000)
    f.yaml:14:47: error: models.model_configs.gpt-4o.temperature: `3` is out of range (allowed: a number from 0 to 1)
    f.yaml:16:32: error: performance.api_gateway.throttling.rate_limit: `NaN` is not a number (allowed: a number from 0.001 to 1000000)
    f.yaml:16:50: error: performance.api_gateway.throttling.burst_limit: `many` is not a whole number (allowed: a whole number from 1 to 1000000)
    f.yaml:17:11: error: policy.unsupported: `true` is not text (allowed: lenient, strict; put it in quotes)
    f.yaml:17:39: error: policy.media.https: `yes` is not true or false (allowed: true, false)
    f.yaml:17:51: error: policy.media.allow_hosts: `https://a.b` is not HOST or *.SUFFIX
    f.yaml:17:51: error: policy.media.allow_hosts: `*` is not HOST or *.SUFFIX
    f.yaml:17:51: error: policy.media.allow_hosts: `a..b` is not HOST or *.SUFFIX
    f.yaml:19:3: error: upstream.endpoint_url: the value is not a URL (allowed: http://HOST or https://HOST, without user or query)
    f.yaml:20:16: error: upstream.deadlines.total: `25h` is out of range (allowed: a duration like 15s, 250ms or 1h30m, from 10ms to 24h)
    f.yaml:21:46: error: integrations.authentication.api_key.header_name: `X API Key` is not a header name (allowed: an HTTP header name, like X-API-Key)
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    28 errors, 1 warning
    ");
}

#[test]
fn the_wrong_shape() {
    let text = r"customer: 客户
server: [1]
deployment:
  vpc: { subnet_ids: subnet-1, security_group_ids: [sg-1, { a: b }, 7] }
routing: { targets: { us: us-east-1 } }
models: { mappings: true }
store: { url: [a] }
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:1: error: customer: is text, not a section
    f.yaml:2:1: error: server: is a list, not a section
    f.yaml:4:10: error: deployment.vpc.subnet_ids: is text (allowed: a list of texts)
    f.yaml:4:59: error: deployment.vpc.security_group_ids[1]: is a section, not text
    f.yaml:4:69: error: deployment.vpc.security_group_ids[2]: the value is not text (allowed: text; put it in quotes)
    f.yaml:5:12: error: routing.targets: is a section, not a list
    f.yaml:6:11: error: models.mappings: is true or false, not a section
    f.yaml:7:10: error: store.url: is a list (allowed: text)
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    8 errors, 1 warning
    ");
}

#[test]
fn doubled_keys() {
    let text = r"server:
  max_body: 1MB
  max_body: 2MB
  max_body: 3 potatoes
models: { mappings: { a: x.a, b: x.b, a: x.c } }
server:
  listen: 127.0.0.1:8000
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:3:3: error: server.max_body: is written twice
    f.yaml:4:3: error: server.max_body: is written twice
    f.yaml:4:3: error: server.max_body: `3 potatoes` is not a size (allowed: a size like 32MiB, 10MB or 1024, from 1KiB to 1GiB)
    f.yaml:5:39: error: models.mappings.a: is written twice
    f.yaml:6:1: error: server: is written twice
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    5 errors, 1 warning
    ");
}

#[test]
fn what_is_not_in_this_version() {
    let text = r#"security:
  cross_account: { enabled: true, role_arn: "arn:aws:iam::123456789012:role/Bedrock" }
  ip_whitelist: { enabled: true, allowed_ips: [10.0.0.0/8] }
  iam: { cross_account_role: "arn:aws:iam::123456789012:role/Bedrock" }
integrations: { authentication: { type: oauth } }
upstream: { transport: fast }
store: { url: "postgres://user:password@db/gateway" }
limits: { redis_url: "redis://:password@cache", default_key: { rpm: 60 } }
routing:
  targets:
    - { name: us, region: us-east-1, priority: 0, weight: 1, quotas: { MODEL: { rpm: 200, tpm: 800000 } } }
    - { name: eu, region: eu-west-1 }
  fallbacks: { gpt-4o: [gpt-4o-mini] }
  retry: { attempts: 3, deadline: 30s }
  region_prefix: eu
catalog: { models: {} }
policy: { media: { https: true, allow_hosts: [example.com, "*.Example.org"], s3: true } }
telemetry: { otlp_endpoint: "http://localhost:4317", record_content: all }
"#;
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:2:20: error: security.cross_account.enabled: no role of another account is assumed in this version: give the gateway's own role the Bedrock permissions, or set it to false
    f.yaml:2:35: warning: security.cross_account.role_arn: not in effect in this version: no role of another account is assumed
    f.yaml:3:19: error: security.ip_whitelist.enabled: addresses are not filtered in this version: use security groups or AWS WAF in front of it, and set it to false
    f.yaml:3:34: warning: security.ip_whitelist.allowed_ips: not in effect in this version: use security groups or AWS WAF in front of the gateway
    f.yaml:4:10: error: security.iam.cross_account_role: no role of another account is assumed in this version: give the gateway's own role the Bedrock permissions, and remove it
    f.yaml:5:35: error: integrations.authentication.type: `oauth` is not in this version (allowed: none, api_key)
    f.yaml:6:13: error: upstream.transport: `fast` is not one of the choices (allowed: auto, direct, sdk)
    f.yaml:7:10: warning: store.url: accepted, not in effect in this version
    f.yaml:8:11: warning: limits.redis_url: accepted, not in effect in this version
    f.yaml:8:64: warning: limits.default_key.rpm: accepted, not in effect in this version
    f.yaml:10:3: warning: routing.targets: accepted, not in effect in this version
    f.yaml:13:3: warning: routing.fallbacks: accepted, not in effect in this version
    f.yaml:14:25: warning: routing.retry.deadline: accepted, not in effect in this version
    f.yaml:15:3: warning: routing.region_prefix: accepted, not in effect in this version
    f.yaml:18:14: warning: telemetry.otlp_endpoint: accepted, not in effect in this version
    f.yaml:18:54: warning: telemetry.record_content: accepted, not in effect in this version
    5 errors, 11 warnings
    ");
}

#[test]
fn what_to_use_instead() {
    let text = r#"deployment: { type: hybrid, vpc: { enabled: true, subnet_ids: [subnet-1] }, custom_domain: { enabled: true } }
monitoring: { cloudwatch: { retention_days: 7 } }
performance:
  lambda: { memory_size: 1024, timeout: 300 }
  api_gateway: { caching: { enabled: true, ttl: 60 } }
cost_control: { budget: { enabled: true, monthly_limit: 5000 }, auto_optimization: { enabled: true } }
backup: { config_backup: { enabled: true, s3_bucket: b }, cross_region: { enabled: true, backup_region: eu-west-1 } }
integrations:
  authentication: { type: none }
  logging: { external_logging: { enabled: true, format: text } }
  metrics: { external_metrics: { enabled: true, endpoint: "http://x" } }
custom_settings: { features: { enable_request_tracing: false, enable_response_caching: true } }
"#;
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:15: warning: deployment.type: this gateway is a container: it is deployed to ECS or EKS, without Lambda and API Gateway
    f.yaml:1:36: warning: deployment.vpc.enabled: needs deployment.vpc.vpc_id
    f.yaml:1:51: warning: deployment.vpc.subnet_ids: is one subnet: load balancers need two, in different availability zones
    f.yaml:1:94: warning: deployment.custom_domain.enabled: needs deployment.custom_domain.domain_name
    f.yaml:1:94: warning: deployment.custom_domain.enabled: needs deployment.custom_domain.certificate_arn
    f.yaml:2:29: warning: monitoring.cloudwatch.retention_days: write it as monitoring.cloudwatch.log_retention_days
    f.yaml:4:3: warning: performance.lambda: there is no Lambda function: size the containers with performance.container.cpu, memory, min_capacity and max_capacity
    f.yaml:5:29: warning: performance.api_gateway.caching.enabled: answers are not cached: use Bedrock prompt caching for repeated prompts
    f.yaml:5:44: warning: performance.api_gateway.caching.ttl: answers are not cached: use Bedrock prompt caching for repeated prompts
    f.yaml:6:27: warning: cost_control.budget.enabled: budgets are not watched here: use AWS Budgets on the Bedrock cost
    f.yaml:6:42: warning: cost_control.budget.monthly_limit: budgets are not watched here: use AWS Budgets on the Bedrock cost
    f.yaml:6:86: warning: cost_control.auto_optimization.enabled: there is no Lambda function to tune: scale with performance.container.*
    f.yaml:7:28: warning: backup.config_backup.enabled: the service makes no backups: keep this file under version control
    f.yaml:7:43: warning: backup.config_backup.s3_bucket: the service makes no backups: keep this file under version control
    f.yaml:7:75: warning: backup.cross_region.enabled: the service makes no backups: keep this file under version control
    f.yaml:7:90: warning: backup.cross_region.backup_region: the service makes no backups: keep this file under version control
    f.yaml:10:34: warning: integrations.logging.external_logging.enabled: logs go to standard output: let the container's log driver ship them (awslogs, FireLens, Fluent Bit)
    f.yaml:10:49: warning: integrations.logging.external_logging.format: use telemetry.log_format
    f.yaml:11:34: warning: integrations.metrics.external_metrics.enabled: metrics are not pushed: let Prometheus or the CloudWatch agent scrape /metrics
    f.yaml:11:49: warning: integrations.metrics.external_metrics.endpoint: metrics are not pushed: let Prometheus or the CloudWatch agent scrape /metrics
    f.yaml:12:32: warning: custom_settings.features.enable_request_tracing: every request is logged in one line with its x-request-id, always
    f.yaml:12:63: warning: custom_settings.features.enable_response_caching: answers are not cached: use Bedrock prompt caching for repeated prompts
    0 errors, 22 warnings

    f.yaml is sound
      customer            none
      environment         none
      region              found by the AWS SDK
      listen              0.0.0.0:8000
      default model       none
      authentication      none: everybody may call
      limits              no rate limit; 10000 in flight; bodies up to 32MiB, 512MiB in all
      unsupported         lenient
      logs                json
      used at deployment  deployment.type
                          deployment.vpc.enabled
                          deployment.vpc.subnet_ids
                          deployment.custom_domain.enabled
      warnings            22
    ");
}

#[test]
fn keys_that_depend_on_each_other() {
    let text = r#"server: { listen: "127.0.0.1:8000", ops_listen: "127.0.0.1:8000" }
performance:
  api_gateway: { throttling: { burst_limit: 5 } }
  container: { min_capacity: 5, max_capacity: 4 }
integrations: { authentication: { type: api_key } }
"#;
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:37: error: server.ops_listen: is where clients connect, 127.0.0.1:8000: take another port
    f.yaml:3:32: error: performance.api_gateway.throttling.burst_limit: does nothing without performance.api_gateway.throttling.rate_limit
    f.yaml:4:16: error: performance.container.min_capacity: is above performance.container.max_capacity
    f.yaml:5:35: warning: integrations.authentication.type: is api_key, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    3 errors, 1 warning
    ");
}

#[test]
fn the_largest_body_must_fit_into_the_room_for_all() {
    let told = |server: &str| {
        let text = format!("server: {{ {server} }}\nintegrations: {{ authentication: {{ type: none }} }}\n");
        report(&text, &[])
    };
    insta::assert_snapshot!(told("max_body: 1GiB"), @r"
    f.yaml:1:11: error: server.max_body: is above server.max_body_total, 512MiB
    1 error, 0 warnings
    ");
    insta::assert_snapshot!(told("max_body: 1MiB, max_body_total: 1000KiB"), @r"
    f.yaml:1:27: error: server.max_body_total: is below server.max_body, 1MiB
    1 error, 0 warnings
    ");
    insta::assert_snapshot!(told("max_body: 1GiB, max_body_total: much"), @r"
    f.yaml:1:27: error: server.max_body_total: `much` is not a size (allowed: a size like 32MiB, 10MB or 1024, from 1KiB to 1024GiB)
    1 error, 0 warnings
    ");
    insta::assert_snapshot!(told("max_body: much, max_body_total: 1KiB"), @r"
    f.yaml:1:11: error: server.max_body: `much` is not a size (allowed: a size like 32MiB, 10MB or 1024, from 1KiB to 1GiB)
    1 error, 0 warnings
    ");
    assert!(told("max_body: 1MiB, max_body_total: 1MiB").contains("is sound"));
}

#[test]
fn a_wrong_key_is_not_a_missing_key() {
    let text = r"performance: { api_gateway: { throttling: { rate_limit: -1, burst_limit: 5 } } }
integrations: { authentication: { type: jwt } }
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:45: error: performance.api_gateway.throttling.rate_limit: `-1` is out of range (allowed: a number from 0.001 to 1000000)
    f.yaml:2:35: error: integrations.authentication.type: `jwt` is not one of the choices (allowed: none, api_key)
    2 errors, 0 warnings
    ");
}

#[test]
fn variables_of_the_file() {
    let text = r#"customer: { name: "${MISSING}-${ALSO_MISSING}" }
server: { listen: "${SET}", max_in_flight: "${SET:-5}", base_path: "${", keep_alive: "${not a name}" }
"#;
    insta::assert_snapshot!(report(text, &[("SET", "text")]), @r"
    f.yaml:1:13: error: customer.name: the environment variable MISSING is not set (allowed: ${MISSING:-default} where it may be missing)
    f.yaml:1:13: error: customer.name: the environment variable ALSO_MISSING is not set (allowed: ${ALSO_MISSING:-default} where it may be missing)
    f.yaml:2:11: error: server.listen: `${SET}` is not an address (allowed: IP:port, like 0.0.0.0:8000 or [::]:8000)
    f.yaml:2:29: error: server.max_in_flight: `${SET:-5}` is not a whole number (allowed: a whole number from 1 to 1000000)
    f.yaml:2:57: error: server.base_path: `${` without a closing `}`
    f.yaml:2:74: error: server.keep_alive: `${…}` does not name an environment variable (allowed: ${VAR} or ${VAR:-default})
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    6 errors, 1 warning
    ");
}

#[test]
fn variables_of_the_environment() {
    let text = r#"server: { listen: "127.0.0.1:8000" }
"#;
    insta::assert_snapshot!(report(text, &[
        ("GATEWAY__SERVER__LISTEN", "nowhere"),
        ("GATEWAY__SERVER__LISEN", "x"),
        ("GATEWAY__SERVER", "5"),
        ("GATEWAY__PERFORMANCE__LAMBDA__TIMEOUT", "5"),
        ("GATEWAY__DEPLOYMENT__VPC__SUBNET_IDS", "[a"),
        ("PORT", "http"),
        ("AWS_DEFAULT_REGION", "Oregon"),
        ("DATABASE_URL", "postgres://db"),
    ]), @r"
    f.yaml: error: deployment.vpc.subnet_ids: the value is not valid YAML (environment variable GATEWAY__DEPLOYMENT__VPC__SUBNET_IDS)
    f.yaml: error: server: is a number, not a section (environment variable GATEWAY__SERVER)
    f.yaml: error: server.lisen: unknown key (environment variable GATEWAY__SERVER__LISEN) (allowed: base_path, coalesce, drain, keep_alive, listen, max_body, max_body_total, max_in_flight, ops_listen; did you mean `listen`?)
    f.yaml: error: server.listen: the value is not an address (environment variable GATEWAY__SERVER__LISTEN) (allowed: IP:port, like 0.0.0.0:8000 or [::]:8000)
    f.yaml: error: server.listen: the value is not a port (environment variable PORT) (allowed: a whole number from 0 to 65535)
    f.yaml: error: customer.region: the value is not an AWS region (environment variable AWS_DEFAULT_REGION) (allowed: a region, like us-east-1)
    f.yaml: warning: store.url: accepted, not in effect in this version
    f.yaml: warning: performance.lambda: there is no Lambda function: size the containers with performance.container.cpu, memory, min_capacity and max_capacity
    6 errors, 2 warnings
    ");
}

#[test]
fn a_sound_file_is_summed_up() {
    let text = include_str!("../../../config/customer-prod.yaml");
    let report = check(text, &env(&[("API_KEYS", "a,b")]));
    insta::assert_snapshot!(report.render("config/customer-prod.yaml"), @r"
    config/customer-prod.yaml:9:3: warning: deployment.type: this gateway is a container: it is deployed to ECS or EKS, without Lambda and API Gateway
    config/customer-prod.yaml:36:5: warning: security.cross_account.role_arn: not in effect in this version: no role of another account is assumed
    config/customer-prod.yaml:64:3: warning: performance.lambda: there is no Lambda function: size the containers with performance.container.cpu, memory, min_capacity and max_capacity
    0 errors, 3 warnings

    config/customer-prod.yaml is sound
      customer            客户名称
      environment         production
      region              us-east-1
      listen              0.0.0.0:8000
      alias               gpt-4o -> amazon.nova-pro-v1:0
                          gpt-4o-mini -> amazon.nova-lite-v1:0
                          gpt-3.5-turbo -> amazon.nova-micro-v1:0
                          customer-premium -> amazon.nova-premier-v1:0
      default model       none
      authentication      api_key, 2 keys in the environment
      limits              1000 requests/s, 2000 at once; 10000 in flight; bodies up to 32MiB, 512MiB in all
      unsupported         lenient
      logs                json
      used at deployment  customer.account_id
                          deployment.type
                          deployment.vpc.enabled
                          deployment.vpc.vpc_id
                          deployment.vpc.subnet_ids
                          deployment.vpc.security_group_ids
                          deployment.custom_domain.enabled
                          deployment.custom_domain.domain_name
                          deployment.custom_domain.certificate_arn
                          security.encryption.enabled
                          security.encryption.kms_key_id
                          monitoring.cloudwatch.enabled
                          monitoring.cloudwatch.log_retention_days
                          monitoring.cloudwatch.dashboard_enabled
                          monitoring.custom_metrics.enabled
                          monitoring.custom_metrics.namespace
                          monitoring.alerts.enabled
                          monitoring.alerts.sns_topic_arn
      warnings            3
    ");
}
