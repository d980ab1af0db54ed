//! Who carries news into a new community? `early.lead` beside betweenness and in-degree on timed activity without items.
//!
//! `cargo run --release -p influence --example early -- FILE` reads lines of `userA userB unix RT|MT|RE`. It prints JSON lines.
//!
//! **Items.** The rows name no post, only whom somebody reshared. So the item of a reshare is the person reshared, or that person on
//! one day or in six hours; which of the three is chosen on the first five days: measured on days 1 to 3, judged by days 4 and 5.
//! Two reshares of one person may be of two posts, and nobody can tell.
//!
//! **Outcome**, in the days held back: in a community that reshared a person of another community never before, whoever does so first, if somebody
//! of the community does so later. y counts how often; first at the same second as another is nobody. Communities
//! are those of the days before. People who appear only in the days held back have none and are left out, so most of the news' spread is.
//!
//! **Compared** over everybody with a tie in the days before, also where y = 0; over those who have a lead at all; and over those who
//! took up news in the days held back, first or later, so that who acts much has less of an advantage. Who has no value is last.
//! Beside the signals stands the number of reshares made: activity predicts doing something first.

mod judge;

use influence::signals::{self, Options};
use influence::{Membership, Projection, Projector, Snapshot};
use judge::{Judged, judge};
use model::time::{DAY, HOUR};
use model::{Acts, Time, keys};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One line.
#[derive(Clone, Copy)]
struct Row {
    actor: u64,
    target: u64,
    at: i64,
    verb: u16,
}

const VERBS: [&str; 3] = ["reshare", "mention", "reply"];
const RESHARE: u16 = 0;

/// What the item of a reshare is: the person reshared, in spans of that length.
const ITEMS: [(&str, i64); 3] =
    [("person", i64::MAX), ("person and day", DAY), ("person and six hours", 6 * HOUR)];

/// Sources from which betweenness is estimated, where the signal tells few people from 0.
const SOURCES: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of lines `userA userB unix RT`")?;
    let rows = read(&std::fs::read_to_string(path)?)?;
    let start = rows.iter().map(|row| row.at).min().ok_or("there is no row")?;
    let day = |number: i64| start + number * DAY;

    let mut best = (f64::NEG_INFINITY, ITEMS[0]);
    for item in ITEMS {
        let (past, snapshot) = before(&rows, day(3), item.1)?;
        let outcome = Outcome::new(&snapshot, &past, &between(&rows, day(3), day(5)));
        let lead = column("early.lead", &snapshot)?;
        let all: Vec<usize> = (0..lead.len()).collect();
        let found = judge(&[lead], &outcome.carried, &all, 0);
        let ndcg = found[0].ndcg.value;
        println!(
            "{{\"step\":\"choice\",\"items\":{:?},\"ndcg\":{ndcg:.4},\"carriers\":{}}}",
            item.0, outcome.carriers
        );
        if ndcg > best.0 {
            best = (ndcg, item);
        }
    }

    let (name, span) = best.1;
    let (past, snapshot) = before(&rows, day(5), span)?;
    let outcome = Outcome::new(&snapshot, &past, &between(&rows, day(5), i64::MAX));
    let mut names = vec!["early.lead", "brokerage.betweenness", "reach.engagers", "authority.rank"];
    let mut columns: Vec<Vec<f64>> =
        names.iter().map(|name| column(name, &snapshot)).collect::<Result<_, _>>()?;
    let sources: Vec<u32> =
        (0..SOURCES as u64).map(|k| (mix(k) % snapshot.people().len() as u64) as u32).collect();
    names.push("betweenness from 1,000 sources");
    columns.push(graph::betweenness::dependencies(snapshot.ties(), &sources));
    names.push("reshares made");
    let mut made = vec![0.0; snapshot.people().len()];
    for row in past.iter().filter(|row| row.verb == RESHARE) {
        if let Some(number) = snapshot.number(row.actor) {
            made[number as usize] += 1.0;
        }
    }
    columns.push(made);
    println!(
        "{{\"step\":\"held back\",\"items\":{name:?},\"people\":{},\"communities\":{},\"news\":{},\"carriers\":{},\"unknown\":{:.4}}}",
        snapshot.people().len(),
        outcome.communities,
        outcome.news,
        outcome.carriers,
        outcome.unknown,
    );
    let everybody: Vec<usize> = (0..snapshot.people().len()).collect();
    let with_lead: Vec<usize> =
        everybody.iter().copied().filter(|i| !columns[0][*i].is_nan()).collect();
    let populations = [
        ("everybody", everybody),
        ("with a lead", with_lead),
        ("took up news", outcome.took_part.clone()),
    ];
    for (population, who) in populations {
        for (name, found) in names.iter().zip(judge(&columns, &outcome.carried, &who, 400)) {
            report(population, who.len(), name, &found);
        }
    }
    Ok(())
}

fn report(population: &str, people: usize, name: &str, found: &Judged) {
    let measures = [("auc", &found.auc), ("ndcg", &found.ndcg), ("lift", &found.lift)];
    let figures: Vec<String> = measures
        .iter()
        .map(|(what, one)| {
            format!(
                "\"{what}\":{:.4},\"{what}_interval\":[{:.4},{:.4}],\"{what}_behind_lead\":[{:.4},{:.4}]",
                one.value, one.interval.0, one.interval.1, one.behind.0, one.behind.1
            )
        })
        .collect();
    println!(
        "{{\"step\":\"result\",\"population\":{population:?},\"people\":{people},\"measure\":{name:?},{}}}",
        figures.join(",")
    );
}

fn read(text: &str) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [actor, target, unix, code] = fields[..] else {
            return Err(format!("line {}: write `userA userB unix RT`", number + 1).into());
        };
        let verb = match code {
            "RT" => RESHARE,
            "MT" => 1,
            "RE" => 2,
            _ => return Err(format!("line {}: {code:?} is no verb", number + 1).into()),
        };
        let account = |id: &str| (keys::account("twitter", id) >> 64) as u64;
        let at = unix.parse::<i64>()? * 1_000_000;
        if seen.insert((account(actor), account(target), at, verb)) {
            rows.push(Row { actor: account(actor), target: account(target), at, verb });
        }
    }
    Ok(rows)
}

fn between(rows: &[Row], from: i64, until: i64) -> Vec<Row> {
    rows.iter().filter(|row| (from..until).contains(&row.at)).copied().collect()
}

/// The rows before a time and their snapshot, with the items that reshares name.
fn before(
    rows: &[Row],
    until: i64,
    span: i64,
) -> Result<(Vec<Row>, Snapshot), Box<dyn std::error::Error>> {
    let past = between(rows, i64::MIN, until);
    let item = |row: &Row| match row.verb {
        RESHARE => mix(row.target ^ mix(row.at.div_euclid(span) as u64)).max(1),
        _ => 0,
    };
    let acts = Acts {
        at: past.iter().map(|row| row.at).collect(),
        network: vec![0; past.len()],
        verb: past.iter().map(|row| row.verb).collect(),
        actor: past.iter().map(|row| row.actor).collect(),
        target: past.iter().map(|row| row.target).collect(),
        object: past.iter().map(item).collect(),
        parent: vec![0; past.len()],
        weight: vec![1.0; past.len()],
        visibility: vec![0; past.len()],
        networks: vec!["twitter".into()],
        verbs: VERBS.map(str::to_owned).to_vec(),
        ..Acts::default()
    };
    let (projection, alone) = (Projection::standard(), Membership::default());
    let mut projector = Projector::new(&projection, Time(until - 1), &alone)?.with_actions();
    projector.add(&acts)?;
    Ok((past, projector.finish()?))
}

fn column(name: &str, snapshot: &Snapshot) -> Result<Vec<f64>, influence::Error> {
    Ok(signals::compute(name, snapshot, &Options::default())?.values)
}

/// What happened in the days held back.
struct Outcome {
    /// How often each person carried somebody's news into their community, by number.
    carried: Vec<f64>,
    /// Numbers of those who took up news at all, first or later, ascending.
    took_part: Vec<usize>,
    /// People who did so at all.
    carriers: usize,
    /// Communities of two people or more.
    communities: usize,
    /// Pairs of a community and a person new to it, whom two or more of it reshared.
    news: usize,
    /// Share of the reshares by people without a community.
    unknown: f64,
}

impl Outcome {
    fn new(snapshot: &Snapshot, past: &[Row], held_back: &[Row]) -> Outcome {
        let groups = Options::default().groups(snapshot);
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        groups.iter().for_each(|group| *sizes.entry(*group).or_default() += 1);
        let number: HashMap<u64, u32> =
            snapshot.people().iter().enumerate().map(|(i, key)| (*key, i as u32)).collect();
        let group = |person: u64| number.get(&person).map(|i| groups[*i as usize]);
        let reshares = |rows: &[Row]| -> Vec<Row> {
            rows.iter().filter(|row| row.verb == RESHARE).copied().collect()
        };
        let known: BTreeSet<(u32, u64)> = reshares(past)
            .iter()
            .filter_map(|row| group(row.actor).map(|group| (group, row.target)))
            .collect();
        let mut news: BTreeMap<(u32, u64), BTreeMap<u32, i64>> = BTreeMap::new();
        let (mut unknown, later) = (0, reshares(held_back));
        for row in &later {
            let Some(actor) = number.get(&row.actor) else {
                unknown += 1;
                continue;
            };
            let own = groups[*actor as usize];
            if group(row.target) != Some(own) && !known.contains(&(own, row.target)) {
                let people = news.entry((own, row.target)).or_default();
                let first = people.entry(*actor).or_insert(row.at);
                *first = row.at.min(*first);
            }
        }
        news.retain(|_, people| people.len() > 1);
        let mut carried = vec![0.0; groups.len()];
        let took_part: BTreeSet<usize> =
            news.values().flat_map(|people| people.keys().map(|person| *person as usize)).collect();
        for people in news.values() {
            let first = people.values().min().copied().unwrap_or_default();
            let mut at_first = people.iter().filter(|(_, at)| **at == first);
            if let (Some((person, _)), None) = (at_first.next(), at_first.next()) {
                carried[*person as usize] += 1.0;
            }
        }
        Outcome {
            carriers: carried.iter().filter(|y| **y > 0.0).count(),
            carried,
            took_part: took_part.into_iter().collect(),
            communities: sizes.values().filter(|size| **size > 1).count(),
            news: news.len(),
            unknown: unknown as f64 / later.len().max(1) as f64,
        }
    }
}

/// SplitMix64.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
