//! A simulated world goes in through the ordinary commands, and nothing of it is refused.

mod common;

use common::World;
use simulate::{Config, write};

#[test]
fn every_file_of_a_simulated_world_is_read_without_a_reject() {
    let workspace = World::new();
    let config = Config { people: 600, ..Config::default() };
    let world = simulate::World::new(config).unwrap();
    let written = write::files(&world, workspace.dir.path(), 0).unwrap();
    let mut accepted = 0;
    for source in &written.sources {
        let path = source.path.display().to_string();
        let mut args = vec!["ingest", path.as_str(), "--connector", source.connector];
        for (option, value) in [("--network", source.network), ("--columns", source.columns)] {
            args.extend(value.into_iter().flat_map(|value| [option, value]));
        }
        let read = workspace.json(&args);
        let number = |field: &str| read[field].as_u64().unwrap();
        assert_eq!(number("read"), source.rows, "{path}");
        assert_eq!((number("rejected"), number("conflicts")), (0, 0), "{path}");
        accepted += number("accepted");
    }
    let verified = workspace.json(&["verify"]);
    assert_eq!(verified["interactions"].as_u64().unwrap(), accepted);
    let people = written.people.display().to_string();
    let imported = workspace.json(&["people", "import", &people]);
    assert_eq!(imported["rejected"], 0);
    assert!(imported["created"].as_u64().unwrap() > 100);
    workspace.ok(&["firm", "use", &written.firm.display().to_string()]);
    for scored in workspace.json(&["score"]).as_array().unwrap() {
        assert!(scored["scored"].as_u64().unwrap() > 0, "{scored}");
    }
}
