//! `bench seeds`: how far chosen people reach, beside the choices of others on the same chances.
//!
//! Graphs: members of Congress with the chances that their data gives; the whole Higgs network, and with `--scale` a Kronecker graph, both with weighted cascades: whoever
//! is moved by k others is moved by each with chance 1/k. Every choice is measured by one program, ours, with the same cascades.
//!
//! With `--opim DIR`, a checkout of the public reference of OPIM-C (github.com/tangj90/OPIM), its version 1.1 is built and run at the same epsilon and delta. It is given every
//! chance: where it makes weighted cascades itself, it misplaces them after vertices that nobody moves. It draws by the clock, so its choices differ a little from run to run. Without it,
//! on the small graph only, greedy choice by 2,000 cascades a look stands beside ours.

use super::kernels::{self, Example, once};
use super::{row, verdict};
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Our reach over theirs, at least.
const BAR: f64 = 0.99;
const EPSILON: &str = "0.1";
const DELTA: &str = "0.001";
/// In how many sets our chosen are seen in the mean, as `tertius seeds` has it.
const SEEN: &str = "1000";

/// A choice, ours or another's.
#[derive(Deserialize, Serialize)]
struct Choice {
    k: usize,
    seconds: Option<f64>,
    cpu_seconds: Option<f64>,
    seeds: Vec<u32>,
}

/// What cascades came to.
#[derive(Deserialize, Serialize)]
struct Reach {
    mean: f64,
    half: f64,
}

/// Every graph at hand, every number of people.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let sizes = flags.text("sizes").unwrap_or("10,50");
    let sizes: Vec<&str> = sizes.split(',').collect();
    let build = ["build", "--release", "--quiet", "--package", "graph", "--example", "seeds"];
    process::run(&mut repo.cargo(&build))?;
    let peer = flags.text("opim").map(|folder| Opim::build(repo, Path::new(folder))).transpose()?;
    let mut graphs = vec![("congress", congress(repo)?), ("higgs", higgs(repo)?)];
    let scale: u32 = flags.get("scale", 0)?;
    let kron = format!("kron-{scale}");
    if scale > 0 {
        graphs.push((&kron, Some(kronecker(repo, scale)?)));
    }
    let mut all = Vec::new();
    for (name, path) in graphs {
        let Some(path) = path else {
            row(name, &[("skipped:", "the data is not at hand".to_owned())]);
            continue;
        };
        let [ours, least] =
            [SEEN, "0"].map(|seen| choices(repo, &path, "choose", &[EPSILON, DELTA, seen], &sizes));
        let (ours, least) = (ours?, least?);
        let theirs = match &peer {
            Some(opim) => opim.choices(name, &path, &sizes)?,
            None if name == "congress" => choices(repo, &path, "greedy", &["2000"], &sizes)?,
            None => {
                let why = "no checkout of OPIM was given; use --opim DIR".to_owned();
                row(name, &[("not compared:", why)]);
                Vec::new()
            }
        };
        all.push(compare(repo, name, &path, [&ours, &least, &theirs])?);
    }
    Ok(json!(all))
}

/// Prints and keeps what our choices, those of ours that stop at the guarantee, and the other's reach.
fn compare(repo: &Repo, name: &str, path: &Path, all: [&[Choice]; 3]) -> Result<Value> {
    // A cascade on a large graph moves so many people that fewer tell as much; 100 of them leave 2 % of doubt.
    let cascades = match name {
        "congress" => "20000",
        "higgs" => "4000",
        _ => "500",
    };
    let reaches = |of: &[Choice]| -> Result<Vec<Reach>> {
        let list = |choice: &Choice| {
            choice.seeds.iter().map(u32::to_string).collect::<Vec<String>>().join(",")
        };
        let lists = of.iter().map(list);
        let printed = process::capture(ask(repo, path).args(["reach", cascades]).args(lists))?;
        printed.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    };
    let [ours, least, theirs] = [reaches(all[0])?, reaches(all[1])?, reaches(all[2])?];
    for (place, (choice, reach)) in all[0].iter().zip(&ours).enumerate() {
        let mut figures = figures(choice, reach);
        if let Some(other) = theirs.get(place) {
            figures.push(("of the other's", verdict(reach.mean / other.mean, BAR)));
        }
        row(&format!("{name}, {} people: tertius", choice.k), &figures);
        for (label, choices, reaches) in
            [("  to the guarantee alone", all[1], &least), ("  the other", all[2], &theirs)]
        {
            if let Some((choice, reach)) = choices.get(place).zip(reaches.get(place)) {
                row(label, &self::figures(choice, reach));
            }
        }
    }
    let choices = json!({"ours": all[0], "to_the_guarantee": all[1], "theirs": all[2]});
    let reach = json!({"ours": ours, "to_the_guarantee": least, "theirs": theirs});
    Ok(json!({"graph": name, "choices": choices, "reach": reach}))
}

fn figures(choice: &Choice, reach: &Reach) -> Vec<(&'static str, String)> {
    let mut figures = vec![("reach", format!("{:.2} +- {:.2}", reach.mean, reach.half))];
    figures.extend(choice.seconds.map(|seconds| ("wall", format!("{seconds:.3} s"))));
    figures.extend(choice.cpu_seconds.map(|seconds| ("CPU", format!("{seconds:.2} s"))));
    figures
}

/// The example of crate `graph`, on a file.
fn ask(repo: &Repo, path: &Path) -> Command {
    let mut command = Command::new(repo.metadata.target_directory.join("release/examples/seeds"));
    command.arg(path);
    command
}

fn choices(
    repo: &Repo,
    path: &Path,
    task: &str,
    how: &[&str],
    sizes: &[&str],
) -> Result<Vec<Choice>> {
    let printed = process::capture(ask(repo, path).arg(task).args(how).args(sizes))?;
    printed.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The public reference, built.
struct Opim {
    program: PathBuf,
    folder: PathBuf,
}

impl Opim {
    fn build(repo: &Repo, checkout: &Path) -> Result<Opim> {
        let source = checkout.join("OPIM1.1");
        let main = source.join("OPIM.cpp");
        ensure!(
            main.is_file(),
            "{} is no checkout of OPIM: it has no {}",
            checkout.display(),
            main.display()
        );
        let folder = repo.fresh("opim")?;
        let program = folder.join("opim");
        let mut compiler = Command::new("g++");
        compiler.args(["-std=c++14", "-O3", "-w"]).arg(&main).arg("-o").arg(&program);
        process::run(&mut compiler)?;
        Ok(Opim { program, folder })
    }

    fn choices(&self, name: &str, path: &Path, sizes: &[&str]) -> Result<Vec<Choice>> {
        let file = self.folder.join(name);
        std::fs::copy(path, &file).with_context(|| format!("cannot copy {}", path.display()))?;
        let option = |key: &str, value: &str| format!("-{key}={value}");
        let place = option("dir", &self.folder.to_string_lossy());
        let run = |arguments: &[String]| {
            let mut command = Command::new(&self.program);
            process::output(command.args(arguments).arg(&place).arg(option("gname", name)))
        };
        // Its formatting ends with 1 when all went well.
        run(&[option("func", "0"), option("mode", "w")])?;
        let made = self.folder.join(format!("{name}.vec.rvs.graph"));
        ensure!(made.is_file(), "OPIM did not read {}", file.display());
        let choice = |k: &&str| -> Result<Choice> {
            let output = run(&[
                option("alg", "opim-c"),
                option("seedsize", k),
                option("eps", EPSILON),
                option("delta", DELTA),
                option("outpath", &self.folder.to_string_lossy()),
            ])?;
            if !output.status.success() {
                bail!("OPIM ended with {}", output.status);
            }
            let result = format!("{name}_opim-c_minBound_k{k}_load");
            let read = |path: PathBuf| {
                std::fs::read_to_string(&path)
                    .with_context(|| format!("OPIM left no {}", path.display()))
            };
            let seeds = read(self.folder.join("seed").join(format!("seed_{result}")))?;
            Ok(Choice {
                k: k.parse()?,
                seconds: took(&read(self.folder.join(result))?),
                cpu_seconds: None,
                seeds: seeds.lines().map(str::parse).collect::<Result<_, _>>()?,
            })
        };
        let choices = sizes.iter().map(choice).collect();
        std::fs::remove_file(file)?;
        std::fs::remove_file(made)?;
        choices
    }
}

/// The seconds that OPIM says it took; it has one thread.
fn took(result: &str) -> Option<f64> {
    result.lines().find_map(|line| line.strip_prefix("Time (sec):"))?.trim().parse().ok()
}

/// Members of Congress, with the chances that the data gives.
fn congress(repo: &Repo) -> Result<Option<PathBuf>> {
    let source = repo.data().join("congress-twitter/congress.edgelist");
    let Ok(text) = std::fs::read_to_string(&source) else { return Ok(None) };
    let mut edges: Vec<(u32, u32, f64)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words = line.split(|c: char| c.is_whitespace() || c == '}');
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let edge = match words[..] {
            [from, to, .., chance] => {
                from.parse().ok().zip(to.parse().ok()).zip(chance.parse().ok())
            }
            _ => None,
        };
        let fault = || format!("{}:{} is no edge", source.display(), number + 1);
        let ((from, to), chance) = edge.with_context(fault)?;
        edges.push((from, to, chance));
    }
    edges.retain(|(from, to, chance)| from != to && *chance > 0.0);
    edges.sort_by_key(|edge| (edge.0, edge.1));
    let twice = edges.windows(2).any(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
    ensure!(!twice, "{} has an edge twice", source.display());
    let path = repo.scratch("bench")?.join("congress.im");
    once(&path, |part| write(part, &edges))?;
    Ok(Some(path))
}

/// The whole Higgs network with weighted cascades.
fn higgs(repo: &Repo) -> Result<Option<PathBuf>> {
    let Some(source) = kernels::higgs(repo)? else { return Ok(None) };
    let path = repo.scratch("bench")?.join("higgs.im");
    // Who acted credits who is credited, so they are moved by them.
    once(&path, |part| weighted(&source, part, |acted, credited| (credited, acted)))?;
    Ok(Some(path))
}

/// A Kronecker graph with weighted cascades.
fn kronecker(repo: &Repo, scale: u32) -> Result<PathBuf> {
    let scratch = repo.scratch("bench")?;
    let source = scratch.join(format!("kron-{scale}.el"));
    once(&source, |part| {
        let arguments = ["kron", &scale.to_string(), "--write", &part.to_string_lossy()];
        kernels::ours(repo, Example::Pagerank, &arguments).map(|_| ())
    })?;
    let path = scratch.join(format!("kron-{scale}.im"));
    once(&path, |part| weighted(&source, part, |from, to| (from, to)))?;
    Ok(path)
}

/// Gives every edge of a file of lines the chance 1 / number of those who may move its end.
fn weighted(source: &Path, to: &Path, way: impl Fn(u32, u32) -> (u32, u32)) -> Result<()> {
    let text = std::fs::read_to_string(source)
        .with_context(|| format!("cannot read {}", source.display()))?;
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().map(str::parse::<u32>);
        let (Some(Ok(a)), Some(Ok(b))) = (words.next(), words.next()) else {
            bail!("{} has the line {line:?}", source.display());
        };
        if a != b {
            edges.push(way(a, b));
        }
    }
    edges.sort_unstable();
    edges.dedup();
    let most = edges.iter().map(|(from, to)| *from.max(to) as usize + 1).max().unwrap_or(0);
    let mut movers = vec![0u32; most];
    edges.iter().for_each(|(_, to)| movers[*to as usize] += 1);
    let chance = |to: u32| 1.0 / f64::from(movers[to as usize]);
    write(to, &edges.iter().map(|(from, to)| (*from, *to, chance(*to))).collect::<Vec<_>>())
}

/// As both programs read it: `VERTICES EDGES`, then `FROM TO CHANCE`.
fn write(path: &Path, edges: &[(u32, u32, f64)]) -> Result<()> {
    let most = edges.iter().map(|edge| edge.0.max(edge.1) + 1).max();
    let vertices = most.unwrap_or(0);
    let mut text = format!("{vertices} {}\n", edges.len());
    for (from, to, chance) in edges {
        writeln!(text, "{from} {to} {chance}")?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_of_those_who_may_move_somebody_add_up_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let [source, to] = ["a.el", "b.im"].map(|name| folder.path().join(name));
        std::fs::write(&source, "0 2 0.7\n1 2 0.1\n2 2 9\n2 1 3\n0 2 0.7\n").unwrap();
        weighted(&source, &to, |from, to| (from, to)).unwrap();
        let written = std::fs::read_to_string(&to).unwrap();
        assert_eq!(written, "3 3\n0 2 0.5\n1 2 0.5\n2 1 1\n");
        std::fs::write(&source, "0 two\n").unwrap();
        assert!(weighted(&source, &to, |from, to| (from, to)).is_err());
    }

    #[test]
    fn the_time_that_the_reference_says_is_read() {
        assert_eq!(took("Approx.: 0.6\nTime (sec): 0.25\nInfluence: 3\n"), Some(0.25));
        assert_eq!(took("Approx.: 0.6\n"), None);
    }
}
