//! What every request passes on its way to a handler and back: the phases admit, authenticate and throttle, and the
//! parts that hold for all answers (ids, observation, panics). `server/stack.rs` says in which order.
//!
//! Each is a function for `axum::middleware::from_fn_with_state` with a small state of its own. They refuse requests
//! and never change them.

pub mod admit;
pub mod authenticate;
pub mod body;
pub mod observe;
pub mod panic;
pub mod request_id;
pub mod throttle;
