//! The list of people under one definition.

use crate::disclosure::Named;
use crate::error::Result;
use crate::workspace::Workspace;
use influence::scorecard::Header;
use model::{Account, Time};
use std::collections::HashSet;

/// Which part of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only people with this role at that moment.
    pub role: Option<String>,
    /// Only people at this organisation at that moment.
    pub organisation: Option<String>,
    /// Only people with an account on this network.
    pub network: Option<String>,
    /// The scores stored for this moment.
    pub as_of: Option<Time>,
    /// At most so many.
    pub limit: usize,
}

/// A row of the list.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Ranked {
    /// Place from 1 among all people scored; equal values share one.
    pub rank: u32,
    /// The person.
    #[serde(flatten)]
    pub person: Named,
    /// 1 to 100.
    pub score: f64,
    /// The 90 % interval, where one is known.
    pub interval: Option<[f64; 2]>,
    /// The share of the reference that stands as high or higher.
    pub top_share: f64,
}

/// The list and what it is of.
#[derive(Clone, Debug)]
pub struct List {
    /// The scorecard's header.
    pub header: Header,
    /// The people.
    pub people: Vec<Ranked>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl List {
    /// A sentence that says what the list shows.
    pub fn heading(&self) -> String {
        format!(
            "{}@{}: {} As of {}; {} of {} people have enough evidence.",
            self.header.definition,
            self.header.version,
            self.header.question,
            self.header.as_of(),
            self.header.scored,
            self.header.people,
        )
    }
}

impl Workspace {
    /// The highest scores under a definition. Whoever refuses is left out; ranks are among all who are scored.
    pub fn rank(&self, definition: &str, filter: &Filter) -> Result<List> {
        let card = self.card(definition, filter.as_of)?;
        let header = card.header().clone();
        let reading = self.reading()?;
        let disclosure = reading.disclosure(header.as_of());
        let role = filter.role.as_ref().map(|role| role.to_lowercase());
        let membership = reading.register.membership();
        let (mut people, mut seen, mut folded) = (Vec::new(), HashSet::new(), 0);
        // In slices, so that a short list of many people needs few names.
        let rows: Vec<usize> = card.ranked().collect();
        for rows in rows.chunks(filter.limit.clamp(64, 4096)) {
            let id = |row: &usize| membership.person_of(card.person(*row).unwrap_or_default());
            let ids: Vec<u64> = rows.iter().map(id).collect();
            for (row, named) in rows.iter().zip(disclosure.people(&ids, &header.purpose)?) {
                let (Some(named), Some(score), Some(rank)) =
                    (named, card.score(*row), card.rank(*row))
                else {
                    continue;
                };
                if !seen.insert(named.id()) {
                    folded += 1;
                    continue;
                }
                if people.len() < filter.limit
                    && on_network(&named, filter.network.as_deref())
                    && holds_role(
                        &reading,
                        named.id().0,
                        header.as_of(),
                        role.as_deref(),
                        filter.organisation.as_deref(),
                    )
                {
                    let top_share = card.top_share(*row).unwrap_or(1.0);
                    let interval = card.interval(*row);
                    people.push(Ranked { rank, person: named, score, interval, top_share });
                }
            }
            if people.len() >= filter.limit {
                break;
            }
        }
        let mut notes = Vec::new();
        if folded > 0 {
            notes.push(
                "Accounts were merged since; score again to have each person's score as one."
                    .to_owned(),
            );
        }
        if people.is_empty() && header.scored > 0 && filter.limit > 0 {
            notes.push("Nobody of the people scored meets the conditions.".to_owned());
        }
        self.looked(None, &format!("rank {}@{}", header.definition, header.version))?;
        Ok(List { header, people, notes })
    }
}

fn on_network(person: &Named, network: Option<&str>) -> bool {
    let on = |wanted: &str| {
        person
            .accounts()
            .iter()
            .filter_map(|text| Account::parse(text))
            .any(|one| one.network == wanted)
    };
    network.is_none_or(on)
}

/// Whether one role of the person meets both conditions at that moment.
fn holds_role(
    reading: &crate::workspace::Reading,
    person: u64,
    as_of: Time,
    role: Option<&str>,
    organisation: Option<&str>,
) -> bool {
    if role.is_none() && organisation.is_none() {
        return true;
    }
    reading.register.roles_of(person).iter().any(|held| {
        held.holds_at(as_of)
            && role.is_none_or(|wanted| held.role == wanted)
            && organisation.is_none_or(|wanted| held.organisation.eq_ignore_ascii_case(wanted))
    })
}
