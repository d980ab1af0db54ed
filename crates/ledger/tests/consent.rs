//! Consent from the outside: what rosters, operators and people say, and who is refused in the end.

mod common;

use common::assert_sound;
use common::people::*;
use ledger::Kind;
use ledger::people::{OPERATOR, SELF, Said, Standing};
use model::Time;

#[test]
fn consent_withdrawn_in_person_outlives_every_file() {
    let mut world = World::new();
    let csv = "email,consent,accounts\na@x.example,given,twitter:1 github:1\n";
    world.import("crm", csv);
    let now = world.tick();
    world.people.state(&account("github:1"), Said::Objected, "", SELF, now).unwrap();
    world.import("crm", csv);
    world.import("crm-next-month", csv);
    let standing = |world: &World| world.register().standing(key("twitter:1"), "sales", now);
    assert_eq!(standing(&world), Standing::Refused);
    let now = world.tick();
    world.people.state(&account("github:1"), Said::Given, "", OPERATOR, now).unwrap();
    assert_eq!(standing(&world), Standing::Given);
    let wrong = world.people.state(&account("github:1"), Said::Given, "Two Words", OPERATOR, now);
    assert_eq!(wrong.unwrap_err().kind(), Kind::Refused);
}

#[test]
fn a_roster_may_change_its_own_mind_about_consent() {
    let mut world = World::new();
    let csv =
        |said: &str| format!("email,consent,accounts\na@x.example,{said},twitter:1 github:1\n");
    for (said, sales, community) in [
        ("given:community", Standing::NeverAsked, Standing::Given),
        ("withdrawn", Standing::Refused, Standing::Refused),
        ("given:community", Standing::Refused, Standing::Given),
        ("given", Standing::Given, Standing::Given),
        ("withdrawn:sales", Standing::Refused, Standing::Given),
        ("", Standing::Refused, Standing::Given),
    ] {
        world.import("crm", &csv(said));
        let again = world.import("crm", &csv(said));
        assert_eq!((again.updated, again.unchanged), (0, 1), "{said}");
        let register = world.register();
        let standing = |purpose| register.standing(key("github:1"), purpose, Time(0));
        assert_eq!((standing("sales"), standing("community")), (sales, community), "{said}");
    }
}

#[test]
fn a_roster_that_refuses_again_takes_effect_whatever_was_said_in_between() {
    let csv = |said: &str| format!("name,consent,accounts\nAnn,{said},forum:u0\n");
    let refused = |world: &World, purpose: &str| {
        world.register().standing(key("forum:u0"), purpose, Time(0)) == Standing::Refused
    };
    for (restricts, gives) in [
        ("withdrawn", "given"),
        ("objected", "given"),
        ("withdrawn:sales", "given"),
        ("withdrawn:sales", "given:sales"),
        ("withdrawn", "given:sales"),
    ] {
        let mut world = World::new();
        world.import("a", &csv(restricts));
        assert!(refused(&world, "sales"));
        world.import("b", &csv(gives));
        assert!(!refused(&world, "sales"), "a newer file may lift an older one's refusal");
        assert_eq!(world.import("a", &csv(restricts)).updated, 1);
        assert!(refused(&world, "sales"), "{restricts} after {gives}");
        // From here on both only repeat themselves.
        let before = world.register().digest();
        for _ in 0..3 {
            for (source, said) in [("b", gives), ("a", restricts), ("a", restricts)] {
                assert_eq!(world.import(source, &csv(said)).updated, 0);
                assert!(refused(&world, "sales"), "{restricts} and {gives} in turn");
            }
        }
        assert_eq!(world.register().digest(), before);
        // An operator's word lifts it until the file refuses once more.
        let now = world.tick();
        world.people.state(&account("forum:u0"), Said::Given, "", OPERATOR, now).unwrap();
        assert!(!refused(&world, "sales"));
        world.import("a", &csv(restricts));
        assert!(refused(&world, "sales"));
    }
}

#[test]
fn a_refusal_holds_though_the_clock_ran_ahead_before() {
    let mut world = World::new();
    let ahead = Time(world.now + 1_000_000);
    world.people.state(&account("forum:u0"), Said::Given, "", OPERATOR, ahead).unwrap();
    let csv = "name,consent,accounts\nAnn,withdrawn,forum:u0\n";
    world.import("a", csv);
    assert_eq!(world.register().standing(key("forum:u0"), "x", Time(0)), Standing::Refused);
    assert_eq!(world.import("a", csv).updated, 0);
}

#[test]
fn a_file_never_lifts_what_the_person_or_the_operator_refused() {
    for source in [SELF, OPERATOR] {
        let mut world = World::new();
        let now = world.tick();
        world.people.state(&account("forum:u0"), Said::Withdrawn, "", source, now).unwrap();
        for (roster, said) in
            [("a", "withdrawn"), ("b", "given"), ("a", "given"), ("c", "given:sales")]
        {
            let csv = format!("name,consent,accounts\nAnn,{said},forum:u0\n");
            world.import(roster, &csv);
            let register = world.register();
            assert_eq!(register.standing(key("forum:u0"), "sales", Time(0)), Standing::Refused);
        }
    }
}

#[test]
fn a_refusal_and_a_birth_outlive_a_split_from_the_row_that_said_so() {
    let mut world = World::new();
    world.import(
        "crm",
        "email,consent,born,accounts\na@x.example,withdrawn,2015-01-01,twitter:1 github:1\n",
    );
    for account in ["twitter:1", "github:1"] {
        world.split(account);
    }
    let register = world.register();
    for account in ["twitter:1", "github:1"] {
        assert_eq!(register.standing(key(account), "sales", day("2026-01-01")), Standing::Minor);
        assert_eq!(register.standing(key(account), "sales", day("2036-01-01")), Standing::Refused);
    }
}

#[test]
fn a_refusal_or_a_birth_under_18_counts_also_in_a_row_that_is_a_reject() {
    let head = "name,email,role,since,until,born,consent,accounts,n\n";
    let given = format!("{head}Ann,a@x.example,boss,,,,given,twitter:1,5\n");
    for (row, standing) in [
        ("Ann,a@x.example,boss,,,1990,withdrawn,twitter:1,", Standing::Refused),
        ("Ann,a@x.example,boss,,,1990,objected,twitter:1,", Standing::Refused),
        ("Ann,a@x.example,boss,soon,,,withdrawn:sales,twitter:1,", Standing::Refused),
        ("Ann,unknown,boss,,,,withdrawn,twitter:1,", Standing::Refused),
        ("Ann,a@x.example,boss,,,,withdrawn,88,", Standing::Refused),
        ("Ann,,boss,,,,withdrawn,twitter:1;88,", Standing::Refused),
        ("Ann,a@x.example,boss,2024-02-01,2024-01-01,,withdrawn,twitter:1,", Standing::Refused),
        ("Ann,a@x.example,boss,,,,withdrawn,twitter:1", Standing::Refused),
        ("Ann,a@x.example,boss,,,2015-01-01,maybe,twitter:1,", Standing::Minor),
        ("Ann,a@x.example,boss,soon,,2015-01-01,withdrawn,twitter:1,", Standing::Minor),
        // Neither an older birth nor a consent is taken from a reject.
        ("Ann,a@x.example,boss,soon,,1990-01-01,given:other,twitter:1,", Standing::Given),
        ("Ann,a@x.example,boss,,,,maybe,twitter:1,", Standing::Given),
        // Nor is anything taken from one that does not say of whom.
        ("Ann,unknown,boss,,,,withdrawn,88,", Standing::Given),
    ] {
        let mut world = World::new();
        world.import("crm", &given);
        for _ in 0..2 {
            let imported = world.import("crm", &format!("{head}{row}\n"));
            assert_eq!(counts(&imported), (1, 0, 0, 0, 0, 1), "{row}");
            let reason = &imported.rejects[0].fault.reason;
            let recorded = standing != Standing::Given;
            assert_eq!(reason.contains("recorded all the same"), recorded, "{row}: {reason}");
            let register = world.register();
            let (ann, now) = (key("twitter:1"), day("2026-11-02"));
            assert_eq!(register.standing(ann, "sales", now), standing, "{row}");
            // Nothing else changes, but that an objection leaves nothing else.
            let objects = row.contains("objected");
            assert_eq!(register.attributes().contains_key("n"), !objects, "{row}");
            if !objects {
                assert_eq!(register.attributes()["n"], [(ann, 5.0)]);
            }
            assert_eq!(register.names_of_people().len(), usize::from(!objects), "{row}");
            assert_eq!(register.membership().pairs(), [], "{row}");
        }
    }
}

#[test]
fn a_refusal_in_a_reject_holds_for_somebody_who_was_never_named_before() {
    let mut world = World::new();
    let csv =
        "name,born,consent,accounts\nAnn,1990,withdrawn,twitter:1 github:1\nBo,1990,objected,\n";
    world.import("crm", csv);
    let fixed = csv.replace("1990", "1990-01-01").replace("objected,", "given,twitter:2");
    for account in ["twitter:1", "github:1", "roster:crm/bo"] {
        let register = world.register();
        assert_eq!(register.standing(key(account), "sales", Time(world.now)), Standing::Refused);
        assert!(register.names().is_empty());
    }
    let imported = world.import("crm", &fixed);
    assert_eq!((imported.created, imported.rejects.len()), (2, 0));
    let standing = world.register().standing(key("twitter:1"), "sales", Time(world.now));
    assert_eq!(standing, Standing::Refused);
}

#[test]
fn a_statement_that_has_no_meaning_any_more_is_found_by_verify() {
    let dir = tempfile::tempdir().unwrap();
    let mut people = ledger::people::People::open(dir.path()).unwrap();
    people.state(&account("forum:u0"), Said::Withdrawn, "", SELF, Time(0)).unwrap();
    assert_sound(dir.path());
    let catalogue = ledger::Catalogue::open(dir.path()).unwrap();
    catalogue.connection().execute("UPDATE consents SET said = 'withdrewn'", []).unwrap();
    let report = ledger::verify(dir.path()).unwrap();
    assert!(!report.ok && report.problems[0].contains("withdrewn"), "{report:?}");
}
