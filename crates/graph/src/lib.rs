//! Kernels over dense `u32` ids and `f32` strengths. They know nothing of people.
//!
//! | module | computes | cost |
//! |---|---|---|
//! | [`ties`] | compressed rows of a weighted directed graph, both ways | O(n + m) |
//! | [`pagerank`](mod@pagerank) | PageRank with any teleport vector | O(m) a sweep, 4 to 30 sweeps |
//! | [`changes`] | how ranks move when attention moves, to first order | O(m) a term |
//! | [`contacts`] | the undirected view: who is in touch with whom, how strongly | O(n + m) |
//! | [`constraint`](mod@constraint) | Burt's constraint | O(sum over contacts of the smaller degree) |
//! | [`effective_size`](mod@effective_size) | Burt's effective size | that of constraint |
//! | [`disparity`](mod@disparity) | Rao-Stirling diversity of contacts over groups | O(m), at most m^1.5 |
//! | [`two_steps`](mod@two_steps) | distinct vertices two steps away, exact or by HyperLogLog | O(wedges), at most 256 steps an edge |
//! | [`betweenness`](mod@betweenness) | betweenness, exact or sampled | O(n m), or some thousands of paths found from both ends |
//! | [`communities`](mod@communities) | Leiden communities by modularity | O(m) a pass, some dozens of passes |
//! | [`boundary`] | the E-I index of groups, with its chance level | O(m), and each draw the contacts of the labelled |
//! | [`roles`](mod@roles) | Gould and Fernandez's brokerage roles | O(m log m), and triangles, at most m^1.5 |
//! | [`paths`] | the warmest chains of returned ties | O(ties of those within steps - 1 of the target, and of the sources) |
//! | [`crossings`] | the least expected of these: over the steps between the most distant groups | as [`paths`], and the ties of those it reaches |
//! | [`opim`](mod@opim) | whom to begin with: vertices of largest joint reach under independent cascades | members of reverse-reachable sets |
//! | [`means`] | strength-weighted means over in-neighbors | O(n + m) |
//!
//! Every kernel gives the same bits for the same graph, whatever the number of threads: work is cut into pieces
//! that depend on the graph alone, no two threads add to one sum, and partial sums are added in the order of the pieces.
//! Threads are those of the `rayon` pool in which a kernel is called.

pub mod betweenness;
pub mod boundary;
pub mod changes;
mod closure;
pub mod communities;
pub mod constraint;
pub mod contacts;
mod crew;
pub mod crossings;
pub mod disparity;
pub mod effective_size;
mod error;
mod leiden;
pub mod means;
mod memory;
pub mod mix;
pub mod opim;
mod order;
pub mod pagerank;
pub mod paths;
mod pull;
pub mod reach;
pub mod roles;
mod rr_sets;
mod stop;
mod sweep;
pub mod ties;
pub mod two_steps;
#[cfg(test)]
mod verify;
mod walk;

pub use betweenness::{Betweenness, betweenness};
pub use communities::{Communities, communities};
pub use constraint::constraint;
pub use contacts::{Contacts, Pairing};
pub use disparity::disparity;
pub use effective_size::effective_size;
pub use error::{Error, ErrorKind};
pub use means::mean_over_sources;
pub use opim::{Chosen, Wanted, opim};
pub use pagerank::{Options, Ranks, pagerank};
pub use reach::Reach;
pub use roles::{Roles, roles};
pub use rr_sets::Chances;
pub use ties::{Adjacency, Ties};
pub use two_steps::{TwoSteps, two_steps};
