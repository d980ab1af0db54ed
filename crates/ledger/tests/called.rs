//! People are found by the beginnings of the words that networks and rosters call them by, as long as those do.

mod common;

use common::people::{World, account, key};
use common::*;
use ledger::View;
use ledger::people::{SELF, Said};
use model::{Batch, Interaction, ProfileField, Time};
use std::ops::ControlFlow;
use std::path::Path;

fn found(dir: &Path, text: &str) -> Vec<(u64, bool, String)> {
    let mut found = Vec::new();
    let view = View::open(dir).unwrap();
    view.called_so(text, |one| {
        found.push((one.key, one.by_roster, one.value));
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

/// One interaction, with what its actor is called.
fn called(id: &str, values: &[(ProfileField, &str)]) -> Batch {
    let mut batch = Batch::default();
    let row = Interaction::new(Time(7_000_000), "n", "like", id, Some("bo"));
    batch.push(&row, &rules()).unwrap();
    for (field, value) in values {
        batch.profile("n", id, *field, value, Time(7_000_000), &rules());
    }
    batch
}

#[test]
fn every_word_typed_begins_a_word_of_the_name_or_handle() {
    let world = World::new();
    let dir = world.dir.path();
    let ann =
        called("1", &[(ProfileField::Name, "Ánn Kováč-Quill"), (ProfileField::Handle, "ann_q")]);
    store_with(dir, ann, ledger::Options::default());
    let name = [(key("n:1"), false, "Ánn Kováč-Quill".to_owned())];
    for text in ["ann kov", "QUILL", "k an", "q kovac ann"] {
        assert_eq!(found(dir, text), name, "{text}");
    }
    assert_eq!(found(dir, "ann q").len(), 2, "the handle as well");
    for text in ["nn", "ann bo", "\"", "ann* OR bo", "-", ""] {
        assert!(found(dir, text).is_empty(), "{text}");
    }
}

#[test]
fn a_long_beginning_that_very_many_have_finds_them_alone_and_beside_others() {
    let world = World::new();
    let dir = world.dir.path();
    let mut batch = called("0", &[(ProfileField::Name, "Membership Office")]);
    for id in 1..=6_000_u64 {
        let (id, handle) = (id.to_string(), format!("member{id:08}"));
        let name = if id.ends_with("99") { "Ann" } else { "Bo" };
        batch.profile("n", &id, ProfileField::Handle, &handle, Time(7_000_000), &rules());
        let name = format!("{name} Member7{id}");
        batch.profile("n", &id, ProfileField::Name, &name, Time(7_000_000), &rules());
    }
    store_with(dir, batch, ledger::Options::default());
    assert_eq!(found(dir, "MEMBER000").len(), 6_000, "more than are gathered");
    assert_eq!(found(dir, "member00005999"), [(key("n:5999"), false, "member00005999".to_owned())]);
    assert_eq!(found(dir, "member00006001"), []);
    assert_eq!(found(dir, "members").len(), 1);
    assert_eq!(found(dir, "member").len(), 12_001);
    let anns = found(dir, "ann member7");
    assert!(anns.len() == 60 && anns.iter().all(|one| one.2.starts_with("Ann Member7")));
    assert_eq!(found(dir, "Member7 an").len(), 60);
    assert_eq!(found(dir, "ann member75").len(), 11);
    assert!(found(dir, "ann member000").is_empty(), "no name has both");
    assert_eq!(found(dir, "office members").len(), 1);
}

#[test]
fn a_roster_that_calls_somebody_otherwise_takes_the_old_name_away() {
    let mut world = World::new();
    world.import("crm", "name,role,organisation,accounts\nAnn Old,customer,Acme,n:1\n");
    assert_eq!(found(world.dir.path(), "old"), [(key("n:1"), true, "Ann Old".to_owned())]);
    world.import("crm", "name,role,organisation,accounts\nAnn New,customer,Acme,n:1\n");
    assert_eq!(found(world.dir.path(), "old"), []);
    assert_eq!(found(world.dir.path(), "new ann"), [(key("n:1"), true, "Ann New".to_owned())]);
}

#[test]
fn who_objects_is_not_found_by_what_they_were_called() {
    let mut world = World::new();
    let dir = world.dir.path().to_owned();
    let batch = called("1", &[(ProfileField::Handle, "ann"), (ProfileField::Name, "ann")]);
    store_with(&dir, batch, ledger::Options::default());
    world.import("crm", "name,role,organisation,accounts\nAnn Quill,customer,Acme,n:1\n");
    assert_eq!(found(&dir, "ann").len(), 2, "one value is here once, whoever says it");
    let now = world.tick();
    world.people.state_now(&account("n:1"), Said::Objected, "", SELF, now).unwrap();
    assert_eq!(found(&dir, "ann"), []);
}

#[test]
fn a_workspace_of_before_there_was_an_index_gets_one() {
    let mut world = World::new();
    let dir = world.dir.path().to_owned();
    store_with(&dir, called("1", &[(ProfileField::Handle, "ann")]), ledger::Options::default());
    world.import("crm", "name,role,organisation,accounts\nBo Quill,customer,Acme,n:2\n");
    let catalogue = ledger::Catalogue::open(&dir).unwrap();
    let undo = "DROP TRIGGER profiles_in; DROP TRIGGER profiles_out; DROP TRIGGER roster_people_in;
        DROP TRIGGER roster_people_changed; DROP TRIGGER roster_people_out; DROP TABLE called_words; DROP TABLE called;";
    catalogue.connection().execute_batch(undo).unwrap();
    drop(catalogue);
    assert_eq!(found(&dir, "ann"), [], "without an index nobody is found, and nothing fails");
    ledger::people::People::open(&dir).unwrap();
    assert_eq!(found(&dir, "ann").len(), 1);
    assert_eq!(found(&dir, "qui").len(), 1);
}
