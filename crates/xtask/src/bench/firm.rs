//! A firm in a world of any size, for measuring reports: who works where, and exchange between two people at a time.
//!
//! People live in neighborhoods of 100, with whom seven of ten pairs are; the others are anybody, as the cube of a uniform number, so that a few are
//! famous. In a pair one writes and the other answers, so that ties go both ways. One in a hundred works for the firm, in teams of 20 who have three of ten pairs among
//! them; one in five is at one of its customers, 200 at each; nobody of the rest is on the roster. Two exchanges in ten are private. Half of what is written is
//! about one of sixteen subjects, one post in twenty speaks of the firm, and half is written in its forum. Every line is a function of (seed, number of the pair).

use super::events::{Civil, Random};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What to write.
#[derive(Clone, Copy, Debug)]
pub struct Firm {
    /// People.
    pub people: u64,
    /// Exchanges, of two interactions and two ties each.
    pub pairs: u64,
    /// Of everything random.
    pub seed: u64,
}

/// The files of a world.
pub struct Files {
    /// Interactions.
    pub rows: PathBuf,
    /// Roster.
    pub people: PathBuf,
    /// The firm.
    pub firm: PathBuf,
}

const START: u64 = 1_767_225_600; // 2026-01-01T00:00:00Z
const SPAN: u64 = 170 * 86_400;
const SUBJECTS: [&str; 16] = [
    "kettle", "boiler", "valve", "pump", "sensor", "filter", "gasket", "motor", "ladder", "hinge",
    "pulley", "socket", "switch", "handle", "bracket", "nozzle",
];

impl Firm {
    /// Writes the files into a folder.
    pub fn write(&self, folder: &Path) -> Result<Files> {
        std::fs::create_dir_all(folder)?;
        let files = Files {
            rows: folder.join("rows.csv"),
            people: folder.join("people.csv"),
            firm: folder.join("firm.toml"),
        };
        let create = |path: &Path| {
            let file = std::fs::File::create(path);
            let file = file.with_context(|| format!("cannot create {}", path.display()))?;
            anyhow::Ok(BufWriter::with_capacity(1 << 20, file))
        };
        let mut out = create(&files.rows)?;
        out.write_all(b"id,at,network,verb,actor,target,object,in_reply_to,text,visibility\n")?;
        let mut lines = String::new();
        for pair in 0..self.pairs {
            lines.clear();
            self.pair(pair, &mut lines)?;
            out.write_all(lines.as_bytes())?;
        }
        out.flush()?;
        let mut out = create(&files.people)?;
        writeln!(out, "name,role,organisation,team,accounts,consent")?;
        for person in (0..self.people).step_by(100) {
            let consent = if person % 200 == 0 { "given:introductions contact" } else { "" };
            writeln!(
                out,
                "P{person},employee,Acme,team {},forum:{person},{consent}",
                team(person)
            )?;
        }
        for person in (1..self.people).step_by(5) {
            writeln!(out, "C{person},customer,Customer {},,forum:{person},", person / 1000)?;
        }
        out.flush()?;
        let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"], edge = [], outside = [\"customer\"] }\n\
            brand = { names = [\"Acme\"] }\nplaces = [\"forum:help/*\"]\n";
        std::fs::write(&files.firm, firm)?;
        Ok(files)
    }

    /// The two who are in a pair: different people.
    pub fn ends(&self, pair: u64) -> [u64; 2] {
        let mut random = Random::new(self.seed, pair);
        let one = random.below(self.people);
        let (how, who) = (random.unit(), random.unit());
        let other = if one.is_multiple_of(100) && how < 0.3 {
            team(one) * 2_000 + (who * 20.0) as u64 * 100
        } else if how < 0.7 {
            one / 100 * 100 + (who * 100.0) as u64
        } else {
            (who * who * who * self.people as f64) as u64
        };
        let other = other.min(self.people - 1);
        [one, if other == one { (one + 1) % self.people } else { other }]
    }

    fn pair(&self, pair: u64, out: &mut String) -> Result<()> {
        let ends = self.ends(pair);
        let mut random = Random::new(self.seed ^ 0x1de, pair);
        let at = START + pair * SPAN / self.pairs.max(1) + random.below(600);
        let later = at + 60 + random.below(100_000);
        let place = if random.below(2) == 0 { "help/" } else { "" };
        let visibility = if random.below(10) < 2 { "private" } else { "public" };
        let subject = SUBJECTS[random.below(16) as usize];
        let brand = if random.below(20) == 0 { "Acme " } else { "" };
        let [question, answer] = match random.below(2) {
            0 => [format!("{brand}how does the {subject} work"), format!("turn the {subject}")],
            _ => [format!("{brand}hello there"), "hello".to_owned()],
        };
        let [a, b] = ends;
        let (asked, told) = (Civil(at), Civil(later));
        writeln!(
            out,
            "a{pair},{asked},forum,mention,{a},{b},{place}p{pair},,{question},{visibility}"
        )?;
        writeln!(
            out,
            "b{pair},{told},forum,reply,{b},{a},{place}r{pair},{place}p{pair},{answer},{visibility}"
        )?;
        Ok(())
    }
}

/// The team of somebody inside.
fn team(person: u64) -> u64 {
    person / 2_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_the_same_for_a_seed_and_nobody_is_paired_with_themselves() {
        let firm = Firm { people: 10_000, pairs: 2_000, seed: 1 };
        let folders = [1, 1, 2].map(|seed| {
            let folder = tempfile::tempdir().unwrap();
            let files = Firm { seed, ..firm }.write(folder.path()).unwrap();
            std::fs::read_to_string(files.rows).unwrap()
        });
        assert!(folders[0] == folders[1] && folders[0] != folders[2]);
        assert_eq!(folders[0].lines().count(), 4_001);
        for pair in 0..firm.pairs {
            let [one, other] = firm.ends(pair);
            assert!(one != other && other < firm.people);
        }
    }
}
