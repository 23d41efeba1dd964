//! The form under which budgets count a contact: its aliases meet in one.

use super::{Contact, EmailAddress};

impl Contact {
    /// Returns the form under which budgets count, so that one mailbox has one budget however its address is spelt.
    ///
    /// A `+tag` is removed from the part before the `@`, and at a few providers also the marks they ignore; domains of
    /// one provider become one. A phone number has no aliases.
    /// The form is for counting only: it is no identity, and nothing is ever sent to it. Who owns a domain has as many
    /// addresses as they like all the same, and only the budgets of the client and of the service bound them.
    pub fn abuse_form(&self) -> String {
        match self {
            Self::Email(address) => fold(address),
            Self::Phone(number) => number.as_str().to_owned(),
        }
    }
}

/// Domains of one provider where the same name is the same mailbox, and the marks in a name that make no difference.
struct Provider {
    domains: &'static [&'static str],
    ignored: &'static [char],
}

/// Only what the provider itself documents: a rule too many lets strangers use up each other's budget.
const PROVIDERS: [Provider; 4] = [
    // "Dots don't matter in Gmail addresses"; googlemail.com is its name in some countries.
    Provider {
        domains: &["gmail.com", "googlemail.com"],
        ignored: &['.'],
    },
    // The characters `.`, `-` and `_` "are treated as transparent", and a name is its owner's in all of these domains.
    Provider {
        domains: &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
        ignored: &['.', '-', '_'],
    },
    // Who had a name in one of these has it in the later ones too.
    Provider {
        domains: &["icloud.com", "me.com", "mac.com"],
        ignored: &[],
    },
    // Every login has a mailbox in each of these.
    Provider {
        domains: &[
            "yandex.com",
            "yandex.ru",
            "yandex.by",
            "yandex.kz",
            "yandex.ua",
            "ya.ru",
        ],
        ignored: &[],
    },
];

fn fold(address: &EmailAddress) -> String {
    let (local, domain) = address.as_str().split_once('@').unwrap_or_default();
    let name = match local.split_once('+') {
        // What begins with its tag has no name to count by.
        None | Some(("", _)) => local,
        Some((name, _)) => name,
    };
    let provider = PROVIDERS
        .iter()
        .find(|provider| provider.domains.contains(&domain));
    let Some((provider, first)) = provider.and_then(|p| Some((p, p.domains.first()?))) else {
        return format!("{name}@{domain}");
    };
    let plain = name.replace(provider.ignored, "");
    let name = if plain.is_empty() { name } else { &plain };
    format!("{name}@{first}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::ContactError;
    use super::*;

    fn form(text: &str) -> String {
        Contact::email(text).unwrap().abuse_form()
    }

    #[test]
    fn five_hundred_tags_share_one_budget_and_stay_five_hundred_contacts() {
        let tagged = (0..500).map(|n| Contact::email(&format!("a+{n}@example.com")).unwrap());
        let (forms, contacts): (HashSet<String>, HashSet<Contact>) = tagged
            .map(|contact| (contact.abuse_form(), contact))
            .unzip();
        assert_eq!(forms, HashSet::from(["a@example.com".to_owned()]));
        assert_eq!(contacts.len(), 500);
        assert!(
            contacts
                .iter()
                .all(|contact| contact.as_str().contains('+'))
        );
    }

    #[test]
    fn aliases_meet_only_where_the_provider_says_so() {
        for (typed, counted) in [
            ("ada@example.com", "ada@example.com"),
            ("a.d.a@example.com", "a.d.a@example.com"),
            ("ada-otp@example.com", "ada-otp@example.com"),
            ("ada+x+y@example.com", "ada@example.com"),
            ("ada+@example.com", "ada@example.com"),
            ("a.d.a+x@Gmail.com", "ada@gmail.com"),
            ("a.da@googlemail.com", "ada@gmail.com"),
            ("a-d_a@gmail.com", "a-d_a@gmail.com"),
            ("a.d-a_+x@pm.me", "ada@proton.me"),
            ("ada@protonmail.com", "ada@proton.me"),
            ("ada@mac.com", "ada@icloud.com"),
            ("a.da@me.com", "a.da@icloud.com"),
            ("ada@ya.ru", "ada@yandex.com"),
            ("ada@gmail.com.example.com", "ada@gmail.com.example.com"),
            ("ada@notgmail.com", "ada@notgmail.com"),
        ] {
            assert_eq!(form(typed), counted, "{typed:?}");
        }
    }

    #[test]
    fn a_name_never_becomes_empty() {
        for (typed, counted) in [
            ("+x@example.com", "+x@example.com"),
            ("+@example.com", "+@example.com"),
            ("+.x@gmail.com", "+x@gmail.com"),
            ("_@pm.me", "_@proton.me"),
            ("_-_+x@pm.me", "_-_@proton.me"),
        ] {
            assert_eq!(form(typed), counted, "{typed:?}");
        }
    }

    #[test]
    fn a_number_has_no_aliases() -> Result<(), ContactError> {
        assert_eq!(
            Contact::phone("+919876543210")?.abuse_form(),
            "+919876543210"
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(
            local in "[a-z+._-]{1,12}",
            domain in "(gmail|googlemail|example|me|icloud|mac|protonmail)\\.com|pm\\.me|ya\\.ru",
        ) {
            if let Ok(contact) = Contact::email(&format!("{local}@{domain}")) {
                let once = contact.abuse_form();
                prop_assert!(!once.starts_with('@'));
                if let Ok(again) = Contact::email(&once) {
                    prop_assert_eq!(again.abuse_form(), once);
                }
            }
        }
    }
}
