//! The roster: whom the firm knows, as its CRM would export it.
//!
//! Every employee and partner, most customers, half of the prospects, and of the public those who signed up. A row is a role with
//! dates; who changed sides has two rows. Consent is of every kind, a few are under age, and a second account stands in
//! a row of its own: with the same email where the evidence is strong, with the name alone where it is weak.

use crate::chance::Chance;
use crate::event::{AccountRef, Network};
use crate::groups::{Bond, TEAMS};
use crate::people::{Planted, Role};
use crate::purpose;
use crate::world::World;
use model::Time;
use model::time::DAY;
use std::fmt::Write as _;

const HEADER: &str =
    "name,email,role,organisation,team,title,since,until,born,consent,accounts,logins\n";

/// One row's role.
#[derive(Clone, Default)]
struct Held {
    role: &'static str,
    organisation: String,
    team: &'static str,
    title: &'static str,
    since: String,
    until: String,
}

/// `people.csv`.
pub(super) fn roster(world: &World) -> String {
    let mut out = HEADER.to_owned();
    for person in 0..world.real() as u32 {
        let mut chance = Chance::of(world.config().seed, purpose::ROSTER, u64::from(person));
        let known = match world.people()[person as usize].role {
            Role::Employee | Role::Partner => 1.0,
            Role::Customer => 0.85,
            Role::Prospect => 0.5,
            _ => 0.08,
        };
        if chance.is(known) {
            rows(world, person, &mut chance, &mut out);
        }
    }
    out
}

fn rows(world: &World, person: u32, chance: &mut Chance, out: &mut String) {
    let (first, last) = world.name(person);
    let name = format!("{first} {last}");
    let email = world.account_id(AccountRef::new(person, Network::Mail));
    let mut accounts: Vec<AccountRef> = world.accounts(person);
    accounts.retain(|account| !account.is_second());
    // A firm seldom knows every account of somebody outside.
    if !matches!(world.people()[person as usize].role, Role::Employee) {
        accounts.retain(|account| {
            matches!(account.network(), Network::Discourse | Network::Mail) || chance.is(0.8)
        });
    }
    let accounts: Vec<String> =
        accounts.into_iter().map(|account| world.account_name(account)).collect();
    let born = born(world, chance);
    let consent = consent(world, person);
    let logins = chance.poisson(6.0);
    for held in held(world, person, chance) {
        let Held { role, organisation, team, title, since, until } = held;
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            "{name},{email},{role},{organisation},{team},{title},{since},{until},{born},{consent},{},{logins}",
            accounts.join(";")
        );
    }
    let second = world.schemes().seconds.iter().find(|(other, _)| *other == person);
    if let Some((_, strong)) = second {
        let account = world.account_name(AccountRef::new(person, Network::Twitter).second());
        let email = if *strong { email.as_str() } else { "" };
        let _ = writeln!(out, "{name},{email},,,,,,,,,{account},");
    }
}

/// A role, and maybe the one before.
fn held(world: &World, person: u32, chance: &mut Chance) -> Vec<Held> {
    let (start, end) = (world.config().start().0, world.config().end.0);
    let who = &world.people()[person as usize];
    let bond = world.groups()[who.group as usize].bond;
    let organisation = world.organisation(person).unwrap_or_default();
    let long_ago = date(start - chance.between(DAY, 1_500 * DAY));
    let turn = date(chance.between(start, end));
    let (team, title) = match bond {
        Bond::Team(team) if who.planted.has(Planted::GATEKEEPER) => {
            (TEAMS[usize::from(team)], "Lead")
        }
        Bond::Team(team) => (TEAMS[usize::from(team)], "Specialist"),
        _ => ("", ""),
    };
    let now = |role: &'static str| Held {
        role,
        organisation: organisation.clone(),
        team,
        title,
        since: long_ago.clone(),
        ..Held::default()
    };
    let changed = chance.unit();
    let before = |role: &'static str, organisation: String| Held {
        role,
        organisation,
        since: long_ago.clone(),
        until: turn.clone(),
        ..Held::default()
    };
    match who.role {
        Role::Employee if who.left != i64::MAX => {
            let left = date(who.left);
            let gone = Held { role: "alumnus", since: left.clone(), ..Held::default() };
            vec![Held { until: left, ..now("employee") }, gone]
        }
        Role::Employee if changed < 0.03 => {
            vec![before("customer", String::new()), Held { since: turn.clone(), ..now("employee") }]
        }
        Role::Employee => vec![now("employee")],
        Role::Partner if changed < 0.05 => {
            vec![
                before("customer", organisation.clone()),
                Held { since: turn.clone(), ..now("partner") },
            ]
        }
        Role::Partner => vec![now("partner")],
        Role::Customer if changed < 0.05 => {
            vec![before("prospect", String::new()), Held { since: turn.clone(), ..now("customer") }]
        }
        Role::Customer => vec![now("customer")],
        Role::Prospect => vec![now("prospect")],
        _ => vec![now("public")],
    }
}

/// What was said about being scored, in every form that a roster may hold.
fn consent(world: &World, person: u32) -> &'static str {
    let employee = world.people()[person as usize].role == Role::Employee;
    let mut chance = Chance::of(world.config().seed, purpose::CONSENT, u64::from(person));
    match chance.unit() {
        ..0.45 => "given",
        ..0.60 => "given:community",
        ..0.65 if !employee => "given:sales",
        ..0.68 => "withdrawn",
        ..0.70 => "objected",
        ..0.72 => "withdrawn:sales",
        ..0.80 => "never asked",
        _ => "",
    }
}

/// A date of birth for some; one in fifty of them is under 18 at the end of the window.
fn born(world: &World, chance: &mut Chance) -> String {
    if !chance.is(0.2) {
        return String::new();
    }
    let years = if chance.is(0.02) { chance.between(13, 17) } else { chance.between(19, 70) };
    date(world.config().end.0 - years * 365 * DAY - 180 * DAY)
}

fn date(at: i64) -> String {
    Time(at).to_string().chars().take(10).collect()
}
