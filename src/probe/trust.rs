//! Which certificates are believed: by the authorities of this machine, and those that were given.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme};
use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::certificate::describe;
use super::input::InputFault;
use crate::model::probe::tls::{Certificate, Distrust, Reason};

/// Purposes that let a certificate be a server's: serverAuth and any (RFC 5280, 4.2.1.12).
const SERVERS: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

/// The authorities of this machine: those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system keeps them.
fn of_this_machine() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // One that cannot be read vouches for nobody.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

/// Judges the certificate of one handshake. It lets every handshake go on, so that all can be told of it: whoever sends
/// something asks for the verdict first.
pub(super) struct Witness {
    judge: Option<Arc<WebPkiServerVerifier>>,
    /// Those of `ca`. A server that shows one of them as its own is believed by that alone.
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Option<Seen>>,
}

/// The certificates of a server, and whether the first is believed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) chain: Vec<Certificate>,
    pub(super) distrust: Option<Distrust>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Witness").finish_non_exhaustive()
    }
}

impl Witness {
    /// `ca` is PEM, or a file of it.
    pub(super) fn new(provider: &Arc<CryptoProvider>, ca: Option<&str>) -> Result<Self, InputFault> {
        let mut roots = of_this_machine().clone();
        let given = ca.map(authorities).transpose()?.unwrap_or_default();
        for certificate in &given {
            roots.add(certificate.clone()).map_err(|error| bad(ca, &error.to_string()))?;
        }
        let algorithms = provider.signature_verification_algorithms;
        // Without any authority there is nothing to judge by, and nobody is believed.
        let judge = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build().ok();
        Ok(Self { judge, given, algorithms, seen: Mutex::default() })
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Judges a certificate whose issuer is of no matter: its dates, what it is for, and its names.
fn alone(own: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), TlsError> {
    let unreadable = |_| TlsError::from(CertificateError::BadEncoding);
    let parsed = Parsed::from_der(own).map_err(unreadable)?;
    let about = parsed.tbs_certificate();
    let now = Duration::from_secs(now.as_secs());
    if about.validity().not_after.to_unix_duration() < now {
        return Err(CertificateError::Expired.into());
    }
    if about.validity().not_before.to_unix_duration() > now {
        return Err(CertificateError::NotValidYet.into());
    }
    let purposes = about.get_extension::<ExtendedKeyUsage>().map_err(unreadable)?;
    if purposes.is_some_and(|(_, list)| !list.0.iter().any(|one| SERVERS.contains(&one.to_string().as_str()))) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    verify_server_name(&ParsedCertificate::try_from(own)?, name)
}

fn authorities(ca: &str) -> Result<Vec<CertificateDer<'static>>, InputFault> {
    let read = if ca.contains("-----BEGIN") {
        CertificateDer::pem_slice_iter(ca.as_bytes()).collect::<Result<Vec<_>, _>>()
    } else {
        CertificateDer::pem_file_iter(Path::new(ca)).and_then(Iterator::collect)
    };
    match read {
        Ok(list) if list.is_empty() => Err(bad(Some(ca), "there is no certificate in it")),
        Ok(list) => Ok(list),
        Err(pem::Error::Io(error)) => Err(bad(Some(ca), &error.to_string())),
        Err(_) => Err(bad(Some(ca), "it is not PEM")),
    }
}

fn bad(ca: Option<&str>, words: &str) -> InputFault {
    let ca = ca.filter(|ca| !ca.contains("-----BEGIN"));
    InputFault::Authorities { file: ca.map(str::to_owned), words: words.to_owned() }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let chain: Vec<Certificate> =
            [own].into_iter().chain(others).map(|certificate| describe(certificate)).collect();
        let verdict = match &self.judge {
            Some(judge) => judge.verify_server_cert(own, others, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        // A certificate that signed itself is its own authority, which webpki does not take for a server's.
        let pinned = self.given.iter().any(|given| given.as_ref() == own.as_ref());
        let verdict = if verdict.is_err() && pinned { alone(own, name, now) } else { verdict.map(drop) };
        let distrust = verdict.err().map(|error| distrust(&error, &chain, name));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { chain, distrust });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn distrust(error: &TlsError, chain: &[Certificate], name: &ServerName<'_>) -> Distrust {
    let none = || Certificate { subject: String::new(), ..describe(&[]) };
    let own = chain.first().cloned().unwrap_or_else(none);
    let last = chain.last().cloned().unwrap_or_else(none);
    let itself = own.subject == own.issuer;
    let TlsError::InvalidCertificate(fault) = error else {
        return Distrust { reason: Reason::Other, words: error.to_string() };
    };
    let (reason, words) = match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            // It may be one of those above it.
            (Reason::Expired, format!("it expired; the server's own is good until {}", own.not_after))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (Reason::NotYetValid, format!("it is not good yet; the server's own is from {}", own.not_before))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = if own.names.is_empty() { "no name at all".to_owned() } else { own.names.join(", ") };
            (Reason::NameMismatch, format!("it is for {names}, and not for {}", name.to_str()))
        }
        CertificateError::UnknownIssuer | CertificateError::Other(_) if itself => {
            (Reason::SelfSigned, format!("{} signed it itself", own.subject))
        }
        CertificateError::UnknownIssuer => {
            (Reason::UnknownIssuer, format!("no authority that is known here vouches for {}", last.issuer))
        }
        CertificateError::Revoked => (Reason::Revoked, "it was revoked".to_owned()),
        CertificateError::BadSignature => (Reason::BadSignature, "its signature is not its issuer's".to_owned()),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            (Reason::WrongPurpose, "it is not made for a server".to_owned())
        }
        CertificateError::BadEncoding => (Reason::Unreadable, "it cannot be read".to_owned()),
        other => (Reason::Other, other.to_string()),
    };
    Distrust { reason, words }
}
