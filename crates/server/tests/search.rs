//! Finding people: everybody finds whom they may know of, by names that they may be told.

mod common;

use common::World;
use tertius::consent::Said;
use tertius::disclosure::Reader;

fn names(world: &World, reader: Reader<'_>, text: &str) -> Vec<String> {
    let lookups = world.workspace.lookups().unwrap();
    let found = lookups.search(&lookups.board(), reader, text, 10).unwrap();
    found.iter().map(|named| named.display_name().to_owned()).collect()
}

#[test]
fn who_finds_whom_by_what() {
    let world = World::new();
    let key = Reader::Key { purpose: "comparison" };
    let table = [
        // By any account, and by the beginning of any word of a name.
        (Reader::Operator, "discourse:mara", "Mara Okafor"),
        (Reader::Operator, "mara", "Mara Okafor"),
        (Reader::Operator, "okaf MAR", "Mara Okafor"),
        (Reader::Operator, "mor in", "Ines Moreau"),
        // Who agreed may be found by everybody; who was never asked by no roster's name.
        (Reader::Anonymous, "okafor", "Mara Okafor"),
        (key, "okafor", "Mara Okafor"),
        (Reader::Anonymous, "ines mor", ""),
        (key, "ines mor", ""),
        (key, "discourse:ines", "discourse:ines"),
        (Reader::Anonymous, "discourse:ines", ""),
        (Reader::Operator, "nobody at all", ""),
    ];
    for (reader, text, expected) in table {
        let expected: Vec<&str> =
            Some(expected).filter(|name| !name.is_empty()).into_iter().collect();
        assert_eq!(names(&world, reader, text), expected, "{reader:?} {text}");
    }
    let number = world.workspace.who("discourse:mara", &[]).unwrap().person.id().to_string();
    assert_eq!(names(&world, Reader::Operator, &number), ["Mara Okafor"]);
    world.say("discourse:mara", Said::Objected);
    for text in ["mara", "discourse:mara", &number] {
        assert!(names(&world, Reader::Operator, text).is_empty(), "{text}");
    }
}
