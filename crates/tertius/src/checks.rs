//! Which accounts are known, beside the rows of a scorecard: spares a look-up the account indexes of all segments.
//!
//! An account is in the index of the segment that was the first to name it, and each has to be asked until one has it. Whoever has a row in a scorecard, which is looked for anyway, is found there
//! with the other half of their account's hash. Who has none is asked about as before.
//!
//! What is kept holds until something is erased; what arrives since adds accounts and takes none away. While an erasure is under way there is none.
//! Cost: one search for each account; 8 bytes for each row.

use influence::scorecard::Scorecard;

/// For each row of one scorecard, the check of the account that has the person's number: the low half of its hash. 0 where no row names that account.
pub(crate) struct Checks {
    /// [`Scorecard::tag`].
    tag: u64,
    checks: Vec<u64>,
}

impl Checks {
    /// Of those who have a row in `card`, out of the hashes of all accounts.
    pub(crate) fn of<'a, B: AsRef<[u8]>>(
        card: &Scorecard<B>,
        accounts: impl Iterator<Item = &'a u128>,
    ) -> Checks {
        let mut checks = vec![0; card.len()];
        for hash in accounts {
            if let Some(row) = card.find((hash >> 64) as u64) {
                checks[row] = *hash as u64;
            }
        }
        Checks { tag: card.tag(), checks }
    }

    /// Whether it is of this scorecard.
    pub(crate) fn is_of<B: AsRef<[u8]>>(&self, card: &Scorecard<B>) -> bool {
        self.tag == card.tag() && self.checks.len() == card.len()
    }

    /// Whether the person of a row is known by the account that has their number.
    pub(crate) fn is_known(&self, row: usize) -> bool {
        self.checks.get(row).is_some_and(|check| *check != 0)
    }

    /// Whether it is known by the account of that hash.
    pub(crate) fn is_known_by(&self, row: usize, hash: u128) -> bool {
        self.is_known(row) && self.checks.get(row) == Some(&(hash as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::Checks;

    #[test]
    fn an_account_that_has_only_half_a_hash_with_another_is_not_known_by_it() {
        let checks = Checks { tag: 1, checks: vec![0, 5] };
        let key = u128::from(u64::MAX) << 64;
        assert!(checks.is_known(1) && checks.is_known_by(1, key | 5));
        assert!(!checks.is_known_by(1, key | 6));
        // Whose account no row names, and who has no row.
        assert!(!checks.is_known(0) && !checks.is_known_by(0, key));
        assert!(!checks.is_known(2) && !checks.is_known_by(2, key | 5));
    }
}
