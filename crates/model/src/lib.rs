//! The words of Tertius: interactions, accounts, people and verbs, as plain data.
//!
//! No I/O, no threads, no network's name. Everything that two other crates must agree on is here:
//! how an account becomes a key ([`keys`]), what a row may hold ([`Interaction`]), how rows travel
//! in bulk ([`Batch`]), and the numbers that a snapshot is made of ([`Acts`]).

pub mod account;
pub mod acts;
pub mod batch;
pub mod cell;
pub mod hashed;
pub mod interaction;
pub mod keys;
pub mod strings;
pub mod time;
pub mod verb;
pub mod visibility;

pub use account::{Account, AccountKey, PersonId};
pub use acts::Acts;
pub use batch::{Batch, Profile, ProfileField, Reject, Rules};
pub use interaction::{Fault, Interaction};
pub use keys::Identity;
pub use strings::{Strings, Symbols};
pub use time::{Span, Time};
pub use verb::{VERBS, Verb};
pub use visibility::Visibility;
