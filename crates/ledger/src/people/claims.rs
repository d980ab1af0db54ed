//! Who is who: claims about accounts, and the groups that follow from them.
//!
//! A claim is appended and never changed. `same` joins the groups of two accounts; `apart` takes one account out of
//! its group and leaves the rest together; `withdrawn` puts an earlier claim out of force, so that even the merge of
//! two large groups is undone exactly. The partition is a pure function of the claims in force, applied in sequence:
//!
//! ```text
//! in force(c)  =  no later claim that is in force withdraws c
//! same(a, b)   =  group(a) + group(b), unless an operator set a or b apart and no operator has joined it since
//! apart(a)     =  {a} and group(a) - {a}
//! ```
//!
//! The exception is there because files come again: what an operator took apart, no import puts together.
//! A person is the smallest account key of a group. Which accounts resemble each other is left to
//! [`super::suggest`]; nothing there makes a claim.

use super::OPERATOR;
use model::Time;
use std::collections::{BTreeMap, BTreeSet};

/// What a claim says. Accounts are account keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Both accounts are the same person's; the smaller key first.
    Same(u64, u64),
    /// The account is nobody else's of its group.
    Apart(u64),
    /// The claim with this sequence number no longer holds.
    Withdrawn(i64),
}

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Place in the order of all claims; later ones are larger.
    pub sequence: i64,
    /// What it says.
    pub says: Says,
    /// Who says so: `operator`, or `roster:<name>`.
    pub source: String,
    /// When it was recorded.
    pub at: Time,
}

/// Which accounts belong together. Accounts that no group holds are people of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    pairs: Vec<(u64, u64)>,
    groups: Vec<(u64, u64)>,
    parted: Vec<(u64, u64)>,
}

impl Membership {
    /// The groups that follow from `claims`, which are in order of their sequence.
    pub fn of(claims: &[Claim]) -> Membership {
        let in_force = in_force(claims);
        let keys: BTreeSet<u64> = in_force
            .iter()
            .flat_map(|claim| match claim.says {
                Says::Same(a, b) => [Some(a), Some(b)],
                Says::Apart(a) => [Some(a), None],
                Says::Withdrawn(_) => [None, None],
            })
            .flatten()
            .collect();
        let mut groups = Groups {
            of: keys.iter().enumerate().map(|(i, key)| (*key, i)).collect(),
            members: keys.iter().map(|key| vec![*key]).collect(),
            held_apart: BTreeSet::new(),
            parted: BTreeSet::new(),
        };
        for claim in in_force {
            match claim.says {
                Says::Same(a, b) => groups.join(a, b, claim.source == OPERATOR),
                Says::Apart(a) => groups.part(a),
                Says::Withdrawn(_) => {}
            }
        }
        groups.finish()
    }

    /// `(account, person)` of every account in a group of at least two, sorted by account.
    pub fn pairs(&self) -> &[(u64, u64)] {
        &self.pairs
    }

    /// The person whose account this is. A person's id from before a merge is an account key, and resolves as well.
    pub fn person_of(&self, account: u64) -> u64 {
        match self.pairs.binary_search_by_key(&account, |pair| pair.0) {
            Ok(found) => self.pairs[found].1,
            Err(_) => account,
        }
    }

    /// The accounts of a person, ascending. Any member's key names the person.
    pub fn members(&self, person: u64) -> Vec<u64> {
        let person = self.person_of(person);
        let from = self.groups.partition_point(|pair| pair.0 < person);
        let members: Vec<u64> = self.groups[from..]
            .iter()
            .take_while(|pair| pair.0 == person)
            .map(|pair| pair.1)
            .collect();
        if members.is_empty() { vec![person] } else { members }
    }

    /// Whether an operator has said that these two accounts are not one person's, and not taken it back.
    pub fn set_apart(&self, a: u64, b: u64) -> bool {
        self.parted.binary_search(&(a.min(b), a.max(b))).is_ok()
    }
}

/// The claims that no later claim in force withdraws.
fn in_force(claims: &[Claim]) -> Vec<&Claim> {
    let mut withdrawn = BTreeSet::new();
    let mut kept: Vec<&Claim> = Vec::with_capacity(claims.len());
    for claim in claims.iter().rev() {
        if withdrawn.contains(&claim.sequence) {
            continue;
        }
        if let Says::Withdrawn(earlier) = claim.says {
            withdrawn.insert(earlier);
        }
        kept.push(claim);
    }
    kept.reverse();
    kept
}

struct Groups {
    of: BTreeMap<u64, usize>,
    members: Vec<Vec<u64>>,
    held_apart: BTreeSet<u64>,
    /// Pairs that were set apart, the smaller key first.
    parted: BTreeSet<(u64, u64)>,
}

impl Groups {
    fn group(&self, key: u64) -> usize {
        self.of.get(&key).copied().unwrap_or_default()
    }

    fn join(&mut self, a: u64, b: u64, operator: bool) {
        if operator {
            self.held_apart.remove(&a);
            self.held_apart.remove(&b);
        } else if self.held_apart.contains(&a) || self.held_apart.contains(&b) {
            return;
        }
        let (one, other) = (self.group(a), self.group(b));
        if one == other {
            return;
        }
        // The smaller moves, so that n joins cost n log n.
        let (into, from) = if self.members[one].len() >= self.members[other].len() {
            (one, other)
        } else {
            (other, one)
        };
        let moved = std::mem::take(&mut self.members[from]);
        for key in &moved {
            self.of.insert(*key, into);
        }
        self.members[into].extend(moved);
    }

    fn part(&mut self, a: u64) {
        self.held_apart.insert(a);
        let group = self.group(a);
        self.members[group].retain(|key| *key != a);
        for key in &self.members[group] {
            self.parted.insert((a.min(*key), a.max(*key)));
        }
        self.of.insert(a, self.members.len());
        self.members.push(vec![a]);
    }

    fn finish(self) -> Membership {
        let mut membership = Membership::default();
        for group in self.members.iter().filter(|group| group.len() > 1) {
            let Some(person) = group.iter().copied().min() else {
                continue;
            };
            membership.pairs.extend(group.iter().map(|key| (*key, person)));
            membership.groups.extend(group.iter().map(|key| (person, *key)));
        }
        membership.pairs.sort_unstable();
        membership.groups.sort_unstable();
        membership.parted = self
            .parted
            .into_iter()
            .filter(|(a, b)| membership.person_of(*a) != membership.person_of(*b))
            .collect();
        membership
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claims(said: &[(Says, &str)]) -> Vec<Claim> {
        said.iter()
            .enumerate()
            .map(|(i, (says, source))| Claim {
                sequence: i as i64 + 1,
                says: *says,
                source: (*source).to_owned(),
                at: Time(0),
            })
            .collect()
    }

    fn groups(said: &[(Says, &str)]) -> Vec<(u64, u64)> {
        Membership::of(&claims(said)).pairs().to_vec()
    }

    use Says::{Apart, Same, Withdrawn};
    const ROSTER: &str = "roster:crm";

    #[test]
    fn a_merge_joins_groups_and_every_member_resolves_to_the_smallest_key() {
        let m = Membership::of(&claims(&[
            (Same(2, 5), ROSTER),
            (Same(3, 9), ROSTER),
            (Same(5, 9), OPERATOR),
        ]));
        assert_eq!(m.pairs(), [(2, 2), (3, 2), (5, 2), (9, 2)]);
        assert_eq!(m.members(3), [2, 3, 5, 9]);
        assert_eq!((m.person_of(9), m.person_of(77)), (2, 77));
        assert_eq!(m.members(77), [77]);
    }

    #[test]
    fn a_split_takes_one_account_out_and_leaves_the_rest_together() {
        let m = [(Same(2, 5), ROSTER), (Same(5, 9), ROSTER)];
        assert_eq!(groups(&[m[0], m[1], (Apart(5), OPERATOR)]), [(2, 2), (9, 2)]);
        let back = [m[0], m[1], (Apart(5), OPERATOR), (Same(5, 9), OPERATOR)];
        assert_eq!(groups(&back), groups(&m));
    }

    #[test]
    fn what_an_operator_took_apart_no_roster_puts_together() {
        let split = [(Same(2, 5), ROSTER), (Apart(5), OPERATOR)];
        let again = [split[0], split[1], (Same(2, 5), "roster:other")];
        assert_eq!(groups(&again), []);
        // Nor by way of a third account.
        let round = [split[0], split[1], (Same(1, 2), ROSTER), (Same(1, 5), ROSTER)];
        assert_eq!(groups(&round), [(1, 1), (2, 1)]);
        let merged = [split[0], split[1], (Same(2, 5), OPERATOR)];
        assert_eq!(groups(&merged), [(2, 2), (5, 2)]);
        assert!(Membership::of(&claims(&split)).set_apart(5, 2));
        assert!(!Membership::of(&claims(&merged)).set_apart(5, 2));
    }

    #[test]
    fn withdrawing_the_merge_of_two_groups_restores_both() {
        let before = [(Same(2, 5), ROSTER), (Same(3, 9), ROSTER)];
        let merged = [before[0], before[1], (Same(2, 3), OPERATOR)];
        let undone = [merged[0], merged[1], merged[2], (Withdrawn(3), OPERATOR)];
        assert_eq!(groups(&undone), groups(&before));
        let redone = [undone[0], undone[1], undone[2], undone[3], (Withdrawn(4), OPERATOR)];
        assert_eq!(groups(&redone), groups(&merged));
    }

    fn any_says() -> impl Strategy<Value = Says> {
        prop_oneof![
            4 => (0u64..12, 0u64..12).prop_map(|(a, b)| Same(a.min(b), a.max(b))),
            2 => (0u64..12).prop_map(Apart),
            1 => (1i64..30).prop_map(Withdrawn),
        ]
    }

    fn any_claims() -> impl Strategy<Value = Vec<(Says, &'static str)>> {
        proptest::collection::vec((any_says(), prop_oneof![Just(OPERATOR), Just(ROSTER)]), 0..30)
            .prop_map(|mut claims| {
                // Only earlier claims can be withdrawn.
                for (i, claim) in claims.iter_mut().enumerate() {
                    if let Withdrawn(earlier) = &mut claim.0 {
                        *earlier = (*earlier).min(i as i64);
                    }
                }
                claims
            })
    }

    proptest! {
        #[test]
        fn any_claims_make_a_partition_named_by_its_smallest_members(said in any_claims()) {
            let m = Membership::of(&claims(&said));
            for (account, person) in m.pairs() {
                let members = m.members(*person);
                prop_assert!(members.len() > 1 && members.contains(account));
                prop_assert_eq!(members.iter().min(), Some(person));
                prop_assert_eq!(m.person_of(*person), *person);
            }
        }

        #[test]
        fn a_merge_of_a_single_account_is_undone_by_a_split(said in any_claims(), a in 0u64..12) {
            let before = Membership::of(&claims(&said));
            let mut more = said.clone();
            more.push((Same(a, 99), OPERATOR));
            prop_assert_eq!(Membership::of(&claims(&more)).person_of(99), before.person_of(a));
            more.push((Apart(99), OPERATOR));
            let after = Membership::of(&claims(&more));
            prop_assert_eq!(after.pairs(), before.pairs());
        }

        #[test]
        fn a_split_is_undone_by_a_merge(said in any_claims(), a in 0u64..12) {
            let before = Membership::of(&claims(&said));
            let rest: Vec<u64> = before.members(a).into_iter().filter(|key| *key != a).collect();
            let mut more = said.clone();
            more.push((Apart(a), OPERATOR));
            let split = Membership::of(&claims(&more));
            prop_assert_eq!(split.members(a), vec![a]);
            if let Some(other) = rest.first() {
                prop_assert_eq!(split.members(*other), rest.clone());
                more.push((Same(a.min(*other), a.max(*other)), OPERATOR));
            }
            let after = Membership::of(&claims(&more));
            prop_assert_eq!(after.pairs(), before.pairs());
        }

        #[test]
        fn withdrawing_the_last_claim_restores_what_was_before(said in any_claims(), last in any_says()) {
            prop_assume!(!matches!(last, Withdrawn(_)));
            let mut more = said.clone();
            more.push((last, OPERATOR));
            more.push((Withdrawn(more.len() as i64), OPERATOR));
            prop_assert_eq!(Membership::of(&claims(&more)), Membership::of(&claims(&said)));
        }

        #[test]
        fn merges_alone_commute(said in any_claims(), turn in 0usize..30) {
            let mut merges: Vec<_> = said.into_iter().filter(|(says, _)| matches!(says, Same(..))).collect();
            let before = groups(&merges);
            let turn = turn.min(merges.len());
            merges.rotate_left(turn);
            prop_assert_eq!(groups(&merges), before);
        }
    }
}
