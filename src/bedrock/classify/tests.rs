//! One case per row of translation reference §4.1 and §4.2, in the words that Bedrock uses.

use super::*;

fn kind_of(error_type: &str, status: u16, message: &str) -> FaultKind {
    Fault::classify(error_type, status, message, None, None).kind
}

#[test]
fn every_row_of_the_table() {
    use FaultKind::*;
    let cases = [
        ("ThrottlingException", 429, "Too many requests, please wait before trying again.", Throttled),
        ("ThrottlingException", 429, "Too many tokens, please wait before trying again.", Throttled),
        ("ThrottlingException", 429, "Too many tokens per day, please wait before trying again.", DailyQuota),
        ("ModelNotReadyException", 429, "The model is not ready.", ModelNotReady),
        (
            "ServiceQuotaExceededException",
            400,
            "Your request exceeds the service quota.",
            ServiceQuotaExceeded,
        ),
        (
            "AccessDeniedException",
            403,
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: bedrock:InvokeModel on resource: x",
            AccessDenied,
        ),
        (
            "AccessDeniedException",
            403,
            "You don't have access to the model with the specified model ID.",
            ModelAccessDenied,
        ),
        (
            "AccessDeniedException",
            403,
            "Model access is denied due to IAM user or service role is not authorized to perform the required AWS \
             Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe).",
            ModelAccessDenied,
        ),
        (
            "AccessDeniedException",
            403,
            "MPAgreementBeingCreated: try again in 15 minutes",
            ModelAccessPending,
        ),
        ("MPAgreementBeingCreated", 403, "", ModelAccessPending),
        ("FTUFormNotFilled", 404, "", UseCaseFormRequired),
        (
            "ResourceNotFoundException",
            404,
            "Model use case details have not been submitted for this account. Fill out the Anthropic use case details \
             form before using the model.",
            UseCaseFormRequired,
        ),
        (
            "ResourceNotFoundException",
            404,
            "This model version has reached the end of its life.",
            ModelNotFound,
        ),
        ("ValidationException", 400, "The provided model identifier is invalid.", ModelNotFound),
        (
            "ValidationException",
            400,
            "Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand throughput isn\u{2019}t \
             supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
            InferenceProfileRequired,
        ),
        (
            "ValidationException",
            400,
            "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value \
             that is lower than 4096.",
            MaxTokensTooHigh,
        ),
        (
            "ValidationException",
            400,
            "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for the model",
            MaxTokensTooHigh,
        ),
        (
            "ValidationException",
            400,
            "messages.3.content.0: Input should be valid",
            Invalid { param: Some("messages[3].content[0]".to_owned()) },
        ),
        ("ValidationException", 400, "Something is wrong.", Invalid { param: None }),
        (
            "ValidationException",
            400,
            "The compiled grammar is too large, which would cause performance issues.",
            StructuredOutputRejected,
        ),
        ("ValidationException", 400, "outputConfig.textFormat: schema is invalid", StructuredOutputRejected),
        (
            "ValidationException",
            400,
            "data retention mode 'default' is not available for this model",
            DataRetentionRequired,
        ),
        (
            "AccessDeniedException",
            403,
            "The account's data retention mode refuses this.",
            DataRetentionRequired,
        ),
        ("ModelErrorException", 424, "The model failed.", ModelError { original_status: None }),
        ("ModelTimeoutException", 408, "The model timed out.", ModelTimeout),
        ("ModelStreamErrorException", 424, "The stream failed.", ModelStreamError { original_status: None }),
        ("InternalServerException", 500, "Internal error.", Internal),
        ("InternalFailure", 500, "", Internal),
        ("ServiceUnavailableException", 503, "Too many connections.", ServiceUnavailable),
        ("overloaded_error", 529, "Overloaded", Overloaded),
        ("", 529, "", Overloaded),
        ("ConflictException", 400, "Conflict.", Conflict),
        (
            "UnrecognizedClientException",
            403,
            "The security token included in the request is invalid.",
            Credentials,
        ),
        ("InvalidClientTokenId", 403, "", Credentials),
        ("ExpiredTokenException", 403, "The security token included in the request is expired", Credentials),
        ("IncompleteSignatureException", 400, "", Credentials),
        ("InvalidSignatureException", 403, "Signature expired: 1 is now earlier than 2", Credentials),
        ("RequestExpired", 400, "", Credentials),
        (
            "AccessDeniedException",
            403,
            "Authentication failed: Please make sure your API Key is valid.",
            Credentials,
        ),
        ("", 413, "", TooLarge),
    ];
    for (error_type, status, message, expected) in cases {
        assert_eq!(kind_of(error_type, status, message), expected, "{error_type} {status} {message}");
    }
}

#[test]
fn every_text_of_an_overlong_prompt() {
    for text in [
        "Input is too long for requested model.",
        "The model returned the following errors: input length and `max_tokens` exceed context limit: 196395 + 64000 \
         > 204698, decrease input length or `max_tokens` and try again",
        "The model returned the following errors: prompt is too long: 213912 tokens > 200000 maximum",
        "Too many total text bytes: 30000000 > 25000000",
        "This model\u{2019}s maximum context length is 128000 tokens. Please reduce the length of the prompt",
        "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
        "Malformed input request: expected maxLength: 50000, actual: 60000, please reformat your input and try again.",
        "Malformed input request: #/messages/0/content: expected maxLength: 50000, actual: 60000",
        "The model returned the following errors: prompt: length: 1..200000",
    ] {
        assert_eq!(kind_of("ValidationException", 400, text), FaultKind::ContextLengthExceeded, "{text}");
    }
}

#[test]
fn throttling_and_other_lengths_are_no_overlong_prompt() {
    for (error_type, text) in [
        ("ThrottlingException", "Too many tokens, please wait before trying again."),
        ("ThrottlingException", "Too many input tokens per day, please wait before trying again."),
        ("ValidationException", "Too many tokens, please wait before trying again."),
        ("ValidationException", "Too many input tokens per day, please wait before trying again."),
        (
            "ValidationException",
            "Malformed input request: #/toolConfig/tools/0/name: expected maxLength: 64, actual: 67",
        ),
    ] {
        assert_ne!(kind_of(error_type, 400, text), FaultKind::ContextLengthExceeded, "{text}");
    }
}

#[test]
fn namespaces_and_urls_around_the_type_are_stripped() {
    for error_type in [
        "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
        "com.amazon.bedrock#ThrottlingException",
        "com.amazon.bedrock#ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
    ] {
        assert_eq!(kind_of(error_type, 400, ""), FaultKind::Throttled, "{error_type}");
    }
}

#[test]
fn an_unknown_type_falls_back_to_the_status() {
    let cases = [
        (400, FaultKind::Invalid { param: None }),
        (401, FaultKind::Credentials),
        (403, FaultKind::AccessDenied),
        (404, FaultKind::ModelNotFound),
        (408, FaultKind::ModelTimeout),
        (418, FaultKind::Invalid { param: None }),
        (424, FaultKind::ModelError { original_status: None }),
        (429, FaultKind::Throttled),
        (500, FaultKind::Internal),
        (502, FaultKind::Internal),
        (503, FaultKind::ServiceUnavailable),
        (302, FaultKind::Protocol),
    ];
    for (status, expected) in cases {
        let fault = Fault::classify("BrandNewException", status, "", None, None);
        assert_eq!(fault.kind, expected, "{status}");
        assert!(fault.message.contains("BrandNewException"), "{}", fault.message);
    }
}

#[test]
fn an_answer_is_read_whatever_its_dress() {
    let header = |name: &str| match name {
        "x-amzn-errortype" => Some("ModelErrorException:http://example.com/"),
        "x-amzn-requestid" => Some("r-1"),
        "retry-after" => Some("7"),
        _ => None,
    };
    let fault = Fault::from_answer(424, header, br#"{"Message":"It broke.","originalStatusCode":503}"#);
    assert_eq!(fault.kind, FaultKind::ModelError { original_status: Some(503) });
    assert_eq!((fault.message.as_str(), fault.status), ("It broke.", Some(424)));
    assert_eq!(fault.request_id.as_deref(), Some("r-1"));
    assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));

    let typed_in_body =
        Fault::from_answer(400, |_| None, br#"{"__type":"a#ConflictException","message":"No."}"#);
    assert_eq!(typed_in_body.kind, FaultKind::Conflict);

    let not_json = Fault::from_answer(503, |_| None, b"<html>");
    assert_eq!(not_json.kind, FaultKind::ServiceUnavailable);
    assert!(not_json.message.contains("503"), "{}", not_json.message);
}

#[test]
fn exceptions_in_a_stream_have_their_modelled_status() {
    let cases = [
        ("internalServerException", 500, FaultKind::Internal),
        ("modelStreamErrorException", 424, FaultKind::ModelStreamError { original_status: Some(529) }),
        ("modelTimeoutException", 408, FaultKind::ModelTimeout),
        ("serviceUnavailableException", 503, FaultKind::ServiceUnavailable),
        ("throttlingException", 429, FaultKind::Throttled),
        ("validationException", 400, FaultKind::Invalid { param: None }),
        ("brandNewException", 500, FaultKind::Internal),
    ];
    for (name, status, kind) in cases {
        let payload = br#"{"message":"It broke.","originalStatusCode":529,"originalMessage":"o","p":"abc"}"#;
        let fault = Fault::from_exception(name, payload);
        assert_eq!((fault.status, fault.kind), (Some(status), kind), "{name}");
        assert_eq!(fault.message, "It broke.", "{name}");
    }
    let original =
        Fault::from_exception("modelStreamErrorException", br#"{"originalMessage":"out of memory"}"#);
    assert_eq!(original.message, "out of memory");
}
