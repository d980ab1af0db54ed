//! A simulated firm as scoring sees it: rows that tests can take away and add, and scores under a frozen fit.

use influence::definition::{SHIPPED, shipped};
use influence::{Definition, Fit};
use judge::Stage;
use model::{Acts, Time};
use simulate::{Config, Network, Verb, World};
use std::collections::{BTreeMap, BTreeSet};

/// Scores by person key; who has none is not in it.
pub type Scores = BTreeMap<u64, f64>;

/// Every definition that comes with the program.
pub fn definitions() -> impl Iterator<Item = Definition> {
    SHIPPED.iter().map(|one| shipped(one.name).unwrap())
}

/// One interaction.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub at: i64,
    pub network: Network,
    pub verb: Verb,
    pub actor: u64,
    pub target: u64,
    pub object: u64,
    pub parent: u64,
    pub own: u64,
}

/// A stage whose rows tests can take away and add to.
pub struct Town {
    pub stage: Stage,
    /// All that happened, follows included.
    pub rows: Vec<Row>,
}

impl Town {
    pub fn new(config: Config) -> Town {
        let world = World::new(config).unwrap();
        let acts = world.acts(0, true);
        let row = |i: usize| Row {
            at: acts.at[i],
            network: Network::ALL[usize::from(acts.network[i])],
            verb: Verb::ALL[usize::from(acts.verb[i])],
            actor: acts.actor[i],
            target: acts.target[i],
            object: acts.object[i],
            parent: acts.parent[i],
            own: acts.own[i],
        };
        let rows = (0..acts.len()).map(row).collect();
        Town { stage: Stage::new(world).with_firm_known(), rows }
    }

    /// The person behind an account.
    pub fn person(&self, account: u64) -> u64 {
        self.stage.person_of(account)
    }

    /// The person of a number.
    pub fn key(&self, number: u32) -> u64 {
        let world = self.stage.world();
        let accounts = world.accounts(number);
        self.person(world.account_key(accounts[0]))
    }

    /// The rows up to a moment.
    pub fn until(&self, at: Time) -> Vec<Row> {
        self.rows.iter().filter(|row| row.at <= at.0).copied().collect()
    }

    /// Scores as of a moment, under a fit or under one made now.
    pub fn score(
        &self,
        definition: &Definition,
        as_of: Time,
        rows: &[Row],
        fit: &mut Option<Fit>,
    ) -> Scores {
        let card = self.stage.score_as_of(definition, as_of, &acts(rows), fit, false).unwrap();
        let scored = (0..card.len()).filter_map(|row| Some((card.person(row)?, card.score(row)?)));
        scored.collect()
    }
}

fn acts(rows: &[Row]) -> Acts {
    Acts {
        at: rows.iter().map(|row| row.at).collect(),
        network: rows.iter().map(|row| row.network as u16).collect(),
        verb: rows.iter().map(|row| row.verb as u16).collect(),
        actor: rows.iter().map(|row| row.actor).collect(),
        target: rows.iter().map(|row| row.target).collect(),
        object: rows.iter().map(|row| row.object).collect(),
        parent: rows.iter().map(|row| row.parent).collect(),
        own: rows.iter().map(|row| row.own).collect(),
        weight: vec![1.0; rows.len()],
        visibility: rows.iter().map(|row| row.network.visibility() as u8).collect(),
        networks: Network::ALL.iter().map(|network| network.name().to_owned()).collect(),
        verbs: Verb::ALL.iter().map(|verb| verb.name().to_owned()).collect(),
    }
}

/// Of the scored, typical people at equal steps of rank, and the first few.
pub fn sample(scores: &Scores, typical: usize, top: usize) -> Vec<u64> {
    let mut ranked: Vec<(f64, u64)> =
        scores.iter().map(|(person, score)| (*score, *person)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    assert!(!ranked.is_empty(), "nobody is scored");
    let steps = (0..typical).map(|k| (2 * k + 1) * ranked.len() / (2 * typical));
    let places: BTreeSet<usize> = (0..top.min(ranked.len())).chain(steps).collect();
    places.into_iter().map(|place| ranked[place].1).collect()
}

/// The median, of at least one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

/// A number that looks random, for keys of accounts and posts that the world does not have.
pub fn hash(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) | 1
}
