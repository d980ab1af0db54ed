//! Interactions as numbers: what a snapshot is made of.

/// A run of stored interactions as columns of numbers, one entry a row.
///
/// Rows that were superseded or undone as of the time of reading are already left out.
/// The order of rows carries no meaning: whoever consumes them must get the same result in any order.
#[derive(Clone, Debug, Default)]
pub struct Acts {
    /// Microseconds since 1970, UTC.
    pub at: Vec<i64>,
    /// Index into [`Acts::networks`].
    pub network: Vec<u16>,
    /// Index into [`Acts::verbs`].
    pub verb: Vec<u16>,
    /// Account key of who acted.
    pub actor: Vec<u64>,
    /// Account key of whom it was toward; 0 for nobody.
    pub target: Vec<u64>,
    /// Key of the post concerned ([`crate::keys::post`]); 0 for none.
    pub object: Vec<u64>,
    /// Key of the post replied to or quoted; 0 for none.
    pub parent: Vec<u64>,
    /// Key of a reshare as a post, which others name as `parent` if they passed it on from there; 0 for rows of other verbs
    /// and without ids. Empty where nobody asked for it.
    pub own: Vec<u64>,
    /// Finite and at least 0.
    pub weight: Vec<f64>,
    /// Code of [`crate::Visibility`].
    pub visibility: Vec<u8>,
    /// The networks that `network` points into.
    pub networks: Vec<String>,
    /// The verbs that `verb` points into.
    pub verbs: Vec<String>,
}

impl Acts {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }
}
