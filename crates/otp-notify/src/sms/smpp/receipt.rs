//! What the SMSC says later about a message: a `deliver_sm` whose text is a receipt (SMPP 3.4, appendix B).

use tokio_util::bytes::{Buf, Bytes};

use super::pdu::{id, take_text};

/// What became of a short message that the SMSC took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReceipt {
    /// The SMSC's id for the message, as in the [`Receipt`](otp_core::ports::Receipt) of its sending.
    pub message_id: String,
    /// What became of it.
    pub state: SmsState,
    /// The network's own code of what went wrong, if anything did.
    pub error: Option<String>,
}

/// What became of a short message (SMPP 3.4, section 5.2.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmsState {
    /// It is on its way.
    Enroute,
    /// The phone has it.
    Delivered,
    /// The network gave up: it was not delivered in time.
    Expired,
    /// It was taken back.
    Deleted,
    /// It cannot be delivered.
    Undeliverable,
    /// Somebody else read it in the person's name.
    Accepted,
    /// The SMSC does not know, or has its own word for it.
    Unknown,
    /// The network refused it.
    Rejected,
}

impl SmsState {
    const fn from_tag(value: u8) -> Self {
        match value {
            1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            8 => Self::Rejected,
            _ => Self::Unknown,
        }
    }

    fn from_text(text: &str) -> Self {
        match text {
            "ENROUTE" => Self::Enroute,
            "DELIVRD" => Self::Delivered,
            "EXPIRED" => Self::Expired,
            "DELETED" => Self::Deleted,
            "UNDELIV" => Self::Undeliverable,
            "ACCEPTD" => Self::Accepted,
            "REJECTD" => Self::Rejected,
            _ => Self::Unknown,
        }
    }
}

/// What of a `deliver_sm` may say what became of a message.
#[derive(Default)]
struct Told {
    is_receipt: bool,
    text: Bytes,
    message_id: Option<Bytes>,
    state: Option<u8>,
    error: Option<u16>,
}

impl SmsReceipt {
    /// Reads the body of a `deliver_sm`; `None` when it is no receipt, or one that names no message.
    pub(super) fn read(body: Bytes) -> Option<Self> {
        let told = Told::read(body).filter(|told| told.is_receipt)?;
        let text = String::from_utf8_lossy(&told.text);
        let field = |name: &str| text.split(' ').find_map(|word| word.strip_prefix(name));
        let said = told.message_id.as_deref().and_then(id);
        Some(Self {
            message_id: said.or_else(|| id(field("id:")?.as_bytes()))?,
            state: match told.state {
                Some(state) => SmsState::from_tag(state),
                None => field("stat:").map_or(SmsState::Unknown, SmsState::from_text),
            },
            error: field("err:")
                .and_then(|error| id(error.as_bytes()))
                .or_else(|| told.error.map(|error| error.to_string()))
                .filter(|error| error.bytes().any(|byte| byte != b'0')),
        })
    }
}

impl Told {
    fn read(mut body: Bytes) -> Option<Self> {
        /// Bits 5 to 2 of `esm_class`, and what they are in a receipt.
        const MESSAGE_TYPE: u8 = 0b0011_1100;
        const RECEIPT: u8 = 0b0000_0100;
        take_text(&mut body); // service_type
        for _source_then_destination in 0..2 {
            skip(&mut body, 2)?;
            take_text(&mut body);
        }
        let esm_class = body.try_get_u8().ok()?;
        skip(&mut body, 2)?; // protocol_id, priority_flag
        take_text(&mut body); // schedule_delivery_time
        take_text(&mut body); // validity_period
        skip(&mut body, 4)?; // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
        let length = body.try_get_u8().ok()?;
        let mut told = Self {
            is_receipt: esm_class & MESSAGE_TYPE == RECEIPT,
            text: take(&mut body, length.into())?,
            ..Self::default()
        };
        while let Some((tag, value)) = take_optional(&mut body) {
            told.hear(tag, value);
        }
        Some(told)
    }

    fn hear(&mut self, tag: u16, mut value: Bytes) {
        match tag {
            // receipted_message_id
            0x001e => self.message_id = Some(take_text(&mut value)),
            // network_error_code: the kind of network, and its code
            0x0423 => self.error = skip(&mut value, 1).and_then(|()| value.try_get_u16().ok()),
            // message_payload
            0x0424 => self.text = value,
            // message_state
            0x0427 => self.state = value.try_get_u8().ok(),
            _ => {}
        }
    }
}

fn take(body: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= body.len()).then(|| body.split_to(length))
}

fn skip(body: &mut Bytes, length: usize) -> Option<()> {
    take(body, length).map(drop)
}

/// Takes an optional parameter: its tag, its length, its value.
fn take_optional(body: &mut Bytes) -> Option<(u16, Bytes)> {
    let tag = body.try_get_u16().ok()?;
    let length = body.try_get_u16().ok()?;
    Some((tag, take(body, length.into())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id:m1 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:stat:EXPIRED";

    fn deliver_sm(esm_class: u8, text: &str, optional: &[u8]) -> Bytes {
        let length = u8::try_from(text.len()).expect("a short text");
        let head = [
            &b"\0\x01\x01919876543210\0\x05\0Example\0"[..],
            &[esm_class],
        ];
        let tail = [&[0, 0, 0, 0, 0, 0, 0, 0, length][..], text.as_bytes()];
        [head.concat(), tail.concat(), optional.to_vec()]
            .concat()
            .into()
    }

    fn read(text: &str, optional: &[u8]) -> Option<(String, SmsState, Option<String>)> {
        let receipt = SmsReceipt::read(deliver_sm(0x04, text, optional))?;
        Some((receipt.message_id, receipt.state, receipt.error))
    }

    #[test]
    fn reads_the_text_of_a_receipt() {
        for (said, state) in [
            ("ENROUTE", SmsState::Enroute),
            ("DELIVRD", SmsState::Delivered),
            ("EXPIRED", SmsState::Expired),
            ("DELETED", SmsState::Deleted),
            ("UNDELIV", SmsState::Undeliverable),
            ("ACCEPTD", SmsState::Accepted),
            ("UNKNOWN", SmsState::Unknown),
            ("REJECTD", SmsState::Rejected),
            ("BEAMED", SmsState::Unknown),
        ] {
            let text = TEXT.replace("DELIVRD", said);
            assert_eq!(read(&text, b""), Some(("m1".to_owned(), state, None)));
        }
        let failed = TEXT.replace("err:000", "err:0A1");
        let failed = read(&failed, b"").expect("a receipt");
        assert_eq!(failed.2.as_deref(), Some("0A1"));
    }

    #[test]
    fn believes_the_optional_parameters_first() {
        let optional = b"\x00\x1e\x00\x03m2\0\x04\x27\x00\x01\x05\x04\x23\x00\x03\x03\x01\x02\x14\x00\x00\x01x";
        let undeliverable = Some((
            "m2".to_owned(),
            SmsState::Undeliverable,
            Some("258".to_owned()),
        ));
        assert_eq!(read("", optional), undeliverable);
        assert_eq!(
            read("id:m1 stat:DELIVRD", b"\x00\x1e\x00\x02m2"),
            Some(("m2".to_owned(), SmsState::Delivered, None)),
            "an id without its NUL"
        );
        let payload = [&b"\x04\x24\x00\x12"[..], b"id:m3 stat:EXPIRED"].concat();
        assert_eq!(
            read("", &payload),
            Some(("m3".to_owned(), SmsState::Expired, None))
        );
    }

    #[test]
    fn passes_over_everything_else() {
        assert_eq!(read("", b""), None, "it names no message");
        for esm_class in [0, 0x08, 0x10, 0x20, 0x40] {
            assert_eq!(SmsReceipt::read(deliver_sm(esm_class, TEXT, b"")), None);
        }
        let whole = deliver_sm(0x04, TEXT, b"");
        for length in 0..whole.len() {
            assert_eq!(SmsReceipt::read(whole.slice(..length)), None, "{length}");
        }
        let cut = deliver_sm(0x04, TEXT, b"\x00\x1e\xff\xffm2");
        assert_eq!(
            SmsReceipt::read(cut).map(|receipt| receipt.message_id),
            Some("m1".to_owned())
        );
    }
}
