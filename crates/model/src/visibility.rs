//! Who was meant to see an interaction.

use std::fmt;

/// Who was meant to see an interaction; set by its connector, declared by each definition.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Visibility {
    /// Anyone can read it.
    Public = 0,
    /// The members of a community can read it.
    Community = 1,
    /// Only those who took part can read it: mail, chat, messages.
    Private = 2,
}

impl Visibility {
    /// Every level, from open to closed.
    pub const ALL: [Visibility; 3] =
        [Visibility::Public, Visibility::Community, Visibility::Private];

    /// Reads the level's name.
    pub fn parse(text: &str) -> Option<Visibility> {
        Visibility::ALL.into_iter().find(|level| level.name() == text)
    }

    /// The level as files write it.
    pub fn name(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Community => "community",
            Visibility::Private => "private",
        }
    }

    /// The level stored as `code`; unknown codes are private, the safe side.
    pub fn from_code(code: u8) -> Visibility {
        match code {
            0 => Visibility::Public,
            1 => Visibility::Community,
            _ => Visibility::Private,
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
