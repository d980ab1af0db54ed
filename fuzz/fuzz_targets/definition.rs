//! Definitions: any text is read to its end, every fault has its place, and what has no fault keeps its hash.
#![no_main]

use influence::definition::check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Alone, and after a beginning that is right, so that more than the head is reached.
    for head in ["", HEAD] {
        let text = format!("{head}{text}");
        let (definition, problems) = check(&text, "fuzzed.toml");
        assert_eq!(definition.is_none(), !problems.is_empty());
        let lines = text.lines().count().max(1) + 1;
        assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        if let Some(definition) = definition {
            let again = check(&text, "fuzzed.toml").0.map(|definition| definition.hash());
            assert_eq!(again, Some(definition.hash()));
        }
    }
});

const HEAD: &str = "name = \"fuzzed\"\nversion = 1\nquestion = \"Who?\"\npurpose = \"test\"\n[[signal]]\nname = \"reach.engagers\"\nwhy = \"Because.\"\n";
