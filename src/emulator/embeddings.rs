//! InvokeModel for the embedding models: each family's own request and answer, with vectors that depend on the
//! text alone (the translation reference §6.3).

use serde_json::{Map, Value, json};

use super::models::Embedding;
use super::reply::Refusal;
use super::{random, tokens};

/// The answer and the number of tokens that were read.
pub(super) type Embedded = (Value, u64);

/// Answers an InvokeModel body of an embedding model.
pub(super) fn answer(kind: Embedding, body: &Value) -> Result<Embedded, Refusal> {
    let members = body.as_object().ok_or_else(|| malformed("expected type: JSONObject"))?;
    match kind {
        Embedding::TitanV1 => titan(members, &["inputText"], &[1536]),
        Embedding::TitanV2 => {
            titan(members, &["inputText", "dimensions", "normalize", "embeddingTypes"], &[1024, 512, 256])
        }
        Embedding::CohereV3 => cohere(members, COHERE_V3, &[1024]),
        Embedding::CohereV4 => cohere(members, COHERE_V4, &[1536, 1024, 512, 256]),
        Embedding::Nova => nova(members),
    }
}

const COHERE_V3: &[&str] = &["texts", "input_type", "truncate", "embedding_types", "images"];
const COHERE_V4: &[&str] = &[
    "texts",
    "input_type",
    "truncate",
    "embedding_types",
    "images",
    "inputs",
    "output_dimension",
    "max_tokens",
];

/// The texts that one Cohere call can hold.
const COHERE_TEXTS: usize = 96;

fn malformed(what: &str) -> Refusal {
    Refusal::validation(format!("Malformed input request: {what}, please reformat your input and try again."))
}

fn known_only(members: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(malformed(&format!("#: extraneous key [{name}] is not permitted"))),
        None => Ok(()),
    }
}

fn required<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a Value, Refusal> {
    members.get(name).ok_or_else(|| malformed(&format!("#: required key [{name}] not found")))
}

/// The number of dimensions: the first of `allowed` unless the request names another one of them.
fn dimensions(asked: Option<&Value>, allowed: &[usize], path: &str) -> Result<usize, Refusal> {
    let Some(asked) = asked else { return Ok(allowed.first().copied().unwrap_or_default()) };
    let found = allowed.iter().copied().find(|size| asked.as_u64() == u64::try_from(*size).ok());
    found.ok_or_else(|| malformed(&format!("#/{path}: {asked} is not a valid enum value")))
}

/// The values that a string or a list of strings can have.
fn one_of(members: &Map<String, Value>, name: &str, allowed: &[&str]) -> Result<(), Refusal> {
    let is_allowed = |value: &Value| value.as_str().is_some_and(|text| allowed.contains(&text));
    let fine = match members.get(name) {
        None => true,
        Some(Value::Array(values)) => values.iter().all(is_allowed),
        Some(value) => is_allowed(value),
    };
    if fine {
        Ok(())
    } else {
        Err(malformed(&format!("#/{name}: {} is not a valid enum value", members[name])))
    }
}

fn titan(members: &Map<String, Value>, known: &[&str], sizes: &[usize]) -> Result<Embedded, Refusal> {
    known_only(members, known)?;
    let text = required(members, "inputText")?;
    let text = text.as_str().ok_or_else(|| malformed("#/inputText: expected type: String"))?;
    if text.is_empty() {
        return Err(malformed("#/inputText: expected minLength: 1, actual: 0"));
    }
    one_of(members, "embeddingTypes", &["float", "binary"])?;
    let size = dimensions(members.get("dimensions"), sizes, "dimensions")?;
    let (vector, count) = (vector(text, size), tokens::of_text(text));
    let mut answer = json!({"embedding": vector, "inputTextTokenCount": count});
    if sizes.len() > 1 {
        let asked = members.get("embeddingTypes").and_then(Value::as_array);
        let by_type: Map<String, Value> = match asked {
            None => Map::from_iter([("float".to_owned(), json!(vector))]),
            Some(kinds) => kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| (kind.to_owned(), if kind == "binary" { bits(&vector) } else { json!(vector) }))
                .collect(),
        };
        if !by_type.contains_key("float") {
            answer["embedding"].take();
        }
        answer["embeddingsByType"] = by_type.into();
    }
    Ok((answer, count))
}

fn cohere(members: &Map<String, Value>, known: &[&str], sizes: &[usize]) -> Result<Embedded, Refusal> {
    known_only(members, known)?;
    required(members, "input_type")?;
    let kinds = ["search_document", "search_query", "classification", "clustering", "image"];
    one_of(members, "input_type", &kinds)?;
    one_of(members, "truncate", &["NONE", "START", "END", "LEFT", "RIGHT"])?;
    one_of(members, "embedding_types", &["float", "int8", "uint8", "binary", "ubinary"])?;
    let texts = required(members, "texts")?
        .as_array()
        .ok_or_else(|| malformed("#/texts: expected type: JSONArray"))?;
    if texts.is_empty() || texts.len() > COHERE_TEXTS {
        let count = texts.len();
        return Err(malformed(&format!("#/texts: expected 1 to {COHERE_TEXTS} items, actual: {count}")));
    }
    let texts: Option<Vec<&str>> = texts.iter().map(Value::as_str).collect();
    let texts = texts.ok_or_else(|| malformed("#/texts: expected type: String"))?;
    let size = dimensions(members.get("output_dimension"), sizes, "output_dimension")?;
    let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(text, size)).collect();
    let asked = members.get("embedding_types").and_then(Value::as_array);
    let (embeddings, response_type) = match asked {
        None => (json!(vectors), "embeddings_floats"),
        Some(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            let by_type = kinds.map(|kind| (kind.to_owned(), quantized(kind, &vectors)));
            (by_type.collect::<Map<_, _>>().into(), "embeddings_by_type")
        }
    };
    let count = texts.iter().map(|text| tokens::of_text(text)).sum();
    let answer = json!({
        "id": random::uuid(), "response_type": response_type, "embeddings": embeddings, "texts": texts,
    });
    Ok((answer, count))
}

fn quantized(kind: &str, vectors: &[Vec<f32>]) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "a unit vector's parts times 127 fit into 8 bits")]
    let bytes = |vector: &Vec<f32>| vector.iter().map(|x| (x * 127.0) as i64).collect::<Vec<_>>();
    match kind {
        "float" => json!(vectors),
        "int8" => vectors.iter().map(bytes).collect(),
        "uint8" => {
            vectors.iter().map(|vector| bytes(vector).iter().map(|x| x + 127).collect::<Vec<_>>()).collect()
        }
        _ => vectors.iter().map(|vector| bits(vector)).collect(),
    }
}

fn nova(members: &Map<String, Value>) -> Result<Embedded, Refusal> {
    const PURPOSES: [&str; 9] = [
        "GENERIC_INDEX",
        "TEXT_RETRIEVAL",
        "IMAGE_RETRIEVAL",
        "VIDEO_RETRIEVAL",
        "DOCUMENT_RETRIEVAL",
        "AUDIO_RETRIEVAL",
        "GENERIC_RETRIEVAL",
        "CLASSIFICATION",
        "CLUSTERING",
    ];
    known_only(members, &["schemaVersion", "taskType", "singleEmbeddingParams"])?;
    one_of(members, "taskType", &["SINGLE_EMBEDDING"])?;
    required(members, "taskType")?;
    let params = required(members, "singleEmbeddingParams")?;
    let params =
        params.as_object().ok_or_else(|| malformed("#/singleEmbeddingParams: expected type: JSONObject"))?;
    known_only(params, &["embeddingPurpose", "embeddingDimension", "text"])?;
    required(params, "embeddingPurpose")?;
    one_of(params, "embeddingPurpose", &PURPOSES)?;
    let text = required(params, "text")?["value"].as_str().filter(|text| !text.is_empty());
    let text =
        text.ok_or_else(|| malformed("#/singleEmbeddingParams/text: required key [value] not found"))?;
    let size = dimensions(params.get("embeddingDimension"), &[3072, 1024, 384, 256], "embeddingDimension")?;
    let count = tokens::of_text(text);
    let embeddings = json!([{"embeddingType": "TEXT", "embedding": vector(text, size)}]);
    Ok((json!({"embeddings": embeddings, "inputTokenCount": count}), count))
}

/// A unit vector that depends on the text alone.
fn vector(text: &str, size: usize) -> Vec<f32> {
    let seed = text.bytes().fold(0, |seed, byte| random::mix(seed ^ u64::from(byte)));
    let raw: Vec<f64> = (0..size as u64)
        .map(|place| f64::from((random::mix(seed ^ place) >> 40) as u32) / f64::from(1u32 << 23) - 1.0)
        .collect();
    let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "embeddings are 32-bit floats on the wire")]
    raw.iter().map(|x| (x / length) as f32).collect()
}

/// One bit for each dimension, as models give them: 1 where it is positive.
fn bits(vector: &[f32]) -> Value {
    vector.iter().map(|x| u8::from(*x > 0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(value: &Value) -> Vec<f64> {
        value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    fn embed(kind: Embedding, body: Value) -> Value {
        match answer(kind, &body) {
            Ok((answer, _)) => answer,
            Err(refusal) => panic!("{}", refusal.message),
        }
    }

    #[test]
    fn vectors_have_unit_length_and_depend_on_the_text_alone() {
        let one = embed(Embedding::TitanV2, json!({"inputText": "one", "dimensions": 256}));
        let again = embed(Embedding::TitanV2, json!({"inputText": "one", "dimensions": 256}));
        let other = embed(Embedding::TitanV2, json!({"inputText": "two", "dimensions": 256}));
        assert_eq!(one["embedding"], again["embedding"]);
        assert_ne!(one["embedding"], other["embedding"]);
        let vector = floats(&one["embedding"]);
        assert_eq!(vector.len(), 256);
        assert!((vector.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn each_family_answers_in_its_own_shape() {
        assert_eq!(floats(&embed(Embedding::TitanV1, json!({"inputText": "x"}))["embedding"]).len(), 1536);
        let plain = json!({"texts": ["a", "b"], "input_type": "search_query"});
        assert_eq!(floats(&embed(Embedding::CohereV3, plain)["embeddings"][1]).len(), 1024);
        let typed = json!({
            "texts": ["a"], "input_type": "search_query", "embedding_types": ["float"], "output_dimension": 512,
        });
        assert_eq!(floats(&embed(Embedding::CohereV4, typed)["embeddings"]["float"][0]).len(), 512);
        let params =
            json!({"embeddingPurpose": "GENERIC_INDEX", "text": {"truncationMode": "END", "value": "a"}});
        let nova = json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": params});
        assert_eq!(floats(&embed(Embedding::Nova, nova)["embeddings"][0]["embedding"]).len(), 3072);
    }

    #[test]
    fn malformed_bodies_are_refused_by_name() {
        let many: Vec<&str> = vec!["x"; 97];
        for (kind, body, named) in [
            (Embedding::TitanV1, json!({"inputText": "x", "dimensions": 256}), "dimensions"),
            (Embedding::TitanV1, json!({}), "inputText"),
            (Embedding::TitanV2, json!({"inputText": ""}), "minLength"),
            (Embedding::TitanV2, json!({"inputText": "x", "dimensions": 100}), "dimensions"),
            (Embedding::CohereV3, json!({"texts": ["x"]}), "input_type"),
            (Embedding::CohereV3, json!({"texts": many, "input_type": "clustering"}), "texts"),
            (
                Embedding::CohereV3,
                json!({"texts": ["x"], "input_type": "clustering", "output_dimension": 512}),
                "output_dimension",
            ),
            (Embedding::Nova, json!({"taskType": "SEGMENTED_EMBEDDING"}), "taskType"),
        ] {
            let message = answer(kind, &body).map(|_| ()).map_err(|refusal| refusal.message);
            assert!(message.as_ref().is_err_and(|m| m.contains(named)), "{body}: {message:?}");
        }
    }
}
