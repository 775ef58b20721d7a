//! A TLS handshake as data: what is asked for, what was agreed on, and whether the certificate is to be believed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::timeout::Timeout;
use super::verdict::Cause;

/// Options of `tls`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSpec {
    /// The name that the certificate is to bear, and that is sent as SNI; that of the destination when absent.
    pub server_name: Option<String>,
    /// The protocols to offer, in order of preference: `["h2", "http/1.1"]`.
    pub alpn: Vec<String>,
    /// Authorities to believe besides those of this machine: PEM, or a file of it.
    pub ca: Option<String>,
    /// For the whole of it; 10 s when absent.
    pub timeout: Option<Timeout>,
}

/// A certificate as it says of itself. Nothing of it is believed by being here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// RFC 4514: `CN=api,O=Example`.
    pub subject: String,
    pub issuer: String,
    /// The names and addresses that it is for: those of subjectAltName.
    pub names: Vec<String>,
    /// `2026-01-31T00:00:00Z`
    pub not_before: String,
    pub not_after: String,
    /// Of the whole certificate, in hexadecimal.
    pub sha256: String,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Expired,
    NotYetValid,
    NameMismatch,
    SelfSigned,
    UnknownIssuer,
    Revoked,
    BadSignature,
    /// It is for something else than a server, such as an authority's own.
    WrongPurpose,
    Unreadable,
    Other,
}

/// A certificate that is not believed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distrust {
    pub reason: Reason,
    pub words: String,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What was agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TlsSession {
    /// `TLSv1.3`
    pub version: String,
    /// `TLS13_AES_256_GCM_SHA384`
    pub cipher: String,
    /// The protocol that the server chose of those that were offered.
    pub alpn: Option<String>,
    /// The server's own first.
    pub certificates: Vec<Certificate>,
    /// Whether the chain is believed for that name, by the authorities of this machine and those of `ca`.
    pub valid: bool,
    pub reason: Option<Reason>,
}

/// What `tls` tells. `ok` is true when the handshake was done and the certificate is believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TlsProbe {
    pub ok: bool,
    pub cause: Option<Cause>,
    /// Where it was connected.
    pub address: Option<String>,
    pub server_name: String,
    #[serde(flatten)]
    pub session: Option<TlsSession>,
    pub dns_ms: f64,
    pub connect_ms: f64,
    pub tls_ms: f64,
    pub latency_ms: f64,
    pub message: String,
    pub hint: Option<String>,
}
