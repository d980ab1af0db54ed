//! What if people left the firm, joined it, or two teams became one: permeability, bridges and the reach into third order, before and after.
//!
//! Nothing is predicted: the exchange of the window is looked at as if it had been so. Whoever leaves is taken out with all their ties; whoever joins stands inside with
//! the ties that they have. Of the third order (customers and partners among themselves, bound to the firm: [`influence::orders`]) it is told how many take part, and
//! how many of these people inside are in contact with, directly or through one person between. What permeability is stands in [`crate::permeability`].
//!
//! **Who may be asked about.** A question about one person is one about an employee, so the rule of [`crate::teams`] holds for those who leave; those who would join
//! are nobody's employees, so for them no reason of the firm's counts: five of them, or each agreed. A reader from outside may name by account only whoever
//! agreed, since every answer tells who is inside; the others are asked about by team or organisation.

use crate::engaged::read;
use crate::error::{Error, ErrorKind, Result};
use crate::permeability::{self, Bridges, Change, Measured, Membrane, Period, seen};
use crate::scope::{Focus, Scope};
use crate::teams::{NO_TEAM, PURPOSE, SMALLEST_TEAM, Teams};
use crate::workspace::Workspace;
use influence::definition::Side;
use influence::orders::{End, Order};
use model::{Account, Time, Visibility};
use std::collections::{BTreeSet, HashMap};

/// What should be otherwise.
#[derive(Clone, Debug)]
pub enum What {
    /// These people leave the firm: accounts, and everybody of these teams.
    Leave {
        /// Written `network:id`.
        accounts: Vec<String>,
        /// As the roster names them.
        teams: Vec<String>,
    },
    /// These join it: accounts, or everybody known at an organisation.
    Join {
        /// Accounts written `network:id`, or names of organisations.
        whom: Vec<String>,
        /// Which team they join, if one.
        team: Option<String>,
    },
    /// These teams become one.
    Merge {
        /// As the roster names them.
        teams: Vec<String>,
        /// What that one is called; the first of them if nothing else is said.
        into: Option<String>,
    },
}

/// What to report on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// How often sides are dealt anew to see what chance would do.
    pub draws: usize,
}

/// The report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct WhatIf {
    /// The firm; empty where the workspace has none.
    pub firm: String,
    /// What is otherwise, without names of people.
    pub change: String,
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub as_of: Time,
    /// As it is.
    pub before: State,
    /// As it would be.
    pub after: State,
    /// Organisations with a contact inside that would have none.
    pub lost: Vec<String>,
    /// Organisations that would have one.
    pub gained: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// The firm at one side of the change.
#[derive(Clone, Debug, serde::Serialize)]
pub struct State {
    /// The firm as a whole, if there are people enough to show it.
    pub whole: Option<Membrane>,
    /// Its teams, the largest first.
    pub teams: Vec<Membrane>,
    /// Who is reached through how many.
    pub bridges: Option<Bridges>,
    /// How far the inside reaches into third order.
    pub third_order: Option<ThirdOrder>,
}

/// People who take part in the third order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ThirdOrder {
    /// Outsiders and people at the edge who use or voice among themselves.
    pub people: usize,
    /// Those in contact with somebody inside.
    pub known: usize,
    /// Those of the others in contact with somebody outside who is in contact with the inside.
    pub through_one: usize,
    /// The rest.
    pub out_of_reach: usize,
}

impl Workspace {
    /// The firm as it is, and as it would be.
    ///
    /// Fails with `Usage` on who can't leave or join, `NotFound` on who or what is unknown, and `Refused` on who refuses or must not be asked about.
    pub fn whatif(&self, what: &What, options: &Options) -> Result<WhatIf> {
        let reading = self.reading()?;
        let focus = reading.focus(&options.scope)?;
        let scope = options.scope.clone();
        let wanted = permeability::Options { scope, weighted: false, draws: options.draws };
        let (change, sentence, asked) = change_of(&focus, what)?;
        let snapshot = seen(&focus)?;
        let (rows, _, threads) = read(&focus)?;
        let third = |measured: &Measured<'_>, change: &Change| {
            let end = |person: u64, at: Time| match change.joined.contains_key(&person) {
                true => End::Person(Side::Inside),
                false => focus.sides.end(person, at),
            };
            let takes_part = rows.iter().filter(|row| row.visibility != Visibility::Private);
            let takes_part = takes_part.filter(|row| {
                matches!(row.judged(end, &threads).0, Order::ThirdUse | Order::ThirdVoice)
                    && !change.gone.contains(&row.actor)
                    && !change.gone.contains(&row.target)
            });
            third_order(measured, takes_part.flat_map(|row| [row.actor, row.target]))
        };
        let mut notes = BTreeSet::new();
        let mut state = |change: &Change| {
            let measured = Measured::new(&focus, &snapshot, &wanted, change)?;
            let period = measured.period(&mut notes)?;
            let third = period.whole.is_some().then(|| third(&measured, change));
            Ok::<_, Error>(State::new(period, third))
        };
        let before = state(&Change::default())?;
        let after = state(&change)?;
        let reached = |state: &State| -> BTreeSet<String> {
            let all = state.bridges.iter().flat_map(|bridges| &bridges.organisations);
            all.map(|one| one.organisation.clone()).collect()
        };
        let (had, has) = (reached(&before), reached(&after));
        // An organisation that joins is not lost.
        let joins = |name: &str| match what {
            What::Join { whom, .. } => {
                whom.iter().any(|one| one.to_lowercase() == name.to_lowercase())
            }
            _ => false,
        };
        let (lost, gained) = match (&before.whole, &after.whole) {
            (Some(_), Some(_)) => (
                had.difference(&has).filter(|name| !joins(name)).cloned().collect(),
                has.difference(&had).cloned().collect(),
            ),
            _ => (Vec::new(), Vec::new()),
        };
        for person in asked {
            self.looked(Some(person), "whatif")?;
        }
        let Focus { from, as_of, ref firm, .. } = focus;
        let (change, notes) = (sentence, notes.into_iter().collect());
        Ok(WhatIf {
            firm: firm.name.clone(),
            change,
            from,
            as_of,
            before,
            after,
            lost,
            gained,
            notes,
        })
    }
}

impl State {
    fn new(period: Period, third_order: Option<ThirdOrder>) -> State {
        let Period { whole, teams, bridges, .. } = period;
        State { whole, teams, bridges, third_order }
    }
}

/// The change that was asked about, what it is in words, and whom it was asked about by account.
fn change_of(focus: &Focus<'_>, what: &What) -> Result<(Change, String, Vec<u64>)> {
    let Focus { reading, firm, as_of, disclosure, sides, .. } = focus;
    let as_of = *as_of;
    let inside = sides.inside(as_of);
    let team = |person: u64| sides.team(person, as_of).unwrap_or(NO_TEAM);
    let known = |name: &String| match inside.iter().any(|person| team(*person) == name) {
        true => Ok(()),
        false => Err(missing(format!(
            "no team inside is called {name}; write it as the roster does, and as of a time when somebody was in it"
        ))),
    };
    let person = |account: &String| {
        let person = disclosure.resolve(account)?;
        if !disclosure.has_agreed(person) {
            return Err(Error::refused(account));
        }
        match (sides.end(person, as_of), disclosure.refuses(person, PURPOSE)) {
            (_, true) => Err(Error::refused(account)),
            (End::Person(side), _) => Ok((person, side)),
            _ => Err(usage(format!("{account} is the firm's logo or system and no person"))),
        }
    };
    let rule = Teams::new(firm, disclosure);
    let mut change = Change::default();
    let mut asked = Vec::new();
    let sentence = match what {
        What::Leave { accounts, teams } => {
            for account in accounts {
                let (person, side) = person(account)?;
                if side != Side::Inside {
                    return Err(usage(format!(
                        "{account} is not inside the firm, so can't leave it"
                    )));
                }
                change.gone.insert(person);
                asked.push(person);
            }
            teams.iter().try_for_each(known)?;
            let of = |person: &&u64| teams.iter().any(|name| team(**person) == name);
            change.gone.extend(inside.iter().filter(of));
            let gone: Vec<u64> = change.gone.iter().copied().collect();
            if gone.is_empty() {
                return Err(usage("name who leaves, by account or with --team".to_owned()));
            }
            if !rule.may_show(gone.iter().copied()) {
                return Err(Error::new(ErrorKind::Refused, rule.remedy()));
            }
            format!("{} leave", people(gone.len()))
        }
        What::Join { whom, team } => {
            let standings = reading.standings(as_of);
            let mut joining = BTreeSet::new();
            for name in whom {
                if Account::parse(name).is_some() || name.parse::<u64>().is_ok() {
                    let (person, side) = person(name)?;
                    if side == Side::Inside {
                        return Err(usage(format!("{name} is inside the firm already")));
                    }
                    joining.insert(person);
                    asked.push(person);
                    continue;
                }
                let open = |person: &u64| {
                    matches!(sides.end(*person, as_of), End::Person(side) if side != Side::Inside)
                        && !disclosure.refuses(*person, PURPOSE)
                };
                joining.extend(standings.at(name)?.iter().filter(|person| open(person)));
            }
            let agreed = |person: &u64| disclosure.agrees_exactly(*person, PURPOSE);
            if joining.len() < SMALLEST_TEAM && !joining.iter().all(agreed) || joining.is_empty() {
                let message = format!(
                    "groups of fewer than {SMALLEST_TEAM} people who do not refuse are not asked about, unless each of them agreed to the purpose {PURPOSE:?}"
                );
                return Err(Error::new(ErrorKind::Refused, message));
            }
            let team = team.as_deref().unwrap_or(NO_TEAM);
            change.joined = joining.iter().map(|person| (*person, team.to_owned())).collect();
            format!("{} join", people(joining.len()))
        }
        What::Merge { teams, into } => {
            let different: BTreeSet<&String> = teams.iter().collect();
            if different.len() < 2 {
                return Err(usage("name two teams or more that become one".to_owned()));
            }
            teams.iter().try_for_each(known)?;
            let name = into.as_ref().unwrap_or(&teams[0]);
            change.renamed = teams.iter().map(|team| (team.clone(), name.clone())).collect();
            format!("{} become {name}", teams.join(" and "))
        }
    };
    Ok((change, sentence, asked))
}

fn people(count: usize) -> String {
    if count == 1 { "one person would".to_owned() } else { format!("{count} people would") }
}

fn missing(message: String) -> Error {
    Error::new(ErrorKind::NotFound, message)
}

fn usage(message: String) -> Error {
    Error::new(ErrorKind::Usage, message)
}

/// How far those who take part in the third order are from the inside.
fn third_order(measured: &Measured<'_>, takes_part: impl Iterator<Item = u64>) -> ThirdOrder {
    let numbers: HashMap<u64, usize> =
        measured.people().enumerate().map(|(v, (person, _))| (person, v)).collect();
    let inside: Vec<bool> = measured.people().map(|(_, inside)| inside).collect();
    let mut part = vec![false; inside.len()];
    for person in takes_part {
        if let Some(v) = numbers.get(&person) {
            part[*v] = !inside[*v];
        }
    }
    let contacts = measured.contacts();
    let touches = |v: usize, marks: &[bool]| contacts.row(v).0.iter().any(|w| marks[*w as usize]);
    let known: Vec<bool> = (0..inside.len()).map(|v| !inside[v] && touches(v, &inside)).collect();
    let mut found = ThirdOrder::default();
    for v in (0..inside.len()).filter(|v| part[*v]) {
        found.people += 1;
        let place = if known[v] {
            &mut found.known
        } else if touches(v, &known) {
            &mut found.through_one
        } else {
            &mut found.out_of_reach
        };
        *place += 1;
    }
    found
}
