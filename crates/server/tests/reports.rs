//! Reports tell a key of people what keys are told of them anywhere, and an operator what operators are.

mod common;

use axum::http::StatusCode;
use common::{World, fernhill};
use std::path::Path;
use tertius::consent::{By, Said, Saying};
use tertius::operators::Role;

/// Every report on the firm, asked so that it names as many as it can.
const ASKED: [&str; 14] = [
    "orders?examples=100",
    "permeability?draws=20",
    "r3?draws=19",
    "ladder?limit=1000&period=30d&window=120d",
    "introductions?to=discourse:ines&limit=100",
    "introductions?to=discourse:ines&from=discourse:lena&limit=100",
    "introductions?to=discourse:lena&limit=100",
    "introductions?to=Rain%20%26%20Shine&limit=100",
    "introductions?to=Fernhill&limit=100",
    "contact?topic_text=a%20sensor%20that%20reads%20too%20wet&limit=100",
    "contact?topic_text=a%20sensor%20that%20reads%20too%20wet&from=discourse:ines",
    "whatif/leave?who=discourse:lena&who=discourse:pavel&who=discourse:sofia",
    "whatif/join?who=Rain%20%26%20Shine",
    "whatif/merge-teams?team=Sales&team=Support",
];
const EMPLOYEES: [&str; 3] = ["discourse:lena", "discourse:pavel", "discourse:sofia"];

/// Fernhill, of which nobody has said anything yet, and whose employees are called in the forum otherwise than in the roster.
fn silent() -> World {
    let dir = tempfile::tempdir().unwrap();
    let roster = std::fs::read_to_string(fernhill("people.csv")).unwrap();
    let roster = roster.replace(",given,", ",,").replace(",withdrawn,", ",,");
    let mut lines = roster.lines().map(str::to_owned).collect::<Vec<_>>();
    for line in &mut lines[1..] {
        // An address that is an account besides, as of a roster that knows mail.
        let email = line.split(',').nth(1).unwrap().to_owned();
        let place = line.rfind(',').unwrap();
        line.insert_str(place, &format!(";mail:{email}"));
    }
    let file = dir.path().join("people.csv");
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let world = World::of(&[fernhill("interactions.ndjson")], Some(&file), &["helpers"], "");
    world.workspace.use_firm(&fernhill("firm.toml")).unwrap();
    world
}

fn say(world: &World, account: &str, said: Said, purpose: &str) {
    let saying = Saying { said, purpose: Some(purpose), at: None, by: By::Person, unknown: false };
    world.workspace.say(account, &saying).unwrap();
}

/// What the reports answer, one after the other; refused ones as 404.
async fn told(world: &World, key: Option<&str>, session: Option<&str>) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for asked in ASKED {
        let path = format!("/api/v1/reports/{asked}");
        let answer = match key {
            Some(key) => world.get(&path, Some(key)).await,
            None => world.browse(&path, session).await,
        };
        let allowed = [StatusCode::OK, StatusCode::NOT_FOUND];
        assert!(allowed.contains(&answer.status), "{path}: {}", answer.status);
        told.push((path, String::from_utf8(answer.body).unwrap()));
    }
    told
}

fn holds(told: &[(String, String)], text: &str) -> bool {
    told.iter().any(|(_, body)| body.contains(text))
}

/// Names of the roster, first and last.
fn names() -> Vec<String> {
    let roster = std::fs::read_to_string(fernhill("people.csv")).unwrap();
    roster.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_tells_a_key_nothing_of_a_roster_about_whoever_has_not_agreed() {
    let world = silent();
    let key = world.key("firm", 1_000, 10_000);
    let cookie = world.signed_in("ada", Role::Analyst);
    for employee in EMPLOYEES {
        say(&world, employee, Said::Given, "contact");
    }
    let operator = told(&world, None, Some(&cookie)).await;
    assert!(operator[0].1.contains("discourse:lena"), "there is such an example");
    for name in ["Lena Novak", "Ines Moreau", "mail:lena@mail.example"] {
        assert!(holds(&operator, name), "an operator hears of {name}");
    }
    let reports: Vec<_> = told(&world, Some(&key), None).await;
    for (path, body) in &reports {
        for name in names() {
            assert!(!body.contains(&name), "{path} tells of {name}: {body}");
        }
        for told in ["mail.example", "Community lead", "mail:"] {
            assert!(!body.contains(told), "{path} tells {told}: {body}");
        }
        // An example of an order would tell who works there.
        for employee in EMPLOYEES.iter().filter(|_| path.contains("orders")) {
            assert!(!body.contains(employee), "{path} tells of {employee}: {body}");
        }
    }
    let body = |part: &str| {
        let found = reports.iter().find(|(path, _)| path.contains(part)).unwrap();
        serde_json::from_str::<serde_json::Value>(&found.1).unwrap()
    };
    // Nobody is told to be inside, or at an organisation; how many there are is.
    assert_eq!(body("to=discourse:ines&limit")["introductions"].as_array().unwrap().len(), 0);
    let company = &body("to=Rain")["company"];
    assert_eq!(company["people"], 1);
    for people in ["missing", "bridges"] {
        assert_eq!(company[people], serde_json::json!([]), "{people}");
    }
    assert!(!body("to=discourse:lena")["notes"].to_string().contains("lena is inside"));
    // Nothing can be asked about somebody by account, since every answer would tell where they work.
    assert_eq!(body("leave?")["status"], 404);
    // They are still found, as what the forum calls them.
    assert!(holds(&reports, "discourse:ines") && holds(&reports, "discourse:lena"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_agrees_to_reports_on_the_firm_is_told_of_in_them_and_whoever_refuses_them_is_not()
{
    let world = silent();
    let key = world.key("firm", 1_000, 10_000);
    for account in EMPLOYEES {
        say(&world, account, Said::Given, "contact");
        say(&world, account, Said::Given, "firm");
    }
    for account in ["discourse:ines", "mastodon:vera@garden.example"] {
        say(&world, account, Said::Given, "firm");
    }
    say(&world, "discourse:emil", Said::Withdrawn, "firm");
    let reports = told(&world, Some(&key), None).await;
    for name in ["Lena Novak", "Ines Moreau", "Vera Novak", "mail:lena@mail.example"] {
        assert!(holds(&reports, name), "a key hears of {name}, who agreed");
    }
    assert!(!holds(&reports, "Jonas Weiss"), "and of no name of whoever did not");
    let leave = reports.iter().find(|(path, _)| path.contains("leave?")).unwrap();
    assert!(leave.1.contains("3 people would leave"), "{}", leave.1);
    // To whom `firm` is refused is nobody's business but an operator's.
    let cookie = world.signed_in("ada", Role::Analyst);
    assert!(holds(&told(&world, None, Some(&cookie)).await, "discourse:emil"));
    assert!(!holds(&reports, "discourse:emil"));
    let refused = "/api/v1/reports/introductions?to=discourse:emil";
    let unknown = "/api/v1/reports/introductions?to=discourse:nobody";
    let [refused, unknown] =
        [world.get(refused, Some(&key)).await, world.get(unknown, Some(&key)).await];
    assert_eq!((refused.status, &refused.body), (StatusCode::NOT_FOUND, &unknown.body));
}

#[test]
fn every_report_on_the_firm_is_asked_here() {
    let said = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(said).unwrap()).unwrap();
    let others = ["compare", "seeds"];
    for path in said["paths"].as_object().unwrap().keys() {
        let Some(report) = path.strip_prefix("/api/v1/reports/") else { continue };
        let is_asked = ASKED.iter().any(|asked| asked.split('?').next() == Some(report));
        assert!(is_asked || others.contains(&report), "ask {path} in this test");
    }
}
