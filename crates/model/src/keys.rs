//! Keys that never depend on the order of arrival: 128-bit XXH3 of what is named.
//!
//! These values are written to disk. Changing one changes the format number of the ledger.
//! XXH3 is not a secret: whoever chooses ids can search for two that collide. The halves of an account's hash are
//! kept apart, so that a collision of keys is *detected* (same key, other check) and refused, never merged.

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The 128-bit identity of an interaction.
pub type Identity = u128;

const ACCOUNT: u64 = 0x7465_7274_0000_0001;
const IDENTITY: u64 = 0x7465_7274_0000_0002;
const POST: u64 = 0x7465_7274_0000_0003;
const CONTENT: u64 = 0x7465_7274_0000_0004;

/// What an interaction's id starts with when it was derived from the interaction's content.
pub const DERIVED: &str = "derived:";

fn named<T>(network: &str, id: &str, hash: impl Fn(&[u8]) -> T) -> T {
    let mut short = [0u8; 192];
    let length = network.len() + 1 + id.len();
    if length <= short.len() {
        short[..network.len()].copy_from_slice(network.as_bytes());
        short[network.len()] = b':';
        short[network.len() + 1..length].copy_from_slice(id.as_bytes());
        hash(&short[..length])
    } else {
        hash([network.as_bytes(), b":", id.as_bytes()].concat().as_slice())
    }
}

/// The hash of `network:id`. The high half is the account's key, the low half its check.
pub fn account(network: &str, id: &str) -> u128 {
    named(network, id, |bytes| xxh3_128_with_seed(bytes, ACCOUNT))
}

/// The identity of the interaction `id` of `network`.
pub fn identity(network: &str, id: &str) -> Identity {
    named(network, id, |bytes| xxh3_128_with_seed(bytes, IDENTITY))
}

/// The key of a post. Never 0, which stands for "no post".
pub fn post(network: &str, id: &str) -> u64 {
    named(network, id, |bytes| xxh3_64_with_seed(bytes, POST)).max(1)
}

/// The hash of an interaction's content, as [`crate::Batch`] lays it out.
pub fn content(bytes: &[u8]) -> u128 {
    xxh3_128_with_seed(bytes, CONTENT)
}

/// `id` if it is the one that [`derived_id`] makes of `content`.
pub fn derived_id_if(id: Option<&str>, content: u128) -> Option<String> {
    let id = id.filter(|id| id.starts_with(DERIVED))?;
    Some(derived_id(content)).filter(|derived| derived == id)
}

/// The id that stands for a content hash, so that an export reads back under the same identity.
pub fn derived_id(content: u128) -> String {
    format!("{DERIVED}{content:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fixed_for_ever() {
        // On disk: a change here needs a new ledger format.
        assert_eq!(account("twitter", "88"), account("twitter", "88"));
        assert_ne!(account("twitter", "88"), identity("twitter", "88"));
        assert_eq!(
            format!("{:032x}", account("twitter", "88")),
            "0a6521ac18a6938657f5d72195c7da90"
        );
        assert_eq!(
            format!("{:032x}", identity("twitter", "88")),
            "18367eb7d40dabcd01dce5210b40299b"
        );
        assert_eq!(format!("{:016x}", post("twitter", "88")), "264f0cf755caa18b");
    }

    #[test]
    fn long_ids_hash_like_short_ones() {
        let long = "x".repeat(500);
        let whole = format!("n:{long}");
        assert_eq!(account("n", &long), xxh3_128_with_seed(whole.as_bytes(), ACCOUNT));
    }
}
