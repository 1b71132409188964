//! Which images, documents, video and audio are refused, and of whom.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cases::*;

const GEMMA: &str = "google.gemma-3-27b-it";
const PIXTRAL: &str = "us.mistral.pixtral-large-2502-v1:0";
const VOXTRAL: &str = "mistral.voxtral-mini-3b-2507";
const KIMI: &str = "moonshotai.kimi-k2.5";
const MICRO: &str = "amazon.nova-micro-v1:0";

/// The head of an image of a format.
fn head(format: &str) -> &'static [u8] {
    match format {
        "png" => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01",
        "jpeg" => b"\xff\xd8\xff\xe0",
        "gif" => b"GIF89a\x01\0\x01\0",
        _ => b"RIFF\0\0\0\0WEBP",
    }
}

fn image_of(format: &str, bytes: &[u8]) -> Value {
    json!({"image": {"format": format, "source": {"bytes": STANDARD.encode(bytes)}}})
}

fn image(format: &str) -> Value {
    image_of(format, head(format))
}

fn document_of(format: &str, name: &str, bytes: &[u8]) -> Value {
    json!({"document": {"format": format, "name": name, "source": {"bytes": STANDARD.encode(bytes)}}})
}

fn document(name: &str) -> Value {
    document_of("txt", name, b"text")
}

fn says(content: Vec<Value>) -> Value {
    let mut content = content;
    content.push(json!({"text": "What is this?"}));
    request(json!([user(json!(content))]), json!({}))
}

/// A tool's result with this content.
fn returned(content: Value) -> Value {
    let id = "abcdefghi";
    turn(json!([call(id)]), json!([{"toolResult": {"toolUseId": id, "content": content}}]))
}

#[tokio::test]
async fn families_refuse_the_media_that_they_do_not_take() {
    let video = json!({"video": {"format": "mp4", "source": {"bytes": "AAAA"}}});
    let audio = json!({"audio": {"format": "mp3", "source": {"bytes": "AAAA"}}});
    let image_less = [
        MICRO,
        LLAMA,
        MISTRAL,
        QWEN,
        GPT_OSS,
        "us.deepseek.r1-v1:0",
        "deepseek.v3-v1:0",
        "cohere.command-r-v1:0",
        "ai21.jamba-1-5-large-v1:0",
        "us.writer.palmyra-x5-v1:0",
        "moonshot.kimi-k2-thinking",
        "zai.glm-4.7",
        "minimax.minimax-m2",
        "nvidia.nemotron-nano-9b-v2",
        "us.anthropic.claude-3-5-haiku-20241022-v1:0",
        VOXTRAL,
    ];
    let document_less = [MICRO, QWEN, GPT_OSS, GPT, GROK, GEMMA, KIMI, "zai.glm-5", "minimax.minimax-m2.1"];
    let mut cases: Vec<_> =
        image_less.map(|model| (model, says(vec![image("png")]), "doesn't support the image field")).into();
    cases.extend(
        document_less.map(|model| (model, says(vec![document("a")]), "doesn't support the document field")),
    );
    cases.extend(
        [CLAUDE_4_5, MICRO, GPT].map(|model| (model, says(vec![video.clone()]), "support the video field")),
    );
    cases.extend(
        [CLAUDE_4_5, NOVA, GPT].map(|model| (model, says(vec![audio.clone()]), "support the audio field")),
    );
    refused(cases).await;
    let takes_images = [
        CLAUDE_3,
        CLAUDE_4_5,
        CLAUDE_5_5,
        NOVA,
        NOVA_2,
        PIXTRAL,
        GEMMA,
        KIMI,
        GPT,
        GROK,
        "us.meta.llama4-scout-17b-instruct-v1:0",
        "qwen.qwen3-vl-235b-a22b",
        "mistral.ministral-3-8b-instruct",
        "nvidia.nemotron-nano-12b-v2",
        "writer.palmyra-vision-7b",
    ];
    let mut cases: Vec<_> = takes_images.map(|model| (model, says(vec![image("png")]))).into();
    let takes_documents =
        [CLAUDE_4_5, NOVA, LLAMA, MISTRAL, PIXTRAL, "us.deepseek.r1-v1:0", "cohere.command-r-v1:0"];
    cases.extend(takes_documents.map(|model| (model, says(vec![document("a")]))));
    cases.extend([(NOVA, says(vec![video])), (VOXTRAL, says(vec![audio]))]);
    accepted(cases).await;
}

#[tokio::test]
async fn media_are_of_the_user_alone() {
    let thread =
        |block: Value| request(json!([hi(), assistant(json!([{"text": "a"}, block])), hi()]), json!({}));
    refused(vec![
        (CLAUDE_4_5, thread(image("png")), "image block at messages.1.content.1 is not allowed"),
        (CLAUDE_4_5, thread(document("a")), "document block at messages.1.content.1 is not allowed"),
    ])
    .await;
}

#[tokio::test]
async fn images_are_what_they_say() {
    let wide = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1f\x41\0\0\0\x01";
    let mut large = head("png").to_vec();
    large.resize(3_932_161, 0);
    let limit = image_of("png", &large[..3_932_160]);
    let many = vec![image("png"); 21];
    refused(vec![
        (
            NOVA,
            says(vec![image_of("PNG", head("png"))]),
            "Value 'PNG' at 'messages.1.member.content.1.member.image.format'",
        ),
        (NOVA, says(vec![image_of("jpg", head("jpeg"))]), "[png, jpeg, gif, webp]"),
        (NOVA, says(vec![image_of("png", head("jpeg"))]), "does not match the provided media type image/png"),
        (
            CLAUDE_4_5,
            says(vec![image_of("jpeg", head("png"))]),
            "messages.0.content.0.image.source: Image does not match",
        ),
        (NOVA, says(vec![image_of("png", b"<svg/>")]), "Could not process image"),
        (NOVA, says(vec![image_of("png", b"")]), "image.source.bytes"),
        (CLAUDE_4_5, says(vec![image_of("png", wide)]), "8000 pixels"),
        (
            CLAUDE_4_5,
            says(vec![image_of("png", &large)]),
            "image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes",
        ),
        (NOVA, says(vec![image_of("png", &large)]), "exceeds 3.75 MB"),
        (NOVA, says(many.clone()), "The number of image blocks at messages.0.content is 21, more than 20"),
        (
            CLAUDE_4_5,
            says(vec![json!({"guardContent": {"image": {"format": "png", "source": {"bytes": "AAAA"}}}})]),
            "Could not process",
        ),
    ])
    .await;
    let mut fine: Vec<_> =
        ["png", "jpeg", "gif", "webp"].map(|format| (NOVA, says(vec![image(format)]))).into();
    fine.extend([(CLAUDE_4_5, says(vec![limit])), (NOVA, says(many[1..].to_vec()))]);
    accepted(fine).await;
}

#[tokio::test]
async fn documents_are_named_explained_and_sound() {
    let large = vec![b'a'; 4_500_001];
    let six: Vec<Value> = (0..6).map(|n| document(&format!("d{n}"))).collect();
    let twice = request(
        json!([
            user(json!([document("a"), {"text": "1"}])),
            assistant(json!([{"text": "2"}])),
            user(json!([document("a"), {"text": "3"}]))
        ]),
        json!({}),
    );
    let mut cases: Vec<_> = ["a.txt", "it's", "名前", "a\tb", "a\u{3000}b", "a  b", " "]
        .map(|name| (NOVA, says(vec![document(name)]), "file name can only contain"))
        .into();
    cases.extend([
        (NOVA, says(vec![document("")]), "document.name"),
        (NOVA, says(vec![document(&"a".repeat(201))]), "less than or equal to 200"),
        (NOVA, says(vec![document("a"), document("a")]), "duplicate document names: a"),
        (CLAUDE_4_5, twice, "duplicate document names: a"),
        (NOVA, request(json!([user(json!([document("a")]))]), json!({})), "no text block"),
        (NOVA, says(six.clone()), "document blocks at messages.0.content is 6, more than 5"),
        (NOVA, says(vec![document_of("txt", "a", &large)]), "exceeds 4.5 MB"),
        (NOVA, says(vec![document_of("pdf", "a", b"hello")]), "The PDF specified was not valid"),
        (NOVA, says(vec![document_of("docx", "a", b"hello")]), "The DOCX specified was not valid"),
        (NOVA, says(vec![document_of("rtf", "a", b"hello")]), "document.format"),
    ]);
    refused(cases).await;
    accepted(vec![
        (NOVA, says(six[1..].to_vec())),
        (NOVA, says(vec![document("My file (2) [final]-b_1")])),
        (NOVA, says(vec![document_of("pdf", "a", b"%PDF-1.7")])),
        (CLAUDE_4_5, says(vec![json!({"document": {"name": "a", "source": {"text": "t"}}})])),
    ])
    .await;
}

#[tokio::test]
async fn tool_results_hold_what_the_family_reads_there() {
    let vision = "qwen.qwen3-vl-235b-a22b";
    let pdf = document_of("pdf", "a", b"%PDF-1.7");
    refused(vec![
        (
            GPT,
            returned(json!([image("png")])),
            "doesn't support the image in a tool result at messages.2.content.0",
        ),
        (vision, returned(json!([image("png")])), "in a tool result"),
        (KIMI, returned(json!([image("png")])), "in a tool result"),
        (NOVA, returned(json!([pdf])), "doesn't support the document in a tool result"),
        (MICRO, returned(json!([image("png")])), "doesn't support the image field"),
        (
            CLAUDE_4_5,
            returned(json!([image_of("png", head("gif"))])),
            "toolResult.content.0.image.source: Image does not match",
        ),
    ])
    .await;
    refused_whole(vec![(
        PIXTRAL,
        returned(json!([image("png")])),
        "doesn't support the image in a tool result",
    )])
    .await;
    accepted(vec![
        (CLAUDE_4_5, returned(json!([image("png"), pdf]))),
        (NOVA, returned(json!([image("png"), document("a")]))),
        (PIXTRAL, returned(json!([pdf]))),
        ("us.meta.llama4-scout-17b-instruct-v1:0", returned(json!([image("png"), pdf]))),
    ])
    .await;
}

#[tokio::test]
async fn documents_do_not_stand_beside_the_results_of_claudes_tools() {
    let beside = |block: Value| turn(json!([call("a")]), json!([result("a"), block, {"text": "and?"}]));
    refused(vec![(CLAUDE_4_5, beside(document("a")), "Document and video blocks cannot")]).await;
    accepted(vec![(CLAUDE_4_5, beside(image("png"))), (NOVA, beside(document("a")))]).await;
}

#[tokio::test]
async fn s3_is_for_nova() {
    let at = |uri: &str, owner: &str| {
        let location = json!({"uri": uri, "bucketOwner": owner});
        says(vec![json!({"image": {"format": "png", "source": {"s3Location": location}}})])
    };
    let owner = "123456789012";
    refused(vec![
        (CLAUDE_4_5, at("s3://bucket/key.png", owner), "doesn't support the s3Location"),
        (NOVA, at("https://example.com/key.png", owner), "S3 URI at messages.0.content.0.image"),
        (NOVA, at("s3://bucket/key.png", "1"), "bucketOwner"),
        (NOVA, at("s3://bucket/key.png", "abcdefghijkl"), "[0-9]{12}"),
    ])
    .await;
    accepted(vec![(NOVA, at("s3://bucket/key.png", owner))]).await;
}

#[tokio::test]
async fn claude_alone_cites() {
    let cited = |source: Value| {
        says(vec![
            json!({"document": {"format": "txt", "name": "a", "source": source, "citations": {"enabled": true}}}),
        ])
    };
    let text = || cited(json!({"text": "t"}));
    let mut structured = text();
    structured["outputConfig"] = schema_format(json!({"type": "object", "additionalProperties": false}));
    let found = json!({"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}});
    refused(vec![
        (NOVA, cited(json!({"bytes": "AAAA"})), "doesn't support citations"),
        (LLAMA, cited(json!({"bytes": "AAAA"})), "doesn't support citations"),
        (CLAUDE_4_5, structured, "Citations cannot be used together with structured output"),
        (NOVA, says(vec![found.clone()]), "doesn't support the searchResult field"),
    ])
    .await;
    accepted(vec![(CLAUDE_4_5, text()), (CLAUDE_4_5, says(vec![found]))]).await;
}
