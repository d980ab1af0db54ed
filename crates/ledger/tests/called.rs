//! People are found by the beginnings of the words that networks and rosters call them by, as long as those do.

mod common;

use common::people::{World, account, key};
use common::*;
use ledger::View;
use ledger::people::{SELF, Said};
use model::{Batch, Interaction, ProfileField, Time};
use std::path::Path;

fn found(dir: &Path, text: &str) -> Vec<(u64, bool, String)> {
    let view = View::open(dir).unwrap();
    let found = view.called_so(text, 0, 10).unwrap();
    found.into_iter().map(|one| (one.key, one.by_roster, one.value)).collect()
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
fn a_search_goes_on_where_it_ended() {
    let world = World::new();
    let dir = world.dir.path();
    for id in ["1", "2", "3"] {
        let handle = format!("ann{id}");
        let batch = called(id, &[(ProfileField::Handle, &handle)]);
        store_with(dir, batch, ledger::Options::default());
    }
    let view = View::open(dir).unwrap();
    let first = view.called_so("ann", 0, 2).unwrap();
    let rest = view.called_so("ann", first[1].place, 2).unwrap();
    let all: Vec<&str> = first.iter().chain(&rest).map(|one| one.value.as_str()).collect();
    assert_eq!(all, ["ann1", "ann2", "ann3"]);
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
