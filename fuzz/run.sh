#!/bin/sh
# Fuzzes the event-stream decoder: `fuzz/run.sh [SECONDS]`, from anywhere, 60 seconds without a number.
#
# Needs a C++ compiler besides Rust, of which the stable toolchain will do. The folders are laid out as `cargo fuzz` wants
# them. Fails when something is found: the input is then in fuzz/artifacts/, and `fuzz/run.sh FILE` tries it again. What
# is learnt stays below target/ for the next run; fuzz/corpus/ has the seeds alone, which `cargo run --bin seeds`, in
# fuzz/, writes.
set -eu

what=${1:-60}
case $what in
*[!0-9]*) what=$(realpath "$what") ;;
esac
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')

# What `cargo fuzz` would ask of the compiler, sanitizers apart, which are not stable. With a target named, build
# scripts go without.
coverage='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares'
RUSTFLAGS="$coverage -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks --cfg fuzzing" \
    cargo build --manifest-path fuzz/Cargo.toml --locked --release --bin frames --target "$host" --target-dir "$target"
fuzzer=$target/$host/release/frames

case $what in
*[!0-9]*) exec "$fuzzer" "$what" ;;
esac
learnt=$target/corpus/frames
mkdir -p fuzz/artifacts/frames "$learnt"
exec "$fuzzer" -max_total_time="$what" -max_len=4096 -timeout=5 -rss_limit_mb=512 -print_final_stats=1 \
    -artifact_prefix=fuzz/artifacts/frames/ "$learnt" fuzz/corpus/frames
