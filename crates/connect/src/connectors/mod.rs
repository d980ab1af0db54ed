//! The connectors, one module each. A new one also gets its line in [`crate::registry`].

pub mod activitystreams;
pub mod edges;
pub mod git;
pub mod native;
pub mod snap_activity;
