//! From many normalised values to one, and from one score back to its parts.
//!
//! | combine | value | share of a member |
//! |---|---|---|
//! | `weighted-sum` | `sum(w v) / sum(w)` | `w v / sum(w v)`; where that sum is 0, by weight |
//! | `geometric` | `product(v^(w / sum(w)))`, 0 where any v is 0 | by weight |
//! | `max` | the largest v, whatever the weights | all to the first largest, by name |
//!
//! Members are signals or groups of members, in order of name; a group's value is a member's value to the group around it, and shares
//! multiply down the tree, so that the shares of all signals add up to 1. A signal that is not in use is taken out and the weights of the
//! others count among themselves; so is a group of which nothing is left, and a member of weight 0.

use crate::reference::exact;
use serde::{Deserialize, Serialize};

/// How members become one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// Weighted arithmetic mean.
    #[default]
    WeightedSum,
    /// Weighted geometric mean: weakness in one member can't be bought off by another.
    Geometric,
    /// The largest.
    Max,
}

impl Combine {
    /// Every way with its name in definitions.
    pub const ALL: [(&'static str, Combine); 3] = [
        ("weighted-sum", Combine::WeightedSum),
        ("geometric", Combine::Geometric),
        ("max", Combine::Max),
    ];
}

/// Members that are combined into one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name; empty for the whole definition.
    pub name: String,
    /// How its members become one value.
    pub combine: Combine,
    /// Its weight in the group around it, at least 0; 1 for the whole definition.
    #[serde(with = "exact")]
    pub weight: f64,
    /// Why it is there; empty for the whole definition.
    pub why: String,
    /// In order of name.
    pub members: Vec<Member>,
}

/// What a group is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Member {
    /// A signal.
    Signal {
        /// Its place among the definition's signals.
        index: usize,
        /// Its weight, at least 0.
        #[serde(with = "exact")]
        weight: f64,
    },
    /// A group of its own.
    Group(Group),
}

impl Member {
    /// Its weight in the group around it.
    pub fn weight(&self) -> f64 {
        match self {
            Member::Signal { weight, .. } => *weight,
            Member::Group(group) => group.weight,
        }
    }

    fn value(&self, values: &[f64], used: &[bool]) -> Option<f64> {
        match self {
            _ if self.weight() <= 0.0 => None,
            Member::Signal { index, .. } => (*used.get(*index)?).then(|| values[*index]),
            Member::Group(group) => group.value(values, used),
        }
    }
}

impl Group {
    /// The combined value in 0..1 of one person's normalised `values`; nothing where no signal is in use.
    ///
    /// `values` and `used` have an entry for each signal of the definition.
    pub fn value(&self, values: &[f64], used: &[bool]) -> Option<f64> {
        let members = || {
            self.members
                .iter()
                .filter_map(|member| Some((member.weight(), member.value(values, used)?)))
        };
        let (weight, largest) =
            members().fold((0.0, 0.0f64), |(sum, largest), (w, v)| (sum + w, largest.max(v)));
        if weight <= 0.0 {
            return None;
        }
        let value = match self.combine {
            Combine::WeightedSum => members().map(|(w, v)| w * v).sum::<f64>() / weight,
            Combine::Geometric if members().any(|(_, v)| v <= 0.0) => 0.0,
            Combine::Geometric => {
                libm::exp(members().map(|(w, v)| w * libm::log(v)).sum::<f64>() / weight)
            }
            Combine::Max => largest,
        };
        Some(value.clamp(0.0, 1.0))
    }

    /// What part of the score each signal carries: at least 0, together 1; 0 for a signal that is not in use.
    pub fn shares(&self, values: &[f64], used: &[bool]) -> Vec<f64> {
        let mut shares = vec![0.0; values.len()];
        self.share_out(1.0, values, used, &mut shares);
        shares
    }

    fn share_out(&self, whole: f64, values: &[f64], used: &[bool], shares: &mut [f64]) {
        let members: Vec<(&Member, f64, f64)> = self
            .members
            .iter()
            .filter_map(|member| Some((member, member.weight(), member.value(values, used)?)))
            .collect();
        let weight: f64 = members.iter().map(|(_, w, _)| w).sum();
        let sum: f64 = members.iter().map(|(_, w, v)| w * v).sum();
        let largest = members.iter().map(|(_, _, v)| *v).fold(0.0, f64::max);
        let first = members.iter().position(|(_, _, v)| *v >= largest);
        for (i, (member, w, v)) in members.iter().enumerate() {
            let share = match self.combine {
                Combine::WeightedSum if sum > 0.0 => w * v / sum,
                Combine::WeightedSum | Combine::Geometric => w / weight,
                Combine::Max => f64::from(u8::from(first == Some(i))),
            };
            match member {
                Member::Signal { index, .. } => shares[*index] = whole * share,
                Member::Group(group) => group.share_out(whole * share, values, used, shares),
            }
        }
    }

    /// The weight of each signal in the whole, in the unit of the outermost members' weights: a group's weight is divided among its
    /// members in use. Without groups these are the weights as written. 0 for a signal that is not in use.
    pub fn weights(&self, used: &[bool]) -> Vec<f64> {
        let mut weights = vec![0.0; used.len()];
        let values = weights.clone();
        for member in &self.members {
            if member.value(&values, used).is_some() {
                member.weigh(member.weight(), used, &values, &mut weights);
            }
        }
        weights
    }

    /// Whether the tree names each of `signals` signals exactly once, with weights that are numbers.
    pub(crate) fn is_sound(&self, signals: usize) -> bool {
        let mut seen = vec![false; signals];
        self.visit(&mut |index, weight| match seen.get_mut(index) {
            Some(seen) if !*seen && weight.is_finite() && weight >= 0.0 => {
                *seen = true;
                true
            }
            _ => false,
        }) && seen.iter().all(|seen| *seen)
    }

    fn visit(&self, signal: &mut impl FnMut(usize, f64) -> bool) -> bool {
        let weight = self.weight.is_finite() && self.weight >= 0.0;
        weight
            && self.members.iter().all(|member| match member {
                Member::Signal { index, weight } => signal(*index, *weight),
                Member::Group(group) => group.visit(signal),
            })
    }
}

impl Member {
    fn weigh(&self, whole: f64, used: &[bool], values: &[f64], weights: &mut [f64]) {
        match self {
            Member::Signal { index, .. } => weights[*index] = whole,
            Member::Group(group) => {
                let in_use = || {
                    let members = group.members.iter();
                    members.filter(|member| member.value(values, used).is_some())
                };
                let sum: f64 = in_use().map(Member::weight).sum();
                for member in in_use() {
                    member.weigh(whole * member.weight() / sum, used, values, weights);
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn flat(combine: Combine, weights: &[f64]) -> Group {
        Group {
            name: String::new(),
            combine,
            weight: 1.0,
            why: String::new(),
            members: weights
                .iter()
                .enumerate()
                .map(|(index, weight)| Member::Signal { index, weight: *weight })
                .collect(),
        }
    }

    /// Any tree of up to a few groups over as many signals as it has leaves, which it counts.
    pub(crate) fn tree() -> impl Strategy<Value = (Group, usize)> {
        let combine = || prop::sample::select(Combine::ALL.map(|(_, combine)| combine).to_vec());
        let weight = prop_oneof![4 => 0.01f64..10.0, 1 => Just(0.0)];
        let leaf = weight.clone().prop_map(|weight| Member::Signal { index: 0, weight });
        let member = leaf.prop_recursive(3, 12, 4, move |inner| {
            (combine(), weight.clone(), prop::collection::vec(inner, 1..4)).prop_map(
                |(combine, weight, members)| {
                    Member::Group(Group {
                        name: "g".into(),
                        combine,
                        weight,
                        why: "A reason.".into(),
                        members,
                    })
                },
            )
        });
        (combine(), prop::collection::vec(member, 1..5)).prop_map(|(combine, members)| {
            let mut root =
                Group { name: String::new(), combine, weight: 1.0, why: String::new(), members };
            let mut signals = 0;
            number(&mut root, &mut signals);
            (root, signals)
        })
    }

    fn number(group: &mut Group, next: &mut usize) {
        for member in &mut group.members {
            match member {
                Member::Signal { index, .. } => {
                    *index = *next;
                    *next += 1;
                }
                Member::Group(group) => number(group, next),
            }
        }
    }

    #[test]
    fn each_way_follows_its_formula() {
        let (values, used) = ([0.5, 0.25, 1.0], [true; 3]);
        let value = |combine| flat(combine, &[1.0, 2.0, 1.0]).value(&values, &used);
        assert_eq!(value(Combine::WeightedSum), Some(0.5));
        assert_eq!(value(Combine::Max), Some(1.0));
        let geometric = value(Combine::Geometric).unwrap();
        assert!((geometric - (0.5f64 * 0.0625).powf(0.25)).abs() < 1e-15);
    }

    #[test]
    fn a_signal_left_out_gives_its_weight_to_the_others() {
        let group = flat(Combine::WeightedSum, &[1.0, 2.0, 1.0]);
        assert_eq!(group.value(&[0.5, 0.9, 1.0], &[true, false, true]), Some(0.75));
        assert_eq!(group.value(&[0.5, 0.9, 1.0], &[false; 3]), None);
        assert_eq!(group.weights(&[true, false, true]), [1.0, 0.0, 1.0]);
    }

    #[test]
    fn shares_are_as_stated_where_nothing_tells_the_members_apart() {
        let used = [true; 3];
        let shares =
            |combine, values: [f64; 3]| flat(combine, &[1.0, 2.0, 1.0]).shares(&values, &used);
        assert_eq!(shares(Combine::WeightedSum, [0.0; 3]), [0.25, 0.5, 0.25]);
        assert_eq!(shares(Combine::Geometric, [0.0, 0.1, 1.0]), [0.25, 0.5, 0.25]);
        assert_eq!(shares(Combine::Max, [0.2, 0.9, 0.9]), [0.0, 1.0, 0.0]);
        assert_eq!(shares(Combine::Max, [0.0; 3]), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_weight_inside_a_group_counts_within_the_weight_of_the_group() {
        let mut outer = flat(Combine::WeightedSum, &[3.0]);
        let mut inner = flat(Combine::WeightedSum, &[0.0, 1.0, 3.0]);
        inner.members.remove(0);
        inner.weight = 2.0;
        outer.members.push(Member::Group(inner));
        assert_eq!(outer.weights(&[true; 3]), [3.0, 0.5, 1.5]);
        assert_eq!(outer.weights(&[true, true, false]), [3.0, 2.0, 0.0]);
        assert!(outer.is_sound(3) && !outer.is_sound(2) && !outer.is_sound(4));
    }

    proptest! {
        #[test]
        fn shares_add_up_in_every_tree(
            (group, signals) in tree(),
            values in prop::collection::vec(prop_oneof![Just(0.0), 0.0f64..=1.0], 64),
            used in prop::collection::vec(any::<bool>(), 64),
        ) {
            let (values, used) = (&values[..signals], &used[..signals]);
            let shares = group.shares(values, used);
            let sum: f64 = shares.iter().sum();
            match group.value(values, used) {
                Some(value) => {
                    prop_assert!((0.0..=1.0).contains(&value));
                    prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
                }
                None => prop_assert_eq!(sum, 0.0),
            }
            for i in 0..signals {
                prop_assert!(shares[i] >= 0.0 && (used[i] || shares[i] == 0.0));
            }
        }

        #[test]
        fn weighted_sums_share_by_their_weights_at_any_depth(
            (mut group, signals) in tree(),
            values in prop::collection::vec(0.01f64..=1.0, 64),
        ) {
            fn all_sums(group: &mut Group) {
                group.combine = Combine::WeightedSum;
                for member in &mut group.members {
                    if let Member::Group(group) = member {
                        all_sums(group);
                    }
                }
            }
            all_sums(&mut group);
            let (values, used) = (&values[..signals], vec![true; signals]);
            let weights = group.weights(&used);
            let sum: f64 = weights.iter().zip(values).map(|(w, v)| w * v).sum();
            for (share, (w, v)) in group.shares(values, &used).iter().zip(weights.iter().zip(values)) {
                prop_assert!(sum == 0.0 || (share - w * v / sum).abs() < 1e-12);
            }
        }
    }
}
