use super::*;
use proptest::prelude::*;

const SOUND: &str = r#"
name = "mine"
version = 1
question = "Who?"
purpose = "community"

[[signal]]
name = "reach.engagers"
weight = 2.0
normalise = "log"
why = "Distinct people count."

[[group]]
name = "bridging"
combine = "geometric"
why = "Both, or it is no bridge."

[[group.signal]]
name = "brokerage.constraint"
direction = "low"
ties = "returned"
why = "Few who know each other."

[[group.signal]]
name = "attribute.deals"
normalise = "zscore"
why = "Deals closed."
"#;

fn sound(text: &str) -> Definition {
    let (definition, problems) = check(text, "mine.toml");
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    definition.unwrap_or_else(|| panic!("{}", lines.join("\n")))
}

/// Line and field of each fault, after `from` was replaced by `to` in a sound definition.
fn faults(from: &str, to: &str) -> Vec<(usize, String)> {
    assert!(SOUND.contains(from), "{from}");
    let (definition, problems) = check(&SOUND.replacen(from, to, 1), "mine.toml");
    assert_eq!(definition.is_none(), !problems.is_empty());
    for problem in &problems {
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty() && problem.column > 0);
    }
    problems.into_iter().map(|problem| (problem.line, problem.field)).collect()
}

/// Exactly one fault, at that line and field.
fn fault(from: &str, to: &str, line: usize, field: &str) {
    assert_eq!(faults(from, to), [(line, field.to_owned())], "{from} -> {to}");
}

#[test]
fn a_definition_is_read_with_its_defaults() {
    let definition = sound(SOUND);
    assert_eq!(definition.evidence, Evidence { min_engagers: 3, min_interactions: 0 });
    assert_eq!(definition.visibility, [Visibility::Public]);
    assert_eq!(definition.population, Population::default());
    assert_eq!(definition.scale, Scale::Standard);
    assert_eq!(definition.projection.layers, Projection::standard().layers);
    let names: Vec<&str> = definition.signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(names, ["attribute.deals", "brokerage.constraint", "reach.engagers"]);
    assert_eq!(definition.signals[0].normalise, Normalise::Zscore);
    assert_eq!(definition.signals[1].options, [("ties".to_owned(), "returned".to_owned())]);
    assert_eq!(definition.signals[1].direction, Direction::Low);
    assert_eq!(definition.root.weights(&[true; 3]), [0.5, 0.5, 2.0]);
}

#[test]
fn the_sketch_of_the_contract_is_a_definition() {
    let definition = sound(
        r#"
        name = "helpers"
        version = 1
        question = "Who helps other customers?"
        purpose = "community"                     # keys and definitions meet only in a purpose
        population = { side = ["outside", "edge"] }
        visibility = ["public", "community"]
        projection = { window = "180d", layers = { answer = 1.0, reply = 0.5, reshare = 0.5 } }
        evidence = { min_engagers = 3 }
        scale = "standard"

        [[signal]]
        name = "reach.engagers"
        weight = 2.0
        normalise = "log"
        why = "Distinct people count; a hundred replies from one person do not."

        [[signal]]
        name = "authority.engagers"
        weight = 1.0
        normalise = "rank"
        why = "Help that respected people take up travels further."
        "#,
    );
    assert_eq!(definition.population.sides, [Side::Edge, Side::Outside]);
    assert_eq!(definition.projection.weight("any", "reply"), 0.5);
    assert!(!definition.projection.visibility.has(Visibility::Private));
}

#[test]
fn each_fault_is_named_with_its_line() {
    fault("version = 1", "version = 0", 3, "version");
    fault("version = 1", "version = 1.5", 3, "version");
    fault("version = 1", "", 1, "version");
    fault("name = \"mine\"", "name = \"My own\"", 2, "name");
    fault("question = \"Who?\"", "question = \"  \"", 4, "question");
    fault("purpose = \"community\"", "purpose = \"community\"\ncolour = 3", 6, "colour");
    fault("weight = 2.0", "wieght = 2.0", 9, "signal.wieght");
    fault("weight = 2.0", "weight = -1", 9, "signal.weight");
    fault("weight = 2.0", "weight = nan", 9, "signal.weight");
    fault("weight = 2.0", "weight = inf", 9, "signal.weight");
    fault("weight = 2.0", "weight = \"2\"", 9, "signal.weight");
    fault("normalise = \"log\"", "normalise = \"logg\"", 10, "signal.normalise");
    fault(
        "normalise = \"log\"",
        "normalise = \"share\"\ndirection = \"low\"",
        11,
        "signal.direction",
    );
    fault(
        "normalise = \"log\"",
        "normalise = \"none\"\ndirection = \"low\"",
        11,
        "signal.direction",
    );
    fault("why = \"Distinct people count.\"", "", 7, "signal.why");
    fault("reach.engagers", "reach.engager", 8, "signal.name");
    fault("attribute.deals", "attribute.", 25, "group.signal.name");
    fault("attribute.deals", "reach.engagers", 25, "group.signal.name");
    fault("combine = \"geometric\"", "combine = \"product\"", 15, "group.combine");
    fault("name = \"bridging\"", "name = \"reach.engagers\"", 14, "group.name");
    fault("ties = \"returned\"", "ties = \"both\"", 21, "group.signal.ties");
    fault("normalise = \"log\"", "ties = \"returned\"", 10, "signal.ties");
    fault("why = \"Both, or it is no bridge.\"", "", 13, "group.why");
}

#[test]
fn each_fault_of_the_frame_is_named() {
    let after = |line: &str, field: &str| {
        fault("purpose = \"community\"", &format!("purpose = \"community\"\n{line}"), 6, field);
    };
    after("scale = \"standart\"", "scale");
    after("integrity = \"shipped\"", "integrity");
    after("visibility = []", "visibility");
    after("visibility = [\"secret\"]", "visibility");
    after("visibility = \"public\"", "visibility");
    after("population = \"some\"", "population");
    after("population = { side = [\"beside\"] }", "population.side");
    after("population = { sides = [\"outside\"] }", "population.sides");
    after("evidence = { min_engagers = -1 }", "evidence.min_engagers");
    after("evidence = 3", "evidence");
    after("projection = \"usual\"", "projection");
    after("projection = { window = \"180\" }", "projection.window");
    after("projection = { window = \"0d\" }", "projection.window");
    after("projection = { window = \"40000d\" }", "projection.window");
    after("projection = { half_life = 30 }", "projection.half_life");
    after("projection = { returned = \"reply\" }", "projection.returned");
    after("projection = { returned = [\"Reply!\"] }", "projection.returned");
    after("projection = { layers = { reply = -0.5 } }", "projection.layers.reply");
    after("projection = { layers = { follow = 1 } }", "projection.layers.follow");
    after("projection = { layers = { reply = 0 } }", "projection.layers");
    after("projection = { layers = { } }", "projection.layers");
    after("projection = { layers = { repply = 1.0 } }", "projection.layers.repply");
}

#[test]
fn purposes_that_decide_on_employment_credit_or_housing_are_refused() {
    for purpose in [
        "employment",
        "Hiring",
        "credit scoring",
        "tenant-screening",
        "HR",
        "loan_approval",
        "insurance",
    ] {
        fault("\"community\"", &format!("{purpose:?}"), 5, "purpose");
    }
    for purpose in ["community", "sales", "employee advocacy", "promotions"] {
        assert_eq!(faults("\"community\"", &format!("{purpose:?}")), []);
    }
}

#[test]
fn a_purpose_that_decides_needs_consent_by_its_name() {
    let exact = |purpose: &str| format!("{purpose:?}\nconsent = \"exact\"");
    let agreed = sound(&SOUND.replace("\"community\"", &exact("hiring")));
    assert!(agreed.exact_consent && agreed.purpose == "hiring");
    assert!(!sound(SOUND).exact_consent);
    fault("\"community\"", &exact("tenant screening"), 5, "purpose");
    fault("\"community\"", "\"community\"\nconsent = \"implied\"", 6, "consent");
    let plain = sound(&SOUND.replace("\"community\"", &exact("community")));
    assert_ne!(plain.hash(), sound(SOUND).hash());
}

#[test]
fn all_weights_of_a_group_at_zero_are_a_fault() {
    let zero = SOUND
        .replace("weight = 2.0", "weight = 0")
        .replace("combine = \"geometric\"", "weight = 0");
    let (_, problems) = check(&zero, "mine.toml");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("all weights"), "{}", problems[0]);
    let (_, problems) =
        check("name = \"n\"\nversion = 1\nquestion = \"q\"\npurpose = \"p\"\n", "n.toml");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].field, "signal");
}

#[test]
fn all_faults_are_named_at_once_even_beside_a_line_that_is_no_toml() {
    let text = r#"name = "mine"
version = 1
question = Who?
purpose = "hiring"
scale = "standrad"
[[signal]]
name = "reach.engagrs"
weight = -2
"#;
    let (definition, problems) = check(text, "mine.toml");
    assert!(definition.is_none());
    let found: Vec<(usize, &str)> =
        problems.iter().map(|one| (one.line, one.field.as_str())).collect();
    assert_eq!(
        found,
        [
            (3, ""),
            (4, "purpose"),
            (5, "scale"),
            (6, "signal.why"),
            (7, "signal.name"),
            (8, "signal.weight")
        ]
    );
    assert!(
        problems[2].remedy.contains("standard") && problems[4].remedy.contains("reach.engagers")
    );
    assert!(problems[4].to_string().starts_with("mine.toml:7:8: signal.name: "), "{}", problems[4]);
}

#[test]
fn groups_nest_only_so_deep() {
    let mut text = String::from("name = \"n\"\nversion = 1\nquestion = \"q\"\npurpose = \"p\"\n");
    for depth in 1..=8 {
        text +=
            &format!("[[{}]]\nname = \"g{depth}\"\nwhy = \"w\"\n", vec!["group"; depth].join("."));
    }
    let (_, problems) = check(&text, "n.toml");
    assert!(problems.iter().any(|one| one.message.contains("nest deeper")), "{problems:?}");
    let deep = format!("{}x{} = 1", "[".repeat(5_000), "]".repeat(5_000));
    assert!(check(&deep, "n.toml").0.is_none());
    let deep = format!("x = {}", "[".repeat(50_000));
    assert!(check(&deep, "n.toml").0.is_none());
}

#[test]
fn the_hash_sees_meaning_and_words_but_no_comments_and_no_order() {
    let one = sound(SOUND);
    let other = r#"
# A comment.
purpose = "community"
question = "Who?"
version = 1
name = "mine"
combine = "weighted-sum"
scale = "standard"
group = [{ why = "Both, or it is no bridge.", combine = "geometric", name = "bridging", weight = 1, signal = [
  { why = "Deals closed.", normalise = "zscore", name = "attribute.deals" },
  { name = "brokerage.constraint", ties = "returned", direction = "low", why = "Few who know each other." },
] }]
signal = [{ normalise = "log", weight = 2, why = "Distinct people count.", name = "reach.engagers", direction = "high" }]
"#;
    assert_eq!(one.hash(), sound(other).hash());
    assert_eq!(one, sound(other));
    assert_eq!(one.hash().len(), 32);
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("Who?", "Who"),
        ("weight = 2.0", "weight = 2.5"),
        ("normalise = \"log\"", "normalise = \"rank\""),
        ("direction = \"low\"", ""),
        ("ties = \"returned\"", ""),
        ("combine = \"geometric\"", ""),
        ("version = 1", "version = 1\nscale = \"rarity\""),
        ("version = 1", "version = 1\nvisibility = [\"community\"]"),
        ("version = 1", "version = 1\npopulation = { role = [\"partner\"] }"),
        ("version = 1", "version = 1\nevidence = { min_engagers = 4 }"),
        ("version = 1", "version = 1\nprojection = { half_life = \"30d\" }"),
    ] {
        assert_ne!(one.hash(), sound(&SOUND.replacen(from, to, 1)).hash(), "{from} -> {to}");
    }
}

#[test]
fn every_shipped_definition_is_sound_and_argued() {
    for one in SHIPPED {
        let (definition, problems) = check(one.text, one.name);
        assert_eq!(problems, [], "{}", one.name);
        let definition = definition.unwrap();
        assert_eq!(definition.name, one.name);
        assert_eq!(shipped(one.name).unwrap(), definition);
        assert!(definition.question.contains('?'));
        assert!(definition.signals.iter().all(|signal| signal.why.len() > 40), "{}", one.name);
        assert!(!definition.visibility.contains(&Visibility::Private));
        let brokerage =
            definition.signals.iter().filter(|signal| signal.name.starts_with("brokerage."));
        for signal in brokerage {
            assert_eq!(signal.options, [("ties".to_owned(), "returned".to_owned())]);
            assert!(signal.options().is_ok());
        }
    }
    assert!(SHIPPED.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(
        shipped("klout")
            .unwrap_err()
            .to_string()
            .contains("early, general, helpers, hosts, newcomers, openers")
    );
}

#[test]
fn a_layer_that_is_a_slip_of_a_shared_verb_says_which_and_other_verbs_are_free() {
    let with = |layers: &str| {
        let projection = format!("version = 1\nprojection = {{ layers = {{ {layers} }} }}");
        check(&SOUND.replacen("version = 1", &projection, 1), "mine.toml").1
    };
    for (verb, meant) in
        [("repply", "reply"), ("resharre", "reshare"), ("liek", "like"), ("mnetoin", "mention")]
    {
        let problems = with(&format!("{verb} = 1.0"));
        let said: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(said.len(), 1, "{verb}: {said:?}");
        assert!(said[0].contains(&format!("did you mean {meant}?")), "{said:?}");
        assert!(said[0].contains(&format!("\"forum:{verb}\"")), "{said:?}");
    }
    for verb in ["dance", "vote", "host", "reply", "distribute", "\"forum:mentor\""] {
        assert_eq!(with(&format!("{verb} = 1.0")), [], "{verb}");
    }
}

#[test]
fn a_problem_of_the_whole_file_is_written_without_an_empty_field() {
    let (_, problems) = check("name = \"a\"\nversion 1\n", "mine.toml");
    let whole = problems.iter().find(|problem| problem.field.is_empty()).unwrap();
    let line = whole.to_string();
    assert!(line.starts_with("mine.toml:2:") && line.contains(": this is not TOML: "), "{line}");
    assert!(!line.contains(": :"), "{line}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_is_sound_or_faulty(text in any::<String>()) {
        let (definition, problems) = check(&text, "any");
        prop_assert_eq!(definition.is_none(), !problems.is_empty());
    }

    #[test]
    fn a_mangled_definition_never_panics(
        cut in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), ".{0,6}"), 1..4),
    ) {
        let mut text: Vec<char> = SOUND.chars().collect();
        for (from, length, put) in cut {
            let from = from.index(text.len());
            let to = (from + length.index(20)).min(text.len());
            text.splice(from..to, put.chars());
        }
        let text: String = text.into_iter().collect();
        let (definition, problems) = check(&text, "any");
        prop_assert_eq!(definition.is_none(), !problems.is_empty());
        for problem in problems {
            prop_assert!(problem.line >= 1 && problem.line <= text.lines().count() + 1);
        }
    }

    #[test]
    fn shuffled_pieces_of_definitions_never_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "[[signal]]", "[[group]]", "[[group.signal]]", "[signal]", "name", "=", "\"reach.engagers\"", "weight", "1e999",
            "-1", "{", "}", "[", "]", "projection", "layers", "window", "\"180d\"", "\n", "\n", "version", "population",
            "side", "evidence", "0x10", "1979-05-27", "true", ".", ",", "'", "\"\"\"", "why", "ties", "\u{e9}",
        ]), 0..40),
    ) {
        let (definition, problems) = check(&pieces.join(" "), "any");
        prop_assert_eq!(definition.is_none(), !problems.is_empty());
    }
}
