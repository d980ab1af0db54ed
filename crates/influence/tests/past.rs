//! What is kept of an older card says of everybody what the card said.

use influence::definition::shipped;
use influence::plan::Inputs;
use influence::{Past, Plan, Scorecard};
use model::Time;
use proptest::prelude::*;

/// A card of people 3, 10, 17 and so on, who were engaged by so many people each.
fn card(engagers: &[u32]) -> Scorecard {
    let definition = shipped("general").unwrap();
    let people: Vec<u64> = (0..engagers.len() as u64).map(|i| 3 + 7 * i).collect();
    let column: Vec<f64> = engagers.iter().map(|count| f64::from(*count)).collect();
    let inputs = Inputs {
        snapshot: "5a",
        as_of: Time(1_600_000_000_000_000),
        people: &people,
        columns: &vec![column.as_slice(); definition.signals.len()],
        engagers,
        interactions: &engagers.iter().map(|count| u64::from(*count)).collect::<Vec<_>>(),
        admitted: &vec![true; people.len()],
        barred: &vec![false; people.len()],
    };
    let plan = Plan::bind(&definition, inputs).unwrap();
    plan.score(&plan.fit().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn each_score_comes_back_with_all_its_bits(engagers in prop::collection::vec(0u32..40, 0..60)) {
        let card = card(&engagers);
        let past = Past::of(&card).unwrap();
        let again = Past::from_bytes(past.bytes()).unwrap();
        prop_assert_eq!(again.len() as u64, card.header().scored);
        for person in 0..500 {
            let whole = card.find(person).and_then(|row| card.score(row));
            prop_assert_eq!(again.score_of(person).map(f64::to_bits), whole.map(f64::to_bits));
        }
        let (header, of) = (again.header(), card.header());
        prop_assert_eq!((&header.hash, &header.fit, header.as_of()), (&of.hash, &of.fit, of.as_of()));
        prop_assert_eq!(&header.card, &card.id());
    }

    #[test]
    fn any_changed_byte_is_refused(at in any::<prop::sample::Index>(), by in 1u8..=255) {
        let mut bytes = Past::of(&card(&[3, 9, 4, 1])).unwrap().bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        prop_assert!(Past::from_bytes(&bytes).is_err());
        bytes[at] ^= by;
        prop_assert!(Past::from_bytes(&bytes).is_ok());
        prop_assert!(Past::from_bytes(&bytes[..at]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Past::from_bytes(bytes).is_err());
    }
}

#[test]
fn what_is_stored_keeps_its_form() {
    // Such files lie in workspaces. A change here needs a new format number, and a way to read the old one.
    let past = Past::of(&card(&[3, 9, 4, 1])).unwrap();
    let rows = past.bytes().len() - 3 * 16;
    assert_eq!(&past.bytes()[..8], b"TERTPAST");
    assert_eq!(past.bytes()[8..12], 1u32.to_le_bytes());
    let word = |at: usize| <[u8; 8]>::try_from(&past.bytes()[rows + 8 * at..][..8]).unwrap();
    assert_eq!([0, 1, 2].map(|at| u64::from_le_bytes(word(at))), [3, 10, 17]);
    let scores = [3, 4, 5].map(|at| Some(f64::from_le_bytes(word(at))));
    assert_eq!(scores, [3, 10, 17].map(|person| past.score_of(person)));
    assert!(scores[0] < scores[2] && scores[2] < scores[1]);
}
