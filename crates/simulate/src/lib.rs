//! Worlds in which the truth is known: a firm and its surroundings, seeded and deterministic.
//!
//! [`World::new`] makes people with hidden traits, ties and plants; [`World::play`] lets a window happen and streams its events;
//! [`World::expected`] says by simulation who moves whom; [`write::files`] writes what a firm would have: interactions in
//! several connectors' forms, a roster, a firm file, and the truth beside them. Nothing here knows how scores are made, so that it
//! can judge them.

mod acts;
mod alias;
mod brand;
mod cascade;
mod chance;
mod clock;
mod config;
mod error;
mod event;
mod expected;
mod follows;
mod forum;
mod groups;
mod items;
mod names;
mod office;
mod order;
mod people;
mod play;
mod purpose;
mod schemes;
mod scheming;
mod truth;
mod words;
mod world;
pub mod write;

pub use config::{Config, Kernel};
pub use error::{Error, Kind};
pub use event::{AccountRef, Event, Network, Verb, Wording};
pub use expected::{Expected, Mean};
pub use follows::Follows;
pub use groups::{BRAND_TOPICS, Bond, Group, LANGUAGES, TEAMS, TOPICS};
pub use people::{Person, Planted, Role};
pub use schemes::Schemes;
pub use truth::{Branching, Truth};
pub use words::topic_words;
pub use world::{EXPERT, World};
