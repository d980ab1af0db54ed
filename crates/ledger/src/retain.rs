//! Keeping no longer than was said: interactions older than an age go, and texts older than another.
//!
//! ```text
//! rows before  now - age       are removed, and refused when a source names them again
//! texts before now - text age  are removed, and left out when a source has them again
//! ```
//!
//! `now` is today's clock. What people are promised is a time in the world: it must pass where no data comes in, too, and one
//! row dated tomorrow must not shorten it. Since a wrong clock would then remove what can't be had back, a horizon never
//! moves back by itself, and a run that would leave nothing asks first.
//!
//! The horizons stand in the catalogue (`screen.rs`); they are those of the last run, so that what is stored and
//! what is refused agree at all times. Accounts of which no row is left go from the dictionaries with what networks
//! called them; what rosters say stays, since it is held for other reasons.
//!
//! A row without an id of its own is known by its content, so without its text it is another row. While the limit holds
//! that makes no difference, because a source's row is stripped too; where the limit is lifted and the source read
//! again, it comes in beside the one that was stripped.

use crate::catalogue::Catalogue;
use crate::erase::{self, Erasure};
use crate::error::{Error, Kind};
use crate::lease::Lease;
use crate::people::has_table;
use crate::rewrite::{self, Sweep};
use crate::screen::Screen;
use crate::view::View;
use crate::writer::Options;
use model::{Span, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// How old what is kept may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// Of interactions; none for any age.
    pub rows: Option<Span>,
    /// Of texts; none for any age.
    pub texts: Option<Span>,
}

/// What is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizons {
    /// Rows from before it; `i64::MIN` for none.
    pub rows: Time,
    /// Texts from before it; `i64::MIN` for none.
    pub texts: Time,
}

/// What a run would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The horizons that it would set.
    pub horizons: Horizons,
    /// Interactions that would go.
    pub interactions: u64,
    /// Interactions that would lose their text.
    pub texts: u64,
    /// Interactions there are.
    pub of: u64,
}

/// The ages and horizons of the last run, if there was one.
pub fn stored(catalogue: &Catalogue) -> Result<Option<(Ages, Horizons)>, Error> {
    let read = catalogue.connection();
    match has_table(read, "retention")? {
        true => of(read),
        false => Ok(None),
    }
}

fn of(read: &Connection) -> Result<Option<(Ages, Horizons)>, Error> {
    let sql = "SELECT rows_age, texts_age, rows_before, texts_before FROM retention";
    Ok(read
        .query_row(sql, [], |row| {
            let ages = Ages { rows: row.get(0)?, texts: row.get(1)? };
            Ok((ages, Horizons { rows: Time(row.get(2)?), texts: Time(row.get(3)?) }))
        })
        .optional()?)
}

/// The horizons of a run at `now`: not before those of the last one, unless a longer age is asked for.
fn horizons(ages: Ages, now: Time, last: Option<(Ages, Horizons)>) -> Horizons {
    let one = |age: Option<Span>, last: Option<(Option<Span>, Time)>| match (age, last) {
        (None, _) => Time(i64::MIN),
        (Some(age), Some((Some(before), horizon))) if age <= before => {
            Time(now.0.saturating_sub(age)).max(horizon)
        }
        (Some(age), _) => Time(now.0.saturating_sub(age)),
    };
    Horizons {
        rows: one(ages.rows, last.map(|(ages, horizons)| (ages.rows, horizons.rows))),
        texts: one(ages.texts, last.map(|(ages, horizons)| (ages.texts, horizons.texts))),
    }
}

/// What [`retain`] would do; does nothing, and needs no right to write.
pub fn plan(dir: &Path, ages: Ages, now: Time) -> Result<Plan, Error> {
    let horizons = horizons(ages, now, stored(&Catalogue::read(dir)?)?);
    let view = View::open(dir)?;
    let screen = screen(horizons);
    let sweep = Sweep { gone: &[], names: false, prune: false, screen: &screen };
    let (interactions, texts) = rewrite::count(&view.segments, &sweep)?;
    Ok(Plan { horizons, interactions, texts, of: view.rows() })
}

fn screen(horizons: Horizons) -> Screen {
    Screen { suppressed: None, rows_before: horizons.rows.0, texts_before: horizons.texts.0 }
}

/// Removes what is too old at `now`, and sets the horizons.
///
/// Fails with [`Kind::Refused`] where nothing would be left, unless that is meant (`everything`).
pub fn retain(
    dir: &Path,
    ages: Ages,
    now: Time,
    everything: bool,
    options: &Options,
) -> Result<Erasure, Error> {
    erase::finish(dir, options)?;
    let plan = plan(dir, ages, now)?;
    if plan.of > 0 && plan.interactions == plan.of && !everything {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "all {} interactions are from before {}, by today's clock ({now}): nothing would be left, and nothing was removed; check the clock, and say --everything if that is meant",
                plan.of, plan.horizons.rows
            ),
        ));
    }
    let mut catalogue = Catalogue::open(dir)?;
    let number = {
        let _lease = Lease::take(dir, &*options.waiting)?;
        let write = catalogue.transaction()?;
        write.execute("DELETE FROM retention", [])?;
        write.execute(
            "INSERT INTO retention (one, rows_before, texts_before, rows_age, texts_age) VALUES (1, ?1, ?2, ?3, ?4)",
            params![plan.horizons.rows.0, plan.horizons.texts.0, ages.rows, ages.texts],
        )?;
        let number = erase::begin(&write, "retain", &[])?;
        write.commit()?;
        number
    };
    drop(catalogue);
    erase::finished(dir, number, options)
}

/// Puts the horizons out of force: everything may be stored again. What was removed stays removed. Whether there were any.
pub fn stop(dir: &Path) -> Result<bool, Error> {
    let catalogue = Catalogue::open(dir)?;
    Ok(catalogue.connection().execute("DELETE FROM retention", [])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_horizon_moves_back_only_where_a_longer_age_is_asked_for() {
        let ages = |rows| Ages { rows: Some(rows), texts: None };
        let at = |age, now, last| horizons(ages(age), Time(now), last).rows.0;
        let first = horizons(ages(100), Time(1_000), None);
        assert_eq!((first.rows.0, first.texts.0), (900, i64::MIN));
        let last = Some((ages(100), first));
        assert_eq!(at(100, 1_200, last), 1_100);
        // A clock that runs backwards.
        assert_eq!(at(100, 500, last), 900);
        assert_eq!(at(50, 500, last), 900);
        assert_eq!(at(300, 1_000, last), 700);
    }
}
