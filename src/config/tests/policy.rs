//! The `policy` section: how it reaches the translation, and what is half there.

use super::loaded;
use super::reports::report;
use crate::converse::CacheTtl;
use crate::translate::{AdditionalFields, Guardrail, GuardrailPolicy, PromptCache};

#[test]
fn policies_reach_the_translation() {
    let text = r#"policy:
  prompt_cache: { system: true, messages: true, ttl: 1h }
  guardrail: { id: gr1, version: "7", trace: enabled_full, stream_mode: async, client_override: true }
  metadata: true
  additional_fields: { mode: listed, names: [anthropic_beta] }
"#;
    let policy = &loaded(text, &[]).config.policy;
    let ttl = Some(CacheTtl::OneHour);
    assert_eq!(policy.prompt_cache, PromptCache { tools: false, system: true, messages: true, ttl });
    let guardrail = Guardrail {
        id: "gr1".to_owned(),
        version: "7".to_owned(),
        trace: Some("enabled_full".to_owned()),
        stream_mode: Some("async".to_owned()),
    };
    assert_eq!(policy.guardrail, GuardrailPolicy { guardrail: Some(guardrail), client_override: true });
    assert!(policy.metadata);
    let named = |names: &[&str]| AdditionalFields::Listed(names.iter().map(|name| (*name).into()).collect());
    assert_eq!(policy.additional_fields, named(&["anthropic_beta"]));
    for (mode, fields) in [("all", AdditionalFields::All), ("listed", named(&[])), ("none", named(&[]))] {
        let text = format!("policy: {{ additional_fields: {{ mode: {mode} }} }}");
        assert_eq!(loaded(&text, &[]).config.policy.additional_fields, fields, "{mode}");
    }
}

#[test]
fn policies_that_are_half_there_are_errors() {
    let text = r#"policy:
  guardrail: { id: "My Guardrail", trace: enabled }
  additional_fields: { names: [anthropic_beta] }
"#;
    insta::assert_snapshot!(report(text, &[("ADMIN_API_KEY", "k")]), @r"
    f.yaml:2:16: error: policy.guardrail.id: does nothing without policy.guardrail.version
    f.yaml:2:16: error: policy.guardrail.id: is not the id (a-z, 0-9) or ARN of a guardrail
    f.yaml:3:24: error: policy.additional_fields.names: does nothing unless policy.additional_fields.mode is listed
    3 errors, 0 warnings
    ");
    let text = "policy: { guardrail: { version: latest } }";
    insta::assert_snapshot!(report(text, &[("ADMIN_API_KEY", "k")]), @"
    f.yaml:1:24: error: policy.guardrail.version: does nothing without policy.guardrail.id
    f.yaml:1:24: error: policy.guardrail.version: is not DRAFT or a number of at most 8 digits
    2 errors, 0 warnings
    ");
}
