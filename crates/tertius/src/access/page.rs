//! Access as a page for the person: one file that needs no other, no script and no network, from 360 px up.
//!
//! Written through an XML writer, which escapes every text and attribute; what is XML is HTML here, because no element is
//! empty but those that HTML writes alone.

use super::files::failed;
use super::{Access, Held, Holdings};
use crate::correct::day;
use crate::error::Result;
use crate::explain::Explained;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use std::io::Write;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
th, td { border-bottom: 1px solid #8888; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 5rem; }
";

struct Page<'a> {
    xml: Writer<&'a mut dyn Write>,
}

/// Writes the page; how many interactions are on it.
pub(super) fn html(holdings: &Holdings, out: &mut dyn Write) -> Result<u64> {
    let access = &holdings.access;
    let mut page = Page { xml: Writer::new(out) };
    let name = access.names.iter().find(|called| called.field == "name");
    let name = name.map(|called| &called.value).or(access.accounts.first());
    let title = format!("What is held about {}", name.map_or("you", String::as_str));
    page.event(Event::DocType(BytesText::from_escaped("html")))?;
    page.start("html", &[("lang", "en")])?;
    page.start("head", &[])?;
    page.empty("meta", &[("charset", "utf-8")])?;
    page.empty(
        "meta",
        &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
    )?;
    page.empty("meta", &[("name", "robots"), ("content", "noindex")])?;
    page.leaf("title", &title)?;
    page.leaf("style", STYLE)?;
    page.end("head")?;
    page.start("body", &[])?;
    page.leaf("h1", &title)?;
    page.leaf("p", &format!("As of {}. Times are UTC.", access.made))?;
    for note in &access.notes {
        page.leaf("p", note)?;
    }
    page.person(access)?;
    page.leaf("h2", "Scores")?;
    if access.scores.is_empty() {
        page.leaf("p", "None.")?;
    }
    for score in &access.scores {
        page.score(score)?;
    }
    page.records(access)?;
    let rows = page.interactions(holdings)?;
    page.end("body")?;
    page.end("html")?;
    Ok(rows)
}

impl Page<'_> {
    /// Who the person is held to be.
    fn person(&mut self, access: &Access) -> Result<()> {
        let accounts: Vec<[String; 1]> = access.accounts.iter().map(|a| [a.clone()]).collect();
        self.table("Accounts", ["account"], &accounts)?;
        let names: Vec<[String; 3]> = access
            .names
            .iter()
            .map(|one| [one.field.clone(), one.value.clone(), one.source.clone()])
            .chain(
                access
                    .born
                    .iter()
                    .map(|born| ["date of birth".to_owned(), born.clone(), "a roster".to_owned()]),
            )
            .collect();
        self.table("Names", ["what", "value", "from"], &names)?;
        let roles: Vec<[String; 2]> =
            access.roles.iter().map(|one| [one.role.to_string(), one.source.clone()]).collect();
        self.table("Roles", ["role", "from"], &roles)?;
        let numbers: Vec<[String; 3]> = access
            .attributes
            .iter()
            .map(|one| [one.name.clone(), one.value.to_string(), one.source.clone()])
            .collect();
        self.table("Numbers", ["what", "value", "from"], &numbers)?;
        let claims: Vec<[String; 3]> = access
            .claims
            .iter()
            .map(|one| [one.says.clone(), one.source.clone(), day(one.at)])
            .collect();
        self.table("Why these accounts are held to be yours", ["claim", "from", "on"], &claims)
    }

    /// Consent, corrections, and who looked.
    fn records(&mut self, access: &Access) -> Result<()> {
        self.leaf("h2", "Consent")?;
        self.leaf("p", &format!("Where you stand: {}.", access.standing))?;
        for (purpose, standing) in &access.purposes {
            self.leaf("p", &format!("For {purpose}: {standing}."))?;
        }
        let said: Vec<[String; 4]> = access
            .consents
            .iter()
            .map(|one| {
                let purpose =
                    if one.purpose.is_empty() { "all".to_owned() } else { one.purpose.clone() };
                [one.said.clone(), purpose, one.source.clone(), one.at.to_string()]
            })
            .collect();
        self.table("What was said about it", ["said", "purpose", "by", "at"], &said)?;
        let told = access.told.map_or("not recorded".to_owned(), day);
        self.leaf("p", &format!("Told that data about you is held: {told}."))?;
        let cases: Vec<[String; 4]> = access
            .cases
            .iter()
            .map(|case| {
                let why = case.why.clone().unwrap_or_default();
                [case.says.clone(), day(case.opened), case.decision.clone(), why]
            })
            .collect();
        self.table("Corrections", ["what is wrong", "since", "decision", "why"], &cases)?;
        let looks: Vec<[String; 3]> = access
            .looks
            .iter()
            .map(|look| {
                let many = if look.of_many { " (many people at once)" } else { "" };
                let times = if look.times > 1 {
                    format!(", {} times that day", look.times)
                } else {
                    String::new()
                };
                [look.at.to_string(), format!("{}{many}{times}", look.what), look.source.clone()]
            })
            .collect();
        self.table("Who looked", ["at", "asked", "by"], &looks)
    }

    fn score(&mut self, score: &Explained) -> Result<()> {
        self.leaf("h3", &format!("{} ({}@{})", score.question, score.definition, score.version))?;
        let said = match (score.score, score.interval) {
            (Some(value), Some([low, high])) => {
                format!("{value:.1}, between {low:.1} and {high:.1} in nine of ten repetitions")
            }
            (Some(value), None) => format!("{value:.1}"),
            (None, _) => score.state.clone(),
        };
        self.leaf("p", &format!("{said}. As of {}.", score.as_of))?;
        for part in &score.parts {
            self.leaf("p", &format!("{}: {:.3} points. {}", part.signal, part.points, part.why))?;
            if part.because.is_empty() {
                continue;
            }
            self.start("ul", &[])?;
            for because in &part.because {
                self.start("li", &[])?;
                self.text(&because.text)?;
                for item in &because.interactions {
                    self.leaf("p", &item.to_string())?;
                }
                self.end("li")?;
            }
            self.end("ul")?;
        }
        for note in &score.notes {
            self.leaf("p", note)?;
        }
        Ok(())
    }

    fn interactions(&mut self, holdings: &Holdings) -> Result<u64> {
        let counts = holdings.access.interactions;
        self.leaf("h2", "Interactions")?;
        self.leaf(
            "p",
            &format!(
                "{} by you, {} toward you. The other side is named where an item is public and they have not refused.",
                counts.by, counts.toward
            ),
        )?;
        self.head(&["at", "what", "who", "words", "id"])?;
        let mut rows = 0;
        holdings.each_interaction(&mut |held: &Held<'_>| {
            rows += 1;
            self.interaction(held)
        })?;
        self.foot()?;
        Ok(rows)
    }

    fn interaction(&mut self, held: &Held<'_>) -> Result<()> {
        let other = match (&held.other, held.withheld) {
            (Some(other), _) => other.clone(),
            (None, Some("refuses")) => "somebody who refuses to be named".to_owned(),
            (None, Some(_)) => "not named, because it is not public".to_owned(),
            (None, None) => String::new(),
        };
        let who = match (held.direction, other.is_empty()) {
            ("by", true) => format!("{} (you)", held.account),
            ("by", false) => format!("{} (you), toward {other}", held.account),
            (_, _) => format!("{other}, toward {} (you)", held.account),
        };
        let link = held.url.or(held.object).unwrap_or_default();
        let words = [held.text.unwrap_or_default(), link].map(str::trim);
        let words: Vec<&str> = words.into_iter().filter(|one| !one.is_empty()).collect();
        self.row(&[
            held.at.to_string(),
            format!("{} on {}, {}", held.verb, held.network, held.visibility),
            who,
            words.join(" - "),
            held.id.unwrap_or_default().to_owned(),
        ])
    }

    fn table<const N: usize>(
        &mut self,
        title: &str,
        header: [&str; N],
        rows: &[[String; N]],
    ) -> Result<()> {
        self.leaf("h2", title)?;
        if rows.is_empty() {
            return self.leaf("p", "Nothing.");
        }
        self.head(&header)?;
        for row in rows {
            self.row(row)?;
        }
        self.foot()
    }

    fn head(&mut self, header: &[&str]) -> Result<()> {
        self.start("div", &[("class", "wide"), ("tabindex", "0")])?;
        self.start("table", &[])?;
        self.start("thead", &[])?;
        self.start("tr", &[])?;
        for name in header {
            self.start("th", &[("scope", "col")])?;
            self.text(name)?;
            self.end("th")?;
        }
        self.end("tr")?;
        self.end("thead")?;
        self.start("tbody", &[])
    }

    fn row(&mut self, cells: &[String]) -> Result<()> {
        self.start("tr", &[])?;
        for cell in cells {
            self.leaf("td", cell)?;
        }
        self.end("tr")
    }

    fn foot(&mut self) -> Result<()> {
        self.end("tbody")?;
        self.end("table")?;
        self.end("div")
    }

    fn leaf(&mut self, tag: &str, text: &str) -> Result<()> {
        self.start(tag, &[])?;
        self.text(text)?;
        self.end(tag)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        // Nothing may steer whoever opens the file in an editor.
        let shown: String = text
            .chars()
            .map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c })
            .collect();
        self.event(Event::Text(BytesText::new(&shown)))
    }

    fn start(&mut self, tag: &str, attributes: &[(&str, &str)]) -> Result<()> {
        let start = BytesStart::new(tag).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start))
    }

    fn empty(&mut self, tag: &str, attributes: &[(&str, &str)]) -> Result<()> {
        let start = BytesStart::new(tag).with_attributes(attributes.iter().copied());
        self.event(Event::Empty(start))
    }

    fn end(&mut self, tag: &str) -> Result<()> {
        self.event(Event::End(BytesEnd::new(tag)))
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        self.xml.write_event(event).map_err(failed)
    }
}
