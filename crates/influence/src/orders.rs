//! The orders of engagement: how a firm engages through people.
//!
//! An interaction is judged by the sides of both ends at its own time:
//!
//! | order | who with whom |
//! |---|---|
//! | first | inside with inside, the firm's own accounts included |
//! | second | inside with edge or outside, either way; *people*, or what runs through the logo (*house*) and help desks and bots (*system*) |
//! | third | edge or outside among themselves, or toward nobody in particular, bound to the firm: *use* in the firm's places, *voice* where they speak of it |
//! | ambient | everything else; posts of the inside toward nobody among it, since nobody was engaged |
//!
//! An interaction is bound by its own words, link or place, or by those of the post that it answers, passes on or
//! likes, and so on up the thread. In a place it is *use*, whatever is said there.

use crate::definition::Side;
use std::collections::HashMap;

/// One end of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A person, on the side on which they stood then.
    Person(Side),
    /// One of the firm's own accounts.
    House,
    /// A help desk or a bot of the firm.
    System,
}

impl End {
    fn is_inside(self) -> bool {
        !matches!(self, End::Person(Side::Edge | Side::Outside))
    }
}

/// What binds an interaction to the firm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bond {
    /// It happened in one of the firm's places.
    pub place: bool,
    /// It speaks of the firm.
    pub brand: bool,
}

impl Bond {
    fn and(self, other: Bond) -> Bond {
        Bond { place: self.place || other.place, brand: self.brand || other.brand }
    }

    fn is_any(self) -> bool {
        self.place || self.brand
    }
}

/// The order of an interaction, and by whom or in which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// Inside with inside.
    First,
    /// Across the boundary, person with person.
    SecondPeople,
    /// Across the boundary, through the logo.
    SecondHouse,
    /// Across the boundary, through a help desk or a bot.
    SecondSystem,
    /// Among edge and outside, in the firm's places.
    ThirdUse,
    /// Among edge and outside, speaking of the firm.
    ThirdVoice,
    /// None of these.
    Ambient,
}

impl Order {
    /// Every order with its name.
    pub const ALL: [(&'static str, Order); 7] = [
        ("first", Order::First),
        ("second-people", Order::SecondPeople),
        ("second-house", Order::SecondHouse),
        ("second-system", Order::SecondSystem),
        ("third-use", Order::ThirdUse),
        ("third-voice", Order::ThirdVoice),
        ("ambient", Order::Ambient),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Order::ALL[self as usize].0
    }

    /// The order of an interaction between these ends; without a target it is toward nobody in particular.
    pub fn of(actor: End, target: Option<End>, bond: Bond) -> Order {
        let among_others = !actor.is_inside() && target.is_none_or(|target| !target.is_inside());
        match target {
            _ if among_others && bond.place => Order::ThirdUse,
            _ if among_others && bond.brand => Order::ThirdVoice,
            Some(target) if actor.is_inside() && target.is_inside() => Order::First,
            Some(target) if actor.is_inside() || target.is_inside() => {
                let ends = [actor, target];
                if ends.contains(&End::System) {
                    Order::SecondSystem
                } else if ends.contains(&End::House) {
                    Order::SecondHouse
                } else {
                    Order::SecondPeople
                }
            }
            _ => Order::Ambient,
        }
    }
}

/// What binds posts, so that what is done about them is bound as well.
///
/// Give every interaction once, in any order, then ask. Memory: an entry of 24 bytes for each post that is bound by itself
/// or stands in a thread.
#[derive(Debug, Default)]
pub struct Threads {
    own: HashMap<u64, Bond>,
    parents: HashMap<u64, u64>,
}

/// Longest thread that is followed upward: no discussion is deeper, and a circle of damaged data ends.
const DEEPEST: usize = 1_000;

impl Threads {
    /// Notes an interaction: the key of its post, of the post that it answers, and what binds it by itself. Keys are 0 where
    /// there is none. Only who *publishes* the post (posts, replies, quotes) may bind it; whoever likes or passes it on does not.
    pub fn note(&mut self, object: u64, parent: u64, publishes: bool, bond: Bond) {
        if object == 0 {
            return;
        }
        if publishes && bond.is_any() {
            let held = self.own.entry(object).or_default();
            *held = held.and(bond);
        }
        if parent != 0 && parent != object {
            // Of two parents the smaller key: no order of arrival may decide.
            let held = self.parents.entry(object).or_insert(parent);
            *held = (*held).min(parent);
        }
    }

    /// What binds an interaction about `object` in answer to `parent`, whose own words and place bind it by `own`.
    pub fn bond(&self, object: u64, parent: u64, own: Bond) -> Bond {
        let of = |post: u64| self.own.get(&post).copied().unwrap_or_default();
        let mut bond = own.and(of(object));
        let mut next = if parent != 0 { Some(parent) } else { self.parents.get(&object).copied() };
        for _ in 0..DEEPEST {
            let Some(post) = next else {
                break;
            };
            bond = bond.and(of(post));
            next = self.parents.get(&post).copied();
        }
        bond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Bond = Bond { place: true, brand: false };
    const BRAND: Bond = Bond { place: false, brand: true };
    const NONE: Bond = Bond { place: false, brand: false };
    const IN: End = End::Person(Side::Inside);
    const EDGE: End = End::Person(Side::Edge);
    const OUT: End = End::Person(Side::Outside);

    #[test]
    fn orders_follow_the_sides_of_both_ends() {
        let of = |actor, target, bond| Order::of(actor, Some(target), bond);
        assert_eq!(of(IN, IN, BRAND), Order::First);
        assert_eq!(of(IN, End::House, NONE), Order::First);
        for outsider in [EDGE, OUT] {
            for bond in [NONE, PLACE, BRAND] {
                assert_eq!(of(IN, outsider, bond), Order::SecondPeople);
                assert_eq!(of(outsider, IN, bond), Order::SecondPeople);
                assert_eq!(of(outsider, End::House, bond), Order::SecondHouse);
                assert_eq!(of(End::System, outsider, bond), Order::SecondSystem);
            }
            assert_eq!(of(outsider, OUT, PLACE.and(BRAND)), Order::ThirdUse);
            assert_eq!(of(outsider, EDGE, BRAND), Order::ThirdVoice);
            assert_eq!(of(outsider, OUT, NONE), Order::Ambient);
        }
    }

    #[test]
    fn a_post_toward_nobody_engages_nobody_but_speaks() {
        assert_eq!(Order::of(IN, None, BRAND), Order::Ambient);
        assert_eq!(Order::of(End::House, None, BRAND), Order::Ambient);
        assert_eq!(Order::of(OUT, None, BRAND), Order::ThirdVoice);
        assert_eq!(Order::of(OUT, None, PLACE), Order::ThirdUse);
        assert_eq!(Order::of(OUT, None, NONE), Order::Ambient);
    }

    #[test]
    fn what_answers_a_bound_post_is_bound_however_deep() {
        let mut threads = Threads::default();
        threads.note(1, 0, true, BRAND);
        for post in 2..50 {
            threads.note(post, post - 1, true, NONE);
        }
        assert_eq!(threads.bond(50, 49, NONE), BRAND);
        assert_eq!(threads.bond(30, 0, NONE), BRAND);
        assert_eq!(threads.bond(60, 0, NONE), NONE);
        // Somebody's like with words of its own does not bind the post that it is about.
        threads.note(70, 0, false, PLACE);
        assert_eq!(threads.bond(70, 0, NONE), NONE);
    }

    #[test]
    fn threads_in_a_circle_come_to_an_end() {
        let mut threads = Threads::default();
        threads.note(1, 2, true, NONE);
        threads.note(2, 1, true, PLACE);
        assert_eq!(threads.bond(1, 2, NONE), PLACE);
        assert_eq!(threads.bond(3, 3, BRAND), BRAND);
    }

    #[test]
    fn every_order_has_its_name() {
        for (name, order) in Order::ALL {
            assert_eq!(order.name(), name);
        }
    }
}
