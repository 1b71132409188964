//! Texts that are not the YAML that a configuration needs, and the reports on them.

use super::reports::report;

#[test]
fn not_yaml() {
    let text = r#"server:
  listen: "0.0.0.0:8000
customer: { nmae: x }
"#;
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:4:1: error: not valid YAML: found unexpected end of stream at line 4 column 1, while scanning a quoted scalar at line 2 column 11
    1 error, 0 warnings
    ");
}

#[test]
fn a_tag() {
    let text = r"server: !custom { listen: x }
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:1:9: error: not valid YAML: server: tags like `!name` are not used here at line 1 column 9
    1 error, 0 warnings
    ");
}

#[test]
fn a_list_as_key() {
    let text = r"server:
  ? [a, b]
  : c
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:2:3: error: not valid YAML: server: a key must be a plain name, not a list or a section at line 2 column 3
    1 error, 0 warnings
    ");
}

#[test]
fn two_documents() {
    let text = r"server: {}
---
server: {}
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml: error: not valid YAML: deserializing from YAML containing more than one document is not supported
    1 error, 0 warnings
    ");
}

#[test]
fn no_section_at_all() {
    let text = r"just a text
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml: error: the file is text, not a section
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    1 error, 1 warning
    ");
}

#[test]
fn an_alias_stands_where_it_is_used() {
    let text = r"server:
  drain: &drain { delay: 5s, deadline: 300d }
upstream:
  deadlines: *drain
";
    insta::assert_snapshot!(report(text, &[]), @r"
    f.yaml:2:30: error: server.drain.deadline: `300d` is not a duration (allowed: a duration like 15s, 250ms or 1h30m, from 0s to 24h)
    f.yaml:4:3: error: upstream.deadlines.delay: unknown key (allowed: connect, first_event, gap, head, total; did you mean `server.drain.delay`?)
    f.yaml:4:3: error: upstream.deadlines.deadline: unknown key (allowed: connect, first_event, gap, head, total)
    f.yaml: warning: integrations.authentication.type: is api_key when left out, but no key is in the environment: set ADMIN_API_KEY or API_KEYS, or integrations.authentication.type: none to let everybody call
    3 errors, 1 warning
    ");
}
