//! Groups of people: the firm's teams, its partners' firms, and communities of heavy-tailed size.
//!
//! A group is a range of person numbers, so that whoever belongs together lies together. Sizes of communities follow a
//! power law with density exponent 2 from [`SMALLEST`] up, as in the graphs of Lancichinetti, Fortunato and Radicchi
//! (2008). Each group has a language and topics; which of its people are customers is left to [`crate::people`].

use crate::chance::Chance;
use crate::config::Config;
use crate::purpose;

/// Number of topics; the first [`BRAND_TOPICS`] are those that the firm's products are about.
pub const TOPICS: usize = 12;
/// Topics of the firm's products.
pub const BRAND_TOPICS: usize = 3;
/// Languages, most spoken first.
pub const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "pt"];
/// Teams of the firm, in turn.
pub const TEAMS: [&str; 8] =
    ["sales", "support", "community", "engineering", "marketing", "product", "people", "finance"];

const SMALLEST: f64 = 12.0;
const MOST_EMPLOYEES: usize = 2_000;
const MOST_PARTNERS: usize = 3_000;

/// What holds a group together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bond {
    /// A team of the firm, by index into [`TEAMS`].
    Team(u8),
    /// Work at the partner firm of that number.
    Partner(u32),
    /// Interests.
    Community,
}

/// People who mostly meet each other.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Group {
    /// First person.
    pub start: u32,
    /// First person after it.
    pub end: u32,
    /// What holds it together.
    pub bond: Bond,
    /// Its topics, a bit each.
    pub topics: u16,
    /// Index into [`LANGUAGES`].
    pub language: u8,
}

impl Group {
    /// Number of people.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether nobody is in it. No group of a world is.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// All groups; together they hold every real person once.
pub(crate) fn groups(config: &Config) -> Vec<Group> {
    let people = config.people;
    let of_firm = |share: f64, most: usize| match people {
        ..20 => 0,
        _ => ((people as f64 * share) as usize).clamp(3, most),
    };
    let employees = of_firm(0.04, MOST_EMPLOYEES);
    let partners = of_firm(0.03, MOST_PARTNERS);
    let mut groups = Vec::new();
    let mut chance = Chance::of(config.seed, purpose::GROUPS, 0);
    let mut start = 0;
    let mut add = |size: usize, bond: Bond, chance: &mut Chance| {
        if size == 0 {
            return;
        }
        let end = start + size as u32;
        let mut topics = 1u16 << chance.below(TOPICS) | 1 << chance.below(TOPICS);
        let language = match bond {
            Bond::Community => (chance.unit() * chance.unit() * LANGUAGES.len() as f64) as u8,
            _ => 0,
        };
        if bond != Bond::Community || chance.is(0.4) {
            topics |= 1 << chance.below(BRAND_TOPICS);
        }
        groups.push(Group { start, end, bond, topics, language });
        start = end;
    };
    let mut left = employees;
    for team in 0.. {
        if left == 0 {
            break;
        }
        let size = if left < 18 { left } else { 8 + chance.below(9) };
        add(size, Bond::Team((team % TEAMS.len()) as u8), &mut chance);
        left -= size;
    }
    let mut left = partners;
    for firm in 0.. {
        if left == 0 {
            break;
        }
        let size = if left < 12 { left } else { 3 + chance.below(left.min(24) - 3) };
        add(size, Bond::Partner(firm), &mut chance);
        left -= size;
    }
    for size in sizes(people - employees - partners, config.communities, &mut chance) {
        add(size, Bond::Community, &mut chance);
    }
    groups
}

/// Sizes of communities that add up to `people`.
fn sizes(people: usize, asked: Option<usize>, chance: &mut Chance) -> Vec<usize> {
    // With exponent 2 the inverse of a uniform number has the law that is wanted.
    let size = |chance: &mut Chance, most: f64| (SMALLEST / chance.unit()).min(most);
    let most = (people as f64 / 6.0).max(SMALLEST);
    let mut sizes = Vec::new();
    if let Some(asked) = asked {
        let asked = asked.min(people);
        let raw: Vec<f64> = (0..asked).map(|_| size(chance, most)).collect();
        let scale = (people - asked) as f64 / raw.iter().sum::<f64>().max(1.0);
        sizes = raw.iter().map(|size| 1 + (size * scale) as usize).collect();
        let placed: usize = sizes.iter().sum();
        if let Some(first) = sizes.first_mut() {
            *first += people.saturating_sub(placed);
        }
        return sizes;
    }
    let mut left = people;
    while left > 0 {
        let mut next = (size(chance, most) as usize).clamp(1, left);
        // A remainder that is too small to be a community joins the last one.
        if left - next < SMALLEST as usize {
            next = left;
        }
        sizes.push(next);
        left -= next;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_one_group_whatever_the_size() {
        for people in [1, 2, 19, 20, 33, 200, 5_000, 100_000] {
            for communities in [None, Some(1), Some(7), Some(10_000)] {
                let config = Config { people, communities, ..Config::default() };
                let groups = groups(&config);
                let mut next = 0;
                for group in &groups {
                    assert_eq!(group.start, next);
                    assert!(!group.is_empty());
                    next = group.end;
                }
                assert_eq!(next as usize, people, "{communities:?}");
            }
        }
    }

    #[test]
    fn sizes_have_a_heavy_tail() {
        let groups = groups(&Config { people: 100_000, ..Config::default() });
        let mut sizes: Vec<usize> = groups.iter().map(Group::len).collect();
        sizes.sort_unstable();
        assert!(sizes[sizes.len() / 2] < 40, "{}", sizes[sizes.len() / 2]);
        assert!(*sizes.last().unwrap() > 2_000);
    }
}
