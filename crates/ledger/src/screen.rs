//! What may be stored of a row: not those who were erased, nothing beyond its time, no word that names the erased.
//!
//! One function of the row and of what the catalogue holds, used alike when rows come in and when stored ones are
//! rewritten. So a source that is read again gives the rows that are stored already, and they are duplicates.

use crate::error::Error;
use crate::suppressed::Suppressed;
use model::{Batch, Interaction, Rules, Time, Visibility};
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::path::Path;

/// The horizons of `retain`: rows and texts from before them are not kept. There is one row, or none. The ages from which
/// they were worked out stand beside them; nothing where an age was not asked for.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS retention (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rows_before INTEGER NOT NULL,
    texts_before INTEGER NOT NULL,
    rows_age INTEGER,
    texts_age INTEGER
);
";

/// id, object, in_reply_to, text, url: the order of a batch's and of a segment's columns.
pub type Texts<'a> = [Option<&'a str>; 5];

/// What may be stored.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Who must not come back.
    pub suppressed: Option<Suppressed>,
    /// Rows from before it are not kept.
    pub rows_before: i64,
    /// Texts from before it are not kept.
    pub texts_before: i64,
}

/// What became of rows that were screened.
#[derive(Debug, Default)]
pub struct Screened {
    /// For each batch, the rows that are not stored as they are; empty where all of the batch is.
    pub skip: Vec<Vec<bool>>,
    /// What is stored in place of some of them.
    pub changed: Batch,
    /// Batch and row of each row of `changed`.
    pub origin: Vec<(u32, u32)>,
    /// Rows that are not stored because somebody in them was erased.
    pub erased: u64,
    /// Rows that are not stored because they are too old.
    pub expired: u64,
}

/// Why a row is not stored as it is.
enum Verdict {
    Erased,
    Expired,
    Changed([Option<String>; 5]),
}

impl Screen {
    /// What holds in the workspace `dir`.
    pub fn read(connection: &Connection, dir: &Path) -> Result<Screen, Error> {
        let horizons = connection
            .query_row("SELECT rows_before, texts_before FROM retention", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (rows_before, texts_before) = horizons.unwrap_or((i64::MIN, i64::MIN));
        Ok(Screen { suppressed: Suppressed::read(connection, dir)?, rows_before, texts_before })
    }

    /// Whether everything may be stored.
    pub fn is_open(&self) -> bool {
        self.suppressed.is_none() && self.rows_before == i64::MIN && self.texts_before == i64::MIN
    }

    /// The texts of a row as they may be stored; nothing if they may as they are.
    pub fn texts(&self, network: &str, at: i64, texts: Texts<'_>) -> Option<[Option<String>; 5]> {
        let mut changed: [Option<Option<String>>; 5] = Default::default();
        if at < self.texts_before && texts[3].is_some() {
            changed[3] = Some(None);
        }
        if let Some(set) = &self.suppressed {
            for i in [0, 1, 2] {
                changed[i] = texts[i].and_then(|id| set.id(network, id)).map(Some);
            }
            if changed[3].is_none() {
                changed[3] = texts[3].and_then(|text| set.text(network, text)).map(Some);
            }
            changed[4] = texts[4].and_then(|url| set.id(network, url)).map(|_| None);
        }
        changed.iter().any(Option::is_some).then(|| {
            let mut old = texts.iter();
            changed.map(|new| {
                let old = old.next().copied().flatten();
                new.unwrap_or_else(|| old.map(str::to_owned))
            })
        })
    }

    /// Screens what is to be stored.
    pub fn batches(&self, batches: &[Batch]) -> Result<Screened, Error> {
        let mut screened = Screened::default();
        if self.is_open() {
            return Ok(screened);
        }
        let verdicts: Vec<Vec<(usize, Verdict)>> =
            batches.par_iter().map(|batch| self.verdicts(batch)).collect();
        for (number, (batch, verdicts)) in batches.iter().zip(verdicts).enumerate() {
            let mut skip = match verdicts.is_empty() {
                true => Vec::new(),
                false => vec![false; batch.len()],
            };
            for (row, verdict) in verdicts {
                skip[row] = true;
                match verdict {
                    Verdict::Erased => screened.erased += 1,
                    Verdict::Expired => screened.expired += 1,
                    Verdict::Changed(texts) => {
                        push_changed(batch, row, &texts, &mut screened.changed)?;
                        screened.origin.push((number as u32, row as u32));
                    }
                }
            }
            screened.skip.push(skip);
        }
        Ok(screened)
    }

    fn verdicts(&self, batch: &Batch) -> Vec<(usize, Verdict)> {
        // Most rows are of few accounts, and hashing each once is enough.
        let mut known: HashMap<u128, bool> = HashMap::new();
        let mut verdicts = Vec::new();
        for row in 0..batch.len() {
            let network = batch.network.get(row).unwrap_or_default();
            let erased = self.suppressed.as_ref().is_some_and(|set| {
                [(batch.actor[row], &batch.actor_id), (batch.target[row], &batch.target_id)]
                    .into_iter()
                    .filter(|(hash, _)| *hash != 0)
                    .any(|(hash, ids)| {
                        let id = || ids.get(row).unwrap_or_default();
                        *known.entry(hash).or_insert_with(|| set.account(network, id()))
                    })
            });
            let at = batch.at[row];
            if erased {
                verdicts.push((row, Verdict::Erased));
            } else if at < self.rows_before {
                verdicts.push((row, Verdict::Expired));
            } else {
                let texts = [&batch.id, &batch.object, &batch.in_reply_to, &batch.text, &batch.url];
                let changed = self.texts(network, at, texts.map(|column| column.get(row)));
                verdicts.extend(changed.map(|texts| (row, Verdict::Changed(texts))));
            }
        }
        verdicts
    }
}

fn push_changed(
    batch: &Batch,
    row: usize,
    texts: &[Option<String>; 5],
    out: &mut Batch,
) -> Result<(), Error> {
    let network = batch.network.get(row).unwrap_or_default();
    let [id, object, in_reply_to, text, url] = texts.each_ref().map(Option::as_deref);
    let interaction = Interaction {
        id,
        at: Time(batch.at[row]),
        network,
        verb: batch.verb.get(row).unwrap_or_default(),
        actor: batch.actor_id.get(row).unwrap_or_default(),
        target: batch.target_id.get(row),
        object,
        in_reply_to,
        text,
        lang: batch.lang.get(row),
        url,
        weight: batch.weight[row],
        visibility: Visibility::ALL[usize::from(batch.visibility[row]).min(2)],
    };
    push(&interaction, out)
}

/// Adds a row that was stored, or was to be, in another form.
pub fn push(row: &Interaction<'_>, out: &mut Batch) -> Result<(), Error> {
    // With the network before it an id is taken as it is, whatever it begins with.
    let whole = |id: &str| format!("{}:{id}", row.network);
    let (actor, target) = (whole(row.actor), row.target.map(whole));
    let row = Interaction { actor: &actor, target: target.as_deref(), ..*row };
    // The row obeyed the rules once; only the clock could have changed its mind.
    out.push(&row, &Rules::at(Time(i64::MAX))).map_err(|fault| {
        Error::new(
            crate::Kind::Damaged,
            format!(
                "a row without what may not be kept can't be stored: {} {}; run verify",
                fault.field, fault.reason
            ),
        )
    })
}
