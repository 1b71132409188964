use aws_config::{BehaviorVersion, Region};
use aws_types::app_name::AppName;
use aws_types::sdk_config::Builder;
use aws_types::service_config::LoadServiceConfig;

use super::*;
use crate::bedrock::Settings;
use crate::bedrock::sdk::SdkTransport;

fn config(region: &str) -> Builder {
    SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new(region.to_owned()))
}

async fn specimen(config: &SdkConfig) -> Specimen {
    let sdk = SdkTransport::new(config, &Settings::default()).unwrap();
    sdk.specimen(made_up_keys()).await.unwrap()
}

async fn blueprint(config: &SdkConfig) -> Result<Blueprint, String> {
    Blueprint::read(&specimen(config).await, config, None)
}

fn host(place: &Place) -> &str {
    place.host.to_str().unwrap()
}

/// Each of these also shows that the specimen's signature is ours: `read` compares them.
#[tokio::test]
async fn endpoints_are_those_that_the_sdk_resolves() {
    for (config, runtime, control) in [
        (config("us-east-1"), "bedrock-runtime.us-east-1.amazonaws.com", "bedrock.us-east-1.amazonaws.com"),
        (
            config("us-gov-west-1").use_fips(true),
            "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
            "bedrock-fips.us-gov-west-1.amazonaws.com",
        ),
        (
            config("eu-central-1").use_dual_stack(true),
            "bedrock-runtime.eu-central-1.api.aws",
            "bedrock.eu-central-1.api.aws",
        ),
        (
            config("us-west-2").use_fips(true).use_dual_stack(true),
            "bedrock-runtime-fips.us-west-2.api.aws",
            "bedrock-fips.us-west-2.api.aws",
        ),
        (
            config("cn-north-1"),
            "bedrock-runtime.cn-north-1.amazonaws.com.cn",
            "bedrock.cn-north-1.amazonaws.com.cn",
        ),
        (
            config("us-east-1").endpoint_url("https://vpce-1.example:8443/prefix"),
            "vpce-1.example:8443",
            "vpce-1.example:8443",
        ),
    ] {
        let config = config.build();
        let region = config.region().unwrap().as_ref().to_owned();
        let blueprint = blueprint(&config).await.unwrap();
        assert_eq!((host(&blueprint.runtime), host(&blueprint.control)), (runtime, control));
        let Authorization::Signature(scope) = blueprint.authorization else { panic!("no token is set") };
        assert_eq!((scope.region, &*scope.service), (region, "bedrock"));
    }
}

#[tokio::test]
async fn the_program_introduces_itself_as_the_sdk_does() {
    let config = config("us-east-1").app_name(AppName::new("my-gateway").unwrap()).build();
    let agent = blueprint(&config).await.unwrap().agent;
    for header in [agent.plain, agent.signed] {
        let header = header.to_str().unwrap();
        assert!(header.contains("api/bedrockruntime/") && header.contains("app/my-gateway"), "{header}");
    }
}

#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        ((key.env(), key.service_id()) == ("AWS_BEARER_TOKEN", "bedrock")).then(|| "token".to_owned())
    }
}

#[tokio::test]
async fn a_token_of_the_environment_is_used_and_no_other() {
    let ours = config("us-east-1").service_config(Environment).build();
    let Authorization::Bearer(value) = blueprint(&ours).await.unwrap().authorization else {
        panic!("a token is set")
    };
    assert_eq!(value, "Bearer token");
    assert!(!format!("{value:?}").contains("token"));
    // The same specimen, and an environment that says nothing of it: the token is somebody else's to renew.
    let why = Blueprint::read(&specimen(&ours).await, &config("us-east-1").build(), None).err().unwrap();
    assert!(why.contains("AWS_BEARER_TOKEN_BEDROCK") && !why.contains("Bearer token"), "{why}");
}

/// The environment is not checked as the configuration is.
#[tokio::test]
async fn the_password_of_an_endpoint_is_told_nobody() {
    let config = config("us-east-1").endpoint_url("https://user:pw-secret@vpce.example").build();
    let why = blueprint(&config).await.err().unwrap();
    assert!(why.contains("endpoint") && !why.contains("secret"), "{why}");
}

/// Whatever the SDK may do one day that is not known here.
#[tokio::test]
async fn what_is_not_known_is_not_served() {
    let config = config("us-east-1").build();
    let change = |specimen: &mut Specimen, name: &str, value: &str| {
        specimen.headers.retain(|(found, _)| found != name);
        specimen.headers.push((name.to_owned(), value.to_owned()));
    };
    type Change = (&'static str, Box<dyn Fn(&mut Specimen)>);
    let changes: [Change; 8] = [
        ("not known, `x-new`", Box::new(move |specimen| change(specimen, "x-new", "1"))),
        (
            "does not send the header `user-agent`",
            Box::new(|specimen| specimen.headers.retain(|header| header.0 != "user-agent")),
        ),
        ("unknown path", Box::new(|specimen| specimen.uri.push_str("-2"))),
        ("unknown path", Box::new(|specimen| specimen.uri.push_str("?a=b"))),
        (
            "signs in another way",
            Box::new(|specimen| specimen.uri = specimen.uri.replace("us-east-1", "us-east-2")),
        ),
        ("signs in another way", Box::new(move |specimen| change(specimen, "x-amz-user-agent", "other"))),
        (
            "another algorithm",
            Box::new(move |specimen| change(specimen, "authorization", "AWS4-ECDSA-P256-SHA256 x")),
        ),
        ("cannot be read", Box::new(move |specimen| change(specimen, "x-amz-date", "noon"))),
    ];
    for (expected, change) in changes {
        let mut specimen = specimen(&config).await;
        change(&mut specimen);
        let why = Blueprint::read(&specimen, &config, None).err().unwrap();
        assert!(why.contains(expected), "{why}");
    }
}
