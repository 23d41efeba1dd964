//! What several tables have in common: contacts, opaque bytes and times.

use chrono::{DateTime, SubsecRound, Utc};
use otp_core::{Contact, EmailAddress, PhoneNumber};

use crate::entity::Hidden;
use crate::failure::Corrupt;

/// Cuts a time to what every database keeps, so that what is stored equals what is read back and compared.
pub(crate) fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// The columns `email` and `phone`, of which exactly one is set.
pub(crate) fn contact_columns(contact: &Contact) -> (Option<Hidden>, Option<Hidden>) {
    let text = Some(Hidden(contact.as_str().to_owned()));
    match contact {
        Contact::Email(_) => (text, None),
        Contact::Phone(_) => (None, text),
    }
}

/// A row that is being read, to be named when one of its columns cannot be.
pub(crate) struct Place {
    pub(crate) table: &'static str,
    pub(crate) row: String,
}

impl Place {
    pub(crate) fn corrupt(&self, column: &'static str) -> Corrupt {
        Corrupt {
            table: self.table,
            column,
            row: self.row.clone(),
        }
    }

    pub(crate) fn read<T>(
        &self,
        column: &'static str,
        value: impl Into<Option<T>>,
    ) -> Result<T, Corrupt> {
        value.into().ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn bytes<const N: usize>(
        &self,
        column: &'static str,
        bytes: Vec<u8>,
    ) -> Result<[u8; N], Corrupt> {
        self.read(column, bytes.try_into().ok())
    }

    pub(crate) fn number<T: TryFrom<i32>>(
        &self,
        column: &'static str,
        number: i32,
    ) -> Result<T, Corrupt> {
        self.read(column, T::try_from(number).ok())
    }

    pub(crate) fn email(&self, text: Option<Hidden>) -> Result<Option<EmailAddress>, Corrupt> {
        text.map(|text| self.read("email", EmailAddress::parse(&text.0).ok()))
            .transpose()
    }

    pub(crate) fn phone(&self, text: Option<Hidden>) -> Result<Option<PhoneNumber>, Corrupt> {
        text.map(|text| self.read("phone", PhoneNumber::parse(&text.0).ok()))
            .transpose()
    }

    pub(crate) fn contact(
        &self,
        email: Option<Hidden>,
        phone: Option<Hidden>,
    ) -> Result<Contact, Corrupt> {
        match (self.email(email)?, self.phone(phone)?) {
            (Some(address), None) => Ok(address.into()),
            (None, Some(number)) => Ok(number.into()),
            _ => Err(self.corrupt("email")),
        }
    }
}
