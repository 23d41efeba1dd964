//! Customers in a database: who a contact belongs to.

mod known;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::{Channel, Contact, CustomerDirectory, EmailAddress, PhoneNumber, StoreError};
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};

pub(crate) use self::known::KnownContacts;
use crate::entity::Hidden;
use crate::entity::customer::{ActiveModel, Column, Entity, Model};
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::row::{Place, micros};

/// Keeps the list of customers.
///
/// As a [`CustomerDirectory`] it remembers for a short while which contacts it knows; what is added or removed
/// through the same [`Database`](crate::Database) is known at once.
#[derive(Debug, Clone)]
pub struct Customers {
    link: Link,
    known: KnownContacts,
}

/// A customer. Its `Debug` shows the id only.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// The number under which the database keeps it.
    pub id: i64,
    /// What to call it.
    pub name: String,
    /// Its address, if it has one; nobody else has the same.
    pub email: Option<EmailAddress>,
    /// Its phone number, if it has one; nobody else has the same.
    pub phone: Option<PhoneNumber>,
    /// Its kind, in the installation's own words.
    pub customer_type: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// A customer to be added. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// What to call it.
    pub name: String,
    /// Its address.
    pub email: Option<EmailAddress>,
    /// Its phone number.
    pub phone: Option<PhoneNumber>,
    /// Its kind.
    pub customer_type: String,
}

/// Whether a customer was added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Added {
    /// It was.
    Customer(Customer),
    /// Another customer has this contact; nothing was stored.
    Taken(Channel),
}

impl Customers {
    pub(crate) const fn new(link: Link, known: KnownContacts) -> Self {
        Self { link, known }
    }

    /// Adds a customer.
    ///
    /// # Errors
    /// [`StoreError`]; a contact that another customer has is no error but [`Added::Taken`].
    pub async fn add(&self, new: &NewCustomer, now: DateTime<Utc>) -> Result<Added, StoreError> {
        let row = ActiveModel {
            id: ActiveValue::NotSet,
            name: ActiveValue::Set(Hidden(new.name.clone())),
            email: ActiveValue::Set(new.email.as_ref().map(|text| hidden(text.as_str()))),
            phone: ActiveValue::Set(new.phone.as_ref().map(|text| hidden(text.as_str()))),
            customer_type: ActiveValue::Set(new.customer_type.clone()),
            created_at: ActiveValue::Set(micros(now)),
        };
        match Entity::insert(row).exec(&self.link.writer()).await {
            Ok(inserted) => {
                self.known.forget(new.contacts()).await;
                Ok(Added::Customer(Customer {
                    id: inserted.last_insert_id,
                    name: new.name.clone(),
                    email: new.email.clone(),
                    phone: new.phone.clone(),
                    customer_type: new.customer_type.clone(),
                    created_at: micros(now),
                }))
            }
            Err(error) => match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => self.taken(new).await,
                _ => Err(store_error(error)),
            },
        }
    }

    /// Lists customers in the order of their ids: up to `limit` of those after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, after: Option<i64>, limit: u64) -> Result<Vec<Customer>, StoreError> {
        let rows = Entity::find()
            .filter(Column::Id.gt(after.unwrap_or(0)))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Removes a customer and ends its sessions; says whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove(&self, id: i64) -> Result<bool, StoreError> {
        let done = Entity::delete_by_id(id)
            .exec(&self.link.writer())
            .await
            .map_err(store_error)?;
        // Whose contacts they were is gone with the row.
        self.known.forget_all();
        Ok(done.rows_affected > 0)
    }

    /// Returns the customer with this contact.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    pub async fn find(&self, contact: &Contact) -> Result<Option<Customer>, StoreError> {
        let column = match contact.channel() {
            Channel::Email => Column::Email,
            Channel::Phone => Column::Phone,
        };
        let found = Entity::find()
            .filter(column.eq(contact.as_str()))
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(found.map(read).transpose()?)
    }

    async fn taken(&self, new: &NewCustomer) -> Result<Added, StoreError> {
        let has_address = match new.email.clone() {
            Some(address) => self.find(&address.into()).await?.is_some(),
            None => false,
        };
        Ok(Added::Taken(if has_address {
            Channel::Email
        } else {
            Channel::Phone
        }))
    }
}

#[async_trait]
impl CustomerDirectory for Customers {
    async fn knows(&self, contact: &Contact) -> Result<bool, StoreError> {
        if let Some(known) = self.known.recall(contact).await {
            return Ok(known);
        }
        let known = self.find(contact).await?.is_some();
        self.known.remember(contact, known).await;
        Ok(known)
    }
}

impl NewCustomer {
    fn contacts(&self) -> impl Iterator<Item = Contact> {
        let email = self.email.clone().map(Contact::from);
        let phone = self.phone.clone().map(Contact::from);
        email.into_iter().chain(phone)
    }
}

fn read(row: Model) -> Result<Customer, Corrupt> {
    let place = Place {
        table: "core_customer",
        row: row.id.to_string(),
    };
    Ok(Customer {
        id: row.id,
        name: row.name.0,
        email: place.email(row.email)?,
        phone: place.phone(row.phone)?,
        customer_type: row.customer_type,
        created_at: row.created_at,
    })
}

fn hidden(text: &str) -> Hidden {
    Hidden(text.to_owned())
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCustomer").finish_non_exhaustive()
    }
}
