use super::*;

const SIGNATURE: &str = "messages.1.content.0: Invalid `signature` in `thinking` block";

fn repaired(body: &str, refusal: &str) -> Option<(String, String)> {
    let (body, warning) = repair(body.as_bytes(), refusal, Unsupported::Lenient, &Restore::default())?;
    Some((String::from_utf8(body).unwrap(), warning.to_string()))
}

/// A tool loop under way, and what is asked of Claude's thinking.
fn loop_with(thinking: &str) -> String {
    let called = r#"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},{"toolUse":{"toolUseId":"c","name":"f","input":{"b":1.50,"a":2}}}]}"#;
    let result = r#"{"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[{"text":"{\"reasoningContent\":1}"}]}}]}"#;
    format!(
        r#"{{"messages":[{called},{result}],"additionalModelRequestFields":{{"thinking":{thinking},"top_k":5}}}}"#
    )
}

#[test]
fn row_81_only_reasoning_is_left_out() {
    let body = loop_with(r#"{"type":"adaptive"}"#);
    let block = r#"{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},"#;
    let (smaller, warning) = repaired(&body, SIGNATURE).unwrap();
    assert_eq!(smaller, body.replace(block, ""), "everything else stays byte for byte");
    assert_eq!(warning, "messages: Bedrock refused the reasoning of earlier turns, sent again without it");
    for refusal in [
        "The model returned the following errors: messages.3.content.0.thinking.signature: Field required",
        "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
        "User messages cannot contain reasoning content.",
        "This model doesn't support the reasoningContent block at messages.1.content.0. Remove it and try again.",
    ] {
        assert_eq!(repaired(&body, refusal).unwrap().0, smaller, "{refusal}");
    }
    assert!(repair(body.as_bytes(), SIGNATURE, Unsupported::Strict, &Restore::default()).is_some());
}

#[test]
fn row_81_a_budget_in_a_tool_loop_goes_with_the_reasoning_that_it_insists_on() {
    let (smaller, warning) =
        repaired(&loop_with(r#"{"type":"enabled","budget_tokens":1024}"#), SIGNATURE).unwrap();
    assert!(smaller.ends_with(r#""additionalModelRequestFields":{"top_k":5}}"#), "{smaller}");
    assert!(warning.ends_with("sent again without it, and without thinking in this turn"), "{warning}");
}

#[test]
fn row_81_a_turn_of_nothing_but_reasoning_does_not_become_empty() {
    let body =
        r#"{"messages":[{"role":"assistant","content":[{"reasoningContent":{"redactedContent":"eA=="}}]}]}"#;
    let (smaller, _) = repaired(body, SIGNATURE).unwrap();
    assert_eq!(smaller, r#"{"messages":[{"role":"assistant","content":[{"text":"."}]}]}"#);
}

#[test]
fn row_43_strict_is_left_out_of_all_tools() {
    let tool = |strict: &str| {
        format!(r#"{{"toolSpec":{{"name":"f","inputSchema":{{"json":{{"strict":true}}}}{strict}}}}}"#)
    };
    let body = |strict: &str| {
        format!(
            r#"{{"messages":[],"toolConfig":{{"tools":[{},{{"cachePoint":{{"type":"default"}}}},{}]}}}}"#,
            tool(strict),
            tool("")
        )
    };
    let asked = body(r#","strict":true"#);
    for refusal in [
        "tools.0.custom.strict: Extra inputs are not permitted",
        "The model returned the following errors: Unknown field `strict` in toolSpec",
        "This model does not support strict tools.",
    ] {
        let (smaller, warning) = repaired(&asked, refusal).unwrap();
        assert_eq!(smaller, body(""), "{refusal}");
        assert_eq!(warning, "tools[].function.strict: Bedrock refused it, sent again without it");
    }
    assert!(
        repair(
            asked.as_bytes(),
            "tools.0.custom.strict: not permitted",
            Unsupported::Strict,
            &Restore::default()
        )
        .is_none()
    );
    assert_eq!(repaired(&body(""), "tools.0.custom.strict: not permitted"), None);
}

#[test]
fn row_51_the_limit_is_read_out_of_each_of_its_texts() {
    let body = |tokens: u32| {
        format!(r#"{{"messages":[],"inferenceConfig":{{"maxTokens":{tokens},"temperature":0.50}}}}"#)
    };
    for (refusal, limit) in [
        (
            "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
            8191,
        ),
        ("The maximum tokens you requested exceeds the model limit of 8192.", 8192),
        (
            "Malformed input request: #/max_tokens: 9000 is not less or equal to 4096, please reformat your input and try again.",
            4096,
        ),
        (
            "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for this model",
            8192,
        ),
    ] {
        let (smaller, _) = repaired(&body(9000), refusal).unwrap();
        assert_eq!(smaller, body(limit), "{refusal}");
        assert_eq!(repaired(&body(limit), refusal), None, "no more than was asked for: {refusal}");
        assert!(repair(body(9000).as_bytes(), refusal, Unsupported::Strict, &Restore::default()).is_none());
    }
    assert_eq!(repaired(r#"{"messages":[]}"#, "maximum tokens: the model limit of 5"), None);
}

#[test]
fn nothing_else_is_repaired() {
    let body = loop_with(r#"{"type":"enabled"}"#);
    for refusal in [
        "",
        "Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
        "This request restricts strictly nothing that is not supported",
        "`max_tokens` must be greater than `thinking.budget_tokens`",
        "The text field in the ContentBlock object at messages.0.content.0 is blank.",
    ] {
        assert_eq!(repaired(&body, refusal), None, "{refusal}");
    }
    for body in
        ["", "[]", "{", r#"{"messages":1}"#, r#"{"messages":[{}]}"#, r#"{"messages":[{"content":5}]}"#]
    {
        assert_eq!(repaired(body, SIGNATURE), None, "{body}");
    }
}
