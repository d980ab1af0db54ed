//! One person under every definition, with whom they influence and who influences them.

use crate::disclosure::{Disclosure, Named};
use crate::error::Result;
use crate::history::Delta;
use crate::moment::Moment;
use crate::workspace::Workspace;
use influence::scorecard::State;
use influence::{Projection, Snapshot, Tie};
use model::{Time, Visibility};
use std::fmt;

/// One person.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Portrait {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// Roles over all times, by beginning.
    pub roles: Vec<RoleShown>,
    /// Every definition that was scored, at equal size.
    pub scores: Vec<ScoreShown>,
    /// Whose doings moved this person most.
    pub influencers: Vec<Neighbour>,
    /// Who was moved most by this person.
    pub influenced: Vec<Neighbour>,
}

/// A role with its dates.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RoleShown {
    /// What.
    pub role: String,
    /// Where.
    pub organisation: String,
    /// In which team.
    pub team: String,
    /// Under which title.
    pub title: String,
    /// From when; `None` if always.
    pub since: Option<Time>,
    /// Until when, exclusive; `None` if still.
    pub until: Option<Time>,
}

/// A score, or why there is none.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ScoreShown {
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: String,
    /// `scored`, `not enough evidence`, `not asked about` or `refused`.
    pub state: String,
    /// 1 to 100.
    pub score: Option<f64>,
    /// The 90 % interval, where one is known.
    pub interval: Option<[f64; 2]>,
    /// The share of the reference that stands as high or higher.
    pub top_share: Option<f64>,
    /// How many people the scale was made on.
    pub reference_people: u64,
    /// Change against earlier scores, where there are any.
    pub delta: Delta,
    /// The moment.
    pub as_of: Time,
}

/// Somebody with a tie.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Neighbour {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// Interactions in the window.
    pub interactions: u32,
    /// Strength of the tie.
    pub strength: f32,
}

/// How many neighbours are shown each way.
const NEIGHBOURS: usize = 5;

impl Workspace {
    /// One person under every definition, or under those named (`name`, `name@version` or a file).
    pub fn who(&self, account: &str, definitions: &[String]) -> Result<Portrait> {
        let reading = self.reading()?;
        let as_of = reading.as_of(None)?;
        let disclosure = reading.disclosure(as_of);
        let id = disclosure.resolve(account)?;
        let Some(person) = disclosure.person(id, "")? else {
            return Err(crate::Error::refused(account));
        };
        let roles = reading.register.roles_of(id).into_iter().map(RoleShown::from).collect();
        let cards = match definitions {
            [] => self.newest_cards(None)?,
            some => some.iter().map(|one| self.card(one, None)).collect::<Result<_>>()?,
        };
        let mut scores = Vec::with_capacity(cards.len());
        for card in &cards {
            let mut shown = score_shown(card, id, &disclosure);
            if let Some(score) = shown.score {
                shown.delta = self.delta(card.header(), &disclosure.members(id), score)?;
            }
            scores.push(shown);
        }
        // Who moves whom is told from public interactions alone: third parties are named here.
        let projection = Projection {
            visibility: influence::projection::Levels::of(&[Visibility::Public]),
            ..Projection::standard()
        };
        let snapshot = Moment::new(&reading, as_of)?.snapshot(&projection)?;
        let (mut influencers, mut influenced) = (Vec::new(), Vec::new());
        if let Some(number) = snapshot.number(id) {
            let out = snapshot.ties().out().row(number as usize).0;
            let into = snapshot.ties().into().row(number as usize).0;
            let ties = |ids: &[u32], of: fn(u32, u32) -> (u32, u32)| {
                let tie = |other: &u32| {
                    let (source, target) = of(number, *other);
                    snapshot.tie_between(source, target).map(|tie| (*other, tie))
                };
                ids.iter().filter_map(tie).collect::<Vec<_>>()
            };
            influencers = neighbours(&snapshot, ties(out, |me, other| (me, other)), &disclosure)?;
            influenced = neighbours(&snapshot, ties(into, |me, other| (other, me)), &disclosure)?;
        }
        self.looked(Some(id), "who")?;
        Ok(Portrait { person, roles, scores, influencers, influenced })
    }
}

/// The strongest ties whose other end may be named.
fn neighbours(
    snapshot: &Snapshot,
    mut ties: Vec<(u32, Tie)>,
    disclosure: &Disclosure<'_>,
) -> Result<Vec<Neighbour>> {
    ties.sort_by(|(a, one), (b, other)| other.strength.total_cmp(&one.strength).then(a.cmp(b)));
    let mut shown = Vec::new();
    for (other, tie) in ties {
        if shown.len() == NEIGHBOURS {
            break;
        }
        let id = snapshot.people()[other as usize];
        if let Some(person) = disclosure.third_party(id, Visibility::Public, "")? {
            shown.push(Neighbour {
                person,
                interactions: tie.interactions,
                strength: tie.strength,
            });
        }
    }
    Ok(shown)
}

fn score_shown(
    card: &influence::Scorecard,
    person: u64,
    disclosure: &Disclosure<'_>,
) -> ScoreShown {
    let header = card.header();
    let row = card.find(person).filter(|_| !disclosure.refuses(person, &header.purpose));
    let state = match row {
        Some(row) => state_name(card.state(row)),
        None if disclosure.refuses(person, &header.purpose) => state_name(State::Refused),
        None => state_name(State::NotEnoughEvidence),
    };
    ScoreShown {
        definition: header.definition.clone(),
        version: header.version,
        question: header.question.clone(),
        state: state.to_owned(),
        score: row.and_then(|row| card.score(row)),
        interval: row.and_then(|row| card.interval(row)),
        top_share: row.and_then(|row| card.top_share(row)),
        reference_people: header.reference_people,
        delta: Delta::default(),
        as_of: header.as_of(),
    }
}

/// The state in words.
pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Scored => "scored",
        State::NotEnoughEvidence => "not enough evidence",
        State::OutsidePopulation => "not asked about",
        State::Refused => "refused",
    }
}

impl From<&ledger::people::Role> for RoleShown {
    fn from(role: &ledger::people::Role) -> RoleShown {
        RoleShown {
            role: role.role.clone(),
            organisation: role.organisation.clone(),
            team: role.team.clone(),
            title: role.title.clone(),
            since: Some(role.since).filter(|since| since.0 != i64::MIN),
            until: Some(role.until).filter(|until| until.0 != i64::MAX),
        }
    }
}

impl fmt::Display for RoleShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [&self.title, &self.role, &self.team, &self.organisation];
        let words: Vec<&str> =
            words.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        write!(f, "{}", words.join(", "))?;
        let day = |time: Time| time.to_string().chars().take(10).collect::<String>();
        match (self.since, self.until) {
            (None, None) => Ok(()),
            (Some(since), None) => write!(f, " (since {})", day(since)),
            (None, Some(until)) => write!(f, " (until {})", day(until)),
            (Some(since), Some(until)) => write!(f, " ({} to {})", day(since), day(until)),
        }
    }
}
