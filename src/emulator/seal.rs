//! Signatures of the reasoning that the emulator makes up, and the blobs that stand for reasoning nobody may read.
//!
//! Both are keyed hashes, so a changed text or an invented signature shows, whichever emulator it is brought to. They
//! also hold a hash of what the model had read before it thought, because some models refuse their thoughts when
//! that has changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Known to all: it protects from mistakes, not from attackers.
const KEY: &[u8] = b"reasoning of the emulator";

/// How many bytes of a seal stand for what was read before.
const PREFIX_BYTES: usize = 8;

/// What a model had read: tools, system and messages, without cache points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Prefix([u8; PREFIX_BYTES]);

/// What a signature or blob turns out to be.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Sound,
    /// It was made after another prefix.
    Moved,
    Forged,
}

/// Signs a text.
pub(super) fn sign(prefix: Prefix, text: &str) -> String {
    seal(prefix, "signature", text)
}

/// Hides a text. The blob can be checked, but not read.
pub(super) fn redact(prefix: Prefix, text: &str) -> String {
    let hidden = STANDARD.encode(Sha256::digest(text.as_bytes()));
    seal(prefix, "redacted", &hidden)
}

/// Checks a signature of a text.
pub(super) fn check_signature(signature: &str, prefix: Prefix, text: &str) -> Verdict {
    check(signature, prefix, |made| sign(made, text) == signature)
}

/// Checks a blob. All blobs hide the same text.
pub(super) fn check_redacted(blob: &str, prefix: Prefix, text: &str) -> Verdict {
    check(blob, prefix, |made| redact(made, text) == blob)
}

fn check(seal: &str, prefix: Prefix, is_ours: impl Fn(Prefix) -> bool) -> Verdict {
    let bytes = STANDARD.decode(seal).unwrap_or_default();
    let made = bytes.first_chunk::<PREFIX_BYTES>().copied().map(Prefix);
    match made {
        Some(made) if is_ours(made) && made == prefix => Verdict::Sound,
        Some(made) if is_ours(made) => Verdict::Moved,
        _ => Verdict::Forged,
    }
}

fn seal(Prefix(prefix): Prefix, kind: &str, text: &str) -> String {
    let mut bytes = prefix.to_vec();
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(KEY) {
        mac.update(&prefix);
        mac.update(kind.as_bytes());
        mac.update(text.as_bytes());
        bytes.extend(mac.finalize().into_bytes());
    }
    STANDARD.encode(bytes)
}

// === impl Prefix ===

impl Prefix {
    /// Of a request up to the message number `messages`, which is left out.
    pub(super) fn of(request: &Value, messages: usize) -> Self {
        let mut hash = Sha256::new();
        let mut add = |blocks: &Value| {
            for block in blocks.as_array().into_iter().flatten().filter(|b| b.get("cachePoint").is_none()) {
                hash.update(block.to_string());
            }
            hash.update([0]);
        };
        add(&request["toolConfig"]["tools"]);
        add(&request["system"]);
        for message in request["messages"].as_array().into_iter().flatten().take(messages) {
            add(&message["content"]);
        }
        let mut prefix = [0; PREFIX_BYTES];
        prefix.copy_from_slice(&hash.finalize()[..PREFIX_BYTES]);
        Self(prefix)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seals_tell_sound_moved_and_forged_thoughts_apart() {
        let request = json!({"messages": [{"role": "user", "content": [{"text": "a"}]}]});
        let (here, elsewhere) = (Prefix::of(&request, 1), Prefix::of(&request, 0));
        assert_ne!(here, elsewhere);
        let signature = sign(here, "hm");
        assert_eq!(check_signature(&signature, here, "hm"), Verdict::Sound);
        assert_eq!(check_signature(&signature, elsewhere, "hm"), Verdict::Moved);
        assert_eq!(check_signature(&signature, here, "ha"), Verdict::Forged);
        assert_eq!(check_signature("c2ln", here, "hm"), Verdict::Forged);
        assert_eq!(check_redacted(&signature, here, "hm"), Verdict::Forged);
        assert_eq!(check_redacted(&redact(here, "hm"), here, "hm"), Verdict::Sound);
    }

    #[test]
    fn cache_points_are_not_read() {
        let plain = json!({"system": [{"text": "s"}]});
        let cached = json!({"system": [{"text": "s"}, {"cachePoint": {"type": "default"}}]});
        assert_eq!(Prefix::of(&plain, 0), Prefix::of(&cached, 0));
    }
}
