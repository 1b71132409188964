//! Whole files and environments: what is loaded, and what is told.

mod models;
mod policy;
mod properties;
mod reports;
mod yaml;

use std::path::Path;

use super::*;
use crate::catalog::{Defaults, ModelId};

fn env(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

/// Loads a text as `serve` would, with an API key in the environment beside the given variables.
fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("test.yaml");
    std::fs::write(&file, text).unwrap();
    let mut variables = variables.to_vec();
    variables.push(("ADMIN_API_KEY", "sk-admin"));
    load(Some(&file), &env(&variables)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn keys(config: &Config) -> Vec<&str> {
    match &config.authentication {
        Authentication::None => panic!("authentication is none"),
        Authentication::ApiKey { keys, .. } => keys.iter().map(Secret::expose).collect(),
    }
}

#[test]
fn defaults() {
    let Loaded { config, warnings, .. } = loaded("", &[]);
    assert!(warnings.is_empty(), "{warnings:?}");
    insta::assert_debug_snapshot!(config, @r#"
    Config {
        customer: Customer {
            name: None,
            environment: None,
            region: None,
            account_id: None,
        },
        server: ServerSettings {
            listen: 0.0.0.0:8000,
            ops_listen: None,
            base_path: "",
            max_body: 33554432,
            max_body_total: 536870912,
            max_in_flight: 10000,
            keep_alive: 15s,
            coalesce: 0ns,
            drain: DrainSettings {
                delay: 5s,
                deadline: 300s,
            },
        },
        models: Settings {
            mappings: [],
            default_model: None,
            model_configs: {},
        },
        catalog: Catalog {
            models: 179,
            ..
        },
        resolve_profiles: true,
        authentication: ApiKey {
            header_name: None,
            keys: [
                Secret(redacted),
            ],
        },
        throttle: None,
        policy: Policy {
            unsupported: Lenient,
            prompt_cache: PromptCache {
                tools: false,
                system: false,
                messages: false,
                ttl: None,
            },
            guardrail: GuardrailPolicy {
                guardrail: None,
                client_override: false,
            },
            metadata: false,
            additional_fields: All,
            media: MediaPolicy {
                https: false,
                allow_hosts: [],
                s3: false,
            },
        },
        upstream: Settings {
            region: None,
            endpoint_url: None,
            control_endpoint_url: None,
            deadlines: Deadlines {
                connect: 5s,
                head: 900s,
                first_event: 300s,
                gap: 300s,
                total: 3600s,
            },
            transport: Auto,
        },
        logs: LogSettings {
            format: Json,
            filter: Some(
                "info",
            ),
        },
    }
    "#);
}

#[test]
fn the_customer_file_of_the_guide_loads_unchanged() {
    let keys_of_environment = env(&[("API_KEYS", "sk-1,sk-2")]);
    let Loaded { config, source, .. } =
        load(Some(Path::new("config/customer-prod.yaml")), &keys_of_environment).unwrap();
    assert_eq!(source.as_deref(), Some(Path::new("config/customer-prod.yaml")));
    assert_eq!(config.customer.name.as_deref(), Some("客户名称"));
    assert_eq!(config.customer.environment.as_deref(), Some("production"));
    assert_eq!(config.customer.region.as_deref(), Some("us-east-1"));
    assert_eq!(config.customer.account_id.as_deref(), Some("123456789012"));
    assert_eq!(config.throttle, Some(Rate { per_second: 1000.0, burst: 2000 }));
    let mappings = [
        ("gpt-4o", "amazon.nova-pro-v1:0"),
        ("gpt-4o-mini", "amazon.nova-lite-v1:0"),
        ("gpt-3.5-turbo", "amazon.nova-micro-v1:0"),
        ("customer-premium", "amazon.nova-premier-v1:0"),
    ];
    assert_eq!(
        config.models.mappings,
        mappings.map(|(alias, id)| (alias.to_owned(), ModelId::parse(id).unwrap()))
    );
    assert_eq!(keys(&config), ["sk-1", "sk-2"]);
}

#[test]
fn every_customer_key_is_accepted() {
    let text = include_str!("tests/every_customer_key.yaml");
    let Loaded { config, warnings, .. } = loaded(text, &[]);
    let told: Vec<_> = warnings.iter().map(|problem| problem.path.as_str()).collect();
    let expected = [
        "monitoring.cloudwatch.retention_days",
        "performance.lambda",
        "cost_control.auto_optimization.enabled",
        "backup.config_backup.enabled",
    ];
    assert_eq!(told, expected);
    let defaults = Defaults { max_tokens: Some(4096), temperature: Some(0.7) };
    assert_eq!(config.models.model_configs["amazon.nova-pro-v1:0"], defaults);
    // The file names every row that came from the customer file, so none can be lost from this test.
    for row in schema::keys().take_while(|row| !row.path.starts_with("server.")) {
        let name = row.path.rsplit('.').find(|name| *name != "*").unwrap();
        assert!(text.contains(&format!("{name}:")), "{} is not in the file", row.path);
    }
}

#[test]
fn the_shipped_file_says_what_the_defaults_say() {
    let Loaded { config: shipped, warnings, .. } = loaded(include_str!("../../config/gateway.yaml"), &[]);
    let Loaded { config: mut defaults, .. } = loaded("", &[]);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(shipped.models.mappings.len(), 3);
    defaults.models.mappings = shipped.models.mappings.clone();
    assert_eq!(format!("{shipped:?}"), format!("{defaults:?}"));
}

#[test]
fn the_environment_goes_on_top() {
    let text = "server: { listen: \"127.0.0.1:1000\", max_body: 1MB }\n\
                customer: { name: file, region: eu-west-1 }\n\
                models: { mappings: { a: amazon.one, b: amazon.two } }\n";
    let variables = [
        ("PORT", "4321"),
        ("CUSTOMER_NAME", "客户"),
        ("ENVIRONMENT", "staging"),
        ("AWS_REGION", "us-west-2"),
        ("GATEWAY__SERVER__MAX_BODY", "2MiB"),
        ("GATEWAY__SERVER__DRAIN__DEADLINE", "1h30m"),
        ("GATEWAY__MODELS__MAPPINGS__A", "amazon.three"),
        ("GATEWAY__models__mappings__My-Model", "amazon.four"),
        ("GATEWAY__INTEGRATIONS__AUTHENTICATION__API_KEY__HEADER_NAME", "X-Company-Key"),
        ("GATEWAY__DEPLOYMENT__VPC__SUBNET_IDS", "[subnet-1, subnet-2]"),
        ("GATEWAY__CUSTOMER__REGION", "ap-south-1"),
        ("RUST_LOG", "warn"),
        ("API_KEYS", " sk-1 ,, sk-admin,sk-2,sk-1,"),
    ];
    let Loaded { config, warnings, .. } = loaded(text, &variables);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:4321");
    assert_eq!(config.server.max_body, 2 << 20);
    assert_eq!(config.server.drain.deadline, Duration::from_secs(5400));
    assert_eq!(config.customer.name.as_deref(), Some("客户"));
    assert_eq!(config.customer.environment.as_deref(), Some("staging"));
    assert_eq!(config.upstream.region.as_deref(), Some("ap-south-1"));
    let mappings = [("a", "amazon.three"), ("b", "amazon.two"), ("My-Model", "amazon.four")];
    assert_eq!(
        config.models.mappings,
        mappings.map(|(alias, id)| (alias.to_owned(), ModelId::parse(id).unwrap()))
    );
    assert_eq!(config.logs.filter.as_deref(), Some("warn"));
    assert_eq!(keys(&config), ["sk-admin", "sk-1", "sk-2"]);
    let Authentication::ApiKey { header_name: Some(header), .. } = config.authentication else { panic!() };
    assert_eq!(header, "x-company-key");
}

#[test]
fn the_region_falls_back_to_the_aws_variables() {
    let region = |text, variables: &[_]| loaded(text, variables).config.upstream.region;
    let both = [("AWS_REGION", "eu-west-3"), ("AWS_DEFAULT_REGION", "eu-west-2")];
    assert_eq!(region("customer: { region: us-east-2 }", &both).as_deref(), Some("us-east-2"));
    assert_eq!(region("", &both).as_deref(), Some("eu-west-3"));
    assert_eq!(region("", &both[1..]).as_deref(), Some("eu-west-2"));
    assert_eq!(region("", &[]), None);
}

#[test]
fn values_expand_variables() {
    let text = "server: { listen: \"${HOST:-127.0.0.1}:8000\", max_in_flight: \"${CAP}\", ops_listen: \"${OPS:-}\" }\n\
                policy: { unsupported: \"${MODE:-strict}\" }\n";
    let Loaded { config, .. } = loaded(text, &[("CAP", "7")]);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.server.max_in_flight, 7);
    assert_eq!(config.server.ops_listen, None);
    assert_eq!(config.policy.unsupported, crate::translate::Unsupported::Strict);
}

#[test]
fn authentication_none_needs_no_key() {
    let text = "integrations: { authentication: { type: none } }";
    assert!(matches!(loaded(text, &[]).config.authentication, Authentication::None));
    assert!(check(text, &Environment::default()).problems.is_empty());
}

#[test]
fn missing_keys_stop_the_service_but_not_the_check() {
    for variables in [&[][..], &[("API_KEYS", " , ")], &[("ADMIN_API_KEY", "")]] {
        let env = env(variables);
        let problems = load(Some(Path::new("config/customer-prod.yaml")), &env).unwrap_err();
        assert_eq!(problems.count(Severity::Error), 1);
        let what =
            problems.list.iter().find(|problem| problem.severity == Severity::Error).unwrap().to_string();
        for word in ["ADMIN_API_KEY", "API_KEYS", "integrations.authentication.type: none"] {
            assert!(what.contains(word), "{what}");
        }
        let report = check(include_str!("../../config/customer-prod.yaml"), &env);
        assert!(report.is_sound());
        assert!(report.problems.iter().any(|problem| problem.what.contains("ADMIN_API_KEY")));
    }
}

#[test]
fn two_listeners_need_two_ports() {
    let sound = |text, variables: &[_]| check(text, &env(variables)).is_sound();
    let text = "server: { ops_listen: \"0.0.0.0:9000\" }";
    assert!(sound(text, &[]));
    assert!(!sound(text, &[("PORT", "9000")]));
    assert!(!sound("server: { ops_listen: \"0.0.0.0:8000\" }", &[]));
    assert!(sound("server: { listen: \"127.0.0.1:0\", ops_listen: \"127.0.0.1:0\" }", &[]));
}

#[test]
fn the_process_environment_is_captured() {
    let env = Environment::capture();
    assert!(env.has("PATH"));
    assert!(!format!("{env:?}").contains(env.get("PATH").unwrap()));
}

#[test]
fn a_rate_without_a_burst_allows_one_second_s_worth() {
    let text = "performance: { api_gateway: { throttling: { rate_limit: 2.5 } } }";
    assert_eq!(loaded(text, &[]).config.throttle, Some(Rate { per_second: 2.5, burst: 3 }));
}

#[test]
fn debug_logging_is_ours_alone() {
    let text = "custom_settings: { features: { enable_debug_logging: true } }";
    assert_eq!(loaded(text, &[]).config.logs.filter.as_deref(), Some("info,bedrock_gateway=debug"));
}

#[test]
fn files_are_found_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let named = directory.path().join("named.yaml");
    let of_environment = directory.path().join("environment.yaml");
    std::fs::write(&named, "customer: { name: named }").unwrap();
    std::fs::write(&of_environment, "customer: { name: environment }").unwrap();
    let env = env(&[("GATEWAY_CONFIG", of_environment.to_str().unwrap()), ("API_KEYS", "sk-1")]);
    let name = |file: Option<&Path>, env: &Environment| load(file, env).unwrap().config.customer.name;
    assert_eq!(name(Some(&named), &env).as_deref(), Some("named"));
    assert_eq!(name(None, &env).as_deref(), Some("environment"));
    // Tests run beside the shipped file.
    let without = [("API_KEYS", "sk-1")].into_iter().collect();
    assert_eq!(load(None, &without).unwrap().source.as_deref(), Some(Path::new("config/gateway.yaml")));
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("latin1.yaml");
    let missing = load(Some(&file), &Environment::default()).unwrap_err();
    assert!(missing.to_string().contains("latin1.yaml: error: cannot be read: "), "{missing}");
    std::fs::write(&file, b"a: b\nname: caf\xe9\n").unwrap();
    let latin1 = load(Some(&file), &Environment::default()).unwrap_err();
    assert!(latin1.to_string().contains("latin1.yaml: error: is not UTF-8 text, from line 2 on"), "{latin1}");
}

#[test]
fn secrets_are_never_shown() {
    let variables = [
        ("ADMIN_API_KEY", "sk-secret-admin"),
        ("API_KEYS", "sk-secret-one,sk-secret-two"),
        ("DATABASE_URL", "postgres://user:sk-secret-password@db/x"),
        ("GATEWAY__SERVER__MAX_BODY", "sk-secret-size"),
        ("GATEWAY__ROUTING__FALLBACKS", "[sk-secret-list"),
        ("PORT", "sk-secret-port"),
        ("AWS_REGION", "sk-secret.region"),
    ];
    let text = "server: { listen: \"${ADMIN_API_KEY}\", base_path: \"${API_KEYS}\" }\n\
                upstream: { endpoint_url: \"http://user:sk-secret-password@host\" }\n\
                limits: { redis_url: \"redis://:sk-secret-password@host\" }\n";
    let env = env(&variables);
    let report = check(text, &env);
    assert_eq!(report.problems.iter().filter(|problem| problem.severity == Severity::Error).count(), 7);
    assert!(!report.render("f").contains("sk-secret"), "{}", report.render("f"));
    assert!(!format!("{report:?}{env:?}").contains("sk-secret"));

    let sound = loaded("limits: { redis_url: \"redis://:sk-secret-password@host\" }", &variables[1..3]);
    assert!(!format!("{sound:?}{}", sound.summary).contains("sk-secret"), "{sound:?}");
    assert_eq!(keys(&sound.config).len(), 3);
}
