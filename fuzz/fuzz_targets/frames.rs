//! The event-stream decoder under libFuzzer.

#![no_main]

use bedrock_gateway_fuzz::{check::check, memory::Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));
