//! An OTP as a row, and back.

use otp_core::{
    Alphabet, Channel, CodeFormat, ContactKey, Context, Digest, KeyId, Locale, Otp, OtpId,
    OtpState, Purpose, Reference, Seed,
};

use crate::entity::{Hidden, otp};
use crate::failure::Corrupt;
use crate::row::{Place, contact_columns, micros};

/// Writes an OTP as a row.
pub(crate) fn write(otp: &Otp) -> otp::Model {
    let (email, phone) = contact_columns(&otp.contact);
    let mut row = otp::Model {
        id: *otp.id.as_uuid(),
        email,
        phone,
        otp_code: None,
        otp_type: otp.contact.channel().as_str().to_owned(),
        is_verified: otp.is_verified(),
        created_at: micros(otp.created_at),
        expires_at: micros(otp.expires_at),
        attempts: otp.attempts.into(),
        max_attempts: otp.max_attempts.into(),
        purpose: otp.purpose.as_str().to_owned(),
        contact_key: otp.contact_key.as_bytes().to_vec(),
        key_id: otp.key_id.as_str().to_owned(),
        code_length: otp.format.length().into(),
        code_alphabet: otp.format.alphabet().as_str().to_owned(),
        reference: otp.reference.as_str().to_owned(),
        verified_at: None,
        revoked_at: None,
        consumed_by: None,
        sends: otp.sends.into(),
        resend_at: micros(otp.resend_at),
        locale: otp.locale.as_ref().map(|tag| tag.as_str().to_owned()),
        context: otp
            .context
            .as_ref()
            .map(|context| Hidden(context.as_str().to_owned())),
        context_digest: otp.context_digest.map(|digest| digest.as_bytes().to_vec()),
        binding: otp.binding.map(|digest| digest.as_bytes().to_vec()),
        counted: false,
        decoy: otp.decoy,
    };
    match &otp.state {
        OtpState::Live(seed) => row.otp_code = Some(Hidden(seed.encode().to_string())),
        OtpState::Verified { at } => {
            row.verified_at = Some(micros(*at));
            // Nobody's attempt consumed it here; its own id keeps anybody's from doing so.
            row.consumed_by = Some(otp.id.as_uuid().as_bytes().to_vec());
        }
        OtpState::Revoked { at } => row.revoked_at = Some(micros(*at)),
        OtpState::Spent => {}
    }
    row
}

/// Reads an OTP from its row; judges nothing.
pub(crate) fn read(row: otp::Model) -> Result<Otp, Corrupt> {
    let place = Place {
        table: "core_otp",
        row: row.id.to_string(),
    };
    let state = read_state(&row, &place)?;
    let alphabet = place.read("code_alphabet", Alphabet::parse(&row.code_alphabet))?;
    let length = place.number("code_length", row.code_length)?;
    let contact = place.contact(row.email, row.phone)?;
    if Channel::parse(&row.otp_type) != Ok(contact.channel()) {
        return Err(place.corrupt("otp_type"));
    }
    let digest = |column, bytes: Option<Vec<u8>>| {
        bytes
            .map(|bytes| place.bytes(column, bytes).map(Digest::from_bytes))
            .transpose()
    };
    Ok(Otp {
        id: OtpId::from_uuid(row.id),
        contact,
        contact_key: ContactKey::from_bytes(place.bytes("contact_key", row.contact_key)?),
        purpose: place.read("purpose", Purpose::parse(&row.purpose).ok())?,
        format: place.read("code_length", CodeFormat::new(alphabet, length))?,
        key_id: place.read("key_id", KeyId::parse(&row.key_id))?,
        reference: place.read("reference", Reference::parse(&row.reference))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        resend_at: row.resend_at,
        sends: place.number("sends", row.sends)?,
        attempts: place.number("attempts", row.attempts)?,
        max_attempts: place.number("max_attempts", row.max_attempts)?,
        locale: read_locale(&place, row.locale)?,
        context: read_context(&place, row.context)?,
        context_digest: digest("context_digest", row.context_digest)?,
        binding: digest("binding", row.binding)?,
        decoy: row.decoy,
        state,
    })
}

fn read_context(place: &Place, text: Option<Hidden>) -> Result<Option<Context>, Corrupt> {
    text.map(|Hidden(text)| place.read("context", Context::parse(&text).ok()))
        .transpose()
}

pub(crate) fn read_locale(place: &Place, text: Option<String>) -> Result<Option<Locale>, Corrupt> {
    text.map(|text| place.read("locale", Locale::parse(&text)))
        .transpose()
}

fn read_state(row: &otp::Model, place: &Place) -> Result<OtpState, Corrupt> {
    if row.is_verified || row.consumed_by.is_some() {
        let at = place.read("verified_at", row.verified_at)?;
        return Ok(OtpState::Verified { at });
    }
    if let Some(at) = row.revoked_at {
        return Ok(OtpState::Revoked { at });
    }
    match &row.otp_code {
        Some(text) => place
            .read("otp_code", Seed::decode(&text.0))
            .map(OtpState::Live),
        None => Ok(OtpState::Spent),
    }
}
