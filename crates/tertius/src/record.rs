//! Papers about the processing, from what is actually configured and stored: the record of processing activities
//! (Article 30 GDPR) and a draft impact assessment (Article 35).
//!
//! What the workspace knows is filled in; what only the operator can know stands as `[fill in: ...]`. Neither is legal advice
//! and neither names anybody. Counting goes through every interaction once.

use crate::consent::standing_name;
use crate::correct::day;
use crate::definitions::Source;
use crate::error::Result;
use crate::workspace::{Reading, Workspace};
use influence::definition::sensitive;
use ledger::Catalogue;
use ledger::people::People;
use ledger::retain::{self, Ages};
use model::{Span, Time, Visibility};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A paper in sections.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Paper {
    /// What it is.
    pub title: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A section of a paper.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What it says, point by point.
    pub points: Vec<String>,
}

impl fmt::Display for Paper {
    /// As Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}", self.title)?;
        for section in &self.sections {
            writeln!(f, "\n## {}\n", section.heading)?;
            for point in &section.points {
                writeln!(f, "- {point}")?;
            }
        }
        Ok(())
    }
}

/// What the workspace knows of its own processing.
struct Facts {
    controller: String,
    contact: String,
    firm: String,
    definitions: Vec<Source>,
    /// Interactions by network and visibility.
    interactions: BTreeMap<(String, u8), u64>,
    verbs: BTreeSet<String>,
    accounts: u64,
    /// People by role.
    roles: BTreeMap<String, u64>,
    /// People by roster.
    rosters: BTreeMap<String, u64>,
    attributes: Vec<String>,
    /// People by standing.
    standings: BTreeMap<&'static str, u64>,
    /// How often each list or file was made within the time for which that is kept.
    given_out: BTreeMap<String, u64>,
    cases: usize,
    told: usize,
    earliest: Option<Time>,
    newest: Option<Time>,
    looks_days: i64,
    private_to_others: String,
    ages: Option<Ages>,
}

impl Workspace {
    /// The record of processing activities.
    pub fn record(&self) -> Result<Paper> {
        let facts = self.facts()?;
        let sections = vec![
            section("Who is responsible", [
                format!("Controller: {}", facts.controller),
                format!("Contact: {}", facts.contact),
                "Data protection officer, joint controllers, representative: [fill in, or: none]".to_owned(),
                format!("Firm concerned: {}", facts.firm),
            ]),
            section("What it is for", facts.purposes()),
            section("Whose data", facts.people()),
            section("Which data, and from where", facts.data()),
            section("Who receives it", facts.recipients()),
            section("Transfers to third countries", [
                "Tertius sends nothing anywhere: it runs on one machine and opens no connection.".to_owned(),
                "Where that machine stands, and who else holds copies or exports: [fill in]".to_owned(),
            ]),
            section("How long", facts.times()),
            section("How it is protected", facts.protection()),
        ];
        let title = format!("Record of processing activities, {}", day(Time::now()));
        Ok(Paper { title, sections })
    }

    /// A draft impact assessment.
    pub fn assessment(&self) -> Result<Paper> {
        let facts = self.facts()?;
        let sections = vec![
            section("Why one is needed", facts.reasons()),
            section("What is done", facts.description()),
            section("Whether it is necessary and in proportion", facts.necessity()),
            section("Risks to people, and what is done about them", facts.risks()),
            section("What remains", [
                "Risks that remain after these measures, and who accepts them: [fill in]".to_owned(),
                "Views of the people concerned or of those who speak for them, such as a works council: [fill in]".to_owned(),
                "Advice of the data protection officer: [fill in]".to_owned(),
                "Whether the supervisory authority has to be asked beforehand (Article 36): [fill in]".to_owned(),
                "To be looked at again when a definition, a source or a purpose is added, and at the latest on: [fill in: a day]".to_owned(),
            ]),
        ];
        let title = format!("Draft impact assessment, {}", day(Time::now()));
        Ok(Paper { title, sections })
    }

    fn facts(&self) -> Result<Facts> {
        let reading = self.reading()?;
        let now = Time::now();
        let register = &reading.register;
        let membership = register.membership();
        let (interactions, verbs) = interactions(&reading)?;
        let mut accounts = 0;
        reading.view.each_account(|_, _, _| accounts += 1)?;
        let mut roles: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for role in register.roles() {
            let people = roles.entry(role.role.clone()).or_default();
            people.insert(membership.person_of(role.account));
        }
        let mut rosters: BTreeMap<String, u64> = BTreeMap::new();
        for sources in register.sources().values() {
            for source in sources {
                *rosters.entry((*source).to_owned()).or_default() += 1;
            }
        }
        let mut standings: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (_, consent) in register.consents(now).people() {
            *standings.entry(standing_name(consent.general)).or_default() += 1;
        }
        let mut given_out: BTreeMap<String, u64> = BTreeMap::new();
        for look in self.looks_of(&[])? {
            *given_out.entry(look.what).or_default() += 1;
        }
        let mut used: Vec<Source> = Vec::new();
        for card in self.newest_cards(None)? {
            let header = card.header();
            let id = format!("{}@{}", header.definition, header.version);
            // Where nobody was scored yet there is no fit, and the definition is as it can be used now.
            let scored = self.scored_source(&header.definition, Some(header.version))?;
            used.push(scored.map_or_else(|| self.definition(&id), Ok)?);
        }
        Ok(Facts {
            controller: self.controller(),
            contact: self.contact(),
            firm: match self.firm()? {
                Some(firm) => firm.name,
                None => "[fill in: no firm is set; see tertius firm use]".to_owned(),
            },
            definitions: used,
            interactions,
            verbs,
            accounts,
            roles: roles.into_iter().map(|(role, people)| (role, people.len() as u64)).collect(),
            rosters,
            attributes: register.attributes().into_keys().collect(),
            standings,
            given_out,
            cases: register.cases().len(),
            told: People::told(self.dir())?.len(),
            earliest: reading.view.earliest_at(),
            newest: reading.view.newest_at(),
            looks_days: self.settings().keep_looks() / model::time::DAY,
            private_to_others: others_may_read(self.dir()),
            ages: retain::stored(&Catalogue::read(self.dir())?)?.map(|(ages, _)| ages),
        })
    }
}

/// Interactions by network and visibility, and the verbs that occur.
type Counted = (BTreeMap<(String, u8), u64>, BTreeSet<String>);

fn interactions(reading: &Reading) -> Result<Counted> {
    let mut counts: BTreeMap<(String, u8), u64> = BTreeMap::new();
    let mut verbs = BTreeSet::new();
    let all = ledger::Wanted::as_of(Time(i64::MAX));
    reading.view.scan(&all, &mut |acts| {
        let mut here: BTreeMap<(u16, u8), u64> = BTreeMap::new();
        for (network, visibility) in acts.network.iter().zip(&acts.visibility) {
            *here.entry((*network, *visibility)).or_default() += 1;
        }
        for ((network, visibility), count) in here {
            let name = acts.networks.get(usize::from(network)).cloned().unwrap_or_default();
            *counts.entry((name, visibility)).or_default() += count;
        }
        verbs.extend(acts.verbs.iter().cloned());
    })?;
    Ok((counts, verbs))
}

/// Who besides the owner may read the folder, in words.
fn others_may_read(dir: &std::path::Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(dir).map(|found| found.permissions().mode() & 0o777) {
        Ok(mode) if mode & 0o077 == 0 => {
            "its owner alone may enter the workspace's folder".to_owned()
        }
        Ok(mode) => format!(
            "the workspace's folder has mode {mode:03o}, so others on this machine may enter it; chmod 700 shuts it"
        ),
        Err(_) => "[fill in: who may read the workspace's folder]".to_owned(),
    }
}

impl Facts {
    fn purposes(&self) -> Vec<String> {
        let mut points: Vec<String> = self
            .definitions
            .iter()
            .map(|source| {
                let definition = &source.definition;
                let consent = match sensitive(&definition.purpose) {
                    Some(found) => format!(
                        "; it decides on {}, so only those who agreed to exactly that are scored",
                        found.what
                    ),
                    None if definition.exact_consent => {
                        "; only those who agreed to exactly that are scored".to_owned()
                    }
                    None => String::new(),
                };
                format!(
                    "{}: {} ({}){consent}",
                    definition.purpose,
                    definition.question,
                    source.id()
                )
            })
            .collect();
        if points.is_empty() {
            points.push("Nothing is scored yet.".to_owned());
        }
        points.push(
            "Legal ground of each purpose: [fill in: consent, or a legitimate interest and which]"
                .to_owned(),
        );
        points
    }

    fn people(&self) -> Vec<String> {
        let mut points = vec![format!(
            "Holders of {} accounts on networks, and people whom rosters name",
            self.accounts
        )];
        points.extend(
            self.roles
                .iter()
                .filter(|(role, _)| !role.is_empty())
                .map(|(role, people)| format!("{role}, by rosters: {people}")),
        );
        points.push("Whoever is recorded as under 18 is never scored or shown.".to_owned());
        points
    }

    fn data(&self) -> Vec<String> {
        let level = |code: u8| match code {
            0 => Visibility::Public.name(),
            1 => Visibility::Community.name(),
            _ => Visibility::Private.name(),
        };
        let mut points: Vec<String> = self
            .interactions
            .iter()
            .map(|((network, visibility), count)| {
                format!("Interactions of the network {network}, {}: {count}", level(*visibility))
            })
            .collect();
        if let (Some(earliest), Some(newest)) = (self.earliest, self.newest) {
            points.push(format!("They happened from {} to {}", day(earliest), day(newest)));
        }
        if !self.verbs.is_empty() {
            let verbs: Vec<&str> = self.verbs.iter().map(String::as_str).collect();
            points.push(format!("What is recorded of them: who, toward whom, when, what ({}), and words and links where the source gives them", verbs.join(", ")));
        }
        points.extend(self.rosters.iter().map(|(roster, people)| {
            format!("{roster}: names, addresses, roles and numbers about {people} accounts")
        }));
        if !self.attributes.is_empty() {
            points.push(format!("Numbers about people: {}", self.attributes.join(", ")));
        }
        points.push("Special categories (Article 9) in words or attributes: [fill in: none known, or which]".to_owned());
        points
    }

    fn recipients(&self) -> Vec<String> {
        let mut points: Vec<String> = self
            .given_out
            .iter()
            .map(|(what, count)| format!("{what}, in the last {} days: {count}", self.looks_days))
            .collect();
        points.push(
            "Who in the firm sees these, and anybody outside who receives exports: [fill in]"
                .to_owned(),
        );
        points
    }

    fn times(&self) -> Vec<String> {
        let mut points: Vec<String> = self
            .definitions
            .iter()
            .map(|source| {
                let days = source.definition.projection.window / model::time::DAY;
                format!("{} counts the last {days} days", source.id())
            })
            .collect();
        points.push(format!("Who looked at what is kept for {} days", self.looks_days));
        let kept = |what: &str, age: Option<Span>| match age {
            Some(age) => {
                format!("{what} are kept for {} days (tertius retain)", age / model::time::DAY)
            }
            None => format!(
                "{what} are kept until they are erased; the term after which they are: [fill in]"
            ),
        };
        points.push(kept("Interactions", self.ages.and_then(|ages| ages.rows)));
        points.push(kept("Their words", self.ages.and_then(|ages| ages.texts.or(ages.rows))));
        points.push(kept("Entries of rosters", None));
        points
    }

    fn protection(&self) -> Vec<String> {
        vec![
            format!("Access: {}", self.private_to_others),
            "Whoever withdrew, objected or is under 18 is neither scored nor shown, on any surface.".to_owned(),
            "Names come from one module that obeys this; people are named in somebody else's explanation only from public interactions.".to_owned(),
            "Who looked is recorded and shown to the people concerned.".to_owned(),
            "Files are not encrypted by the program. Encryption of the disk and of backups: [fill in]".to_owned(),
        ]
    }

    fn reasons(&self) -> Vec<String> {
        let mut points = vec![
            "People are scored (profiling), and from many sources at once: two of the criteria by which an assessment is needed.".to_owned(),
        ];
        if self.private().any(|_| true) {
            points.push("Interactions that were not public are stored.".to_owned());
        }
        if self.inside() > 0 {
            points.push(format!(
                "Employees are among those observed ({} by rosters); monitoring at work often needs the works council's consent.",
                self.inside()
            ));
        }
        for source in &self.definitions {
            if let Some(found) = sensitive(&source.definition.purpose) {
                points.push(format!(
                    "{} serves decisions on {}, because of which {}.",
                    source.id(),
                    found.what,
                    found.why
                ));
            }
        }
        points
    }

    fn description(&self) -> Vec<String> {
        let mut points = self.purposes();
        points.extend(self.data());
        points.push("From interactions come ties, from ties signals, and from signals a score from 1 to 100 by each definition, with its parts and an interval. A program computes it; what follows from it is decided by: [fill in: a person, and who]".to_owned());
        points
    }

    fn necessity(&self) -> Vec<String> {
        let mut points: Vec<String> = self
            .definitions
            .iter()
            .map(|source| {
                let levels = &source.definition.visibility;
                let levels: Vec<&str> = levels.iter().map(|level| level.name()).collect();
                format!("{} counts {} interactions", source.id(), levels.join(" and "))
            })
            .collect();
        let used = |level: Visibility| {
            self.definitions.iter().any(|source| source.definition.visibility.contains(&level))
        };
        let unused: Vec<String> = self
            .private()
            .filter(|((_, code), _)| {
                !used(if *code == 1 { Visibility::Community } else { Visibility::Private })
            })
            .map(|((network, _), count)| format!("{count} of {network}"))
            .collect();
        if !unused.is_empty() {
            points.push(format!(
                "Stored though no definition in use counts them: {}. Say why, or do not store them: [fill in]",
                unused.join(", ")
            ));
        }
        points.push("Why the purpose can't be reached with less: [fill in]".to_owned());
        let standing = |name: &str| self.standings.get(name).copied().unwrap_or(0);
        points.push(format!(
            "Consent: {} gave it, {} refuse, {} are under 18; {} accounts were told that data is held; {} corrections were asked for.",
            standing("given"),
            standing("refused"),
            standing("under 18"),
            self.told,
            self.cases
        ));
        points
    }

    fn risks(&self) -> Vec<String> {
        [
            ("Somebody is treated worse for a low score", "below the evidence floor there is no number; every score shows its parts and its interval; decisions on employment, credit, housing and insurance need consent to exactly that"),
            ("A score is wrong, because accounts or roles are", "access shows everything that is held, with its source; corrections are cases with a decision that later imports do not undo"),
            ("Something private comes out", "each interaction has a visibility; definitions count public ones unless they say otherwise; third parties are named from public ones alone"),
            ("Somebody is scored who does not want to be", "objection works at once and without a reason, and is kept against later imports; whoever is erased is refused for good"),
            ("Children are scored", "whoever is recorded as under 18 is never scored or shown; age is known only where a roster gives it: [fill in: how else children are kept out]"),
            ("People do not know of it", "notice lists who has not been told, with a letter"),
            ("Scores are manipulated at others' cost", "distinct people count, not volume; adjustments for rings of accounts are not there yet: [fill in: how this is watched]"),
            ("The files get into wrong hands", "see the record of processing; likelihood and harm: [fill in]"),
        ]
        .into_iter()
        .map(|(risk, measure)| format!("{risk}. Measure: {measure}. Likelihood and severity: [fill in]"))
        .collect()
    }

    /// Interactions that were not public.
    fn private(&self) -> impl Iterator<Item = (&(String, u8), &u64)> {
        self.interactions.iter().filter(|((_, visibility), _)| *visibility > 0)
    }

    fn inside(&self) -> u64 {
        self.roles.get("employee").copied().unwrap_or(0)
    }
}

fn section(heading: &str, points: impl IntoIterator<Item = String>) -> Section {
    Section { heading: heading.to_owned(), points: points.into_iter().collect() }
}
