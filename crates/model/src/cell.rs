//! Cells of CSV that no spreadsheet takes for a formula, and back.
//!
//! A spreadsheet computes a cell that begins with `=`, `+`, `-`, `@` (or their full-width forms), a tab or a line break, and a formula can send what stands beside it
//! elsewhere. So a text that begins so is written with an apostrophe before it, and so is one that begins with apostrophes before such a text: then what is read is what
//! was written. Numbers stay as they are.

use std::borrow::Cow;

/// A text as it is written into a cell.
pub fn written(text: &str) -> Cow<'_, str> {
    match is_formula(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The text of a cell that [`written`] gave.
pub fn read(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

fn is_formula(text: &str) -> bool {
    const BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // Most texts begin with none of these, and are done with here.
    if !text.starts_with(BEGINS) && !text.starts_with('\'') {
        return false;
    }
    let bare = text.trim_start_matches('\'');
    bare.starts_with(BEGINS) && bare.len() > 1 && bare.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn what_a_spreadsheet_would_compute_begins_with_an_apostrophe() {
        for formula in ["=1+1", "+a", "-a", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''@x", "+"]
        {
            let cell = written(formula);
            let computed = formula.len() > 1;
            assert_eq!(cell.starts_with('\'') && cell != formula, computed, "{formula}");
            assert_eq!(read(&cell), formula);
        }
        for text in ["", "-", "-0.5", "+49", "1e-3", "mara", "a=b", "'tis", "'", "''", "ä"] {
            assert_eq!(written(text), text);
            assert_eq!(read(text), text);
        }
    }
}
