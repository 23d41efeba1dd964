//! Every code at every way in: contacts, channels, purposes, handles and browsers.

use chrono::TimeDelta;
use otp_core::OtpId;
use serde_json::json;

use crate::browser::Browser;
use crate::house::House;

const CONTACTS: [(&str, &str); 4] = [
    ("email", "ada@example.com"),
    ("email", "eve@example.com"),
    ("phone", "+919876543210"),
    ("phone", "+919876543211"),
];

const PURPOSES: [&str; 3] = ["login", "payment", "confirm-contact"];

/// What a code was issued for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Issued {
    contact: (&'static str, &'static str),
    purpose: &'static str,
    by: Issuer,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Issuer {
    Page,
    Program,
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// The verify page, in the browser that asked; where a program asked, in a browser that was handed the handle.
    Page,
    /// The API by handle, for this purpose.
    Handle(&'static str),
    /// The API by contact, for the purpose of the OTP.
    Contact,
}

impl Issued {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for contact in CONTACTS {
            let one = |purpose, by| Self {
                contact,
                purpose,
                by,
            };
            all.push(one("login", Issuer::Page));
            all.extend(PURPOSES.map(|purpose| one(purpose, Issuer::Program)));
        }
        all
    }

    /// The ways that are tried; the newest OTP of a contact is never one that a page issued.
    fn ways(self) -> Vec<Way> {
        let mut ways = vec![Way::Page];
        ways.extend(PURPOSES.map(Way::Handle));
        ways.extend((self.by == Issuer::Program).then_some(Way::Contact));
        ways
    }

    fn opens_by(self, way: Way) -> bool {
        match way {
            Way::Page => self.by == Issuer::Page,
            Way::Handle(purpose) => self.by == Issuer::Program && purpose == self.purpose,
            Way::Contact => true,
        }
    }

    async fn issue(self, house: &House) -> Live<'_> {
        // Each is newer than those before it.
        house.bench.advance(TimeDelta::milliseconds(1));
        let mut browser = Browser::new(house);
        browser.open("/otp/request/").await;
        let (contact_type, contact_value) = self.contact;
        browser
            .request(contact_type, contact_value)
            .await
            .leads_to("/otp/verify/");
        let mut id = browser.flow();
        if self.by == Issuer::Program {
            id = house
                .issue_by_api(contact_type, contact_value, self.purpose)
                .await;
            browser
                .cookies
                .insert("otp_flow".to_owned(), id.to_string());
        }
        Live {
            issued: self,
            house,
            id,
            browser,
        }
    }
}

/// An OTP that is open, and a browser that has its handle.
struct Live<'a> {
    issued: Issued,
    house: &'a House,
    id: OtpId,
    browser: Browser<'a>,
}

impl Live<'_> {
    /// Says whether `code` opens it this way.
    async fn opens(&mut self, way: Way, code: &str) -> bool {
        let page = match way {
            Way::Page => self.browser.verify(code).await,
            Way::Handle(purpose) => {
                let path = format!("/api/v1/otps/{}/verify", self.id);
                let body = json!({ "otp_code": code, "purpose": purpose });
                self.house.call(&path, body.to_string()).await
            }
            Way::Contact => {
                let (contact_type, contact_value) = self.issued.contact;
                let body = json!({
                    "contact_type": contact_type, "contact_value": contact_value,
                    "purpose": self.issued.purpose, "otp_code": code,
                });
                self.house.call("/api/v1/verify", body.to_string()).await
            }
        };
        match page.status {
            200 | 303 => true,
            410 | 422 => false,
            _ => panic!("{way:?}: {} {}", page.status, page.text),
        }
    }
}

/// A7: 16 codes, all of them open, at 76 ways in. Each opens its own OTP by its own way, and nothing else.
#[tokio::test]
async fn every_code_at_every_way_in_opens_on_the_diagonal_only() {
    let house = House::new().await;
    let mut codes = Vec::new();
    for issued in Issued::all() {
        let live = issued.issue(&house).await;
        codes.push(house.code(live.id).await);
    }
    let mut opened = 0;
    for issued in Issued::all() {
        for way in issued.ways() {
            // A fifth wrong code would close it: four of the others, and then its own.
            for others in codes.chunks(4) {
                let mut live = issued.issue(&house).await;
                for other in others {
                    assert!(!live.opens(way, other).await, "{issued:?} by {way:?}");
                }
                let own = house.code(live.id).await;
                let opens = live.opens(way, &own).await;
                assert_eq!(opens, issued.opens_by(way), "{issued:?} by {way:?}");
                opened += usize::from(opens);
            }
        }
    }
    assert_eq!(opened, (4 + 12 + 12) * codes.len() / 4);
}
