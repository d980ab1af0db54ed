//! `amplification.virality`: the mean over i's trees with n >= 3 of the mean distance between two people of the tree.
//!
//! A tree is a post of i and those who passed it on, each once and as of their first time: by a reshare, or by a quote and
//! what was passed on of that quote. Somebody hangs on the person from whom they have it:
//!
//! 1. the author of what the action names as its parent: another reshare, or the post that is quoted;
//! 2. else its target; else the author of the post reshared;
//!
//! if that person is i or passed it on strictly earlier, and else on i. So a tree is a tree whatever the rows say.
//!
//! With n people and `m_e` of them below the edge e, the mean distance is `2 / (n (n - 1)) * sum_e m_e (n - m_e)`: an edge lies
//! between two people if one of them is below it. This takes one pass from the latest to the first, where Goel et al. sum
//! squares of subtree sizes; the value is the same. A broadcast to n - 1 people has 2 - 2/n, a chain (n + 1) / 3.
//!
//! Where reshares name the first author alone, every tree looks like a broadcast. So a network's trees count only if some
//! reshare there goes back to another one.

use super::{About, Column, Options, Resampled, Signal, without_actions};
use crate::actions::{Actions, NONE};
use crate::cascades::{Groups, authors, clusters, firsts, kinds, roots};
use crate::draws::{Draw, LANES, Lanes};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct Virality;

impl Signal for Virality {
    fn about(&self) -> &About {
        &About {
            name: "amplification.virality",
            question: "Is what this person posts passed on from person to person, or straight from the source?",
            formula: "mean over the trees of i with n >= 3 people of 2 / (n (n - 1)) sum_e m_e (n - m_e), where m_e of the \
                      n people are below the edge e: the mean distance between two people of a tree",
            source: "Structural virality: Goel, Anderson, Hofman, Watts 2016, after Wiener 1947.",
            unit: "steps between two people of a tree, on average",
            range: (1.0, f64::INFINITY),
            ignores: "How many people a tree reaches beyond what its shape tells, how fast, likes and replies.",
            needs: "Reshares that name the post, and the reshare through which they came: as in_reply_to its id, or its \
                    author as target. Where only the first author is known there is no value.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Full,
        }
    }

    fn needs_actions(&self) -> bool {
        true
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let Some(actions) = snapshot.actions() else {
            return Ok(without_actions(name, snapshot));
        };
        let trees = trees(actions);
        let mut sums = vec![(0.0, 0u32); snapshot.people().len()];
        for (author, _, distance) in counted(&trees) {
            if let Some((sum, count)) = sums.get_mut(author) {
                *sum += distance;
                *count += 1;
            }
        }
        let mean = |(sum, count): (f64, u32)| match count {
            0 => f64::NAN,
            count => sum / f64::from(count),
        };
        let column = Column::new(name, sums.into_iter().map(mean).collect());
        Ok(match trees.iter().any(|tree| tree.told) {
            true => column,
            false => column.noted(
                "No network here says through which reshare a post came, so the shape of its spread is unknown.",
            ),
        })
    }

    /// Trees are drawn again, each as it was; as it is where none is left.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        _: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let Some(actions) = draw.snapshot().actions() else {
            return Ok(None);
        };
        let clusters = clusters(actions);
        let mut sums = vec![[(0.0, 0.0); LANES]; values.len()];
        for (author, post, distance) in counted(&trees(actions)) {
            if let Some(lanes) = sums.get_mut(author) {
                let chances = draw.of_post(clusters[post]);
                for ((sum, count), more) in lanes.iter_mut().zip(chances) {
                    let times = 1.0 + f64::from(more);
                    *sum += times * distance;
                    *count += times;
                }
            }
        }
        let mean = |(value, lanes): (&f64, &[(f64, f64); LANES])| {
            lanes.map(|(sum, count)| if count > 0.0 { sum / count } else { *value } as f32)
        };
        Ok(Some(values.iter().zip(&sums).map(mean).collect()))
    }
}

/// Author, first post and mean distance of the trees that count.
fn counted(trees: &[Tree]) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
    let networks = trees.iter().map(|tree| tree.network + 1).max().unwrap_or(0);
    let mut recorded = vec![false; networks];
    for tree in trees {
        recorded[tree.network] |= tree.told;
    }
    let counted = trees.iter().filter(move |tree| recorded[tree.network]);
    counted.filter_map(|tree| Some((tree.author as usize, tree.post, tree.distance?)))
}

/// What a post and those who passed it on come to.
struct Tree {
    /// Number of the first post.
    post: usize,
    author: u32,
    /// Place of the first kind of action with the network of the tree.
    network: usize,
    /// Whether a reshare goes back to another one.
    told: bool,
    /// The mean distance, where there are three people or more.
    distance: Option<f64>,
}

/// All trees, by the number of the first post.
fn trees(actions: &Actions) -> Vec<Tree> {
    let authors = authors(actions);
    let roots = roots(actions, &kinds(actions, |verb| verb == "quote"));
    let [reshare, quote] = ["reshare", "quote"].map(|which| kinds(actions, |verb| verb == which));
    let network: Vec<usize> = (0..actions.kinds.len())
        .map(|kind| {
            let name = &actions.kinds[kind].network;
            actions.kinds.partition_point(|other| other.network < *name)
        })
        .collect();
    let passed_on = |i: usize| {
        let kind = actions.kind[i] as usize;
        match () {
            () if actions.mute[actions.actor[i] as usize] => NONE,
            () if reshare[kind] => actions.object[i],
            () if quote[kind] => actions.parent[i],
            () => NONE,
        }
    };
    let about = |i: usize| roots.get(passed_on(i) as usize).copied().unwrap_or(NONE);
    let mut trees = Vec::new();
    Groups::new(actions, about).fold(
        |post, group, out| {
            let author = authors[post];
            if author == NONE {
                return;
            }
            let mut people = firsts(actions, group);
            people.retain(|i| actions.actor[*i as usize] != author);
            let Some(first) = people.first() else {
                return;
            };
            // Place of each person among `people`, to be found by number.
            let mut places: Vec<(u32, u32)> = (people.iter().enumerate())
                .map(|(place, i)| (actions.actor[*i as usize], place as u32))
                .collect();
            places.sort_unstable();
            let author_of = |post: u32| authors.get(post as usize).copied().unwrap_or(NONE);
            let mut told = false;
            let above: Vec<Option<usize>> = people
                .iter()
                .map(|i| {
                    let i = *i as usize;
                    let (parent, shown) =
                        (author_of(actions.parent[i]), author_of(actions.object[i]));
                    let is_reshare = reshare[actions.kind[i] as usize];
                    let from = [parent, actions.target[i], if is_reshare { shown } else { NONE }];
                    let found = from.into_iter().find_map(|person| {
                        if person == author {
                            return Some(None);
                        }
                        let known = places.binary_search_by_key(&person, |(person, _)| *person);
                        let place = places[known.ok()?].1 as usize;
                        let earlier = actions.at[people[place] as usize] < actions.at[i];
                        earlier.then_some(Some((person, place)))
                    });
                    let (person, place) = found.flatten()?;
                    told |= is_reshare && person != shown;
                    Some(place)
                })
                .collect();
            out.push(Tree {
                post,
                author,
                network: network[actions.kind[*first as usize] as usize],
                told,
                distance: (people.len() >= 2).then(|| mean_distance(&above)),
            });
        },
        |tree| trees.push(tree),
    );
    trees
}

/// The mean distance between two people of a tree: a root, and others with the place of whom they hang on, always an earlier
/// one, or `None` for the root.
fn mean_distance(above: &[Option<usize>]) -> f64 {
    let people = above.len() as u128 + 1;
    let mut below = vec![1u128; above.len()];
    let mut sum = 0;
    for (place, up) in above.iter().enumerate().rev() {
        sum += below[place] * (people - below[place]);
        if let Some(up) = up {
            below[*up] += below[place];
        }
    }
    2.0 * sum as f64 / (people * (people - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::super::acted::{Act, any_acts, column, drawn, snapshot, value};
    use super::*;
    use proptest::prelude::*;

    const NAME: &str = "amplification.virality";

    #[test]
    fn a_broadcast_and_a_chain_are_as_far_apart_as_the_closed_forms_say() {
        for others in 2usize..60 {
            let n = others as f64 + 1.0;
            let star = vec![None; others];
            let chain: Vec<_> = (0..others).map(|place| place.checked_sub(1)).collect();
            assert!((mean_distance(&star) - (2.0 - 2.0 / n)).abs() < 1e-12);
            assert!((mean_distance(&chain) - (n + 1.0) / 3.0).abs() < 1e-12);
        }
    }

    /// Distances by walking from everybody to everybody.
    fn by_walking(above: &[Option<usize>]) -> f64 {
        let n = above.len() + 1;
        let mut far = vec![vec![n; n]; n];
        for (place, row) in far.iter_mut().enumerate() {
            row[place] = 0;
        }
        for (place, up) in above.iter().enumerate() {
            let up = up.map_or(0, |up| up + 1);
            (far[place + 1][up], far[up][place + 1]) = (1, 1);
        }
        for via in 0..n {
            for from in 0..n {
                for to in 0..n {
                    far[from][to] = far[from][to].min(far[from][via] + far[via][to]);
                }
            }
        }
        far.iter().flatten().sum::<usize>() as f64 / (n * (n - 1)) as f64
    }

    proptest! {
        #[test]
        fn the_mean_distance_is_that_of_walking(
            picks in prop::collection::vec(any::<prop::sample::Index>(), 2..24),
        ) {
            let above: Vec<Option<usize>> = picks
                .iter()
                .enumerate()
                .map(|(place, pick)| pick.index(place + 1).checked_sub(1))
                .collect();
            prop_assert!((mean_distance(&above) - by_walking(&above)).abs() < 1e-9);
        }

        #[test]
        fn no_rows_make_anything_but_trees(acts in any_acts(), turn in 1usize..50) {
            let one = column(NAME, &acts);
            let turned: Vec<Act> = acts.iter().cycle().skip(turn).take(acts.len()).copied().collect();
            let other = column(NAME, &turned);
            let bits = |column: &Column| column.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&one), bits(&other));
            for value in one.values.iter().filter(|value| !value.is_nan()) {
                prop_assert!(value.is_finite() && *value >= 4.0 / 3.0 - 1e-12);
            }
        }
    }

    /// 1 posts, 2 reshares it, 3 from 2, 4 from 3: a chain of four.
    fn chain() -> Vec<Act> {
        vec![
            Act::new(1, "post", 1).of(10),
            Act::new(2, "reshare", 2).to(1).of(10).own(12),
            Act::new(3, "reshare", 3).to(1).of(10).under(12).own(13),
            Act::new(4, "reshare", 4).to(1).of(10).under(13).own(14),
        ]
    }

    #[test]
    fn a_reshare_hangs_on_the_reshare_that_it_names() {
        assert_eq!(value(NAME, &chain(), 1), Some(5.0 / 3.0));
        assert_eq!(value(NAME, &chain(), 2), None, "who passes on has no tree");
    }

    #[test]
    fn a_target_who_passed_it_on_earlier_says_as_much() {
        let mut acts = chain();
        for act in &mut acts {
            (act.target, act.parent, act.own) = (act.actor - 1, 0, 0);
        }
        assert_eq!(value(NAME, &acts, 1), Some(5.0 / 3.0));
    }

    #[test]
    fn a_quote_goes_on_with_the_tree_of_what_it_quotes() {
        let mut acts = chain();
        acts.push(Act::new(5, "quote", 5).to(1).of(50).under(10));
        acts.push(Act::new(6, "reshare", 6).to(5).of(50));
        // Distances: the chain 1-2-3-4 and beside it 1-5-6.
        assert_eq!(value(NAME, &acts, 1), Some(35.0 / 15.0));
    }

    #[test]
    fn where_only_the_first_author_is_known_there_is_no_value() {
        let acts: Vec<Act> = chain().into_iter().map(|act| Act { parent: 0, ..act }).collect();
        let column = column(NAME, &acts);
        assert!(!column.has_values() && column.note.unwrap().contains("unknown"));
        // One reshare that goes back to another shows that the network tells.
        let mut more = acts;
        more.extend([
            Act::new(7, "post", 7).of(70),
            Act::new(8, "reshare", 2).to(7).of(70).own(78),
            Act::new(9, "reshare", 3).to(7).of(70).under(78).own(79),
        ]);
        assert_eq!(value(NAME, &more, 1), Some(1.5));
    }

    #[test]
    fn whoever_comes_first_at_the_same_moment_is_nobody() {
        let acts: Vec<Act> = chain().into_iter().map(|act| Act { at: 5, ..act }).collect();
        assert!(!column(NAME, &acts).has_values(), "all hang on the author");
    }

    #[test]
    fn parents_that_lead_round_end_somewhere() {
        let acts = [
            Act::new(1, "quote", 1).to(2).of(10).under(20),
            Act::new(2, "quote", 2).to(1).of(20).under(10),
            Act::new(3, "reshare", 3).to(2).of(20).under(10).own(10),
            Act::new(4, "reshare", 4).to(4).of(40).under(40).own(40),
        ];
        assert_eq!(column(NAME, &acts).values.len(), 3);
    }

    #[test]
    fn trees_are_drawn_again_with_their_posts() {
        // Beside the chain a broadcast of the same author.
        let mut acts = chain();
        acts.push(Act::new(5, "post", 1).of(70));
        acts.extend((2..6).map(|who| Act::new(6, "reshare", who).to(1).of(70)));
        let (times, values) = drawn(NAME, &snapshot(&acts), 1, &[10, 70]);
        let whole = value(NAME, &acts, 1).unwrap();
        for (lane, value) in values.into_iter().enumerate() {
            let (chain, star) = (f64::from(times[0][lane]), f64::from(times[1][lane]));
            let mean = (chain * 5.0 / 3.0 + star * 1.6) / (chain + star);
            let expected = if chain + star > 0.0 { mean } else { whole };
            assert!((f64::from(value) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn only_the_first_time_counts_and_only_others() {
        let mut acts = chain();
        acts.push(Act::new(9, "reshare", 3).to(1).of(10).own(19));
        acts.push(Act::new(9, "reshare", 1).to(1).of(10).own(29));
        assert_eq!(value(NAME, &acts, 1), Some(5.0 / 3.0));
    }
}
