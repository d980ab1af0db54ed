//! Columns of text: many values in one buffer, or few values as codes.

/// A column of optional strings, laid end to end in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// Start and length of each value; a length of [`NULL`] is no value.
    spans: Vec<(u32, u32)>,
}

const NULL: u32 = u32::MAX;

impl Strings {
    /// Adds a value. The whole column holds at most 4 GiB; a batch is far below.
    pub fn push(&mut self, value: Option<&str>) {
        match value {
            Some(text) => {
                self.spans.push((self.bytes.len() as u32, text.len() as u32));
                self.bytes.extend_from_slice(text.as_bytes());
            }
            None => self.spans.push((0, NULL)),
        }
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.spans.reserve(rows);
    }

    /// The value in `row`.
    pub fn get(&self, row: usize) -> Option<&str> {
        let (start, length) = self.spans[row];
        if length == NULL {
            return None;
        }
        std::str::from_utf8(&self.bytes[start as usize..][..length as usize]).ok()
    }

    /// Where the value in `row` lies in [`Strings::bytes`].
    pub fn span(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let (start, length) = self.spans[row];
        (length != NULL).then(|| start as usize..start as usize + length as usize)
    }

    /// All values end to end.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the buffer out, leaving the spans, so that a writer can share it without copying.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

/// A column of few distinct strings: a code a row, and the names once.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    names: Vec<Box<str>>,
    codes: Vec<u16>,
}

impl Symbols {
    /// The code of a row without a value.
    pub const NONE: u16 = u16::MAX;

    /// Adds a value; false if there are already as many distinct values as codes.
    #[must_use]
    pub fn push(&mut self, value: Option<&str>) -> bool {
        let Some(name) = value else {
            self.codes.push(Symbols::NONE);
            return true;
        };
        // Nearly always the same few names, so the last one first, then a short scan.
        let last = self.codes.last().map(|code| *code as usize);
        let found = last
            .filter(|code| self.names.get(*code).is_some_and(|known| **known == *name))
            .or_else(|| self.names.iter().position(|known| **known == *name));
        let code = match found {
            Some(code) => code,
            None if self.names.len() < 1_000 => {
                self.names.push(name.into());
                self.names.len() - 1
            }
            None => return false,
        };
        self.codes.push(code as u16);
        true
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.codes.reserve(rows);
    }

    /// The value in `row`.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.names.get(self.codes[row] as usize).map(|name| &**name)
    }

    /// The distinct values, in order of first appearance.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// The code of each row; [`Symbols::NONE`] where there is no value.
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// Drops rows from `rows` on; names stay.
    pub fn truncate(&mut self, rows: usize) {
        self.codes.truncate(rows);
    }
}
