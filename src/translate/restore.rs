//! What an answer needs of its request to be read back into the client's terms.

/// Made with the request, used on its answer.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// The client chose a service tier, and shall hear which one it got.
    pub tier: bool,
}
