//! The order of each interaction by itself, as a file, so that a reader can check what `orders` counts.
//!
//! CSV with the columns `network, id, at, verb, url, order`, in order of time and identity: no people, and no row of whoever refuses. `id` is empty where the source gave none.

use crate::engaged::{Bound, Row, is_follow, read};
use crate::error::{Error, Result};
use crate::export::table::part_of;
use crate::scope::{Focus, Scope};
use crate::workspace::Workspace;
use ledger::Between;
use model::Interaction;
use std::ops::ControlFlow;
use std::path::Path;

impl Workspace {
    /// Writes the order of each interaction to a file, and says how many there are.
    ///
    /// Fails as [`Workspace::orders`] does, and with `Io` where the file can't be written.
    pub fn judge_each(&self, scope: &Scope, file: &Path) -> Result<u64> {
        let reading = self.reading()?;
        let focus = reading.focus(scope)?;
        let (_, _, threads) = read(&focus)?;
        let Focus { firm, from, as_of, disclosure, sides, .. } = focus;
        let refuses = disclosure.refusal("");
        let part = part_of(file);
        let failed = |error: std::io::Error| Error::io(file, "can't write", error);
        let mut out =
            csv::Writer::from_path(&part).map_err(|error| failed(std::io::Error::other(error)))?;
        let (mut count, mut fault) = (0, None);
        let mut put = |cells: [&str; 6]| {
            let cells = cells.map(|cell| model::cell::written(cell).into_owned());
            out.write_record(&cells).map_err(std::io::Error::other)
        };
        put(["network", "id", "at", "verb", "url", "order"]).map_err(failed)?;
        let (from, until) = (Some(from), as_of);
        let between = Between { targets: None, actors: None, from, until, stored: false };
        reading.view.interactions_of(&between, &mut |row: &Interaction<'_>| {
            if is_follow(row.verb) {
                return ControlFlow::Continue(());
            }
            let Some(held) = Row::of(row, &sides, 0, &Bound::of(row, &firm)) else {
                return ControlFlow::Continue(());
            };
            if refuses(held.actor) || held.target != 0 && refuses(held.target) {
                return ControlFlow::Continue(());
            }
            let (order, _) = held.judged(|person, at| sides.end(person, at), &threads);
            let at = row.at.to_string();
            let cells = [
                row.network,
                row.id.unwrap_or_default(),
                &at,
                row.verb,
                row.url.unwrap_or_default(),
                order.name(),
            ];
            count += 1;
            match put(cells) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    fault = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        let written = match fault {
            Some(error) => Err(error),
            None => out.flush().and_then(|()| std::fs::rename(&part, file)),
        };
        written.map_err(|error| {
            let _ = std::fs::remove_file(&part);
            failed(error)
        })?;
        self.looked(None, "orders")?;
        Ok(count)
    }
}
