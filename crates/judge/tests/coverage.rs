//! The small form of `cargo xtask bench coverage`: intervals hold the truth as often as they promise.

use influence::definition::shipped;
use judge::{Stage, Trial, coverage};
use simulate::{Config, World};

#[test]
fn intervals_hold_the_mean_score_of_other_draws_of_the_window() {
    let config = Config { seed: 7, people: 2_000, ..Config::default() };
    let stage = Stage::new(World::new(config).unwrap());
    let definitions = ["general", "helpers", "newcomers"].map(|name| shipped(name).unwrap());
    let trial = Trial { draws: 40, intervals: 6, people: 200 };
    let covered = coverage(&stage, &definitions, trial).unwrap();
    for one in covered.iter().filter(|one| one.group == "all") {
        assert!(one.people > 100 && one.intervals > 600, "{one:?}");
        // The bar is 85 to 95 %, and 97 % for few engagers; 600 intervals of the same people tell it to two points or so.
        assert!((0.85..=0.97).contains(&one.covered), "{one:?}");
        assert!(one.width <= 1.5, "{one:?}");
    }
}
