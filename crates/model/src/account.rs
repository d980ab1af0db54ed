//! Accounts and people.

use crate::keys;
use std::fmt;

/// The fixed 64-bit key of an account: the high half of [`keys::account`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey(pub u64);

/// A person: the smallest account key among the members. Decimal when written.
///
/// It is written as a string in JSON, because it does not fit a JSON number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub u64);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for PersonId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One account on one network, written `network:id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// The network's name: lower case letters, digits, `.`, `-` and `_`.
    pub network: String,
    /// The id that is stable within the network. It may contain any character, `:` included.
    pub id: String,
}

impl Account {
    /// Reads `network:id`; everything after the first colon is the id.
    pub fn parse(text: &str) -> Option<Account> {
        let (network, id) = text.split_once(':')?;
        let network = network.trim().to_ascii_lowercase();
        (is_network(&network) && !id.is_empty()).then(|| Account { network, id: id.to_owned() })
    }

    /// [`keys::account`] of it.
    pub fn hash(&self) -> u128 {
        keys::account(&self.network, &self.id)
    }

    /// The key by which everything else refers to this account.
    pub fn key(&self) -> AccountKey {
        AccountKey((self.hash() >> 64) as u64)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.network, self.id)
    }
}

/// Whether `name` can name a network: 1 to 64 of `a-z 0-9 . - _`.
pub fn is_network(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_every_colon_after_the_first_in_its_id() {
        let account = Account::parse("bluesky:did:plc:abc").unwrap();
        assert_eq!((account.network.as_str(), account.id.as_str()), ("bluesky", "did:plc:abc"));
        assert_eq!(account.to_string(), "bluesky:did:plc:abc");
    }

    #[test]
    fn text_without_a_network_is_no_account() {
        for text in ["", "88", ":88", "twitter:", "two words:1"] {
            assert_eq!(Account::parse(text), None, "{text}");
        }
    }
}
