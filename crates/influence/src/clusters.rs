//! Which interactions come together: clusters, the units that intervals draw again.
//!
//! The cluster of a row is its root post: the post that it concerns (`object`, else the post replied to), followed up its
//! replies and quotes as far as rows in the window tell; where a row names no post, who acted and the day (UTC). What a post
//! sets off comes in cascades, so its interactions are no independent facts.
//!
//! A post with several parents has the one with the smallest key; a ring of replies is one cluster, named by its
//! smallest key. Memory: 16 bytes for each row that names a parent, and as many for a row that names nothing but a parent.

use graph::mix::mix;
use model::time::DAY;

/// Replies and quotes, as rows tell them.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Key of a post and of the post that it replies to.
    posts: Vec<(u64, u64)>,
    /// Pair, time and parent of rows that name no post but the one replied to.
    bare: Vec<(u64, i64, u64)>,
}

impl Links {
    /// Notes what a row says about its post.
    pub fn note(&mut self, object: u64, parent: u64) {
        if object != 0 && parent != 0 && object != parent {
            self.posts.push((object, parent));
        }
    }

    /// Notes a row between two people that names only what it replies to.
    pub fn note_bare(&mut self, pair: u64, at: i64, parent: u64) {
        self.bare.push((pair, at, parent));
    }

    /// What they come to.
    pub fn finish(self) -> Clusters {
        let Links { posts: mut links, mut bare } = self;
        links.sort_unstable();
        links.dedup_by_key(|link| link.0);
        bare.sort_unstable();
        bare.dedup_by_key(|row| (row.0, row.1));
        let keys: Vec<u64> = links.iter().map(|link| link.0).collect();
        let mut roots = vec![None; keys.len()];
        let (mut path, mut passed): (Vec<usize>, _) = (Vec::new(), vec![false; keys.len()]);
        for start in 0..keys.len() {
            let mut at = Some(start);
            let root = loop {
                let Some(link) = at else {
                    // The last parent is no reply itself, or the post where the loop began.
                    break path.last().map_or(keys[start], |last| links[*last].1);
                };
                if let Some(root) = roots[link] {
                    break root;
                }
                if std::mem::replace(&mut passed[link], true) {
                    // Whatever was passed and has no root yet lies on this path: it ends in a ring.
                    let ring = path.iter().rev().take_while(|before| **before != link);
                    break ring.map(|link| keys[*link]).fold(keys[link], u64::min);
                }
                path.push(link);
                at = keys.binary_search(&links[link].1).ok();
            };
            for link in path.drain(..) {
                roots[link] = Some(root);
            }
        }
        let roots = roots.iter().zip(&keys).map(|(root, key)| root.unwrap_or(*key)).collect();
        Clusters { keys, roots, bare }
    }
}

/// The root of every post that replies to another.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    /// Rising.
    keys: Vec<u64>,
    roots: Vec<u64>,
    bare: Vec<(u64, i64, u64)>,
}

impl Clusters {
    /// The cluster of a post.
    pub fn of_post(&self, post: u64) -> u64 {
        self.keys.binary_search(&post).map_or(post, |place| self.roots[place])
    }

    /// The cluster of a row between two people (`pair`, as in the fold), of whom `actor` is the key of who acted.
    pub fn of_row(&self, pair: u64, at: i64, object: u64, actor: u64) -> u64 {
        if object != 0 {
            return self.of_post(object);
        }
        match self.bare.binary_search_by_key(&(pair, at), |row| (row.0, row.1)) {
            Ok(place) => self.of_post(self.bare[place].2),
            Err(_) => of_day(actor, at),
        }
    }
}

/// The cluster of what a person does on one day without naming a post.
pub(crate) fn of_day(actor: u64, at: i64) -> u64 {
    mix(actor ^ mix(at.div_euclid(DAY) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clusters(links: &[(u64, u64)]) -> Clusters {
        let mut all = Links::default();
        links.iter().for_each(|(post, parent)| all.note(*post, *parent));
        all.finish()
    }

    #[test]
    fn a_thread_is_one_cluster_named_by_its_root() {
        let thread = clusters(&[(4, 3), (3, 2), (2, 9), (5, 9), (7, 6)]);
        for post in [2, 3, 4, 5, 9] {
            assert_eq!(thread.of_post(post), 9, "{post}");
        }
        assert_eq!((thread.of_post(7), thread.of_post(8)), (6, 8));
    }

    #[test]
    fn a_ring_of_replies_comes_to_an_end() {
        let ring = clusters(&[(1, 2), (2, 3), (3, 1), (4, 3), (5, 5)]);
        for post in [1, 2, 3, 4] {
            assert_eq!(ring.of_post(post), 1, "{post}");
        }
        assert_eq!(ring.of_post(5), 5);
    }

    #[test]
    fn rows_without_a_post_go_by_what_they_reply_to_or_by_actor_and_day() {
        let mut links = Links::default();
        links.note(3, 2);
        links.note_bare(77, 10, 3);
        let clusters = links.finish();
        assert_eq!(clusters.of_row(77, 10, 0, 5), 2);
        assert_eq!(clusters.of_row(77, 10, 8, 5), 8);
        assert_eq!(clusters.of_row(77, 11, 0, 5), clusters.of_row(78, DAY - 1, 0, 5));
        assert_ne!(clusters.of_row(77, 11, 0, 5), clusters.of_row(77, DAY, 0, 5));
        assert_ne!(clusters.of_row(77, 11, 0, 5), clusters.of_row(77, 11, 0, 6));
    }

    proptest! {
        #[test]
        fn the_order_of_rows_is_no_matter_and_linked_posts_share_a_cluster(
            links in prop::collection::vec((1u64..30, 1u64..30), 0..40), turn in 0usize..40,
        ) {
            let one = clusters(&links);
            let mut turned = links.clone();
            turned.rotate_left(turn % links.len().max(1));
            turned.reverse();
            let other = clusters(&turned);
            let mut first = std::collections::BTreeMap::new();
            for (post, parent) in links.iter().filter(|link| link.0 != link.1) {
                first.entry(*post).and_modify(|known: &mut u64| *known = (*known).min(*parent)).or_insert(*parent);
            }
            for post in 1..30 {
                prop_assert_eq!(one.of_post(post), other.of_post(post));
                if let Some(parent) = first.get(&post) {
                    prop_assert_eq!(one.of_post(post), one.of_post(*parent));
                }
            }
        }
    }
}
