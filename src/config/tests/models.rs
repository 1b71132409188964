//! The model catalog in the configuration: what becomes of it, and bad files with the reports on them.

use super::{env, reports::report};
use crate::{
    catalog::{ModelId, Tier},
    config::parse_text,
};

#[test]
fn what_is_wrong_with_the_model_catalog() {
    let text = r#"integrations: { authentication: { type: none } }
catalog:
  models:
    amazon.nova-pro-v1:0:
      imagse: true
      images: maybe
      structured_output: nativ
      cache_points: -1
      reasoning_levels: { high: "very much", extreme: 1 }
      profiles: [us, mars]
      prices: { input: 1e-9, outptu: 3, base: { input: 1 }, eu: { output: 3 } }
    acme.model-v1: { family: claude-45 }
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc": { model: amazon.nova-por-v1:0 }
    gpt-4o: { images: true }
"#;
    insta::assert_snapshot!(report(text, &[]), @r###"
    f.yaml:5:7: error: catalog.models.amazon.nova-pro-v1:0.imagse: unknown key (allowed: audio, blank_stop_sequences, cache_1h, cache_min_tokens, cache_points, cache_tools, citations, context_window, converse, documents, documents_beside_results, family, forced_choice_while_reasoning, images, inclusive_input_tokens, inline_schema_refs, leading_assistant, max_output, max_output_exclusive, min_max_tokens, model, no_contains, no_lookaround, no_root_union, on_demand, optimized_latency, prefill, prices, profiles, reasoning, reasoning_by_default, reasoning_history, reasoning_levels, reasoning_tokens, redacted_history, s3, sampling, sampling_default_one, short_tool_ids, stop_sequences, streaming, strict_tools, structured_output, system, system_in_conversation, tool_choice_any, tool_choice_native, tool_choice_tool, tool_result_media, tool_result_status, tool_results_alone, tools, tools_in_stream, top_k, video, web_search; did you mean `images`?)
    f.yaml:6:7: error: catalog.models.amazon.nova-pro-v1:0.images: `maybe` is not true or false (allowed: true, false)
    f.yaml:7:7: error: catalog.models.amazon.nova-pro-v1:0.structured_output: `nativ` is not one of the choices (allowed: native, tool, instruction)
    f.yaml:8:7: error: catalog.models.amazon.nova-pro-v1:0.cache_points: `-1` is not a whole number (allowed: a whole number from 0 to 4294967295)
    f.yaml:9:27: error: catalog.models.amazon.nova-pro-v1:0.reasoning_levels.high: `very much` is neither tokens nor a word (allowed: tokens to reason with, or a word of the model's, like low or omit)
    f.yaml:9:46: error: catalog.models.amazon.nova-pro-v1:0.reasoning_levels.extreme: unknown key (allowed: high, low, max, medium, minimal, none, xhigh)
    f.yaml:10:7: error: catalog.models.amazon.nova-pro-v1:0.profiles: has what is no geography (allowed: a list of geographies, like us, eu, apac or global)
    f.yaml:11:17: error: catalog.models.amazon.nova-pro-v1:0.prices.input: `0.000000001` is not a price (allowed: USD per million tokens, like 3 or 0.0825)
    f.yaml:11:30: error: catalog.models.amazon.nova-pro-v1:0.prices.outptu: is a number, not a section
    f.yaml:11:49: error: catalog.models.amazon.nova-pro-v1:0.prices.base: is neither a price nor a place (allowed: a geography like eu, or a region like eu-west-1)
    f.yaml:11:49: error: catalog.models.amazon.nova-pro-v1:0.prices.base: needs output
    f.yaml:11:67: error: catalog.models.amazon.nova-pro-v1:0.prices.eu: needs input
    f.yaml:12:22: error: catalog.models.acme.model-v1.family: there is no such family (allowed: claude, claude-3, claude-3-5-cached, claude-3-7, claude-4, claude-4-1, claude-4-5, claude-4-6, claude-4-7, claude-4-8, claude-5, claude-5-5, claude-sonnet-5-5, claude-unknown, cohere, deepseek-r1, deepseek-unknown, deepseek-v3, devstral, forced-tools, gemma, gemma-native, gemma-unknown, glm, glm-5-3, glm-unknown, gpt, gpt-oss, grok, grok-unknown, jamba, jamba-instruct, jurassic, kimi, kimi-k3, kimi-unknown, kimi-vision, llama, llama-3, llama-unknown, llama-vision, minimax, minimax-unknown, ministral, ministral-vision, mistral-7b, mistral-large, mistral-unknown, mixtral, nemotron, nemotron-native, nemotron-unknown, nemotron-vision, not-chat, nova, nova-2, nova-micro, nova-unknown, openai-unknown, palmyra, palmyra-vision, pegasus, pixtral, plain, qwen-unknown, qwen3, qwen3-coder, qwen3-vl, titan-text, tools, unknown, voxtral; did you mean `claude-4-5`?)
    f.yaml:13:83: error: catalog.models.arn:aws:bedrock:us-east-1:123456789012:a….model: there is no such model (allowed: a model of the catalog, or one that catalog.models adds; did you mean `amazon.nova-pro-v1:0`?)
    f.yaml:14:15: error: catalog.models.gpt-4o: is no name of a model (allowed: a Bedrock model id, inference profile id or ARN; aliases are in models.mappings)
    15 errors, 0 warnings
    "###);
}

#[test]
fn the_model_catalog_changes() {
    let text = r#"integrations: { authentication: { type: none } }
upstream: { control_endpoint_url: "http://localhost:1" }
catalog:
  resolve_profiles: false
  models:
    amazon.nova-pro-v1:0: { images: "${IMAGES}", cache_points: 2, reasoning: budget, reasoning_levels: { low: 2048, none: omit } }
    acme.model-v1:
      family: claude-4-5
      profiles: [us, eu]
      on_demand: false
      prices: { input: 1, output: "2.5", eu: { input: 1.1, output: 2.75, cache_read: 0.0825 } }
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc": { model: eu.amazon.nova-lite-v1:0 }
    "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc": { model: acme.model-v1 }
"#;
    let overridden = ("GATEWAY__catalog__models__acme.model-v1__max_output", "77");
    let config = parse_text(text, &env(&[("IMAGES", "false"), overridden])).unwrap();
    assert!(!config.resolve_profiles);
    assert_eq!(config.upstream.control_endpoint_url.as_deref(), Some("http://localhost:1"));
    let model = |id: &str| config.catalog.model(&ModelId::parse(id).unwrap());
    let nova = model("eu.amazon.nova-pro-v1:0");
    assert!(!nova.can.images && nova.can.documents && nova.can.cache_points == 2);
    assert_eq!(nova.can.reasoning_levels.len(), 2);
    let acme = model("acme.model-v1");
    assert_eq!((&acme.profiles[..], acme.on_demand), (&["us".to_owned(), "eu".to_owned()][..], false));
    assert_eq!(acme.can.max_output, 77);
    let price = |place| acme.prices(place, Tier::Standard).unwrap().output.to_string();
    assert_eq!((price(None), price(Some("eu"))), ("2.5".to_owned(), "2.75".to_owned()));
    assert_eq!(acme.prices(Some("eu"), Tier::Standard).unwrap().cache_read.to_string(), "0.0825");
    let resource = |name: &str| model(&format!("arn:aws:bedrock:us-east-1:123456789012:{name}/abc"));
    assert_eq!(resource("application-inference-profile").id.as_deref(), Some("amazon.nova-lite-v1:0"));
    assert_eq!(resource("provisioned-model").can, acme.can);
}
