//! People from the outside: rosters in, merges and splits, what follows for names, roles and numbers.

mod common;

use common::people::*;
use ledger::Kind;
use ledger::people::{Import, Mapping, Standing, Suggester};
use model::{Account, Time};
use proptest::prelude::*;

const CRM: &str = "\
name,email,role,organisation,team,title,since,until,born,consent,accounts,followers
Ann Lee,Ann@Acme.example,Employee,Acme,Support,Engineer,2020-01-01,2024-01-01,,given:community,twitter:1; github:11,120
Ann Lee,ann@acme.example,Employee,Acme,Sales,Lead,2024-01-01,,,,,150
\"Bo \"\"B\"\"
Ek\",bo@cust.example,customer,Cust,,,,,2010-05-01,,twitter:2,
Cy Dot,,prospect,Dot,,,,,,withdrawn,,7
";

#[test]
fn a_roster_makes_people_with_roles_numbers_and_consent() {
    let mut world = World::new();
    let imported = world.import("crm", CRM);
    assert_eq!(counts(&imported), (4, 4, 0, 0, 1, 0), "{imported:?}");
    assert_eq!(world.accounts_of("twitter:1"), ["github:11", "twitter:1"]);

    let register = world.register();
    let ann = register.membership().person_of(key("twitter:1"));
    assert_eq!(ann, key("twitter:1").min(key("github:11")));
    let names = register.names_of_people();
    assert_eq!(names[&ann].email.as_deref(), Some("ann@acme.example"));
    assert_eq!(names[&key("twitter:2")].name.as_deref(), Some("Bo \"B\" Ek"));
    assert_eq!(names[&key("roster:crm/cy dot")].name.as_deref(), Some("Cy Dot"));

    let roles = |at: &str| -> Vec<(String, String)> {
        register
            .roles_at(day(at))
            .filter(|role| register.membership().person_of(role.account) == ann)
            .map(|role| (role.role.clone(), role.team.clone()))
            .collect()
    };
    let employee = |team: &str| vec![("employee".to_owned(), team.to_owned())];
    assert_eq!(roles("2019-12-31"), []);
    assert_eq!(roles("2023-12-31"), employee("Support"));
    assert_eq!(roles("2024-01-01"), employee("Sales"));
    assert_eq!(register.roles_of(ann).len(), 2);

    // Of two rows about one person, the later role's number.
    let followers = &register.attributes()["followers"];
    assert!(followers.contains(&(ann, 150.0)) && followers.len() == 2, "{followers:?}");

    let standing = |who: u64, purpose: &str, at: &str| register.standing(who, purpose, day(at));
    assert_eq!(standing(ann, "community", "2026-01-01"), Standing::Given);
    assert_eq!(standing(ann, "sales", "2026-01-01"), Standing::NeverAsked);
    assert_eq!(standing(key("twitter:2"), "sales", "2028-04-30"), Standing::Minor);
    assert_eq!(standing(key("twitter:2"), "sales", "2028-05-01"), Standing::NeverAsked);
    assert_eq!(standing(key("roster:crm/cy dot"), "sales", "2026-01-01"), Standing::Refused);
}

#[test]
fn the_same_roster_again_adds_nothing() {
    let mut world = World::new();
    world.import("crm", CRM);
    let before = world.register();
    let again = world.import("crm", CRM);
    assert_eq!(counts(&again), (4, 0, 0, 4, 0, 0));
    let after = world.register();
    assert_eq!(after.digest(), before.digest());
    assert_eq!(after.claims(), before.claims());
}

#[test]
fn a_roster_that_changed_updates_what_it_had_said() {
    let mut world = World::new();
    world.import("crm", CRM);
    let changed = CRM
        .replace("Cust,,,,,2010", "Cust,,Buyer,,2027-01-01,2010")
        .replace("withdrawn,,7", "withdrawn,,9");
    assert_eq!(counts(&world.import("crm", &changed)), (4, 0, 2, 2, 0, 0));
    let register = world.register();
    let role = &register.roles_of(key("twitter:2"))[0];
    assert_eq!((role.title.as_str(), role.until), ("Buyer", day("2027-01-01")));
    assert!(register.attributes()["followers"].contains(&(key("roster:crm/cy dot"), 9.0)));
}

#[test]
fn the_order_of_rows_has_no_meaning() {
    let rows: Vec<&str> = vec![
        "Ann,ann@a.example,employee,2020-01-01,given,twitter:1,5",
        "Ann Lee,ann@a.example,lead,2022-01-01,withdrawn,github:1,3",
        "A. Lee,ann@a.example,lead,2022-01-01,,mail:ann,4",
        "Bo,bo@a.example,employee,,given,twitter:2,",
    ];
    let import = |rows: &[&str]| {
        let mut world = World::new();
        let csv = format!("name,email,role,since,consent,accounts,n\n{}\n", rows.join("\n"));
        world.import("crm", &csv);
        world.register().digest()
    };
    let forward = import(&rows);
    let mut turned = rows;
    for _ in 0..3 {
        turned.rotate_left(1);
        assert_eq!(import(&turned), forward);
    }
    turned.reverse();
    assert_eq!(import(&turned), forward);
}

#[test]
fn a_split_survives_the_next_import_and_a_merge_takes_it_back() {
    let mut world = World::new();
    world.import("crm", CRM);
    let before = world.register().membership().clone();
    assert!(world.split("github:11").is_some());
    assert_eq!(world.accounts_of("github:11"), ["github:11"]);
    assert_eq!(world.split("github:11"), None);
    world.import("crm", CRM);
    // Nor does the same person listed with one account more bring it back.
    world.import("crm", &CRM.replace("github:11", "github:11 mastodon:5"));
    world.import("other", "email,accounts\nann@acme.example,twitter:1 github:11\n");
    assert_eq!(world.accounts_of("github:11"), ["github:11"]);
    assert_eq!(world.accounts_of("twitter:1"), ["mastodon:5", "twitter:1"]);
    world.split("mastodon:5");
    world.merge("github:11", "twitter:1");
    assert_eq!(world.register().membership().pairs(), before.pairs());
    assert_eq!(world.merge("twitter:1", "github:11"), None);
}

#[test]
fn a_merge_of_two_groups_can_be_withdrawn_exactly() {
    let mut world = World::new();
    world.import(
        "crm",
        "email,accounts\na@x.example,twitter:1 github:1\nb@x.example,twitter:2 github:2\n",
    );
    let before = world.register().membership().clone();
    let claim = world.merge("twitter:1", "github:2").unwrap();
    let merged = world.register().membership().person_of(key("twitter:2"));
    let all = ["twitter:1", "github:1", "twitter:2", "github:2"];
    assert_eq!(Some(merged), all.iter().map(|a| key(a)).min());
    let now = world.tick();
    world.people.withdraw(claim, now).unwrap();
    assert_eq!(world.register().membership(), &before);
    let error = world.people.withdraw(99, now).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    let itself = world.people.merge(&account("twitter:1"), &account("twitter:1"), now);
    assert_eq!(itself.unwrap_err().kind(), Kind::Refused);
}

#[test]
fn an_account_given_later_joins_the_row_that_had_none() {
    let mut world = World::new();
    world.import("crm", "name,email,role\nAnn,ann@a.example,employee\n");
    let again =
        world.import("crm", "name,email,role,accounts\nAnn,ann@a.example,employee,twitter:1\n");
    assert_eq!(counts(&again), (1, 0, 0, 1, 1, 0));
    assert_eq!(world.accounts_of("twitter:1"), ["roster:crm/ann@a.example", "twitter:1"]);
    let register = world.register();
    assert_eq!(register.roles_of(key("twitter:1")).len(), 1);
}

#[test]
fn two_people_of_one_name_with_accounts_of_their_own_stay_two() {
    let mut world = World::new();
    world.import("crm", "name,accounts\nJan Berg,twitter:1\nJan Berg,twitter:2\n");
    assert_eq!(world.register().membership().pairs(), []);
}

/// Reads one row under a header that has every field; gives the field of its fault.
fn fault_of(row: &[u8]) -> (String, String) {
    let mut world = World::new();
    let mut csv = b"name,email,role,since,until,born,consent,accounts,n\nGood,good@x.example,,,,,,twitter:9,1\n".to_vec();
    csv.extend_from_slice(row);
    let imported = world.try_import("crm", "", &csv).unwrap();
    assert_eq!((imported.read, imported.created, imported.rejects.len()), (2, 1, 1), "{row:?}");
    let reject = &imported.rejects[0];
    assert_eq!((reject.line, reject.raw.as_slice()), (3, row));
    (reject.fault.field.clone(), reject.fault.reason.clone())
}

#[test]
fn a_row_with_a_fault_is_a_reject_and_the_others_are_kept() {
    let cases: [(&[u8], &str); 13] = [
        (b"A,a@x.example,boss,2024-02-01,2024-01-01,,,,", "until"),
        (b"A,a@x.example,boss,2024-01-01,2024-01-01,,,,", "until"),
        (b"A,a@x.example,boss,soon,,,,,", "since"),
        (b"A,a@x.example,boss,2024-13-01,,,,,", "since"),
        (b"A,a@x.example,boss,2024-01-01T10:00:00,,,,,", "since"),
        (b"A,a@x.example,boss,,,2031-01-01,,,", "born"),
        (b"A,a@x.example,boss,,,,maybe,,", "consent"),
        (b"A,a@x.example,boss,,,,,88,", "accounts"),
        (b"A,unknown,boss,,,,,,", "email"),
        (b"A,a@x.example,boss,,,,,,inf", "n"),
        (b"A\xFF,a@x.example,boss,,,,,,", "name"),
        (b",,boss,,,,,,", ""),
        (b"A,a@x.example", ""),
    ];
    for (row, field) in cases {
        assert_eq!(fault_of(row).0, field, "{}", String::from_utf8_lossy(row));
    }
    assert!(fault_of(b"A,\"a@x.example,boss\nB,b@x.example").1.contains("never closed"));
}

#[test]
fn a_file_that_is_no_roster_is_refused_with_what_to_do() {
    let mut world = World::new();
    let cases: [(&[u8], &str); 7] = [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"id,score\n1,2\n", "--mapping"),
        (b"name,email,Name\n", "twice"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\x1f\x8brest", "compressed"),
        (b"\xff\xfen\0a\0", "UTF-16"),
    ];
    for (bytes, says) in cases {
        let error = world.try_import("crm", "", bytes).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(world.try_import(" ", "", b"name\nAnn\n").is_err());
    let dir = tempfile::tempdir().unwrap();
    let mapping = Mapping::default();
    let import = Import::new("crm", &mapping, Time(0));
    let error = world.people.import_file(dir.path(), &import).unwrap_err();
    assert!(error.to_string().contains("is a directory"));
    let error = world.people.import_file(&dir.path().join("none.csv"), &import).unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    let broken = dir.path().join("broken.csv");
    std::fs::write(&broken, "id\n1\n").unwrap();
    let error = world.people.import_file(&broken, &import).unwrap_err();
    assert!(error.to_string().contains("broken.csv"), "{error}");
}

#[test]
fn a_roster_without_rows_is_read_and_says_nothing() {
    let mut world = World::new();
    assert_eq!(counts(&world.import("crm", "name,email\n")), (0, 0, 0, 0, 0, 0));
}

#[test]
fn separators_marks_and_line_ends_of_spreadsheets_are_understood() {
    let mut world = World::new();
    let csv = "\u{feff}Name;E-Mail;Accounts;Score;Note\r\n\r\nAnn;ann@x.example;\"twitter:1;github:1\";1.5;hello\r\n";
    let imported = world.try_import("crm", "email=e-mail,score=score", csv.as_bytes()).unwrap();
    assert_eq!(counts(&imported), (1, 1, 0, 0, 1, 0), "{imported:?}");
    let plain = world.import("plain", csv.replace("E-Mail", "email").as_str());
    let ignored: Vec<&str> = plain.ignored.iter().map(|i| i.column.as_str()).collect();
    assert_eq!(ignored, ["Note"]);
    assert_eq!(world.register().attributes()["Score"].len(), 1);
}

#[test]
fn two_accounts_under_one_key_are_refused_and_named() {
    fn weak(_: &str, id: &str) -> u128 {
        let len = id.len() as u128;
        (len << 64) | model::keys::account("x", id) & u128::from(u64::MAX)
    }
    let mut world = World::new();
    let mapping = Mapping::default();
    let import = Import { account_hash: weak, ..Import::new("crm", &mapping, Time(0)) };
    let csv = "name,accounts\nAnn,twitter:10\nBo,twitter:20\nCy,twitter:300\n";
    let imported = world.people.import(csv.as_bytes(), &import).unwrap();
    assert_eq!((imported.created, imported.rejects.len()), (2, 1));
    let reason = &imported.rejects[0].fault.reason;
    assert!(reason.contains("twitter:10") && reason.contains("twitter:20"), "{reason}");
    // The interactions may hold the key as well.
    let holder = |_: &Account| Some(account("mastodon:7"));
    let import = Import { holder: &holder, ..Import::new("other", &mapping, Time(0)) };
    let imported = world.people.import(b"accounts\ntwitter:4\nmastodon:7\n", &import).unwrap();
    assert_eq!((imported.created, imported.rejects.len()), (1, 1));
}

#[test]
fn suggestions_show_what_people_share_and_merge_nothing() {
    let mut world = World::new();
    world.import("crm", "name,email,organisation,accounts\nAnn Lee,ann@x.example,Acme,\nJane Smith,,Acme,twitter:5\n");
    world.import(
        "events",
        "name,email,organisation,accounts\n\"Smith, Jane\",,ACME,meetup:5\nA,ANN@x.example,,\n",
    );
    let register = world.register();
    let mut suggester = Suggester::new(&register);
    suggester.account(key("git:ann@x.example"), "git", "ann@x.example", None, None);
    for (network, name) in
        [("twitter", "Bo Ek"), ("github", "Bo Ek"), ("mastodon", "Somebody Else")]
    {
        let id = format!("{network}:77");
        suggester.account(key(&id), network, "77", Some("bo"), Some(name));
    }
    // One network twice is a namesake, not the same person.
    for id in ["8", "9"] {
        suggester.account(key(&format!("twitter:{id}")), "twitter", id, Some("cy"), Some("Cy Dot"));
    }
    let found = suggester.finish();
    let pairs: Vec<(u64, u64)> = found.iter().map(|s| (s.a, s.b)).collect();
    let pair = |a: &str, b: &str| (key(a).min(key(b)), key(a).max(key(b)));
    for expected in [
        pair("roster:crm/ann@x.example", "git:ann@x.example"),
        pair("roster:crm/ann@x.example", "roster:events/ann@x.example"),
        pair("twitter:77", "github:77"),
        pair("twitter:5", "meetup:5"),
    ] {
        assert!(pairs.contains(&expected), "{found:#?}");
    }
    assert_eq!(found.len(), 5, "{found:#?}");
    assert!(found.windows(2).all(|two| two[0].strength >= two[1].strength));
    assert_eq!(register.membership().pairs(), []);

    // What was merged and split again is not suggested again.
    world.merge("twitter:5", "meetup:5");
    assert_eq!(Suggester::new(&world.register()).finish().len(), 1);
    world.split("meetup:5");
    assert_eq!(Suggester::new(&world.register()).finish().len(), 1);
}

#[test]
fn what_too_many_share_tells_nothing() {
    let world = World::new();
    let register = world.register();
    let found = |people: u64| {
        let mut suggester = Suggester::new(&register);
        for i in 0..people {
            let network = format!("n{i}");
            suggester.account(i, &network, "1", Some("admin"), Some("Admin Team"));
        }
        suggester.finish().len()
    };
    assert_eq!((found(20), found(21)), (190, 0));
}

fn any_roster(network: &'static str) -> impl Strategy<Value = String> {
    let row = (0u8..8, 0u8..6, 0u8..6, 0u8..4, 0u8..5, proptest::option::of(0u16..9)).prop_map(
        move |(who, a, b, role, consent, n)| {
            let email = if who < 6 { format!("p{who}@{network}.example") } else { String::new() };
            let accounts = match (a, b) {
                (0, _) => String::new(),
                (a, 0) => format!("{network}:{a}"),
                (a, b) => format!("{network}:{a} {network}:{b}"),
            };
            let consent =
                ["", "given", "withdrawn", "given:sales", "objected:sales"][consent as usize];
            let since = ["", "2020-01-01", "2021-01-01", "2022-01-01"][role as usize];
            let born = if n == Some(3) { format!("201{who}-01-01") } else { String::new() };
            let n = n.map_or(String::new(), |n| n.to_string());
            format!(
                "P{who},{email},{network} role {role},{since},{born},{consent},{accounts},{n}\n"
            )
        },
    );
    proptest::collection::vec(row, 0..12).prop_map(|rows| {
        format!("name,email,role,since,born,consent,accounts,n\n{}", rows.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn importing_twice_is_importing_once(csv in any_roster("one")) {
        let mut world = World::new();
        world.import("crm", &csv);
        let before = world.register();
        let again = world.import("crm", &csv);
        prop_assert_eq!((again.created, again.updated, again.claims), (0, 0, 0));
        let after = world.register();
        prop_assert_eq!(after.digest(), before.digest());
        prop_assert_eq!(after.claims(), before.claims());
    }

    #[test]
    fn rows_in_any_order_say_the_same(csv in any_roster("one"), turn in 0usize..12) {
        let (head, rows) = csv.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        let turn = turn.min(rows.len());
        rows.rotate_left(turn);
        rows[turn / 2..].reverse();
        let mut one = World::new();
        one.import("crm", &csv);
        let mut other = World::new();
        other.import("crm", &format!("{head}\n{}\n", rows.join("\n")));
        let (a, b) = (one.register(), other.register());
        prop_assert_eq!(a.membership(), b.membership());
        prop_assert_eq!(a.digest(), b.digest());
    }

    #[test]
    fn disjoint_rosters_may_come_in_any_order(one in any_roster("one"), two in any_roster("two")) {
        let mut forward = World::new();
        forward.import("first", &one);
        forward.import("second", &two);
        let mut backward = World::new();
        backward.import("second", &two);
        backward.import("first", &one);
        let (a, b) = (forward.register(), backward.register());
        prop_assert_eq!(a.membership(), b.membership());
        prop_assert_eq!(a.digest(), b.digest());
    }

    #[test]
    fn no_bytes_at_all_make_the_reader_panic(
        head in prop_oneof![Just(&b""[..]), Just(&b"name,email,since,born,accounts,n\n"[..]), Just(&b"accounts;consent\n"[..])],
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b",;\"\n:@ \t0-2".to_vec())], 0..200),
    ) {
        let mut world = World::new();
        let csv = [head, &bytes].concat();
        if let Ok(imported) = world.try_import("crm", "", &csv) {
            let counted = imported.created + imported.updated + imported.unchanged;
            prop_assert_eq!(imported.read, counted + imported.rejects.len() as u64);
        }
        world.register().digest();
    }

    #[test]
    fn no_text_at_all_makes_the_mapping_panic(text in "[a-c=,+:\"#\n ]{0,40}") {
        let mut world = World::new();
        let _ = world.try_import("crm", &text, b"a,b,name\n1,2,Ann\n");
    }
}
