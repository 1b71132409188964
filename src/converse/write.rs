//! A request as JSON. The conversation is put together from its pieces, most of which are JSON already: `serde_json` looks
//! into every name of a member for what it should escape, and takes longer for that than for all the texts.

use super::request::{ContentBlock, Message, Request, Role, ToolResult, ToolResultBlock, ToolUseBlock};
use crate::text::Text;
use serde_json::{Result, to_writer};

/// How a request begins, which has messages first.
const MESSAGES: &[u8] = b"{\"messages\":[";

// === impl Request ===

impl Request<'_> {
    /// The same bytes that `serde_json` makes of it; `size` is about their number.
    ///
    /// # Errors
    /// As `serde_json`.
    pub fn into_json(mut self, size: usize) -> Result<Vec<u8>> {
        let messages = std::mem::take(&mut self.messages);
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(MESSAGES);
        list(&mut out, &messages, message)?;
        let others = out.len();
        to_writer(&mut out, &self)?;
        out.drain(others..others + MESSAGES.len());
        Ok(out)
    }
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T) -> Result<()>) -> Result<()> {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item)?;
    }
    Ok(())
}

fn message(out: &mut Vec<u8>, message: &Message<'_>) -> Result<()> {
    out.extend_from_slice(match message.role {
        Role::User => br#"{"role":"user","content":["#,
        Role::Assistant => br#"{"role":"assistant","content":["#,
        Role::System => br#"{"role":"system","content":["#,
    });
    list(out, &message.content, block)?;
    out.extend_from_slice(b"]}");
    Ok(())
}

fn block(out: &mut Vec<u8>, block: &ContentBlock<'_>) -> Result<()> {
    match block {
        ContentBlock::Text(said) => text(out, said)?,
        ContentBlock::ToolUse(ToolUseBlock { tool_use_id, name, input }) => {
            out.extend_from_slice(br#"{"toolUse":{"toolUseId":"#);
            word(out, tool_use_id)?;
            out.extend_from_slice(br#","name":"#);
            word(out, name)?;
            out.extend_from_slice(br#","input":"#);
            out.extend_from_slice(input.get().as_bytes());
            out.extend_from_slice(b"}}");
        }
        ContentBlock::ToolResult(ToolResult { tool_use_id, content, status: None }) => {
            out.extend_from_slice(br#"{"toolResult":{"toolUseId":"#);
            word(out, tool_use_id)?;
            out.extend_from_slice(br#","content":["#);
            list(out, content, |out, block| match block {
                ToolResultBlock::Text(said) => text(out, said),
                block => to_writer(out, block),
            })?;
            out.extend_from_slice(b"]}}");
        }
        block => to_writer(out, block)?,
    }
    Ok(())
}

fn text(out: &mut Vec<u8>, text: &Text<'_>) -> Result<()> {
    out.extend_from_slice(b"{\"text\":");
    to_writer(&mut *out, text)?;
    out.push(b'}');
    Ok(())
}

/// A name or id, which as a rule holds nothing to escape.
fn word(out: &mut Vec<u8>, word: &str) -> Result<()> {
    if word.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return to_writer(out, word);
    }
    out.push(b'"');
    out.extend_from_slice(word.as_bytes());
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::{CachePoint, CachePointKind, Image, Object, Source, SystemBlock, ToolResultStatus};

    #[test]
    fn the_bytes_are_those_of_serde_json() {
        let said = || ContentBlock::Text("\"Hi\"\n".into());
        let call = |id: &'static str| {
            let (name, input) = ("f\u{1f}\"", Object::read(" {\"a\": 1} ".into()).unwrap());
            ContentBlock::ToolUse(ToolUseBlock { tool_use_id: id.into(), name: name.into(), input })
        };
        let result = |status| {
            let image = Image { format: "png", source: Source::Bytes("AA==".into()) };
            let content = vec![ToolResultBlock::Text("x".into()), ToolResultBlock::Image(image)];
            ContentBlock::ToolResult(ToolResult { tool_use_id: "a.b:1".into(), content, status })
        };
        let point = || ContentBlock::CachePoint(CachePoint { kind: CachePointKind::Default, ttl: None });
        let failed = Some(ToolResultStatus::Error);
        let messages = || {
            vec![
                Message { role: Role::User, content: vec![said()] },
                Message { role: Role::Assistant, content: vec![said(), call("a.b:1"), call("\\\"é")] },
                Message { role: Role::User, content: vec![result(None), result(failed), point()] },
                Message { role: Role::System, content: vec![said()] },
                Message { role: Role::Assistant, content: Vec::new() },
            ]
        };
        for (messages, system) in [
            (Vec::new(), Vec::new()),
            (messages(), Vec::new()),
            (messages(), vec![SystemBlock::Text("Be brief.".into())]),
        ] {
            let request = Request { messages, system, ..Request::default() };
            let expected = serde_json::to_string(&request).unwrap();
            assert_eq!(String::from_utf8(request.into_json(0).unwrap()).unwrap(), expected);
        }
    }
}
