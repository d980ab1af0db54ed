//! A scorecard: the scores of one definition on one snapshot, as one immutable file that is mapped, not loaded.
//!
//! Everything is little-endian and every section starts at a multiple of 8 bytes:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | `TERTCARD` |
//! | 8 | format (u32), now 2; length of the header (u32) |
//! | 16 | length of the file (u64) |
//! | 24 | XXH3 over all other bytes (u64) |
//! | 32 | header: JSON, padded with spaces |
//! | then | person ids (u64), rising; score, raw, share at or above (f64 each, NaN without a score) |
//! | | from format 2: lower and upper end of the interval (f64 each, NaN without one) |
//! | | for each signal: values, normalised values (f64 each, NaN for none) |
//! | | the scale's reference: values (f64), people below, people at or below (u64 each) |
//! | | rank, engagers, interactions (u32 each); state (u8) |
//! | | rows of the scored in order of rank (u32 each) |
//!
//! One entry for each person where nothing else is said. A file that is damaged in any way is refused when it is opened, so
//! that reading it can't fail afterwards. Nothing here does I/O: bytes come in and go out.

use crate::combine::Group;
use crate::definition::{Definition, Evidence, SignalUse};
use crate::reference::Reference;
use crate::scale::Scale;
use crate::sections::{CHECKSUM, FIXED, Writer, checksum, word};
use crate::{Error, Kind};
use model::hashed::{self, Directory};
use model::{Time, Visibility};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_128;

const MAGIC: &[u8; 8] = b"TERTCARD";
const FORMAT: u32 = 2;
/// The first format with intervals. Before it there was one other, without them.
const INTERVALS: u32 = 2;

/// Whether a person has a score, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum State {
    /// There is a score.
    Scored = 0,
    /// Below the definition's evidence floor: there is no score, not a low one.
    NotEnoughEvidence = 1,
    /// The definition does not ask about this person.
    OutsidePopulation = 2,
    /// The person must not be scored: they said so, or are under age.
    Refused = 3,
}

impl State {
    fn from_code(code: u8) -> Option<State> {
        [State::Scored, State::NotEnoughEvidence, State::OutsidePopulation, State::Refused]
            .into_iter()
            .find(|state| *state as u8 == code)
    }
}

/// What a scorecard is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the definition.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its hash.
    pub hash: String,
    /// The question that it answers.
    pub question: String,
    /// What its scores may be used for.
    pub purpose: String,
    /// The visibility levels of the interactions used.
    pub visibility: Vec<Visibility>,
    /// The evidence floor.
    pub evidence: Evidence,
    /// Id of the snapshot.
    pub snapshot: String,
    /// Time of the snapshot, in microseconds since 1970.
    as_of: i64,
    /// Hash of the fit.
    pub fit: String,
    /// How many people the fit was made on: the N of every share.
    pub reference_people: u64,
    /// How many people the snapshot has.
    pub people: u64,
    /// How many have a score.
    pub scored: u64,
    /// How many are below the evidence floor.
    pub not_enough_evidence: u64,
    /// How many the definition does not ask about.
    pub outside_population: u64,
    /// How many must not be scored.
    pub refused: u64,
    /// The scale.
    pub scale: Scale,
    /// The signals, in the order of the columns.
    pub signals: Vec<SignalUse>,
    /// How they are combined.
    pub root: Group,
    /// Names of signals that are left out because nobody has a value.
    pub left_out: Vec<String>,
    knots: u64,
}

impl Header {
    /// Time of the snapshot.
    pub fn as_of(&self) -> Time {
        Time(self.as_of)
    }

    /// The header of a definition's scores; what the rows tell is counted when they are laid out.
    pub(crate) fn of(
        definition: &Definition,
        snapshot: &str,
        fit: &str,
        left_out: Vec<String>,
    ) -> Header {
        Header {
            definition: definition.name.clone(),
            version: definition.version,
            hash: definition.hash(),
            question: definition.question.clone(),
            purpose: definition.purpose.clone(),
            visibility: definition.visibility.clone(),
            evidence: definition.evidence,
            snapshot: snapshot.to_owned(),
            as_of: 0,
            fit: fit.to_owned(),
            reference_people: 0,
            people: 0,
            scored: 0,
            not_enough_evidence: 0,
            outside_population: 0,
            refused: 0,
            scale: definition.scale,
            signals: definition.signals.clone(),
            root: definition.root.clone(),
            left_out,
            knots: 0,
        }
    }

    /// Which of the signals are in use.
    pub(crate) fn used(&self) -> Vec<bool> {
        let used = |signal: &SignalUse| !self.left_out.contains(&signal.name);
        self.signals.iter().map(used).collect()
    }
}

/// What a scorecard is made of; every column has an entry for each person, in any one order.
pub(crate) struct Parts<'a> {
    pub header: Header,
    pub as_of: Time,
    pub scale: &'a Reference,
    pub people: &'a [u64],
    pub states: Vec<State>,
    pub score: Vec<f64>,
    /// Ends of the interval; NaN where there is none.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    pub raw: Vec<f64>,
    pub top_share: Vec<f64>,
    pub engagers: Vec<u32>,
    pub interactions: Vec<u32>,
    /// Values and normalised values of each signal.
    pub signals: Vec<(Vec<f64>, Vec<f64>)>,
}

/// A scorecard over bytes that are owned, borrowed or mapped.
#[derive(Clone, Debug)]
pub struct Scorecard<B = Vec<u8>> {
    bytes: B,
    header: Header,
    scale: Reference,
    layout: Layout,
    directory: OnceLock<Directory>,
}

/// A scorecard over borrowed bytes.
pub type ScorecardRef<'a> = Scorecard<&'a [u8]>;

/// Where each section starts.
#[derive(Clone, Debug)]
struct Layout {
    person: usize,
    score: usize,
    raw: usize,
    top_share: usize,
    /// Both ends, where the format has them.
    interval: Option<[usize; 2]>,
    signals: usize,
    knots: [usize; 3],
    rank: usize,
    engagers: usize,
    interactions: usize,
    state: usize,
    order: usize,
    end: usize,
}

impl Layout {
    /// Nothing if it would be too large for this machine's memory.
    fn new(start: usize, header: &Header, format: u32) -> Option<Layout> {
        let people = usize::try_from(header.people).ok()?;
        let scored = usize::try_from(header.scored).ok()?;
        let knots = usize::try_from(header.knots).ok()?;
        let mut at = Some(start);
        let mut section = |entries: usize, width: usize| {
            let start = at?;
            at = entries
                .checked_mul(width)
                .and_then(|bytes| bytes.checked_next_multiple_of(8))
                .and_then(|bytes| start.checked_add(bytes));
            Some(start)
        };
        let columns = header.signals.len().checked_mul(2)?.checked_mul(people)?;
        let mut layout = Layout {
            person: section(people, 8)?,
            score: section(people, 8)?,
            raw: section(people, 8)?,
            top_share: section(people, 8)?,
            interval: match format >= INTERVALS {
                true => Some([section(people, 8)?, section(people, 8)?]),
                false => None,
            },
            signals: section(columns, 8)?,
            knots: [section(knots, 8)?, section(knots, 8)?, section(knots, 8)?],
            rank: section(people, 4)?,
            engagers: section(people, 4)?,
            interactions: section(people, 4)?,
            state: section(people, 1)?,
            order: section(scored, 4)?,
            end: 0,
        };
        layout.end = at?;
        Some(layout)
    }
}

impl Scorecard {
    /// Lays out a scorecard: people in order of id, ranks by score, then pre-scale value, then id.
    pub(crate) fn build(parts: Parts<'_>) -> Result<Scorecard, Error> {
        let mut rows: Vec<usize> = (0..parts.people.len()).collect();
        rows.sort_unstable_by_key(|row| parts.people[*row]);
        let people: Vec<u64> = rows.iter().map(|row| parts.people[*row]).collect();
        if let Some(pair) = people.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::new(
                Kind::Snapshot,
                format!("person {} stands twice in one snapshot", pair[0]),
            ));
        }
        if u32::try_from(rows.len()).is_err() {
            return Err(Error::new(
                Kind::Snapshot,
                "more than 4,294,967,295 people in one scorecard",
            ));
        }
        let states: Vec<State> = rows.iter().map(|row| parts.states[*row]).collect();
        let pick = |column: &[f64]| -> Vec<f64> { rows.iter().map(|row| column[*row]).collect() };
        let (score, raw) = (pick(&parts.score), pick(&parts.raw));
        let (order, rank) = ranks(&states, &score, &raw);
        let count = |state| states.iter().filter(|one| **one == state).count() as u64;
        let (values, below, through) = parts.scale.knots();
        let header = Header {
            as_of: parts.as_of.0,
            people: people.len() as u64,
            scored: count(State::Scored),
            not_enough_evidence: count(State::NotEnoughEvidence),
            outside_population: count(State::OutsidePopulation),
            refused: count(State::Refused),
            reference_people: parts.scale.people(),
            knots: values.len() as u64,
            ..parts.header
        };

        let mut out = Writer::default();
        out.bytes.extend_from_slice(&[0; FIXED]);
        let json = serde_json::to_vec(&header).map_err(|error| {
            Error::new(Kind::Scorecard, format!("the header can't be written: {error}"))
        })?;
        out.bytes.extend_from_slice(&json);
        while out.bytes.len() % 8 != 0 {
            out.bytes.push(b' ');
        }
        let length = out.bytes.len() - FIXED;
        let header_length = u32::try_from(length).map_err(|_| {
            Error::new(Kind::Definition, "the definition is too long for a scorecard's header")
        })?;
        out.section(people.iter().map(|id| id.to_le_bytes()));
        out.numbers(&score);
        out.numbers(&raw);
        out.numbers(&pick(&parts.top_share));
        out.numbers(&pick(&parts.low));
        out.numbers(&pick(&parts.high));
        for (values, normalised) in &parts.signals {
            out.numbers(&pick(values));
            out.numbers(&pick(normalised));
        }
        out.numbers(values);
        out.section(below.iter().map(|n| n.to_le_bytes()));
        out.section(through.iter().map(|n| n.to_le_bytes()));
        out.section(rank.iter().map(|n| n.to_le_bytes()));
        out.section(rows.iter().map(|row| parts.engagers[*row].to_le_bytes()));
        out.section(rows.iter().map(|row| parts.interactions[*row].to_le_bytes()));
        out.section(states.iter().map(|state| [*state as u8]));
        out.section(order.iter().map(|row| row.to_le_bytes()));

        let mut bytes = out.bytes;
        let total = bytes.len() as u64;
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&header_length.to_le_bytes());
        bytes[16..24].copy_from_slice(&total.to_le_bytes());
        let checksum = checksum(&bytes);
        bytes[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
        Scorecard::from_bytes(bytes)
    }
}

/// Rows of the scored in order of rank, and the rank of every row; 0 without a score. Equal values share the better rank.
fn ranks(states: &[State], score: &[f64], raw: &[f64]) -> (Vec<u32>, Vec<u32>) {
    let scored = states.iter().enumerate().filter(|(_, state)| **state == State::Scored);
    let mut order: Vec<u32> = scored.map(|(row, _)| row as u32).collect();
    let key = |row: u32| (score[row as usize], raw[row as usize]);
    order.sort_unstable_by(|a, b| {
        let ((score_a, raw_a), (score_b, raw_b)) = (key(*a), key(*b));
        score_b.total_cmp(&score_a).then(raw_b.total_cmp(&raw_a)).then(a.cmp(b))
    });
    let mut rank = vec![0; states.len()];
    for (place, row) in order.iter().enumerate() {
        let same = place > 0 && key(order[place - 1]) == key(*row);
        rank[*row as usize] = if same { rank[order[place - 1] as usize] } else { place as u32 + 1 };
    }
    (order, rank)
}

fn refuse<T>(what: &str) -> Result<T, Error> {
    Err(Error::new(
        Kind::Scorecard,
        format!("the stored scorecard can't be used: {what}; score again to replace it"),
    ))
}

impl<B: AsRef<[u8]>> Scorecard<B> {
    /// Opens a scorecard's file.
    ///
    /// # Errors
    /// The bytes are no scorecard, are damaged, or were written by a newer version. Arbitrary bytes never panic.
    pub fn from_bytes(bytes: B) -> Result<Scorecard<B>, Error> {
        let card = Scorecard::trusting(bytes)?;
        if !card.is_whole() {
            return refuse("its checksum differs");
        }
        match card.is_sound() {
            true => Ok(card),
            false => refuse("its rows contradict each other"),
        }
    }

    /// Opens a file without reading its rows, in a time that does not depend on them: for a server that maps millions. What is damaged among
    /// the rows shows as a wrong number, and never as a panic, until [`Scorecard::is_whole`] is asked.
    ///
    /// # Errors
    /// As [`Scorecard::from_bytes`], as far as that can be told from the header and the length.
    pub fn trusting(bytes: B) -> Result<Scorecard<B>, Error> {
        let all = bytes.as_ref();
        if all.len() < FIXED || !all.starts_with(MAGIC) {
            return refuse("it is no scorecard");
        }
        let format = u32::from_le_bytes(word(all, 8));
        if !(1..=FORMAT).contains(&format) {
            return Err(Error::new(
                Kind::Scorecard,
                format!(
                    "the stored scorecard has format {format}, and this program reads 1 to {FORMAT}; use the version that wrote it"
                ),
            ));
        }
        if u64::from_le_bytes(word(all, 16)) != all.len() as u64 {
            return refuse("it is cut short or has something appended");
        }
        let start = u32::from_le_bytes(word(all, 12)) as usize + FIXED;
        let header = all.get(FIXED..start).map(serde_json::from_slice::<Header>);
        let Some(Ok(header)) = header else {
            return refuse("its header can't be read");
        };
        let layout = Layout::new(start, &header, format).filter(|layout| layout.end == all.len());
        let Some(layout) = layout else {
            return refuse("its length does not fit its header");
        };
        if !header.root.is_sound(header.signals.len()) {
            return refuse("its signals do not fit its definition");
        }
        let knots = |section: usize| (0..header.knots as usize).map(move |i| section + 8 * i);
        let count = |at| u64::from_le_bytes(word(all, at));
        let scale = Reference::from_knots(
            header.reference_people,
            knots(layout.knots[0]).map(|at| f64::from_bits(count(at))).collect(),
            knots(layout.knots[1]).map(count).collect(),
            knots(layout.knots[2]).map(count).collect(),
        )?;
        Ok(Scorecard { bytes, header, scale, layout, directory: OnceLock::new() })
    }

    fn is_sound(&self) -> bool {
        let n = self.len();
        let rising = (1..n).all(|row| self.id_at(row - 1) < self.id_at(row));
        let bytes = self.bytes.as_ref();
        let states = (0..n)
            .all(|row| State::from_code(word::<1>(bytes, self.layout.state + row)[0]).is_some());
        let scored = (0..n).filter(|row| self.state(*row) == State::Scored).count();
        let mut seen = vec![false; n];
        let order = (0..scored).all(|place| {
            let row = self.ordered(place);
            row < n && self.state(row) == State::Scored && !std::mem::replace(&mut seen[row], true)
        });
        rising && states && scored as u64 == self.header.scored && order
    }

    fn number(&self, section: usize, row: usize) -> f64 {
        f64::from_le_bytes(word(self.bytes.as_ref(), section + 8 * row))
    }

    fn small(&self, section: usize, row: usize) -> u32 {
        u32::from_le_bytes(word(self.bytes.as_ref(), section + 4 * row))
    }

    fn id_at(&self, row: usize) -> u64 {
        u64::from_le_bytes(word(self.bytes.as_ref(), self.layout.person + 8 * row))
    }

    /// The row at a place, counted from 0, of those with a score.
    pub fn ordered(&self, place: usize) -> usize {
        self.small(self.layout.order, place) as usize
    }

    /// What it is of.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Hash of the file, in 32 hexadecimal digits: its id.
    pub fn id(&self) -> String {
        format!("{:032x}", xxh3_128(self.bytes()))
    }

    /// The checksum that the file bears: names its content without reading it.
    pub fn tag(&self) -> u64 {
        u64::from_le_bytes(word(self.bytes(), CHECKSUM.start))
    }

    /// Whether the file is as it was written. Reads all of it.
    pub fn is_whole(&self) -> bool {
        self.tag() == checksum(self.bytes())
    }

    /// The reference of its scale.
    pub fn scale(&self) -> &Reference {
        &self.scale
    }

    /// Number of people, scored or not: rows are `0..len()`. Reading a row beyond gives a person without a score.
    pub fn len(&self) -> usize {
        self.header.people as usize
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The person in a row; rows are in order of person.
    pub fn person(&self, row: usize) -> Option<u64> {
        (row < self.len()).then(|| self.id_at(row))
    }

    /// Makes finding people faster from now on, for a server that is asked again and again. Takes a search for each 64 of them.
    pub fn index(&self) {
        if self.directory.get().is_none()
            && let Some(directory) = Directory::of(self.len(), |row| self.id_at(row))
        {
            self.directory.get_or_init(|| directory);
        }
    }

    /// The row of a person.
    pub fn find(&self, person: u64) -> Option<usize> {
        let id = |row| self.id_at(row);
        let row = match self.directory.get() {
            Some(directory) => directory.first_not_below(id, person),
            None => hashed::first_not_below(self.len(), id, person),
        };
        (row < self.len() && self.id_at(row) == person).then_some(row)
    }

    /// Whether the person has a score, and if not, why.
    pub fn state(&self, row: usize) -> State {
        if row >= self.len() {
            return State::OutsidePopulation;
        }
        let code = word::<1>(self.bytes.as_ref(), self.layout.state + row)[0];
        State::from_code(code).unwrap_or(State::Refused)
    }

    fn scored(&self, section: usize, row: usize) -> Option<f64> {
        (self.state(row) == State::Scored).then(|| self.number(section, row))
    }

    /// The score, 1 to 100.
    pub fn score(&self, row: usize) -> Option<f64> {
        self.scored(self.layout.score, row)
    }

    /// The 90 % interval around the score, lower end first; nothing where none was computed.
    pub fn interval(&self, row: usize) -> Option<[f64; 2]> {
        let [low, high] = self.layout.interval?;
        let ends = [self.scored(low, row)?, self.scored(high, row)?];
        Some(ends).filter(|ends| !ends.iter().any(|end| end.is_nan()))
    }

    /// The combined value before the scale, 0 to 1.
    pub fn raw(&self, row: usize) -> Option<f64> {
        self.scored(self.layout.raw, row)
    }

    /// The share of the reference that stands as high or higher, above 0 to 1.
    pub fn top_share(&self, row: usize) -> Option<f64> {
        self.scored(self.layout.top_share, row)
    }

    /// The place in the list from 1; people with equal values share one.
    pub fn rank(&self, row: usize) -> Option<u32> {
        (self.state(row) == State::Scored).then(|| self.small(self.layout.rank, row))
    }

    /// Rows of the scored in order of rank.
    pub fn ranked(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        (0..self.header.scored as usize).map(|place| self.ordered(place))
    }

    /// How many distinct people engaged the person, and in how many interactions; at most 4,294,967,295.
    pub fn evidence(&self, row: usize) -> (u32, u32) {
        if row >= self.len() {
            return (0, 0);
        }
        (self.small(self.layout.engagers, row), self.small(self.layout.interactions, row))
    }

    fn signal(&self, signal: usize, part: usize, row: usize) -> Option<f64> {
        if row >= self.len() || signal >= self.header.signals.len() {
            return None;
        }
        let column = self.layout.signals + 8 * self.len() * (2 * signal + part);
        Some(self.number(column, row)).filter(|x| !x.is_nan())
    }

    /// A signal's value in its own unit; nothing where the person has none.
    pub fn value(&self, signal: usize, row: usize) -> Option<f64> {
        self.signal(signal, 0, row)
    }

    /// A signal's normalised value after direction, 0 to 1; nothing without a score.
    pub fn normalised(&self, signal: usize, row: usize) -> Option<f64> {
        self.signal(signal, 1, row)
    }
}
