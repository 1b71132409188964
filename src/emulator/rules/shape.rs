//! Shapes of JSON and what is said when a value does not have its shape.
//!
//! A wrong type ends the check at once with a `SerializationException`. Broken constraints are collected and come
//! as one `ValidationException` that counts them; places in it are written as the service does:
//! `messages.1.member.content.2.member.text`, from 1.
//!
//! A member that no shape knows is refused at any depth. The service is not known to do so everywhere; the emulator
//! is strict here, because a member that is dropped in silence is how bugs in a translation stay unseen.

use serde_json::Value;

use super::super::reply::Refusal;

/// What a JSON value can look like.
pub(super) enum Shape {
    /// A string of so many characters, all of them allowed by the charset.
    Text {
        min: usize,
        max: usize,
        charset: Option<&'static Charset>,
    },
    /// One of these strings.
    Choice(&'static [&'static str]),
    Integer {
        min: i64,
    },
    /// A number from 0 to 1.
    Fraction,
    Boolean,
    /// Any JSON.
    Document,
    /// Base64 of at least so many characters.
    Blob {
        min: usize,
    },
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
    },
    /// String keys of one shape, values of another.
    Map {
        key: &'static Shape,
        value: &'static Shape,
        min: usize,
        max: usize,
    },
    Struct(&'static [Member]),
    /// A structure of which exactly one member is set.
    Union(&'static [Member]),
}

/// The characters of a string, with the regular expression that says so.
pub(super) struct Charset {
    pub(super) pattern: &'static str,
    pub(super) allows: fn(char) -> bool,
}

/// One member of a structure.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: &'static Shape,
}

/// Checks a value. `null` members count as absent, as with every AWS service.
pub(super) fn check(shape: &Shape, value: &Value) -> Result<(), Refusal> {
    let mut violations = Vec::new();
    walk(shape, value, "", &mut violations)?;
    match violations.len() {
        0 => Ok(()),
        1 => Err(Refusal::validation(format!("1 validation error detected: {}", violations[0]))),
        n => Err(Refusal::validation(format!("{n} validation errors detected: {}", violations.join("; ")))),
    }
}

/// Collects the constraints that `value` breaks; the error is a type that cannot be read at all.
fn walk(shape: &Shape, value: &Value, path: &str, found: &mut Vec<String>) -> Result<(), Refusal> {
    match shape {
        Shape::List { of, min, max } => {
            let items = value.as_array().ok_or_else(|| unreadable(value, "a List"))?;
            found.extend(lengths(items.len(), *min, *max).map(|what| violation(value, path, &what)));
            for (place, item) in items.iter().enumerate() {
                walk(of, item, &join(path, &format!("{}.member", place + 1)), found)?;
            }
        }
        Shape::Map { key, value: shape, min, max } => {
            let members = value.as_object().ok_or_else(|| unreadable(value, "a Map"))?;
            found.extend(lengths(members.len(), *min, *max).map(|what| violation(value, path, &what)));
            for (name, member) in members {
                walk(key, &Value::from(name.as_str()), &join(path, "key"), found)?;
                walk(shape, member, &join(path, &format!("{name}.value")), found)?;
            }
        }
        Shape::Struct(members) => structure(members, value, path, found)?,
        Shape::Union(members) => {
            structure(members, value, path, found)?;
            let set = members.iter().filter(|member| !value[member.name].is_null()).count();
            if set != 1 {
                found.push(format!("Exactly one member must be set at '{path}', but {set} are"));
            }
        }
        leaf => found.extend(constraints(leaf, value)?.into_iter().map(|what| violation(value, path, &what))),
    }
    Ok(())
}

/// The constraints that a value without parts breaks.
fn constraints(shape: &Shape, value: &Value) -> Result<Vec<String>, Refusal> {
    let text = |wanted| value.as_str().ok_or_else(|| unreadable(value, wanted));
    let mut broken = Vec::new();
    match shape {
        Shape::Text { min, max, charset } => {
            let text = text("a String")?;
            broken.extend(lengths(text.chars().count(), *min, *max));
            let charset = charset.filter(|charset| !text.chars().all(charset.allows));
            broken.extend(charset.map(|charset| {
                format!("Member must satisfy regular expression pattern: {}", charset.pattern)
            }));
        }
        Shape::Choice(allowed) => {
            if !allowed.contains(&text("a String")?) {
                broken.push(format!("Member must satisfy enum value set: [{}]", allowed.join(", ")));
            }
        }
        Shape::Integer { min } => {
            let number = value.as_i64().ok_or_else(|| unreadable(value, "an Integer"))?;
            if number < *min {
                broken.push(format!("Member must have value greater than or equal to {min}"));
            }
        }
        Shape::Fraction => {
            let number = value.as_f64().ok_or_else(|| unreadable(value, "a Float"))?;
            if number < 0.0 {
                broken.push("Member must have value greater than or equal to 0".to_owned());
            }
            if number > 1.0 {
                broken.push("Member must have value less than or equal to 1".to_owned());
            }
        }
        Shape::Boolean => {
            value.as_bool().ok_or_else(|| unreadable(value, "a Boolean"))?;
        }
        Shape::Blob { min } => {
            let text = text("a ByteBuffer")?;
            let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
            if !text.len().is_multiple_of(4) || !text.bytes().all(base64) {
                return Err(unreadable(value, "a ByteBuffer"));
            }
            broken.extend(lengths(text.len(), *min, usize::MAX));
        }
        Shape::Document | Shape::List { .. } | Shape::Map { .. } | Shape::Struct(_) | Shape::Union(_) => {}
    }
    Ok(broken)
}

fn structure(members: &[Member], value: &Value, path: &str, found: &mut Vec<String>) -> Result<(), Refusal> {
    let object = value.as_object().ok_or_else(|| unreadable(value, "a Structure"))?;
    if let Some(name) = object.keys().find(|name| members.iter().all(|member| member.name != **name)) {
        let place = if path.is_empty() { "#".to_owned() } else { format!("#/{}", path.replace('.', "/")) };
        return Err(Refusal::validation(format!(
            "Malformed input request: {place}: extraneous key [{name}] is not permitted, please reformat your input \
             and try again."
        )));
    }
    for member in members {
        let path = join(path, member.name);
        match object.get(member.name).filter(|value| !value.is_null()) {
            Some(value) => walk(member.shape, value, &path, found)?,
            None if member.required => {
                found
                    .push(format!("Value at '{path}' failed to satisfy constraint: Member must not be null"));
            }
            None => {}
        }
    }
    Ok(())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn lengths(length: usize, min: usize, max: usize) -> Option<String> {
    if length < min {
        return Some(format!("Member must have length greater than or equal to {min}"));
    }
    (length > max).then(|| format!("Member must have length less than or equal to {max}"))
}

fn violation(value: &Value, path: &str, what: &str) -> String {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("Value '{shown}' at '{path}' failed to satisfy constraint: {what}")
}

fn unreadable(value: &Value, wanted: &str) -> Refusal {
    let kind = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Refusal::new(400, "SerializationException", format!("{kind} can not be converted to {wanted}"))
}
