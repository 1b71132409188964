use super::*;
use serde_json::json;

fn check(schema: &Value, matching: &[Value], others: &[Value]) {
    for document in matching {
        assert!(matches(schema, document).unwrap(), "{schema} should take {document}");
    }
    for document in others {
        assert!(!matches(schema, document).unwrap(), "{schema} should not take {document}");
    }
}

#[test]
fn kinds_and_values() {
    check(&json!(true), &[json!(1), json!({})], &[]);
    check(&json!(false), &[], &[json!(1)]);
    check(&json!({"type": "integer"}), &[json!(1), json!(2.0)], &[json!(1.5), json!("1"), json!(null)]);
    check(&json!({"type": ["string", "null"]}), &[json!("a"), json!(null)], &[json!(1), json!(false)]);
    check(&json!({"type": "number"}), &[json!(1), json!(1.5)], &[json!(true)]);
    check(&json!({"enum": ["a", 1]}), &[json!("a"), json!(1.0)], &[json!("b"), json!(2)]);
    check(&json!({"const": {"a": 1}}), &[json!({"a": 1})], &[json!({"a": 2})]);
    check(
        &json!({"minimum": 1, "exclusiveMaximum": 3}),
        &[json!(1), json!(2.9), json!("x")],
        &[json!(0), json!(3)],
    );
    check(&json!({"maximum": 3, "exclusiveMinimum": 1}), &[json!(3)], &[json!(1), json!(4)]);
    check(&json!({"multipleOf": 0.1}), &[json!(0.3), json!(2)], &[json!(0.35)]);
    check(&json!({"minLength": 1, "maxLength": 2}), &[json!("üü"), json!(5)], &[json!(""), json!("abc")]);
    check(&json!({"pattern": "^[a-z]+$"}), &[json!("ab"), json!(1)], &[json!("aB")]);
    check(&json!({"pattern": "(?=a)b"}), &[json!("anything")], &[]);
}

#[test]
fn objects() {
    let schema = json!({
        "type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}},
        "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false
    });
    check(
        &schema,
        &[json!({"a": 1}), json!({"a": 1, "x-b": "y"})],
        &[json!({}), json!({"a": "1"}), json!({"a": 1, "b": 2}), json!({"a": 1, "x-b": 2}), json!([])],
    );
    check(&json!({"additionalProperties": {"type": "null"}}), &[json!({"a": null})], &[json!({"a": 1})]);
    check(
        &json!({"minProperties": 1, "maxProperties": 1}),
        &[json!({"a": 1})],
        &[json!({}), json!({"a": 1, "b": 1})],
    );
    check(&json!({"propertyNames": {"maxLength": 1}}), &[json!({"a": 1})], &[json!({"ab": 1})]);
    check(
        &json!({"dependentRequired": {"a": ["b"]}}),
        &[json!({}), json!({"a": 1, "b": 1})],
        &[json!({"a": 1})],
    );
    check(&json!({"dependentSchemas": {"a": {"required": ["b"]}}}), &[json!({})], &[json!({"a": 1})]);
}

#[test]
fn arrays() {
    check(&json!({"items": {"type": "integer"}}), &[json!([]), json!([1])], &[json!([1, "a"])]);
    check(
        &json!({"prefixItems": [{"type": "null"}], "items": false}),
        &[json!([null])],
        &[json!([1]), json!([null, 1])],
    );
    check(&json!({"contains": {"const": 1}}), &[json!([0, 1])], &[json!([0]), json!([])]);
    check(
        &json!({"contains": {"const": 1}, "minContains": 0, "maxContains": 1}),
        &[json!([])],
        &[json!([1, 1])],
    );
    check(&json!({"uniqueItems": true}), &[json!([1, 2])], &[json!([1, 2, 1.0])]);
    check(&json!({"minItems": 1, "maxItems": 2}), &[json!([1])], &[json!([]), json!([1, 2, 3])]);
}

#[test]
fn schemas_of_schemas() {
    check(&json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}), &[json!(1)], &[json!(0), json!(3)]);
    check(&json!({"anyOf": [{"type": "null"}, {"const": 1}]}), &[json!(null), json!(1)], &[json!(2)]);
    check(&json!({"oneOf": [{"minimum": 1}, {"maximum": 2}]}), &[json!(0), json!(3)], &[json!(1)]);
    check(&json!({"not": {"type": "null"}}), &[json!(1)], &[json!(null)]);
    let schema = json!({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"type": "null"}});
    check(&schema, &[json!("a"), json!(null)], &[json!(""), json!(1)]);
    let list = json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {"type": "object", "required": ["v"],
            "properties": {"v": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}
    });
    check(
        &list,
        &[json!({"v": 1, "next": {"v": 2, "next": null}})],
        &[json!({"v": 1, "next": {"next": null}})],
    );
}

#[test]
fn what_would_never_end_ends() {
    assert!(matches(&json!({"$ref": "#"}), &json!(1)).is_err());
    assert!(matches(&json!({"not": {"$ref": "#"}}), &json!(1)).is_err());
    let mut defs = Map::new();
    for index in 0..40 {
        let next = format!("#/$defs/d{}", index + 1);
        defs.insert(format!("d{index}"), json!({"allOf": [{"$ref": next}, {"$ref": next}]}));
    }
    defs.insert("d40".into(), json!({}));
    assert!(matches(&json!({"$ref": "#/$defs/d0", "$defs": defs}), &json!(1)).is_err());
    let many: Vec<_> = (0..10_000).collect();
    assert!(matches(&json!({"uniqueItems": true}), &json!(many)).is_err());
}

#[test]
fn depth_is_no_matter_of_breadth() {
    let schema =
        json!({"items": {"anyOf": [{"const": 0}, {"$ref": "#/$defs/one"}]}, "$defs": {"one": {"const": 1}}});
    let many = vec![json!(1); 10_000];
    check(&schema, &[json!(many)], &[]);
    let schema = json!({"items": {"anyOf": [{"type": "object", "required": ["a"]}, {"type": "null"}]}});
    let many = vec![json!(null); 10_000];
    check(&schema, &[json!(many)], &[]);
}
