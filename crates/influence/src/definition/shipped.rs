//! The definitions that come with the program: questions to start from, argued in their files.

use super::{Definition, check};
use crate::{Error, Kind};

/// A definition that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($name:literal) => {
        Shipped { name: $name, text: include_str!(concat!("../../definitions/", $name, ".toml")) }
    };
}

/// Every definition that comes with the program, in order of name.
pub const SHIPPED: &[Shipped] = &[
    shipped!("early"),
    shipped!("general"),
    shipped!("helpers"),
    shipped!("hosts"),
    shipped!("newcomers"),
    shipped!("openers"),
];

/// The shipped definition of that name.
///
/// # Errors
/// There is none; the message names those that there are.
pub fn shipped(name: &str) -> Result<Definition, Error> {
    let found = SHIPPED.iter().find(|one| one.name == name);
    let definition = found.and_then(|one| check(one.text, one.name).0);
    definition.ok_or_else(|| {
        let names: Vec<&str> = SHIPPED.iter().map(|one| one.name).collect();
        Error::new(
            Kind::Definition,
            format!("there is no shipped definition {name:?}; there are {}", names.join(", ")),
        )
    })
}
