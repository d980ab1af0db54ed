//! Aligned columns for terminals, and the same rows as CSV.

use std::fmt;

/// Rows of text under a header. Columns whose cells are all numbers are aligned right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column names.
    pub fn new(header: &[&str]) -> Table {
        Table { header: header.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row with a cell a column.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) -> &mut Table {
        debug_assert_eq!(N, self.header.len());
        self.rows.push(cells.into());
        self
    }

    /// Adds a row whose number of columns is known only when it is made.
    pub fn cells(&mut self, cells: Vec<String>) -> &mut Table {
        debug_assert_eq!(cells.len(), self.header.len());
        self.rows.push(cells);
        self
    }

    /// Writes header and rows as CSV. What a spreadsheet would compute has an apostrophe before it.
    pub fn write_csv(&self, out: impl std::io::Write) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(&self.header)?;
        for row in &self.rows {
            let cells = row.iter().map(|cell| tertius::cell::written(cell));
            csv.write_record(cells.map(std::borrow::Cow::into_owned))?;
        }
        csv.flush()?;
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
        let numeric: Vec<bool> = (0..self.header.len())
            .map(|column| {
                rows.iter().all(|row| {
                    row[column].bytes().all(|b| b.is_ascii_digit() || b" .,-+%".contains(&b))
                })
            })
            .collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.header[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        for row in std::iter::once(&self.header).chain(&rows) {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                match numeric[column] {
                    true => line.extend([pad.as_str(), cell]),
                    false => line.extend([cell, pad.as_str()]),
                }
                line.push_str("  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Text from outside without the control characters that could steer a terminal, on one line.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let mut table = Table::new(&["name", "score"]);
        table.row(["Ada".into(), "9.5".into()]).row(["Bo".into(), "71.0".into()]);
        assert_eq!(table.to_string(), "name  score\nAda     9.5\nBo     71.0\n");
    }

    #[test]
    fn text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
