//! How long introductions take once all is loaded: `introductions WORKSPACE QUERIES ORGANISATION...`
//!
//! Loads what is known of the workspace, and asks for people spread evenly over all who have ties, from whoever has most of them on, and for the organisations. Prints a
//! line of JSON with seconds: loading, finding groups, and each query, by the clock and of the processor.

use std::path::Path;
use std::time::Instant;
use tertius::acquaintances::Acquaintances;
use tertius::introductions::Options;
use tertius::scope::Scope;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workspace, queries, organisations @ ..] = arguments.as_slice() else {
        return Err("name a workspace and how many people to ask for".into());
    };
    let queries: usize = queries.parse()?;
    let seconds = |start: Instant| start.elapsed().as_secs_f64();
    let start = Instant::now();
    let reading = tertius::Workspace::open(Path::new(workspace))?.reading()?;
    let known = Acquaintances::new(&reading, &Scope::default())?;
    let load = seconds(start);
    let start = Instant::now();
    known.groups();
    let groups = seconds(start);
    let people = known.people();
    let spread = people.iter().step_by((people.len() / queries.max(1)).max(1)).take(queries);
    let mut times: [Vec<[f64; 2]>; 2] = Default::default();
    let mut found = 0;
    let goals = spread.map(|person| (0, person.to_string()));
    for (kind, goal) in goals.chain(organisations.iter().map(|name| (1, name.clone()))) {
        let (start, spent) = (Instant::now(), processor()?);
        // Whoever refuses, or is a logo, has an answer as well.
        if let Ok(answer) = known.introductions(&goal, &Options::default()) {
            found += usize::from(!answer.introductions.is_empty());
        }
        times[kind].push([seconds(start), processor()? - spent]);
    }
    let [of_people, of_organisations] = times;
    let printed = serde_json::json!({
        "load": load, "groups": groups, "people": of_people, "organisations": of_organisations, "found": found,
    });
    println!("{printed}");
    Ok(())
}

/// Seconds that this thread has had of a processor; a query runs on one thread.
fn processor() -> Result<f64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().ok_or("the system counts no processor time")?;
    Ok(first.parse::<f64>()? * 1e-9)
}
