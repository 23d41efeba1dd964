//! The pages as a browser uses them, over HTTP on SQLite.

mod admin;
mod attacker;
mod bad_input;
mod browser;
mod confusion;
mod deliveries;
mod flow;
mod forgery;
mod guide;
mod headers;
mod hosts;
mod house;
mod injection;
mod languages;
mod looking;
mod markup;
mod matrix;
mod next;
mod restore;
mod routing;
mod session;
