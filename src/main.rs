//! The `bedrock-gateway` program.

fn main() {}
