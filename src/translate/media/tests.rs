use super::*;
use crate::{
    catalog::Capabilities,
    openai::chat::ChatRequest,
    translate::{Context, Judge, MediaPolicy, Policy, RefusalCode, Unsupported, request},
};
use bytes::Bytes;
use serde_json::{Value, json};

const PNG: &str = "iVBORw0KGgo=";

/// A model that takes everything.
fn able() -> Capabilities {
    Capabilities { images: true, documents: true, audio: true, video: true, s3: true, ..Default::default() }
}

fn chat(parts: Value) -> ChatRequest<'static> {
    let body = json!({"messages": [{"role": "user", "content": parts}]}).to_string();
    serde_json::from_str(body.leak()).unwrap()
}

/// The turns of a request with these parts, for a gateway that allows everything and has fetched this.
fn translated(parts: Value, fetched: &Fetched) -> Result<Value, Refusal> {
    let media = MediaPolicy { https: true, s3: true, ..MediaPolicy::default() };
    let (can, policy) = (able(), Policy { media, ..Policy::default() });
    let cx = Context { can: &can, defaults: Default::default(), policy: &policy, media: fetched };
    let translated = request(chat(parts), cx)?;
    Ok(serde_json::to_value(translated.body.messages).unwrap())
}

fn image(url: &str) -> Value {
    json!([{"type": "image_url", "image_url": {"url": url}}])
}

/// Bytes that begin as a PNG, in so many characters of base64.
fn padded(letters: usize) -> String {
    format!("{}{}", &PNG[..11], "A".repeat(letters - 11))
}

#[test]
fn row_64_an_image_is_measured_in_base64() {
    let url = |letters| format!("data:image/png;base64,{}", padded(letters));
    translated(image(&url(MAX_IMAGE)), &Fetched::default()).unwrap();
    let refusal = translated(image(&url(MAX_IMAGE + 4)), &Fetched::default()).unwrap_err();
    assert_eq!(refusal.param, "messages[0].content[0].image_url.url");
    assert_eq!(refusal.code, RefusalCode::InvalidValue);
    assert!(refusal.message.contains("5242880"), "{}", refusal.message);
    assert_eq!(MAX_IMAGE / 4 * 3, 3 * 1024 * 1024 + 768 * 1024, "3.75 MiB of image");
    assert_eq!(MAX_DOCUMENT / 4 * 3, 4 * 1024 * 1024 + 512 * 1024, "4.5 MiB of document");
}

#[test]
fn a_document_is_measured_too() {
    let file = |letters: usize| {
        let data = format!("JVBERi0x{}", "A".repeat(letters - 8));
        json!([{"type": "text", "text": "?"}, {"type": "file", "file": {"file_data": data}}])
    };
    translated(file(MAX_DOCUMENT), &Fetched::default()).unwrap();
    let refusal = translated(file(MAX_DOCUMENT + 4), &Fetched::default()).unwrap_err();
    assert_eq!(refusal.param, "messages[0].content[1].file.file_data");
}

#[test]
fn fetched_bytes_take_the_place_of_their_url() {
    let url = "https://example.com/a/cat.gif?size=1";
    let fetched: Fetched = [(url.to_owned(), Bytes::from_static(b"\x89PNG\r\n\x1a\n"))].into_iter().collect();
    let turns = translated(image(url), &fetched).unwrap();
    assert_eq!(turns[0]["content"][0], json!({"image": {"format": "png", "source": {"bytes": PNG}}}));
    let refusal = translated(image(url), &Fetched::default()).unwrap_err();
    assert_eq!(refusal.param, "messages[0].content[0].image_url.url");
}

#[test]
fn a_fetched_document_is_called_as_its_url_ends() {
    let url = "https://example.com/docs/Annual%20report.csv";
    let fetched: Fetched = [(url.to_owned(), Bytes::from_static(b"a,b\n"))].into_iter().collect();
    let parts = json!([{"type": "text", "text": "?"}, {"type": "file", "file": {"file_data": url}}]);
    let turns = translated(parts, &fetched).unwrap();
    let document = &turns[0]["content"][1]["document"];
    assert_eq!((&document["format"], &document["name"]), (&json!("csv"), &json!("Annual 20report")));
}

#[test]
fn what_has_to_be_fetched_is_listed_as_it_stands() {
    let parts = json!([
        {"type": "text", "text": "https://example.com/no"},
        {"type": "image_url", "image_url": {"url": "HTTPS://example.com/1"}},
        {"type": "image_url", "image_url": "https://example.com/2"},
        {"type": "image_url", "image_url": "data:image/png;base64,"},
        {"type": "video_url", "video_url": {"url": "https://example.com/3"}},
        {"type": "file", "file": {"file_data": "https://example.com/4"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/5"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/6"}},
        {"type": "image_url", "image_url": "http://example.com/no"},
        {"type": "image_url", "image_url": "s3://example/no"},
    ]);
    let found = remote_media(&chat(parts));
    let seen: Vec<_> = found.iter().map(|media| (media.param.as_str(), media.max_bytes)).collect();
    let (image, document) = (MAX_IMAGE / 4 * 3, MAX_DOCUMENT / 4 * 3);
    assert_eq!(
        seen,
        [
            ("messages[0].content[1].image_url.url", image),
            ("messages[0].content[2].image_url", image),
            ("messages[0].content[4].video_url.url", usize::MAX),
            ("messages[0].content[5].file.file_data", usize::MAX),
            ("messages[0].content[6].source.url", image),
            ("messages[0].content[7].source.url", document),
        ]
    );
    assert!(found.iter().all(|media| media.url.to_lowercase().starts_with("https://example.com/")));
}

#[test]
fn a_medium_is_not_shown() {
    let mut part = chat(image(&format!("data:image/png;base64,{PNG}"))).messages.remove(0);
    let Some(crate::openai::chat::Content::Parts(parts)) = &mut part.content else { panic!("parts") };
    assert!(!format!("{:?} {:?}", parts, parts[0].image_url).contains(PNG));
    let mut judge = Judge::new(Unsupported::Lenient);
    let (can, policy, media) = (able(), Policy::default(), Fetched::default());
    let cx = Context { can: &can, defaults: Default::default(), policy: &policy, media: &media };
    let image = block(format_args!("p"), &mut parts[0], cx, &mut judge).unwrap();
    assert!(!format!("{image:?}").contains(PNG));
    let file = json!({"type": "file", "file": {"filename": "s3cret.txt", "file_data": "data:text/plain;base64,YWJj"}});
    let file =
        block(format_args!("p"), &mut serde_json::from_str(file.to_string().leak()).unwrap(), cx, &mut judge)
            .unwrap();
    assert!(!format!("{file:?}").contains("s3cret"));
}
