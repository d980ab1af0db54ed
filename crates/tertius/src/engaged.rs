//! Every exchange of a window as orders of engagement judge it: who with whom, in which post, and what binds that to the firm.
//!
//! Follows are no exchange and are left out. Memory: 72 bytes an interaction, and what [`Threads`] holds.

use crate::error::Result;
use crate::firm::Sides;
use crate::scope::Focus;
use influence::Firm;
use influence::orders::{Bond, End, Order, Threads};
use ledger::Between;
use model::{Interaction, Time, Visibility, keys};

/// An interaction as it is counted.
pub(crate) struct Row {
    pub at: Time,
    /// The account that acted.
    pub actor_account: u64,
    /// The person who did.
    pub actor: u64,
    /// The person toward whom, 0 for nobody in particular.
    pub target: u64,
    /// The post, 0 for none; and the post that it answers.
    pub object: u64,
    pub parent: u64,
    /// What its network names it by, 0 where it does not.
    pub id: u64,
    pub deed: Deed,
    /// Place in the list of networks.
    pub network: u16,
    pub visibility: Visibility,
    pub own: Bond,
}

/// What was done, as far as reports on third-order engagement tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// Liked.
    Like,
    /// Replied to somebody.
    Reply,
    /// Took somebody's answer: the other helped.
    Answer,
    /// Passed on, or spoke in words of their own to nobody in particular.
    Speak,
    /// Vouched for, reviewed or brought somebody.
    Vouch,
    /// Contributed to the work, or curated it.
    Contribute,
    /// Anything else.
    Other,
}

impl Deed {
    fn of(verb: &str) -> Deed {
        match verb {
            "like" => Deed::Like,
            "reply" => Deed::Reply,
            "answer" => Deed::Answer,
            "post" | "reshare" | "quote" | "mention" => Deed::Speak,
            "endorse" | "review" | "invite" | "refer" => Deed::Vouch,
            "contribute" | "share_list" => Deed::Contribute,
            _ => Deed::Other,
        }
    }
}

/// What a row says of its post.
pub(crate) struct Bound {
    pub object: u64,
    pub parent: u64,
    pub publishes: bool,
    pub own: Bond,
}

impl Bound {
    pub fn of(row: &Interaction<'_>, firm: &Firm) -> Bound {
        let post = |id: Option<&str>| id.map_or(0, |id| keys::post(row.network, id));
        Bound {
            object: post(row.object),
            parent: post(row.in_reply_to),
            publishes: matches!(row.verb, "post" | "reply" | "quote" | "mention"),
            own: Bond {
                place: firm.is_place(row.network, row.url, row.object),
                brand: firm.is_spoken_of(row.text, row.url),
            },
        }
    }
}

/// Whether a row is no exchange but a state.
pub(crate) fn is_follow(verb: &str) -> bool {
    matches!(verb, "follow" | "unfollow")
}

impl Row {
    /// A row as it is counted; nothing for what somebody does toward themselves.
    pub fn of(
        row: &Interaction<'_>,
        sides: &Sides<'_>,
        network: u16,
        bound: &Bound,
    ) -> Option<Row> {
        let account = |id: &str| (keys::account(row.network, id) >> 64) as u64;
        let actor_account = account(row.actor);
        let actor = sides.person(actor_account);
        let target = row.target.map_or(0, |target| sides.person(account(target)));
        let Bound { object, parent, own, .. } = *bound;
        let (at, visibility) = (row.at, row.visibility);
        let id = row.id.map_or(0, |id| keys::post(row.network, id));
        (actor != target).then_some(Row {
            at,
            actor_account,
            actor,
            target,
            object,
            parent,
            id,
            deed: Deed::of(row.verb),
            network,
            visibility,
            own,
        })
    }

    /// Its order, and where both ends stand; `end` says where somebody stood at a time.
    pub fn judged(&self, end: impl Fn(u64, Time) -> End, threads: &Threads) -> (Order, [End; 2]) {
        let ends = [self.actor, self.target].map(|person| end(person, self.at));
        let target = (self.target != 0).then_some(ends[1]);
        (Order::of(ends[0], target, threads.bond(self.object, self.parent, self.own)), ends)
    }
}

/// Every exchange in the window, the networks that rows point into, and what binds posts.
pub(crate) fn read(focus: &Focus<'_>) -> Result<(Vec<Row>, Vec<String>, Threads)> {
    let Focus { reading, firm, sides, .. } = focus;
    let (mut rows, mut networks, mut threads) =
        (Vec::new(), Vec::<String>::new(), Threads::default());
    let (from, until) = (Some(focus.from), focus.as_of);
    let between = Between { targets: None, actors: None, from, until, stored: false };
    reading.view.each_interaction(&between, &mut |row: &Interaction<'_>| {
        if is_follow(row.verb) {
            return Ok(());
        }
        let network = networks.iter().position(|known| known == row.network).unwrap_or_else(|| {
            networks.push(row.network.to_owned());
            networks.len() - 1
        });
        let network = u16::try_from(network).unwrap_or(u16::MAX);
        let bound = Bound::of(row, firm);
        threads.note(bound.object, bound.parent, bound.publishes, bound.own);
        rows.extend(Row::of(row, sides, network, &bound));
        Ok(())
    })?;
    // Rows come in no particular order; examples and the order of people must not depend on it.
    rows.sort_unstable_by_key(|row: &Row| {
        (row.at, row.actor, row.target, row.object, row.parent, row.id, row.deed)
    });
    Ok((rows, networks, threads))
}
