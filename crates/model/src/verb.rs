//! Verbs: what an actor can do toward a target.
//!
//! The set is open: a connector may declare more. The ones here have a meaning that the engine relies on or
//! that several networks share.

/// A verb with its meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verb {
    /// As files write it: lower case letters, digits and `_`.
    pub name: &'static str,
    /// One sentence: who did what toward whom.
    pub meaning: &'static str,
    /// Whether one post can state it beside others (a reply that also mentions the same person).
    /// Of what one post states about one person, only the verb with the largest layer weight counts.
    pub stated_by_post: bool,
    /// Whether it makes a tie where a projection gives it a weight.
    pub makes_ties: bool,
}

const fn verb(name: &'static str, meaning: &'static str) -> Verb {
    Verb { name, meaning, stated_by_post: false, makes_ties: true }
}

const fn stated(name: &'static str, meaning: &'static str) -> Verb {
    Verb { stated_by_post: true, ..verb(name, meaning) }
}

const fn state(name: &'static str, meaning: &'static str) -> Verb {
    Verb { makes_ties: false, ..verb(name, meaning) }
}

/// The verbs with a shared meaning.
pub const VERBS: &[Verb] = &[
    state("post", "The actor published the post `object`."),
    stated("reshare", "The actor passed on the target's post `object`."),
    stated("quote", "The actor passed on the target's post `in_reply_to` with words of their own."),
    stated("reply", "The actor replied to the target's post `in_reply_to`."),
    stated(
        "answer",
        "The actor took the target's answer: marked it as the solution, or thanked for it.",
    ),
    stated("mention", "The actor named the target."),
    verb("like", "The actor liked the target's post `object`."),
    state("follow", "The actor follows the target from now on."),
    state("unfollow", "The actor no longer follows the target."),
    verb("endorse", "The actor vouched for the target or approved the target's work."),
    verb("review", "The actor reviewed the target's work."),
    verb("invite", "The actor took up an invitation by the target."),
    verb("refer", "The actor came through the target's referral."),
    verb("attend", "The actor attended what the target hosts."),
    verb("share_list", "The actor put the target on a shared list."),
    verb("contribute", "The actor contributed to the target's work."),
    verb("message", "The actor wrote to the target."),
    verb("meet", "The actor met the target."),
    state("undo", "The actor takes back the interaction whose id is in `object`, from `at` on."),
    state("delete", "The actor deletes the interaction whose id is in `object`, for all times."),
];

/// The verb of that name, if it is one of the shared ones.
pub fn known(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// Whether `name` can name a verb: 1 to 32 of `a-z 0-9 _`.
pub fn is_verb(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Whether one post can state this verb beside others; see [`Verb::stated_by_post`].
pub fn stated_by_post(name: &str) -> bool {
    known(name).is_some_and(|verb| verb.stated_by_post)
}

/// Whether the verb can make a tie. Verbs that a connector declared can.
pub fn makes_ties(name: &str) -> bool {
    known(name).is_none_or(|verb| verb.makes_ties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_named_once_and_has_a_meaning() {
        for (i, verb) in VERBS.iter().enumerate() {
            assert!(is_verb(verb.name) && verb.meaning.ends_with('.'), "{}", verb.name);
            assert!(VERBS[..i].iter().all(|other| other.name != verb.name), "{} twice", verb.name);
        }
    }
}
