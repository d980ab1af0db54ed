//! Who knows whom, as introductions may go: loaded once, asked often.
//!
//! A step is warm by public exchange, both ways. What a colleague writes to others in private or among members counts as well where that colleague agreed to
//! the purpose [`SHARES`] by its name; of two colleagues both must. Where they did not, that somebody is known is told of a group alone
//! ("someone in Sales"), and only of one that may be shown by [`crate::teams`]. Whoever refuses the purpose [`PURPOSE`] is in no chain, nor are
//! the logo and systems.
//!
//! To a reader from outside private exchange counts where both ends agreed to be shown to them (`Disclosure::has_agreed`), and of the others it is told neither
//! that they are inside nor at which organisation they are.
//!
//! Memory: two snapshots and a graph of the ties that count, about 110 bytes a tie; with groups, 24 bytes a contact more while they are found.

use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::firm::Sides;
use crate::moment::Moment;
use crate::scope::{Focus, Scope};
use crate::standings::Standings;
use crate::teams::Teams;
use crate::workspace::Reading;
use graph::crossings::{self, Crossing};
use graph::disparity::Nearness;
use graph::paths::{self, Path};
use graph::{Contacts, Pairing, Ties};
use influence::definition::Side;
use influence::orders::End;
use influence::projection::Levels;
use influence::{Firm, Projection, Snapshot};
use model::{Account, Time, Visibility};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What introductions are for: whoever withdrew consent for it is in no chain.
pub const PURPOSE: &str = "sales";
/// What colleagues agree to, by its name, who let their private exchange count.
pub const SHARES: &str = "introductions";

/// One step of a chain.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Step {
    /// Who is nearer to the firm.
    pub from: Named,
    /// Who is nearer to the goal.
    pub to: Named,
    /// 0 to 1.
    pub warmth: f64,
    /// Why it is warm.
    pub why: String,
}

/// What introductions are looked for in.
pub struct Acquaintances<'a> {
    reading: &'a Reading,
    disclosure: Disclosure<'a>,
    standings: Standings<'a>,
    firm: Firm,
    as_of: Time,
    /// Of exchange of every visibility: whose numbers hold.
    all: Rc<Snapshot>,
    public: Rc<Snapshot>,
    /// The numbers of `all` in `public`.
    in_public: Vec<Option<u32>>,
    ties: Ties,
    inside: Vec<bool>,
    /// Of whom more than what is public may be told.
    agreed: Vec<bool>,
    shares: Vec<bool>,
    closed: Vec<bool>,
    nearness: OnceCell<Nearness>,
}

/// A colleague's group, where a private tie is not shared.
pub(crate) struct Someone {
    /// The team, if it may be shown.
    pub team: Option<String>,
}

impl<'a> Acquaintances<'a> {
    /// Loads what is known as of a scope.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults.
    pub fn new(reading: &'a Reading, scope: &Scope) -> Result<Acquaintances<'a>> {
        let Focus { firm, as_of, disclosure, sides, .. } = reading.focus(scope)?;
        let mut moment = Moment::new(reading, as_of)?;
        let mut of = |levels: &[Visibility]| {
            let visibility = Levels::of(levels);
            let window = scope.window;
            moment.snapshot(&Projection { visibility, window, ..Projection::standard() })
        };
        let public = of(&[Visibility::Public])?;
        let all = of(&[Visibility::Public, Visibility::Community, Visibility::Private])?;
        let people = all.people();
        let ends: Vec<End> = people.iter().map(|person| sides.end(*person, as_of)).collect();
        let inside: Vec<bool> = ends.iter().map(|end| *end == End::Person(Side::Inside)).collect();
        let mut closed = moment.barred(&all, PURPOSE, false);
        for (closed, end) in closed.iter_mut().zip(&ends) {
            *closed |= !matches!(end, End::Person(_));
        }
        let agrees =
            |(person, inside): (&u64, &bool)| *inside && disclosure.agrees_exactly(*person, SHARES);
        let shares: Vec<bool> = people.iter().zip(&inside).map(agrees).collect();
        let in_public: Vec<Option<u32>> = people.iter().map(|key| public.number(*key)).collect();
        let agreed: Vec<bool> =
            people.iter().map(|person| disclosure.has_agreed(*person)).collect();
        let ties = counted(&all, &public, &in_public, |v, w| {
            shared(&inside, &shares, v, w) && agreed[v as usize] && agreed[w as usize]
        })?;
        drop(sides);
        let nearness = OnceCell::new();
        Ok(Acquaintances {
            reading,
            disclosure,
            standings: reading.standings(as_of),
            firm,
            as_of,
            all,
            public,
            in_public,
            ties,
            inside,
            agreed,
            shares,
            closed,
            nearness,
        })
    }

    /// As of when.
    pub fn as_of(&self) -> Time {
        self.as_of
    }

    /// The numbers of all who have ties, in no order that means anything.
    pub fn people(&self) -> &[u64] {
        self.all.people()
    }

    /// The groups that make some chains less expected than others: communities by contact, and how far they are apart. Found when first asked for.
    pub fn groups(&self) -> &Nearness {
        self.nearness.get_or_init(|| {
            let contacts = Contacts::new(&self.ties, Pairing::Either);
            let labels = graph::communities(&contacts).labels;
            Nearness::new(&contacts, &labels)
        })
    }

    /// Who is meant: an account or a person's number, or everybody at an organisation at that time. By person, ascending.
    ///
    /// Fails with `NotFound` where nobody is known, and with `Refused` where the person refuses.
    pub(crate) fn whom(&self, text: &str) -> Result<(Vec<u64>, bool)> {
        if Account::parse(text).is_some() || text.parse::<u64>().is_ok() {
            let person = self.disclosure.resolve(text)?;
            return match self.disclosure.refuses(person, PURPOSE) {
                true => Err(Error::refused(text)),
                false => Ok((vec![person], false)),
            };
        }
        let people = self.standings.at(text)?;
        let refuses = self.disclosure.refusal(PURPOSE);
        Ok((people.iter().copied().filter(|person| !refuses(*person)).collect(), true))
    }

    /// Who could ask: the person that is meant, or everybody inside with ties who may be told to be so.
    ///
    /// Fails with `NotFound` where there is nobody.
    pub(crate) fn who_asks(&self, from: Option<&str>) -> Result<Vec<u32>> {
        let may_begin = |v: u32| from.is_some() || self.has_agreed(v);
        let asking = match from {
            Some(account) => self.numbers(&[self.disclosure.resolve(account)?]),
            None => self.all_inside(),
        };
        if asking.is_empty() {
            let message = "nobody who could ask has ties in the window; import a roster that says who works for the firm with: tertius people import FILE, or name who asks with --from";
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Ok(asking.into_iter().filter(|v| may_begin(*v)).collect())
    }

    /// Everybody inside with ties.
    pub(crate) fn all_inside(&self) -> Vec<u32> {
        (0..self.inside.len() as u32).filter(|v| self.inside[*v as usize]).collect()
    }

    /// Whether more than what is public may be told of somebody.
    pub(crate) fn has_agreed(&self, v: u32) -> bool {
        self.agreed[v as usize]
    }

    /// The same for somebody who need not have ties.
    pub(crate) fn person_has_agreed(&self, person: u64) -> bool {
        self.disclosure.has_agreed(person)
    }

    /// Whether the one who asks is from outside.
    pub(crate) fn is_for_outside(&self) -> bool {
        self.reading.outside.is_some()
    }

    /// The numbers of those who have ties.
    pub(crate) fn numbers(&self, people: &[u64]) -> Vec<u32> {
        people.iter().filter_map(|person| self.all.number(*person)).collect()
    }

    fn options(&self, steps: usize) -> paths::Options<'_> {
        paths::Options { steps, keys: self.all.people(), closed: &self.closed }
    }

    /// The warmest chain from each of `from` that reaches one of `to`, the warmest first.
    pub(crate) fn warmest(&self, from: &[u32], to: &[u32], steps: usize) -> Result<Vec<Path>> {
        paths::warmest(&self.ties, from, to, &self.options(steps)).map_err(wrong)
    }

    /// Those of `to` to whom any chain leads.
    pub(crate) fn reached(&self, from: &[u32], to: &[u32], steps: usize) -> Result<Vec<u32>> {
        crossings::reached(&self.ties, from, to, &self.options(steps)).map_err(wrong)
    }

    /// The least expected chains, each step at least as warm as `floor`.
    pub(crate) fn unexpected(
        &self,
        from: &[u32],
        to: &[u32],
        steps: usize,
        floor: f64,
        most: usize,
    ) -> Result<Vec<Crossing>> {
        let groups = self.groups();
        let distance = |v, w| groups.distance_between(v, w);
        crossings::crossings(&self.ties, [from, to], &self.options(steps), floor, most, distance)
            .map_err(wrong)
    }

    /// Those on a path as they may be shown; nothing if one of them may not.
    pub(crate) fn named(&self, vertices: &[u32]) -> Result<Option<Vec<Named>>> {
        let ids: Vec<u64> = vertices.iter().map(|v| self.all.people()[*v as usize]).collect();
        Ok(self.disclosure.people(&ids, PURPOSE)?.into_iter().collect())
    }

    /// People as they may be shown, without those who may not.
    pub(crate) fn shown(&self, people: &[u64]) -> Result<Vec<Named>> {
        Ok(self.disclosure.people(people, PURPOSE)?.into_iter().flatten().collect())
    }

    /// The steps of a path between people.
    pub(crate) fn steps(&self, vertices: &[u32], named: &[Named]) -> Vec<Step> {
        let pairs = vertices.windows(2).zip(named.windows(2));
        pairs.filter_map(|(pair, named)| self.step([pair[0], pair[1]], named)).collect()
    }

    fn step(&self, [v, w]: [u32; 2], named: &[Named]) -> Option<Step> {
        let [from, to] = named else { return None };
        let strength = |v: u32, w: u32| {
            let (ids, strengths) = self.ties.out().row(v as usize);
            ids.binary_search(&w).ok().map(|place| f64::from(strengths[place]))
        };
        let mean = (strength(v, w)? * strength(w, v)?).sqrt();
        let seen = [self.publicly(v, w), self.publicly(w, v)];
        let all = [self.all.tie_between(v, w)?, self.all.tie_between(w, v)?];
        let private = self.is_shared(v, w)
            && all.iter().any(|tie| tie.seen & !(1 << Visibility::Public as u8) != 0);
        let ties = if private { all.map(Some) } else { seen };
        let [Some(there), Some(back)] = ties else { return None };
        let sharer = if self.shares[v as usize] { from } else { to };
        let last = there.last.max(back.last).to_string();
        let why = format!(
            "{} turned to {} {}, and {} back{}; last on {}",
            from.display_name(),
            to.display_name(),
            times(there.interactions),
            times(back.interactions),
            match private {
                true => format!(", some of it in private, which {} shares", sharer.display_name()),
                false => String::new(),
            },
            last.get(..10).unwrap_or(&last)
        );
        Some(Step { from: from.clone(), to: to.clone(), warmth: paths::warmth(mean), why })
    }

    /// Whether what is between two people in private counts for whoever asks.
    fn is_shared(&self, v: u32, w: u32) -> bool {
        shared(&self.inside, &self.shares, v, w) && self.has_agreed(v) && self.has_agreed(w)
    }

    fn publicly(&self, v: u32, w: u32) -> Option<influence::snapshot::Tie> {
        let [v, w] = [v, w].map(|v| self.in_public[v as usize]);
        self.public.tie_between(v?, w?)
    }

    /// The groups of colleagues who know one of `to` by exchange that they do not share: by team where it may be shown, else the inside as a whole.
    pub(crate) fn someone(&self, to: &[u32]) -> Result<Vec<Someone>> {
        let open = |v: u32| !self.closed[v as usize];
        let mut hidden: BTreeSet<u64> = BTreeSet::new();
        for t in to.iter().copied().filter(|t| open(*t)) {
            let known = self.all.ties().out().row(t as usize).0.iter().copied();
            let known = known.filter(|x| self.inside[*x as usize] && open(*x));
            hidden.extend(
                known
                    .filter(|x| self.all.tie_between(*x, t).is_some())
                    .filter(|x| !self.is_shared(*x, t))
                    .filter(|x| self.publicly(*x, t).is_none() || self.publicly(t, *x).is_none())
                    .map(|x| self.all.people()[x as usize]),
            );
        }
        if hidden.is_empty() {
            return Ok(Vec::new());
        }
        let sides = Sides::new(&self.firm, &self.reading.register, &self.disclosure)?;
        let team = |person: u64| sides.team(person, self.as_of).unwrap_or_default();
        let inside = sides.inside(self.as_of);
        let mut members: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for person in &inside {
            members.entry(team(*person)).or_default().push(*person);
        }
        let rule = Teams::new(&self.firm, &self.disclosure);
        let name = |person: &u64| {
            let team = team(*person);
            let of = members.get(team).filter(|_| !team.is_empty())?;
            rule.may_show(of.iter().copied()).then(|| team.to_owned())
        };
        let mut groups: BTreeSet<Option<String>> = hidden.iter().map(name).collect();
        if !rule.may_show(inside.iter().copied()) {
            groups.remove(&None);
        }
        Ok(groups.into_iter().rev().map(|team| Someone { team }).collect())
    }

    /// Every pair of somebody inside and one of `to` who know each other, the warmest first.
    pub(crate) fn direct(&self, to: &[u32]) -> Vec<([u32; 2], f64)> {
        let mut found = Vec::new();
        for t in to.iter().copied().filter(|t| !self.closed[*t as usize]) {
            let (ids, there) = self.ties.out().row(t as usize);
            for (x, there) in ids.iter().zip(there) {
                let (row, back) = self.ties.out().row(*x as usize);
                let open = self.inside[*x as usize] && !self.closed[*x as usize];
                if let Some(place) = row.binary_search(&t).ok().filter(|_| open) {
                    let mean = (f64::from(*there) * f64::from(back[place])).sqrt();
                    found.push(([*x, t], paths::warmth(mean)));
                }
            }
        }
        let keys = self.all.people();
        found.sort_by(|(a, warm), (b, warmer)| {
            let of = |pair: &[u32; 2]| pair.map(|v| keys[v as usize]);
            warmer.total_cmp(warm).then_with(|| of(a).cmp(&of(b)))
        });
        found
    }

    /// The person of a number. Panics if there is none.
    pub(crate) fn person(&self, v: u32) -> u64 {
        self.all.people()[v as usize]
    }

    /// Whether somebody is inside.
    pub(crate) fn is_inside(&self, v: u32) -> bool {
        self.inside[v as usize]
    }
}

/// Whether what is between two people in private counts: somebody inside is an end, and all who are share it.
fn shared(inside: &[bool], shares: &[bool], v: u32, w: u32) -> bool {
    let ends = [v as usize, w as usize];
    ends.iter().any(|v| inside[*v]) && ends.iter().all(|v| !inside[*v] || shares[*v])
}

/// The ties that count, by the numbers of `all`: of every exchange where it is shared, else of public exchange.
fn counted(
    all: &Snapshot,
    public: &Snapshot,
    in_public: &[Option<u32>],
    shared: impl Fn(u32, u32) -> bool,
) -> Result<Ties> {
    let (mut sources, mut targets, mut strengths) = (Vec::new(), Vec::new(), Vec::new());
    for v in 0..in_public.len() as u32 {
        let (ids, row) = all.ties().out().row(v as usize);
        let open = in_public[v as usize].map(|v| public.ties().out().row(v as usize));
        for (w, strength) in ids.iter().zip(row) {
            let publicly = || {
                let ((ids, row), w) = (open?, in_public[*w as usize]?);
                ids.binary_search(&w).ok().map(|place| row[place])
            };
            let strength = if shared(v, *w) { Some(*strength) } else { publicly() };
            if let Some(strength) = strength {
                sources.push(v);
                targets.push(*w);
                strengths.push(strength);
            }
        }
    }
    Ties::from_sorted(in_public.len(), sources, targets, strengths)
        .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

fn wrong(error: graph::Error) -> Error {
    Error::new(ErrorKind::Usage, error.to_string())
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
