//! The facade: everything that Tertius can do, as plain functions over a workspace, plain data in and out.
//!
//! This is the only place that wires connectors, ledger, graph and influence together. The command line and, later,
//! HTTP and pages call it and print what it returns. Names and accounts come out of [`disclosure`] alone.

pub mod access;
pub mod acquaintances;
pub mod api_keys;
pub mod asked;
pub mod backup;
mod behind;
pub mod cards;
pub mod changes;
pub mod circle;
pub mod compare;
pub mod consent;
pub mod contact;
pub mod correct;
pub mod definitions;
pub mod disclosure;
mod engaged;
pub mod error;
pub mod explain;
pub mod export;
pub mod firm;
pub mod forget;
pub mod history;
pub mod ingest;
pub mod introductions;
pub mod judged;
pub mod ladder;
mod looks;
pub mod lookup;
mod moment;
pub mod notice;
pub mod operators;
pub mod orders;
pub mod people;
pub mod permeability;
pub mod posted;
pub mod preview;
pub mod publish;
pub mod r3;
pub mod rank;
pub mod record;
pub mod registries;
mod rejects;
pub mod replies;
pub mod retain;
pub mod scope;
pub mod score;
pub mod search;
pub mod seeds;
pub mod settings;
pub mod side_by_side;
mod suppressions;
pub mod teams;
pub mod verify;
pub mod webhooks;
pub mod whatif;
pub mod who;
pub mod workspace;

pub use error::{Error, ErrorKind, Result};
pub use model::cell;
pub use model::time::{DAY, parse_span};
pub use model::{PersonId, Span, Time};
pub use suppressions::Suppressions;
pub use workspace::Workspace;
