//! A throw-away certificate authority and one certificate of it, for `localhost`.

use std::fs;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

/// Where systems keep the roots that they trust, as one file: Debian's place, and Fedora's.
const SYSTEM_ROOTS: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// Everything in PEM.
pub(super) struct Issued {
    pub(super) root: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Makes an authority, forgets its key, and keeps one certificate of it.
pub(super) fn issue() -> Result<Issued> {
    let mut authority = CertificateParams::default();
    let name = &mut authority.distinguished_name;
    name.push(DnType::CommonName, "otp throw-away test authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut server = CertificateParams::new(names)?;
    server
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority)?;
    Ok(Issued {
        root: authority.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

/// Puts a root behind those of the system, so that a test command may still reach the world, as cargo does.
pub(super) fn with_system_roots(root: &str) -> String {
    let system = SYSTEM_ROOTS
        .iter()
        .find_map(|path| fs::read_to_string(path).ok());
    system.unwrap_or_default() + root
}
