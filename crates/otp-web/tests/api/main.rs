//! The JSON API, its problems, its description and the two health routes, over HTTP on SQLite.

mod access;
mod bad_input;
mod bodies;
mod decoys;
mod desk;
mod flow;
mod health;
mod metrics;
mod reference;
mod routing;
mod statistics;
