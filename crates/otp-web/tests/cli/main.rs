//! The command line as a person uses it: the real binary in an empty folder.

mod api_keys;
mod clean_up;
mod edges;
mod folder;
mod guide;
mod messages;
