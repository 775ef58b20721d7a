//! What was asked for and cannot be sent, found out before anything is.

use crate::model::probe::http::UrlFault;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputFault {
    #[error(transparent)]
    Url(#[from] UrlFault),
    #[error("header \"{name}\" cannot be sent: its name or value holds what a header may not hold")]
    Header { name: String },
    #[error("\"{text}\" is no service: write api:443, 10.0.0.2:443 or [fd00::2]:443")]
    Service { text: String },
    #[error("\"{name}\" cannot be the name of a server in TLS")]
    ServerName { name: String },
    #[error("the authorities{} cannot be read: {words}", file.as_ref().map(|file| format!(" in {file}")).unwrap_or_default())]
    Authorities { file: Option<String>, words: String },
    #[error("\"{text}\" names a port: the size of packets is measured by ICMP, which has none")]
    NoPortHere { text: String },
    #[error("TLS cannot be spoken: {0}")]
    Tls(String),
}

impl InputFault {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Url(UrlFault::Scheme(_)) => Some("write http://api:8080/health".into()),
            Self::Authorities { .. } => Some("`ca` is text in PEM, or the path of a file of it".into()),
            _ => None,
        }
    }
}
