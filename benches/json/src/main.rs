//! Which JSON library reads requests: what each makes of odd JSON, and how fast each takes large requests through.
//!
//! The work is that of the gateway: typed structures, of which texts and schemas are only carried from one JSON text to
//! another. Each library does it in the cheapest way that it has: raw values where it knows them, else strings that are
//! read and escaped again. Every odd text is read in a process of its own, for one library may not survive it.

mod payload;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{
    env,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

const LIBRARIES: [Library; 4] = [
    Library { name: "serde_json, owned", odd: owned_odd, carry: owned_carry },
    Library { name: "serde_json, raw", odd: serde_odd, carry: serde_carry },
    Library { name: "sonic-rs, raw", odd: sonic_odd, carry: sonic_carry },
    Library { name: "simd-json", odd: simd_odd, carry: simd_carry },
];

/// Deeper than any stack.
const DEEP: usize = 200_000;

struct Library {
    name: &'static str,
    odd: fn(&[u8]) -> Result<String, String>,
    carry: fn(&[u8]) -> Vec<u8>,
}

/// Odd JSON: `read` is looked at, `carried` only passed on, anything else is not wanted.
#[derive(Deserialize, Serialize)]
struct Odd<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", bound(deserialize = "T: Deserialize<'de>"))]
    carried: Option<T>,
}

/// A request: `T` holds its texts, `J` its schemas.
#[derive(Deserialize, Serialize)]
struct Request<T, J> {
    model: String,
    messages: Vec<Message<T>>,
    tools: Vec<Tool<T, J>>,
}

#[derive(Deserialize, Serialize)]
struct Message<T> {
    role: String,
    content: T,
    #[serde(default = "Vec::new")]
    tool_calls: Vec<Call<T>>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Call<T> {
    id: String,
    name: String,
    arguments: T,
}

#[derive(Deserialize, Serialize)]
struct Tool<T, J> {
    name: String,
    description: T,
    parameters: J,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [library, case] = &arguments[..] {
        let (library, case): (usize, usize) = (library.parse().unwrap(), case.parse().unwrap());
        match (LIBRARIES[library].odd)(&cases()[case].1) {
            Ok(text) if text.len() > 80 => print!("{} bytes", text.len()),
            Ok(text) => print!("{text}"),
            Err(_) => print!("refused"),
        }
        return;
    }
    correctness();
    speed();
}

fn correctness() {
    println!("| | {} |", LIBRARIES.map(|library| library.name).join(" | "));
    println!("|---|{}", "---|".repeat(LIBRARIES.len()));
    for (case, (name, _)) in cases().iter().enumerate() {
        let outcomes = (0..LIBRARIES.len()).map(|library| outcome(library, case));
        println!("| {name} | {} |", outcomes.collect::<Vec<_>>().join(" | "));
    }
}

fn outcome(library: usize, case: usize) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    let output = child.args([library.to_string(), case.to_string()]).output().unwrap();
    match output.status.success() {
        true => format!("`{}`", String::from_utf8_lossy(&output.stdout)),
        false => format!("**{}**", output.status),
    }
}

fn cases() -> Vec<(&'static str, Vec<u8>)> {
    let deep =
        |member: &str| format!(r#"{{"{member}":{}{}}}"#, "[".repeat(DEEP), "]".repeat(DEEP)).into_bytes();
    vec![
        ("lone surrogate, read", br#"{"read":"\ud800x"}"#.to_vec()),
        ("lone surrogate, carried", br#"{"carried":"\ud800x"}"#.to_vec()),
        ("surrogate pair, carried", br#"{"carried":"\ud83d\ude00"}"#.to_vec()),
        ("numbers, carried", br#"{"carried":[1e400,18446744073709551616,1.10,-0]}"#.to_vec()),
        ("200,000 deep, carried", deep("carried")),
        ("200,000 deep, not wanted", deep("odd")),
        ("invalid UTF-8, read", b"{\"read\":\"\xff\"}".to_vec()),
        ("invalid UTF-8, carried", b"{\"carried\":\"\xff\"}".to_vec()),
        ("invalid UTF-8, not wanted", b"{\"odd\":\"\xff\"}".to_vec()),
        ("control character, read", b"{\"read\":\"a\nb\"}".to_vec()),
        ("control character, carried", b"{\"carried\":\"a\nb\"}".to_vec()),
        ("bad escape, carried", br#"{"carried":"\x"}"#.to_vec()),
        ("bad number, carried", br#"{"carried":[01]}"#.to_vec()),
        ("bad syntax, carried", br#"{"carried":[1,,2]}"#.to_vec()),
        ("bad syntax, not wanted", br#"{"odd":{"a" 1}}"#.to_vec()),
        ("bytes behind the end", br#"{"read":"a"} x"#.to_vec()),
        ("member twice", br#"{"read":"a","read":"b"}"#.to_vec()),
        ("cut", br#"{"carried":{"a":"#.to_vec()),
    ]
}

fn speed() {
    println!("\n| | {} |", LIBRARIES.map(|library| library.name).join(" | "));
    println!("|---|{}", "---|".repeat(LIBRARIES.len()));
    for (name, bytes, tools) in
        [("small", 0, 0), ("52 KB, 16 tools", 52 << 10, 16), ("400 KB, 76 tools", 400 << 10, 76)]
    {
        let body = payload::request(bytes, tools);
        let times =
            LIBRARIES.map(|library| format!("{:.1} µs", 1e6 * least(library.carry, &body).as_secs_f64()));
        println!("| {name} ({} bytes) | {} |", body.len(), times.join(" | "));
    }
}

/// The least time of many.
fn least(carry: fn(&[u8]) -> Vec<u8>, body: &[u8]) -> Duration {
    let time = || {
        let start = Instant::now();
        black_box(carry(black_box(body)));
        start.elapsed()
    };
    (0..3_000).map(|_| time()).min().unwrap()
}

// === the libraries ===

fn owned<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn owned_odd(body: &[u8]) -> Result<String, String> {
    let odd: Odd<serde_json::Value> = owned(body)?;
    serde_json::to_string(&odd).map_err(|error| error.to_string())
}

fn owned_carry(body: &[u8]) -> Vec<u8> {
    let request: Request<String, Box<RawValue>> = owned(body).unwrap();
    serde_json::to_vec(&request).unwrap()
}

fn serde_odd(body: &[u8]) -> Result<String, String> {
    let odd: Odd<&RawValue> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    serde_json::to_string(&odd).map_err(|error| error.to_string())
}

fn serde_carry(body: &[u8]) -> Vec<u8> {
    let request: Request<&RawValue, &RawValue> = serde_json::from_str(str::from_utf8(body).unwrap()).unwrap();
    let mut out = Vec::with_capacity(body.len());
    serde_json::to_writer(&mut out, &request).unwrap();
    out
}

fn sonic_odd(body: &[u8]) -> Result<String, String> {
    let odd: Odd<sonic_rs::LazyValue<'_>> = sonic_rs::from_slice(body).map_err(|error| error.to_string())?;
    sonic_rs::to_string(&odd).map_err(|error| error.to_string())
}

fn sonic_carry(body: &[u8]) -> Vec<u8> {
    type Lazy<'a> = sonic_rs::LazyValue<'a>;
    let request: Request<Lazy<'_>, Lazy<'_>> = sonic_rs::from_slice(body).unwrap();
    let mut out = Vec::with_capacity(body.len());
    sonic_rs::to_writer(&mut out, &request).unwrap();
    out
}

fn simd_odd(body: &[u8]) -> Result<String, String> {
    let mut body = body.to_vec();
    let odd: Odd<simd_json::BorrowedValue<'_>> =
        simd_json::from_slice(&mut body).map_err(|error| error.to_string())?;
    simd_json::to_string(&odd).map_err(|error| error.to_string())
}

fn simd_carry(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    let mut out = Vec::with_capacity(body.len());
    let request: Request<&str, simd_json::BorrowedValue<'_>> = simd_json::from_slice(&mut body).unwrap();
    simd_json::to_writer(&mut out, &request).unwrap();
    out
}
