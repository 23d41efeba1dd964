//! The PDUs that are spoken here: a header, then fields in a fixed order (SMPP 3.4 issue 1.2, chapters 3 and 4).
//!
//! Of what the SMSC says, only the fields that matter are read: SMSCs differ in the others, and a message must not
//! count as lost because of them.

use otp_core::PhoneNumber;
use tokio_util::bytes::{Buf, BufMut, Bytes, BytesMut};

use super::text::Encoded;
use super::url::{Login, Source};

/// What a PDU is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command(u32);

impl Command {
    pub(super) const GENERIC_NACK: Self = Self(0x8000_0000);
    pub(super) const SUBMIT_SM: Self = Self(0x04);
    pub(super) const DELIVER_SM: Self = Self(0x05);
    pub(super) const UNBIND: Self = Self(0x06);
    pub(super) const BIND_TRANSCEIVER: Self = Self(0x09);
    pub(super) const ENQUIRE_LINK: Self = Self(0x15);
    const RESPONSE: u32 = 0x8000_0000;

    pub(super) const fn response(self) -> Self {
        Self(self.0 | Self::RESPONSE)
    }

    pub(super) const fn is_response(self) -> bool {
        self.0 & Self::RESPONSE != 0
    }
}

/// How a request went. `Display` is for operators, who look it up in the manual of their SMSC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the SMSC answered command_status {0:#010x}")]
pub(super) struct Status(pub(super) u32);

impl Status {
    pub(super) const OK: Self = Self(0);
    pub(super) const INVALID_COMMAND: Self = Self(0x03);
    pub(super) const INVALID_BIND_STATUS: Self = Self(0x04);
    pub(super) const SYSTEM_ERROR: Self = Self(0x08);
    pub(super) const INVALID_SOURCE: Self = Self(0x0a);
    pub(super) const INVALID_DESTINATION: Self = Self(0x0b);
    pub(super) const QUEUE_FULL: Self = Self(0x14);
    pub(super) const THROTTLED: Self = Self(0x58);
    pub(super) const TEMPORARY_APPLICATION_ERROR: Self = Self(0x64);
}

/// One PDU. It has no `Debug`: its body may hold the code or the password.
pub(super) struct Pdu {
    pub(super) command: Command,
    pub(super) status: Status,
    pub(super) sequence: u32,
    pub(super) body: Bytes,
}

impl Pdu {
    pub(super) const fn request(command: Command, sequence: u32, body: Bytes) -> Self {
        Self {
            command,
            status: Status::OK,
            sequence,
            body,
        }
    }

    /// Answers a request of the SMSC; `body` is empty but for `deliver_sm`.
    pub(super) const fn answer(&self, body: Bytes) -> Self {
        Self {
            command: self.command.response(),
            status: Status::OK,
            sequence: self.sequence,
            body,
        }
    }

    /// Answers a request that is not understood.
    pub(super) const fn refusal(&self) -> Self {
        Self {
            command: Command::GENERIC_NACK,
            status: Status::INVALID_COMMAND,
            sequence: self.sequence,
            body: Bytes::new(),
        }
    }

    /// Reads a PDU without its length; `None` when there is no whole header.
    pub(super) fn read(frame: impl Into<Bytes>) -> Option<Self> {
        let mut body = frame.into();
        Some(Self {
            command: Command(body.try_get_u32().ok()?),
            status: Status(body.try_get_u32().ok()?),
            sequence: body.try_get_u32().ok()?,
            body,
        })
    }

    /// Writes the PDU without its length.
    pub(super) fn write(&self) -> Bytes {
        let mut frame = BytesMut::with_capacity(12 + self.body.len());
        frame.put_u32(self.command.0);
        frame.put_u32(self.status.0);
        frame.put_u32(self.sequence);
        frame.put_slice(&self.body);
        frame.freeze()
    }
}

/// The body of `bind_transceiver`.
pub(super) fn bind(login: &Login) -> Bytes {
    let mut body = BytesMut::new();
    put_text(&mut body, &login.system_id);
    put_text(&mut body, &login.password);
    put_text(&mut body, &login.system_type);
    // Version 3.4, and no range of addresses: what comes for us is receipts.
    body.put_slice(&[0x34, 0, 0, 0]);
    body.freeze()
}

/// A message with what `submit_sm` says about it.
pub(super) struct Submit<'a> {
    pub(super) from: &'a Source,
    pub(super) to: &'a PhoneNumber,
    pub(super) text: Encoded,
    pub(super) wants_receipt: bool,
}

impl Submit<'_> {
    /// The body of `submit_sm`.
    ///
    /// A text of more than one segment goes as `message_payload`, so that it is taken or refused as a whole.
    pub(super) fn body(&self) -> Bytes {
        const MESSAGE_PAYLOAD: u16 = 0x0424;
        let Encoded { coding, octets, .. } = &self.text;
        let mut body = BytesMut::new();
        put_text(&mut body, ""); // service_type
        let (kind, address) = self.from.fields();
        body.put_slice(&kind);
        put_text(&mut body, address);
        body.put_slice(&[1, 1]);
        put_text(&mut body, self.to.as_str().trim_start_matches('+'));
        body.put_slice(&[0, 0, 0]); // esm_class, protocol_id, priority_flag
        put_text(&mut body, ""); // schedule_delivery_time
        put_text(&mut body, ""); // validity_period
        body.put_slice(&[u8::from(self.wants_receipt), 0, *coding as u8, 0]);
        match u8::try_from(octets.len()) {
            Ok(length) if self.text.is_one_segment() => {
                body.put_u8(length);
                body.put_slice(octets);
            }
            _ => {
                body.put_u8(0);
                body.put_u16(MESSAGE_PAYLOAD);
                body.put_u16(self.text.length());
                body.put_slice(octets);
            }
        }
        body.freeze()
    }
}

fn put_text(body: &mut BytesMut, text: &str) {
    body.put_slice(text.as_bytes());
    body.put_u8(0);
}

/// Takes a text with its closing NUL off the front; without a NUL, what is left.
pub(super) fn take_text(body: &mut Bytes) -> Bytes {
    let end = body.iter().position(|byte| *byte == 0);
    let text = body.split_to(end.unwrap_or(body.len()));
    if body.has_remaining() {
        body.advance(1);
    }
    text
}

/// Reads an id of the SMSC's; `None` when it is not one that could be shown and stored.
pub(super) fn id(text: &[u8]) -> Option<String> {
    const LONGEST: usize = 64;
    let is_id = (1..=LONGEST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
    is_id.then(|| String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets as written in a dump; `_` is a blank that means nothing.
    fn dump(octets: &[u8]) -> String {
        octets
            .iter()
            .map(|octet| match octet {
                b'!'..=b'~' => char::from(*octet).to_string(),
                octet => format!("<{octet:02x}>"),
            })
            .collect()
    }

    fn submitted(from: &str, text: &str, wants_receipt: bool) -> String {
        let submit = Submit {
            from: &Source::parse(from).expect("a sender"),
            to: &PhoneNumber::parse("+919876543210").expect("a number"),
            text: Encoded::of(text).expect("a text"),
            wants_receipt,
        };
        dump(&submit.body())
    }

    #[test]
    fn binds_with_the_login() {
        let login = Login {
            system_id: "otp".to_owned(),
            password: "hush".to_owned(),
            system_type: "OTP".to_owned(),
        };
        assert_eq!(
            dump(&bind(&login)),
            "otp<00>hush<00>OTP<00>4<00><00><00>",
            "0x34 is the digit 4"
        );
    }

    #[test]
    fn submits_to_the_letter() {
        let to = "<01><01>919876543210<00>";
        let fixed = "<00><00><00><00><00>";
        for (from, kind) in [
            ("Example", "<05><00>Example<00>"),
            ("72345", "<03><00>72345<00>"),
            ("+4915112345678", "<01><01>4915112345678<00>"),
        ] {
            assert_eq!(
                submitted(from, "A@_[", false),
                format!("<00>{kind}{to}{fixed}<00><00><00><00><05>A<00><11><1b><")
            );
        }
        assert_eq!(
            submitted("72345", "é例", true),
            format!("<00><03><00>72345<00>{to}{fixed}<01><00><08><00><04><00><e9>O<8b>"),
            "UCS-2, and a receipt is wanted"
        );
        let long = "a".repeat(161);
        assert_eq!(
            submitted("72345", &long, false),
            format!("<00><03><00>72345<00>{to}{fixed}<00><00><00><00><00><04>$<00><a1>{long}"),
            "longer than a segment"
        );
    }

    #[test]
    fn reads_back_what_it_writes() {
        let body = Bytes::from_static(b"body");
        let written = Pdu::request(Command::SUBMIT_SM, 7, body).write();
        let read = Pdu::read(written.clone()).expect("a PDU");
        assert_eq!(
            (read.command, read.status, read.sequence, &read.body[..]),
            (Command::SUBMIT_SM, Status::OK, 7, &b"body"[..])
        );
        for length in 0..12 {
            assert!(Pdu::read(written.slice(..length)).is_none(), "{length}");
        }
    }

    #[test]
    fn takes_ids_that_can_be_shown() {
        let mut body = Bytes::from_static(b"m1\0m2");
        assert_eq!(id(&take_text(&mut body)).as_deref(), Some("m1"));
        assert_eq!(id(&take_text(&mut body)).as_deref(), Some("m2"));
        assert_eq!(id(&take_text(&mut body)), None);
        let longest = "m".repeat(64);
        assert_eq!(id(longest.as_bytes()), Some(longest.clone()));
        for refused in ["m m", "m\u{e9}", &(longest + "m")] {
            assert_eq!(id(refused.as_bytes()), None, "{refused:?}");
        }
    }
}
