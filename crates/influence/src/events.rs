//! What rows say beside ties: posts and whether others passed them on, and who follows whom.
//!
//! **Posts.** A post is known by its key; where several rows publish one, the earliest holds (then the smallest person
//! key). It is *rated* if it lies in the window, is older than [`SETTLED`], and its network is one where any rated post
//! was reshared at all: where none was, reshares are not recorded, and silence says nothing.
//!
//! **Follows.** For each pair of accounts the last of follow and unfollow by time holds, at equal times unfollow. There is
//! no window: a follow lasts. Audience is counted between people, without oneself. A person's audience is known if
//! an account of theirs is on a network with follow records.

use crate::people::Accounts;
use model::{Span, time::HOUR};
use rayon::prelude::*;

/// How old a post must be to be rated: by then nearly all of its reshares have happened.
pub const SETTLED: Span = 48 * HOUR;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Post {
    pub key: u64,
    pub at: i64,
    /// Number of the person who published it.
    pub author: u32,
    pub network: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Follow {
    /// Number of the account that follows, then of the one followed.
    pub pair: u64,
    pub at: i64,
    pub over: bool,
}

/// The rows of a snapshot that are no ties.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub posts: Vec<Post>,
    /// Post key, and number of the person who passed it on.
    pub reshares: Vec<(u64, u32)>,
    pub follows: Vec<Follow>,
}

/// What each person comes to, by number of the person as rows arrived.
#[derive(Debug)]
pub(crate) struct Tallies {
    /// Posts rated, and how many of them another person reshared; `None` where no network of theirs is rated.
    pub posts: Vec<Option<(u32, u32)>>,
    /// Distinct followers, `None` where no network of theirs has follow records.
    pub audience: Vec<Option<u32>>,
}

impl Events {
    pub fn tally(self, accounts: &Accounts, networks: usize, as_of: i64) -> Tallies {
        let Events { posts, reshares, follows } = self;
        Tallies {
            posts: rate(posts, reshares, accounts, networks, as_of),
            audience: audience(follows, accounts, networks),
        }
    }
}

fn rate(
    mut posts: Vec<Post>,
    mut reshares: Vec<(u64, u32)>,
    accounts: &Accounts,
    networks: usize,
    as_of: i64,
) -> Vec<Option<(u32, u32)>> {
    let of_author = |post: &Post| accounts.people[post.author as usize];
    posts.par_sort_unstable_by_key(|post| (post.key, post.at, of_author(post)));
    posts.dedup_by_key(|post| post.key);
    posts.retain(|post| post.at < as_of.saturating_sub(SETTLED));
    reshares.par_sort_unstable();
    let passed_on: Vec<bool> = posts
        .par_iter()
        .map(|post| {
            let first = reshares.partition_point(|reshare| reshare.0 < post.key);
            (reshares[first..].iter())
                .take_while(|reshare| reshare.0 == post.key)
                .any(|reshare| reshare.1 != post.author)
        })
        .collect();
    let mut rated = vec![false; networks];
    for (post, passed_on) in posts.iter().zip(&passed_on) {
        rated[post.network as usize] |= passed_on;
    }
    let mut tallies: Vec<_> =
        on(&rated, accounts).into_iter().map(|known| known.then_some((0u32, 0u32))).collect();
    for (post, passed_on) in posts.iter().zip(&passed_on) {
        if let Some((all, reshared)) = &mut tallies[post.author as usize]
            && rated[post.network as usize]
        {
            *all += 1;
            *reshared += u32::from(*passed_on);
        }
    }
    tallies
}

fn audience(mut follows: Vec<Follow>, accounts: &Accounts, networks: usize) -> Vec<Option<u32>> {
    let mut recorded = vec![false; networks];
    for follow in &follows {
        recorded[accounts.network[follow.pair as u32 as usize] as usize] = true;
    }
    follows.par_sort_unstable();
    let mut pairs: Vec<(u32, u32)> = follows
        .chunk_by(|a, b| a.pair == b.pair)
        .filter_map(|history| history.last())
        .filter(|last| !last.over)
        .map(|last| {
            let person = |account: u64| accounts.person[account as u32 as usize];
            (person(last.pair), person(last.pair >> 32))
        })
        .filter(|(followed, follower)| followed != follower)
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let mut audience: Vec<_> =
        on(&recorded, accounts).into_iter().map(|known| known.then_some(0u32)).collect();
    for (followed, _) in pairs {
        if let Some(count) = &mut audience[followed as usize] {
            *count += 1;
        }
    }
    audience
}

/// Which people have an account on one of the marked networks.
fn on(networks: &[bool], accounts: &Accounts) -> Vec<bool> {
    let mut people = vec![false; accounts.people.len()];
    for (person, network) in accounts.person.iter().zip(&accounts.network) {
        people[*person as usize] |= networks[*network as usize];
    }
    people
}
