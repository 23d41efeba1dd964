//! The rows, one entity per table.

pub(crate) mod admin_session;
pub(crate) mod api_key;
pub(crate) mod budget;
pub(crate) mod customer;
pub(crate) mod delivery;
pub(crate) mod device;
pub(crate) mod otp;
pub(crate) mod session;
pub(crate) mod statistics;

use std::fmt;

use sea_orm::DeriveValueType;

/// A text of a row that must not reach a log: an address, a number or a seed.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub(crate) struct Hidden(pub(crate) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}
