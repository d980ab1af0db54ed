//! Of whoever objects to everything nothing is kept but the refusal, and a running process knows at once.

mod common;

use common::people::*;
use common::{Row, batch, rules, store_with};
use ledger::people::{OPERATOR, People, SELF, Said, Standing, Suppressions};
use ledger::{Catalogue, Ledger, Options};
use model::{Account, ProfileField, Time};

const ROSTER: &str = "name,email,role,organisation,title,born,age,deals,accounts\n\
    Ann Lee,ann@x.example,customer,Wexford,Head of Roses,1980-01-01,,3,twitter:1 github:1\n\
    Bo Ray,bo@x.example,employee,Acme,,,,5,twitter:2\n";

#[test]
fn whoever_objects_to_everything_leaves_nothing_but_the_refusal() {
    let mut world = World::new();
    world.import("crm", ROSTER);
    let now = world.tick();
    world.people.state_now(&account("github:1"), Said::Objected, "", SELF, now).unwrap();
    let nothing_left = |world: &World| {
        let register = world.register();
        let person = register.membership().person_of(key("twitter:1"));
        assert!(!register.names_of_people().contains_key(&person));
        assert!(register.roles_of(person).is_empty());
        assert_eq!(register.attributes()["deals"].len(), 1, "those of the other person stay");
        assert_eq!(register.standing(person, "sales", now), Standing::Refused);
        assert!(register.names_of_people().contains_key(&key("twitter:2")));
    };
    nothing_left(&world);
    // The same file, another one, and a merge with an account that has a name.
    assert_eq!(world.import("crm", ROSTER).updated, 0);
    nothing_left(&world);
    world.import("next", &ROSTER.replace("github:1", "github:1 forum:1"));
    nothing_left(&world);
    world.import("other", "name,accounts\nAnn Again,mail:ann\n");
    world.merge("mail:ann", "twitter:1");
    nothing_left(&world);
    // Taken back by the person, the next file fills it again, and nobody has consented.
    let now = world.tick();
    world.people.state_now(&account("github:1"), Said::Lifted, "", SELF, now).unwrap();
    world.import("crm", ROSTER);
    let register = world.register();
    let person = register.membership().person_of(key("twitter:1"));
    assert_eq!(register.names_of_people()[&person].name.as_deref(), Some("Ann Lee"));
    assert_eq!(register.standing(person, "sales", now), Standing::NeverAsked);
}

#[test]
fn what_an_objection_removes_is_in_no_byte_of_the_catalogue_nor_of_its_log() {
    let mut world = World::new();
    world.import("crm", ROSTER);
    // Another process that is there, and reads nothing at the moment.
    let _other = Catalogue::read(world.dir.path()).unwrap();
    let dir = world.dir.path().to_owned();
    let holds = |text: &str| {
        let files = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).any(|path| {
            let bytes = std::fs::read(path).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    };
    assert!(holds("Head of Roses") && holds("Ann Lee"));
    let now = world.tick();
    world.people.state_now(&account("github:1"), Said::Objected, "", SELF, now).unwrap();
    assert!(!holds("Head of Roses") && !holds("Ann Lee"));
    assert!(holds("Bo Ray"));
}

#[test]
fn what_networks_call_somebody_who_objects_is_not_kept_again() {
    let dir = tempfile::tempdir().unwrap();
    let called = |id: &str| {
        let view = Ledger::open(dir.path()).unwrap().view().unwrap();
        let key = Account { network: "n".to_owned(), id: id.to_owned() }.key();
        view.profile(key, ProfileField::Name).unwrap()
    };
    let ingest = |from: i64| {
        let mut rows = batch(&[Row::new(from, &format!("i{from}"), "like", "ann", "bo")]);
        for id in ["ann", "bo"] {
            rows.profile("n", id, ProfileField::Name, &id.to_uppercase(), Time(from), &rules());
        }
        store_with(dir.path(), rows, Options::default());
    };
    ingest(1);
    assert_eq!(called("ann").as_deref(), Some("ANN"));
    let mut people = People::open(dir.path()).unwrap();
    people.state_now(&account("n:ann"), Said::Objected, "", SELF, Time(2)).unwrap();
    for from in [2, 3] {
        assert_eq!((called("ann"), called("bo").as_deref()), (None, Some("BO")));
        ingest(from);
    }
    people.state_now(&account("n:ann"), Said::Lifted, "", SELF, Time(4)).unwrap();
    ingest(4);
    assert_eq!(called("ann").as_deref(), Some("ANN"));
}

#[test]
fn an_objection_to_one_purpose_removes_nothing() {
    let mut world = World::new();
    world.import("crm", ROSTER);
    let now = world.tick();
    world.people.state_now(&account("twitter:1"), Said::Objected, "sales", SELF, now).unwrap();
    let register = world.register();
    let person = register.membership().person_of(key("twitter:1"));
    assert!(register.names_of_people().contains_key(&person));
    assert_eq!(register.standing(person, "sales", now), Standing::Refused);
    assert_eq!(register.standing(person, "community", now), Standing::NeverAsked);
}

#[test]
fn what_protects_a_child_outlives_the_objection() {
    let mut world = World::new();
    world.import(
        "crm",
        "name,born,age,deals,consent,accounts\nCy,2015-01-01,,1,objected,a:1\nDee,,12,2,objected,a:2\nEm,,40,,,a:3\nFo,,41,,,a:4\n",
    );
    let now = world.tick();
    for child in ["a:1", "a:2"] {
        world.people.state_now(&account(child), Said::Lifted, "", SELF, now).unwrap();
        assert_eq!(world.register().standing(key(child), "sales", now), Standing::Minor, "{child}");
    }
    assert!(!world.register().attributes().contains_key("deals"));
}

#[test]
fn a_consent_said_now_holds_though_the_clock_runs_backwards_and_one_of_the_past_does_not() {
    let mut world = World::new();
    let ahead = Time(world.now + 1_000_000);
    let ann = account("forum:ann");
    world.people.state(&ann, Said::Withdrawn, "", OPERATOR, ahead).unwrap();
    let now = world.tick();
    let past = world.people.state(&ann, Said::Given, "", SELF, now).unwrap();
    assert_eq!((past.at, past.outdated_by), (now, Some(ahead)));
    let standing = |world: &World| world.register().standing(key("forum:ann"), "x", now);
    assert_eq!(standing(&world), Standing::Refused);
    let said = world.people.state_now(&ann, Said::Given, "", SELF, now).unwrap();
    assert!(said.clock_was_behind && said.at > ahead && said.outdated_by.is_none());
    assert_eq!(standing(&world), Standing::Given);
    let refused = world.people.state(&ann, Said::Withdrawn, "", SELF, Time(0)).unwrap();
    assert_eq!((refused.at, refused.outdated_by), (said.at, None), "a refusal is never too late");
    assert_eq!(standing(&world), Standing::Refused);
}

#[test]
fn a_file_that_contradicts_itself_is_told_by_line_and_the_refusal_holds() {
    let mut world = World::new();
    let imported = world.import(
        "crm",
        "name,email,consent,accounts\nAnn,a@x.example,given,a:1\nBo,b@x.example,given,b:1\nAnn,a@x.example,withdrawn,a:1\n\
         Cy,c@x.example,given:sales,c:1\nCy,c@x.example,objected,c:1\nDi,d@x.example,given,d:1\nDi,d@x.example,withdrawn:sales,d:1\n",
    );
    let found: Vec<(u64, u64, &str)> = imported
        .contradictions
        .iter()
        .map(|found| (found.given, found.refused, found.purpose.as_str()))
        .collect();
    assert_eq!(found, [(2, 4, ""), (5, 6, "sales")]);
    let standing = |account| world.register().standing(key(account), "sales", Time(0));
    assert_eq!(["a:1", "b:1", "c:1", "d:1"].map(standing), {
        use Standing::{Given, Refused};
        [Refused, Given, Refused, Refused]
    });
}

#[test]
fn a_consent_from_a_file_that_is_older_than_what_was_said_is_counted_as_without_effect() {
    let mut world = World::new();
    let ahead = Time(world.now + 1_000_000);
    world.people.state(&account("a:1"), Said::Withdrawn, "", OPERATOR, ahead).unwrap();
    let imported = world.import("crm", "name,consent,accounts\nAnn,given,a:1\nBo,given,b:1\n");
    assert_eq!(imported.outdated, 1);
    assert_eq!(world.import("crm", "name,consent,accounts\nAnn,given,a:1\n").outdated, 0);
}

#[test]
fn who_looked_is_kept_for_its_time_and_by_every_number_that_a_person_had() {
    let dir = tempfile::tempdir().unwrap();
    let mut people = People::open(dir.path()).unwrap();
    let days = |n: i64| n * model::time::DAY;
    for (person, what, at) in [(Some(1), "who", 0), (None, "rank", 1), (Some(2), "explain", 2)] {
        people.looked(person, what, OPERATOR, Time(days(at)), days(2)).unwrap();
    }
    let seen = |keys: &[u64]| -> Vec<String> {
        let looks = People::looks(dir.path(), keys).unwrap();
        looks.into_iter().map(|look| look.what).collect()
    };
    assert_eq!(seen(&[1]), ["who", "rank"]);
    assert_eq!(seen(&[1, 2]), ["who", "rank", "explain"]);
    people.looked(None, "export people", OPERATOR, Time(days(3)), days(2)).unwrap();
    assert_eq!(seen(&[1]), ["rank", "export people"]);
}

#[test]
fn a_running_process_obeys_a_refusal_from_the_next_question_on() {
    let dir = tempfile::tempdir().unwrap();
    Catalogue::open(dir.path()).unwrap();
    let now = Time::now();
    let running = Suppressions::open(dir.path(), now).unwrap();
    let refused = |account: &str| {
        running.consent(key(account), now).unwrap().toward("sales") == Standing::Refused
    };
    assert!(!refused("a:1"));
    let before = running.generation(now).unwrap();
    std::thread::scope(|scope| {
        // Another connection, as another process has: the next question after it returned is obeyed.
        scope.spawn(|| {
            let mut people = People::open(dir.path()).unwrap();
            people.state_now(&account("a:1"), Said::Objected, "", SELF, now).unwrap();
        });
    });
    assert!(refused("a:1"));
    let after = running.generation(now).unwrap();
    assert!(after > before);
    assert!(!refused("a:2"));
    // What has to do with nobody's refusal is not a reason to ask again.
    let mut people = People::open(dir.path()).unwrap();
    people.looked(None, "rank", OPERATOR, now, model::time::DAY).unwrap();
    assert_eq!(running.generation(now).unwrap(), after);
    people.merge(&account("a:1"), &account("a:2"), now).unwrap();
    assert!(refused("a:2"), "what is merged with somebody who refuses refuses");
    // A child is recorded by a roster; then a birthday passes.
    let mapping = Default::default();
    let roster = "name,born,accounts\nCy,2010-05-05,c:1\n";
    people.import(roster.as_bytes(), &ledger::people::Import::new("crm", &mapping, now)).unwrap();
    let standing = |at: &str| running.consent(key("c:1"), day(at)).unwrap().toward("sales");
    assert_eq!(standing("2028-05-04"), Standing::Minor);
    assert_eq!(standing("2028-05-05"), Standing::NeverAsked);
}
