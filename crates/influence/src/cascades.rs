//! How actions hang together through posts: whose a post is, which post it goes back to, and what was done about it.
//!
//! A post goes back to another where an action says so: its own post is the `object`, the other the `parent` (a quote, a reply), or it is a
//! reshare known by its own key, which goes back to what it passed on. The earliest action that says so holds. Following this up
//! leads to a root; where it leads round, the smallest number on the way round is the root, so that nothing runs for ever.
//!
//! Everything costs one pass over actions or posts, and a sort of each group.

use crate::actions::{Actions, NONE};
use rayon::prelude::*;

/// Groups that are worked on between two sums in order.
const BLOCK: usize = 1 << 14;

/// Verbs whose `object` is a post of the actor's own.
pub(crate) fn makes_a_post(verb: &str) -> bool {
    matches!(verb, "post" | "quote" | "reply" | "mention")
}

/// For every kind of action whether its verb is of that sort.
pub(crate) fn kinds(actions: &Actions, sort: impl Fn(&str) -> bool) -> Vec<bool> {
    actions.kinds.iter().map(|kind| sort(&kind.verb)).collect()
}

/// The root of every post, following what actions of the kinds in `by` say, and reshares.
pub(crate) fn roots(actions: &Actions, by: &[bool]) -> Vec<u32> {
    let mut up: Vec<u32> = (0..actions.posts.len() as u32).collect();
    for i in 0..actions.len() {
        let (own, object, parent) = (actions.own[i], actions.object[i], actions.parent[i]);
        let mut say = |post: u32, above: u32| {
            if post != NONE && above != NONE && up[post as usize] == post {
                up[post as usize] = above;
            }
        };
        say(own, object);
        if by[actions.kind[i] as usize] {
            say(object, parent);
        }
    }
    // Walk up from each post; what was walked over goes back to the root at once.
    const UNKNOWN: u32 = NONE;
    const WALKING: u32 = NONE - 1;
    let mut roots = vec![UNKNOWN; up.len()];
    let mut way = Vec::new();
    for post in 0..up.len() {
        let mut at = post;
        while roots[at] == UNKNOWN && up[at] as usize != at {
            roots[at] = WALKING;
            way.push(at);
            at = up[at] as usize;
        }
        let root = match roots[at] {
            UNKNOWN => at as u32,
            WALKING => {
                let round = way.iter().rposition(|step| *step == at).unwrap_or(0);
                way[round..].iter().min().map_or(at as u32, |least| *least as u32)
            }
            root => root,
        };
        roots[at] = root;
        for step in way.drain(..) {
            roots[step] = root;
        }
    }
    roots
}

/// The key of the root of each post's cluster: what intervals draw again as one.
pub(crate) fn clusters(actions: &Actions) -> Vec<u64> {
    let roots = roots(actions, &kinds(actions, makes_a_post));
    roots.into_iter().map(|root| actions.posts[root as usize]).collect()
}

/// The author of every post: who did the first action that makes it; else whom the first action about it was toward;
/// [`NONE`] where neither is told.
pub(crate) fn authors(actions: &Actions) -> Vec<u32> {
    let mut authors = vec![NONE; actions.posts.len()];
    let mut say = |post: u32, person: u32| {
        if post != NONE && authors[post as usize] == NONE {
            authors[post as usize] = person;
        }
    };
    let makes = kinds(actions, makes_a_post);
    for i in 0..actions.len() {
        say(actions.own[i], actions.actor[i]);
        if makes[actions.kind[i] as usize] {
            say(actions.object[i], actions.actor[i]);
        }
    }
    for i in 0..actions.len() {
        if makes[actions.kind[i] as usize] {
            say(actions.parent[i], actions.target[i]);
        } else {
            say(actions.object[i], actions.target[i]);
        }
    }
    authors
}

/// Actions by the root post that they are about, each group in order of time.
pub(crate) struct Groups {
    /// Where each post's group starts, and the end.
    starts: Vec<u32>,
    actions: Vec<u32>,
}

impl Groups {
    /// `about` gives the post that an action is about, [`NONE`] to leave it out.
    pub fn new(actions: &Actions, about: impl Fn(usize) -> u32) -> Groups {
        let mut starts = vec![0u32; actions.posts.len() + 1];
        for i in 0..actions.len() {
            if let Some(count) = starts.get_mut((about(i) as usize).wrapping_add(1)) {
                *count += 1;
            }
        }
        for post in 1..starts.len() {
            starts[post] += starts[post - 1];
        }
        let mut next = starts.clone();
        let mut grouped = vec![0; starts.last().map_or(0, |end| *end as usize)];
        for i in 0..actions.len() {
            let post = about(i);
            if post != NONE {
                let place = &mut next[post as usize];
                grouped[*place as usize] = i as u32;
                *place += 1;
            }
        }
        Groups { starts, actions: grouped }
    }

    /// The actions about a post, in order.
    pub fn about(&self, post: usize) -> &[u32] {
        &self.actions[self.starts[post] as usize..self.starts[post + 1] as usize]
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Calls `each` for every post with actions, on all threads, and `sum` with what it pushed, post after post: so that
    /// sums do not depend on threads.
    pub fn fold<T: Send>(
        &self,
        each: impl Fn(usize, &[u32], &mut Vec<T>) + Sync,
        mut sum: impl FnMut(T),
    ) {
        let posts = self.starts.len().saturating_sub(1);
        for block in (0..posts).step_by(BLOCK) {
            let found: Vec<Vec<T>> = (block..posts.min(block + BLOCK))
                .into_par_iter()
                .filter(|post| !self.about(*post).is_empty())
                .map(|post| {
                    let mut out = Vec::new();
                    each(post, self.about(post), &mut out);
                    out
                })
                .collect();
            found.into_iter().flatten().for_each(&mut sum);
        }
    }
}

/// The first action of each person among `group`, in order.
pub(crate) fn firsts(actions: &Actions, group: &[u32]) -> Vec<u32> {
    let mut by_person: Vec<(u32, u32)> =
        group.iter().map(|i| (actions.actor[*i as usize], *i)).collect();
    by_person.sort_unstable();
    by_person.dedup_by_key(|(person, _)| *person);
    let mut firsts: Vec<u32> = by_person.into_iter().map(|(_, i)| i).collect();
    firsts.sort_unstable();
    firsts
}
