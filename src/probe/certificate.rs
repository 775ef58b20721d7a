//! What a certificate says of itself, for people to read. Whether it is believed is decided elsewhere.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ring::digest::{SHA256, digest};
use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::model::probe::tls::Certificate;

/// Reads what is in it. What cannot be read is left empty: its fingerprint is there in any case.
pub(super) fn describe(der: &[u8]) -> Certificate {
    let sha256 = fingerprint(der);
    let empty = String::new;
    let Ok(parsed) = Parsed::from_der(der) else {
        let unreadable = "(not readable)".to_owned();
        return Certificate {
            subject: unreadable,
            issuer: empty(),
            names: Vec::new(),
            not_before: empty(),
            not_after: empty(),
            sha256,
        };
    };
    let about = parsed.tbs_certificate();
    let names = about.get_extension::<SubjectAltName>().ok().flatten();
    Certificate {
        subject: about.subject().to_string(),
        issuer: about.issuer().to_string(),
        names: names.map(|(_, names)| names.0.iter().filter_map(name).collect()).unwrap_or_default(),
        not_before: about.validity().not_before.to_string(),
        not_after: about.validity().not_after.to_string(),
        sha256,
    }
}

fn fingerprint(der: &[u8]) -> String {
    digest(&SHA256, der).as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes()).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(Ipv4Addr::from).map(IpAddr::V4).ok();
    four.or_else(|| <[u8; 16]>::try_from(bytes).map(Ipv6Addr::from).map(IpAddr::V6).ok())
}
