use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use std::time::Duration;

use super::*;

fn signer(access_key: &str, secret: &str, token: Option<&str>, region: &str) -> Signer {
    let credentials = Credentials::new(access_key, secret, token.map(str::to_owned), None, "test");
    Signer::new(credentials, Scope { region: region.to_owned(), service: "bedrock".to_owned() })
}

/// What `aws-sigv4` makes of the same request.
fn oracle<const N: usize>(
    signer: &Signer,
    time: SystemTime,
    host: &str,
    request: &Signable<'_, N>,
) -> String {
    let identity = signer.credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&signer.scope.region)
        .name(&signer.scope.service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = request.headers.iter().flatten().filter(|(name, _)| !name.starts_with("x-amz-date"));
    let headers = headers.copied().filter(|(name, _)| *name != "x-amz-security-token");
    let url = format!("https://{host}{}", request.path);
    let signable =
        SignableRequest::new(request.method, url, headers, SignableBody::Bytes(request.body)).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    headers.iter().find(|header| header.name() == "authorization").unwrap().value().to_owned()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

proptest! {
    /// Whatever is signed, by whomever, when: it is what `aws-sigv4` says.
    #[test]
    fn signatures_are_those_of_the_oracle(
        model in "[!-~é ]{1,40}",
        base in prop_oneof![Just(String::new()), "(/[a-z0-9~%._@:-]{1,8}x){1,3}"],
        body in prop::collection::vec(any::<u8>(), 0..200),
        secret in "[A-Za-z0-9/+]{1,60}",
        token in prop::option::of("[A-Za-z0-9/+=]{1,80}"),
        region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        seconds in 0_u64..4_000_000_000,
        agent in "[a-z/0-9,.#]{1,30}",
    ) {
        let label = utf8_percent_encode(&model, crate::bedrock::LABEL).to_string();
        prop_assume!(!matches!(&*label, "." | ".."));
        let path = format!("{base}/model/{label}/converse-stream");
        let signer = signer("AKIDEXAMPLE", &secret, token.as_deref(), &region);
        let (time, length) = (at(seconds), body.len().to_string());
        let stamp = Stamp::new(time).unwrap();
        let request = Signable {
            method: "POST",
            path: &path,
            headers: [
                Some(("content-length", &*length)),
                Some(("content-type", "application/json")),
                Some(("host", "bedrock.example:8443")),
                Some(("x-amz-date", stamp.as_str())),
                token.as_deref().map(|token| ("x-amz-security-token", token)),
                Some(("x-amz-user-agent", &agent)),
            ],
            body: &body,
        };
        let expected = oracle(&signer, time, "bedrock.example:8443", &request);
        prop_assert_eq!(signer.authorization(&stamp, &request), expected);
    }

    #[test]
    fn stamps_are_read_as_they_are_written(seconds in 0_u64..250_000_000_000) {
        let stamp = Stamp::new(at(seconds)).unwrap();
        prop_assert_eq!(stamp.as_str().len(), 16, "{}", stamp.as_str());
        prop_assert_eq!(Stamp::parse(stamp.as_str()).unwrap().time, at(seconds));
    }
}

#[test]
fn the_key_is_derived_once_a_day() {
    let signer = signer("AKIDEXAMPLE", "secret", None, "us-east-1");
    let day = |seconds| signer.day(&Stamp::new(at(seconds)).unwrap());
    let noon = 1_795_867_200;
    let (today, evening) = (day(noon), day(noon + 43_199));
    assert!(Arc::ptr_eq(&today, &evening));
    let tomorrow = day(noon + 43_200);
    assert_eq!((&*today.date, &*tomorrow.date), ("20261128", "20261129"));
    assert_ne!(today.key, tomorrow.key);
    // A clock that is set back signs for its own day again.
    assert_eq!(day(noon).key, today.key);
}

#[test]
fn what_is_no_stamp_is_not_read() {
    for text in ["", "20261128", "2026-11-28T05:42:19Z", "20261328T054219Z", "20261128T0542", "ｅｅｅｅｅｅ"]
    {
        assert!(Stamp::parse(text).is_none(), "{text}");
    }
    assert!(Stamp::new(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).is_none());
}
