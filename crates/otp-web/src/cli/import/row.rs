//! A row of another service's customers, read by our own rules.

use otp_core::{EmailAddress, PhoneNumber, Region};
use otp_storage::{DjangoCustomer, NewCustomer};

use crate::api::is_hidden;

/// The kind of a customer whose row names none, as `otp customer add` has it.
const KIND: &str = "Household";

/// What a row gives. A remark never repeats a contact.
pub(super) struct Parsed {
    /// The customer; `None` when the row holds no contact that can be used.
    pub(super) customer: Option<NewCustomer>,
    pub(super) remarks: Vec<String>,
}

pub(super) fn parse(row: &DjangoCustomer, region: Region) -> Parsed {
    let mut remarks = Vec::new();
    let email = contact(
        row.email.as_deref(),
        "email",
        &mut remarks,
        EmailAddress::parse,
    );
    let phone = contact(row.phone.as_deref(), "phone", &mut remarks, |text| {
        PhoneNumber::parse_in(text, region)
    });
    if email.is_none() && phone.is_none() {
        if remarks.is_empty() {
            remarks.push("left out: it has neither an address nor a phone number".to_owned());
        } else {
            remarks.push("left out: no contact is left".to_owned());
        }
        return Parsed {
            customer: None,
            remarks,
        };
    }
    let name = label(row.name.as_deref(), "name", 100, &mut remarks);
    let kind = label(
        row.customer_type.as_deref(),
        "customer_type",
        50,
        &mut remarks,
    );
    Parsed {
        customer: Some(NewCustomer {
            name: name.unwrap_or_else(|| format!("Customer {}", row.id)),
            email,
            phone,
            customer_type: kind.unwrap_or_else(|| KIND.to_owned()),
        }),
        remarks,
    }
}

fn contact<T, E: std::fmt::Display>(
    text: Option<&str>,
    column: &str,
    remarks: &mut Vec<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    match parse(text) {
        Ok(contact) => Some(contact),
        Err(error) => {
            remarks.push(format!("{column} not taken: {error}"));
            None
        }
    }
}

fn label(
    text: Option<&str>,
    column: &str,
    most: usize,
    remarks: &mut Vec<String>,
) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    if text.chars().count() <= most && !text.chars().any(is_hidden) {
        return Some(text.to_owned());
    }
    remarks.push(format!(
        "{column} not taken: more than {most} characters, or invisible ones"
    ));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str, email: &str, phone: &str) -> Parsed {
        let row = DjangoCustomer {
            id: 17,
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            phone: Some(phone.to_owned()),
            customer_type: None,
        };
        parse(&row, Region::parse("IN").expect("a region"))
    }

    #[test]
    fn contacts_are_normalised_and_what_is_empty_is_filled() {
        let Parsed { customer, remarks } = parsed(" ", " Ada@Example.COM ", "098765 43210");
        let customer = customer.expect("a customer");
        assert_eq!(
            customer.email.expect("an address").as_str(),
            "ada@example.com"
        );
        assert_eq!(customer.phone.expect("a number").as_str(), "+919876543210");
        assert_eq!(
            (&*customer.name, &*customer.customer_type),
            ("Customer 17", "Household")
        );
        assert!(remarks.is_empty(), "{remarks:?}");
    }

    #[test]
    fn what_cannot_be_taken_is_said_without_repeating_it() {
        for (name, email, phone, is_taken, remarks) in [
            ("Ada", "ada", "9876543210", true, 1),
            ("Ada\u{202e}", "ada@example.com", "12", true, 2),
            ("Ada", "", "", false, 1),
            ("Ada", "ada", "12", false, 3),
        ] {
            let parsed = parsed(name, email, phone);
            assert_eq!(parsed.customer.is_some(), is_taken, "{email} {phone}");
            assert_eq!(parsed.remarks.len(), remarks, "{:?}", parsed.remarks);
            assert!(
                !parsed.remarks.concat().contains("ada "),
                "{:?}",
                parsed.remarks
            );
        }
    }
}
