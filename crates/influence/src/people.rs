//! Which accounts are one person, and the numbers that rows are counted under while a snapshot is made.
//!
//! [`Membership`] is what identity claims came to; a table hands out small numbers in order of arrival. Those
//! numbers never reach a result: [`crate::snapshot`] numbers people anew, by degree and key.

use crate::error::{Error, Kind};

/// The person behind each account that is not alone.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// Account key and person key, by account.
    pairs: Vec<(u64, u64)>,
    /// Keys of people who are none, sorted.
    mute: Vec<u64>,
}

impl Membership {
    /// From (account key, person key). An account that is not listed is its own person.
    pub fn new(pairs: impl IntoIterator<Item = (u64, u64)>) -> Membership {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable();
        pairs.dedup_by_key(|pair| pair.0);
        Membership { pairs, mute: Vec::new() }
    }

    /// Names the accounts that are no people: logos, help desks, bots. Attention toward them counts as attention spent,
    /// but what they do speaks for nobody.
    pub fn muting(mut self, accounts: impl IntoIterator<Item = u64>) -> Membership {
        self.mute = accounts.into_iter().map(|account| self.person_of(account)).collect();
        self.mute.sort_unstable();
        self
    }

    /// Whether a person key stands for what is no person.
    pub fn is_mute(&self, person: u64) -> bool {
        self.mute.binary_search(&person).is_ok()
    }

    /// The person of an account.
    pub fn person_of(&self, account: u64) -> u64 {
        match self.pairs.binary_search_by_key(&account, |pair| pair.0) {
            Ok(found) => self.pairs[found].1,
            Err(_) => account,
        }
    }
}

/// Numbers for accounts, and for their people, in order of arrival.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// Open addressing; a power of two, at most half of it taken.
    slots: Vec<Slot>,
    taken: usize,
    /// Key of each person.
    pub people: Vec<u64>,
    /// Whether each is no person: [`Membership::is_mute`].
    pub mute: Vec<bool>,
    /// Person of each account.
    pub person: Vec<u32>,
    /// Network of each account.
    pub network: Vec<u16>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u64,
    found: Found,
}

/// What an account is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Number of the account, or [`SILENT`].
    pub account: u32,
    /// Number of its person; [`FREE`] where the slot is free.
    pub person: u32,
}

/// Marks a slot without a key.
const FREE: u32 = u32::MAX;
/// The account of a person's key that no row has shown: other accounts of the person have acted, this one has not.
const SILENT: u32 = u32::MAX;
const NOTHING: Slot = Slot { key: 0, found: Found { account: SILENT, person: FREE } };

impl Accounts {
    pub fn new() -> Accounts {
        Accounts {
            slots: vec![NOTHING; 1 << 12],
            taken: 0,
            people: Vec::new(),
            mute: Vec::new(),
            person: Vec::new(),
            network: Vec::new(),
        }
    }

    /// Reads the slots where `keys` begin to be looked for, so that they come from memory side by side and not one
    /// after the other. Changes nothing; what it returns means nothing.
    pub fn warm(&self, keys: &[u64]) -> u64 {
        keys.iter().fold(0, |sum, key| sum ^ self.slots[self.start(*key)].key)
    }

    /// The numbers of an account that a row on `network` shows.
    #[inline]
    pub fn find(
        &mut self,
        key: u64,
        network: u16,
        membership: &Membership,
    ) -> Result<Found, Error> {
        let known = self.slots[self.probe(key)].found;
        if known.account != SILENT { Ok(known) } else { self.meet(key, network, membership) }
    }

    /// Numbers an account that no row has shown before.
    #[cold]
    fn meet(&mut self, key: u64, network: u16, membership: &Membership) -> Result<Found, Error> {
        let account = self.person.len();
        if account >= SILENT as usize {
            return Err(Error::new(
                Kind::Snapshot,
                "more than 4,294,967,294 accounts in one snapshot; shorten the projection's window",
            ));
        }
        let person = self.person_numbered(membership.person_of(key), membership);
        let found = Found { account: account as u32, person };
        self.put(key, found);
        self.person.push(person);
        self.network.push(network);
        Ok(found)
    }

    /// The number of a person, who may be new.
    fn person_numbered(&mut self, key: u64, membership: &Membership) -> u32 {
        let known = self.slots[self.probe(key)].found;
        if known.person != FREE {
            return known.person;
        }
        let person = self.people.len() as u32;
        self.people.push(key);
        self.mute.push(membership.is_mute(key));
        self.put(key, Found { account: SILENT, person });
        person
    }

    fn put(&mut self, key: u64, found: Found) {
        let mut slot = self.probe(key);
        if self.slots[slot].found.person == FREE {
            self.taken += 1;
            if self.taken * 2 > self.slots.len() {
                self.grow();
                slot = self.probe(key);
            }
        }
        self.slots[slot] = Slot { key, found };
    }

    fn start(&self, key: u64) -> usize {
        // The multiplication guards against keys that are no hashes.
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize & (self.slots.len() - 1)
    }

    /// The slot of `key`, or the free one where it belongs.
    #[inline]
    fn probe(&self, key: u64) -> usize {
        let mut at = self.start(key);
        loop {
            let slot = &self.slots[at];
            if slot.key == key || slot.found.person == FREE {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn grow(&mut self) {
        let room = vec![NOTHING; self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, room) {
            if slot.found.person != FREE {
                let at = self.probe(slot.key);
                self.slots[at] = slot;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_not_listed_is_its_own_person() {
        let membership = Membership::new([(7, 3), (3, 3)]);
        assert_eq!(membership.person_of(7), 3);
        assert_eq!(membership.person_of(8), 8);
    }

    #[test]
    fn members_share_a_person_whichever_comes_first() {
        let membership = Membership::new([(7, 3), (9, 3), (3, 3)]);
        for order in [[7, 3, 9], [3, 9, 7], [9, 7, 3]] {
            let mut accounts = Accounts::new();
            let found = order.map(|key| accounts.find(key, 0, &membership).unwrap());
            assert!(found.iter().all(|one| one.person == found[0].person));
            assert_eq!(accounts.people, [3]);
            assert_eq!(accounts.network, [0, 0, 0]);
        }
    }

    #[test]
    fn many_accounts_keep_their_numbers_while_the_table_grows() {
        let mut accounts = Accounts::new();
        let alone = Membership::default();
        for key in 0..50_000u64 {
            assert_eq!(accounts.find(key, 1, &alone).unwrap().account, key as u32);
        }
        for key in (0..50_000u64).rev() {
            assert_eq!(accounts.find(key, 1, &alone).unwrap().account, key as u32);
        }
        assert_eq!(accounts.people.len(), 50_000);
    }

    #[test]
    fn a_person_key_that_no_row_shows_is_no_account() {
        let mut accounts = Accounts::new();
        accounts.find(7, 2, &Membership::new([(7, 3)])).unwrap();
        assert_eq!(accounts.network, [2]);
        assert_eq!(accounts.people, [3]);
    }
}
