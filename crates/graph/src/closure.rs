//! What two contacts have in common: strength through third parties, one number a pair of contacts.
//!
//! `W_ij = sum_q f(a_iq, q) a_qj` over the common contacts q of i and j, which is symmetric where `f(a, q) = a g(q)`. So each pair of contacts is looked
//! at once, from its end of larger degree: that one's contacts are marked in a dense vector, and the contacts of the
//! other are run through. Only closed wedges are ever added.
//!
//! **Cost.** O(sum over contacts i-j of min(degree i, degree j)), at most m^1.5 (Chiba, Nishizeki 1985), where a loop over wedges
//! from each ego costs sum_q degree(q)^2: a hub of 19,000 contacts costs its contacts' degrees, not 19,000 squared.
//! Memory: 8 bytes for each pair, and 8 a vertex and thread.
//!
//! All terms are positive and in 64 bits, so the relative error is at most about a row's length times 2^-53. The order of every
//! sum is fixed.

use crate::contacts::Contacts;
use crate::crew;
use crate::sweep::Blocks;
use crate::ties::split;

/// `W` of each pair of contacts, with where to find them.
pub(crate) struct Closure(Vec<f64>);

/// Whether the pair i-j is kept in the row of i, its end of larger degree.
fn kept(contacts: &Contacts, i: usize, j: usize) -> bool {
    (contacts.degree(j), j) < (contacts.degree(i), i)
}

impl Closure {
    /// The strength through third parties of all contacts; `mark(a_iq, q)` is `a_iq g(q)`.
    pub fn new(contacts: &Contacts, mark: impl Fn(f64, usize) -> f64 + Sync) -> Closure {
        let n = contacts.vertices();
        let mut starts = Vec::with_capacity(n + 1);
        let mut end = 0u64;
        starts.push(end);
        starts.extend((0..n).map(|i| {
            let row = contacts.row(i).0.iter();
            end += row.filter(|j| kept(contacts, i, **j as usize)).count() as u64;
            end
        }));
        let mut links = vec![0.0; end as usize];
        let pieces = Blocks::new(contacts.offsets()).pieces;
        let parts = split(&mut links, pieces.iter().map(|piece| starts[piece.end] as usize));
        crew::each(
            pieces.iter().zip(parts),
            || vec![0.0; n],
            |marks, (piece, part)| {
                let mut places = part.iter_mut();
                for i in piece.clone() {
                    let (ids, a) = contacts.row(i);
                    for (q, a) in ids.iter().zip(a) {
                        marks[*q as usize] = mark(*a, *q as usize);
                    }
                    let lower = ids.iter().filter(|j| kept(contacts, i, **j as usize));
                    for (j, place) in lower.zip(&mut places) {
                        let (ids, a) = contacts.row(*j as usize);
                        *place = ids.iter().zip(a).map(|(q, a)| marks[*q as usize] * a).sum();
                    }
                    for q in ids {
                        marks[*q as usize] = 0.0;
                    }
                }
            },
        );
        Closure(links)
    }

    /// Calls `found(i, j, a_ij, W_ij)` once for each pair of contacts, in order of i, its end of larger degree, then of j.
    pub fn each(&self, contacts: &Contacts, mut found: impl FnMut(usize, usize, f64, f64)) {
        let mut links = self.0.iter();
        for i in 0..contacts.vertices() {
            let (ids, a) = contacts.row(i);
            let lower = ids.iter().zip(a).filter(|(j, _)| kept(contacts, i, **j as usize));
            for ((j, a), link) in lower.zip(&mut links) {
                found(i, *j as usize, *a, *link);
            }
        }
    }

    /// `part(i, j, a_ij, W_ij)` for each contact of each vertex, in the order of [`Contacts::row`].
    pub fn rows(
        &self,
        contacts: &Contacts,
        part: impl Fn(usize, usize, f64, f64) -> f64,
    ) -> Vec<f64> {
        let mut parts = vec![0.0; 2 * contacts.pairs()];
        self.each(contacts, |i, j, a, link| {
            for (ego, contact) in [(i, j), (j, i)] {
                if let Ok(place) = contacts.row(ego).0.binary_search(&(contact as u32)) {
                    parts[contacts.range(ego).start + place] = part(ego, contact, a, link);
                }
            }
        });
        parts
    }
}

/// `W_ij` from i = `ego` to each of its contacts j, in the order of its row.
///
/// Cost: the sum of the degrees of ego's contacts.
pub(crate) fn of_one(
    contacts: &Contacts,
    ego: usize,
    mark: impl Fn(f64, usize) -> f64,
) -> impl Iterator<Item = f64> {
    let (ids, a) = contacts.row(ego);
    ids.iter().map(move |j| {
        let (others, theirs) = contacts.row(*j as usize);
        let common = others.iter().zip(theirs).filter_map(|(q, a_jq)| {
            let a_iq = a[ids.binary_search(q).ok()?];
            Some(mark(a_iq, *q as usize) * a_jq)
        });
        common.sum()
    })
}
