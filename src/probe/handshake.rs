//! A TLS handshake over an open connection, and what came of it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, Error as TlsError};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dialled::Dialled;
use super::input::InputFault;
use super::trust::Witness;
use crate::model::duration::seconds;
use crate::model::probe::tls::{Distrust, TlsSession};
use crate::model::probe::verdict::{Cause, Miss};

/// What is needed for a handshake, made before anything is sent.
pub(super) struct Handshake {
    connector: TlsConnector,
    witness: Arc<Witness>,
    name: ServerName<'static>,
}

/// A connection over which TLS is spoken. Whether the server is believed stands in it: nobody has asked yet.
#[derive(Debug)]
pub(super) struct Secured {
    pub(super) stream: TlsStream<Dialled>,
    pub(super) session: TlsSession,
    pub(super) distrust: Option<Distrust>,
    pub(super) took: Duration,
}

impl Handshake {
    pub(super) fn new(name: &str, alpn: &[String], ca: Option<&str>) -> Result<Self, InputFault> {
        let bare = name.trim_end_matches('.').to_owned();
        let name = ServerName::try_from(bare).map_err(|_| InputFault::ServerName { name: name.to_owned() })?;
        let provider = Arc::new(default_provider());
        let witness = Arc::new(Witness::new(&provider, ca)?);
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| InputFault::Tls(error.to_string()))?;
        let mut config = builder.dangerous().with_custom_certificate_verifier(witness.clone()).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), witness, name })
    }

    pub(super) async fn over(self, stream: Dialled, end: Instant) -> Result<Secured, Miss> {
        let begun = Instant::now();
        let done = timeout_at(end, self.connector.connect(self.name, stream)).await;
        let took = begun.elapsed();
        let miss = |cause, detail| Miss { cause, detail, after: took };
        let stream = match done {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let (cause, detail) = why(&error);
                return Err(miss(cause, detail));
            }
            Err(_) => {
                let words = format!("connected, and no answer to the TLS handshake within {}", seconds(took));
                return Err(miss(Cause::TimedOut, words));
            }
        };
        let Some(seen) = self.witness.seen() else {
            return Err(miss(Cause::Tls, "the server showed no certificate".into()));
        };
        let (_, agreed) = stream.get_ref();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let session = TlsSession {
            version: agreed.protocol_version().map(|version| version_name(&format!("{version:?}"))).unwrap_or_default(),
            cipher: agreed.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default(),
            alpn: agreed.alpn_protocol().map(text),
            certificates: seen.chain,
            valid: seen.distrust.is_none(),
            reason: seen.distrust.as_ref().map(|distrust| distrust.reason),
        };
        Ok(Secured { stream, session, distrust: seen.distrust, took })
    }
}

/// `TLSv1_3` as people write it.
fn version_name(name: &str) -> String {
    name.replace("v1_", "v1.")
}

/// Why a handshake failed.
fn why(error: &io::Error) -> (Cause, String) {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match inner {
        Some(TlsError::InvalidMessage(_)) => (Cause::Protocol, "it answers, and not in TLS".into()),
        Some(TlsError::AlertReceived(alert)) => (Cause::Tls, alert_words(*alert)),
        Some(TlsError::PeerIncompatible(why)) => (Cause::Tls, format!("it speaks no TLS that is spoken here: {why:?}")),
        Some(other) => (Cause::Tls, other.to_string()),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                (Cause::Protocol, "it closed the connection during the TLS handshake".into())
            }
            _ => (Cause::Tls, error.to_string()),
        },
    }
}

fn alert_words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnrecognisedName => "the server knows no such server name (SNI)".into(),
        AlertDescription::NoApplicationProtocol => "the server speaks none of the protocols offered (ALPN)".into(),
        AlertDescription::HandshakeFailure => "the server found nothing to agree on (handshake_failure)".into(),
        AlertDescription::ProtocolVersion => "the server speaks only other versions of TLS (protocol_version)".into(),
        AlertDescription::CertificateRequired => "the server asks for a certificate of the client".into(),
        other => format!("the server ended the handshake: {other:?}"),
    }
}
