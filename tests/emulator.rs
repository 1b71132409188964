//! The emulator against clients that nobody here wrote: the AWS SDK for Rust and its event-stream decoder.
#![cfg(feature = "emulator")]
#![expect(clippy::expect_used, reason = "a helper that fails is a test that fails")]

#[path = "emulator/agreement.rs"]
mod agreement;
#[path = "emulator/answers.rs"]
mod answers;
#[path = "emulator/caching.rs"]
mod caching;
#[path = "emulator/cases.rs"]
mod cases;
#[path = "emulator/frames.rs"]
mod frames;
#[path = "emulator/identity.rs"]
mod identity;
#[path = "emulator/media.rs"]
mod media;
#[path = "emulator/options.rs"]
mod options;
#[path = "emulator/reasoning.rs"]
mod reasoning;
#[path = "emulator/rules.rs"]
mod rules;
#[path = "emulator/schemas.rs"]
mod schemas;
#[path = "emulator/scripts.rs"]
mod scripts;
#[path = "emulator/sdk.rs"]
mod sdk;
#[path = "emulator/support.rs"]
mod support;
#[path = "emulator/thoughts.rs"]
mod thoughts;
