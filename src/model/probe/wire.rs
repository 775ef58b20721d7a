//! What xnet and an agent in a container say to each other, and how it is framed. Pure: who reads and writes stands in
//! src/probe/wire.
//!
//! A frame is a length of four bytes, big endian, and so many bytes of JSON. The first stream of a connection begins with a
//! [`Hello`] from either side, then carries orders and answers; every further one begins with [`Call::Dial`], whose reply
//! is followed by the bytes of the connection, both ways.

use std::net::SocketAddr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::order::{Answer, Order, Stand};
use super::verdict::Miss;

/// Changes with every change of what is said.
pub const PROTOCOL: u32 = 1;
/// Bytes of one frame: a list of some ten thousand sockets.
pub const LONGEST: usize = 8 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// Of xnet, for the words of an error.
    pub version: String,
}

impl Hello {
    pub fn ours() -> Self {
        Self { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// Both sides must speak the same protocol.
    pub fn check(&self) -> Result<(), WireFault> {
        if self.protocol == PROTOCOL {
            return Ok(());
        }
        Err(WireFault::Version { theirs: self.clone() })
    }
}

/// What is said to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Hello(Hello),
    Order {
        id: u64,
        order: Order,
    },
    /// Whether orders can be done there from where the agent stands.
    Enter {
        id: u64,
        from: Stand,
    },
    /// Said now and then, so that an agent whose caller is gone for good does not wait for ever.
    Still,
    /// The first frame of a stream of its own.
    Dial {
        from: Stand,
        to: SocketAddr,
        within: Duration,
    },
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Hello(Hello),
    Answer {
        id: u64,
        answer: Answer,
    },
    /// To `Enter`: `SourceGone` where that namespace cannot be seen, `NotSent` where it may not be entered.
    Entered {
        id: u64,
        miss: Option<Miss>,
    },
    Still,
    /// To `Dial`: connected, from this address. What follows are the bytes of the connection.
    Dialled {
        local: SocketAddr,
    },
    /// To `Dial`.
    Missed(Miss),
}

/// Why what came is none of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireFault {
    #[error("a message of {bytes} bytes is too long: {LONGEST} is the most")]
    Oversize { bytes: usize },
    #[error("a message came that cannot be read: {words}")]
    Garbage { words: String },
    #[error("the connection ended in the middle of a message")]
    CutOff,
    #[error(
        "the agent speaks version {} of the protocol (xnet {}), and this xnet version {PROTOCOL} (xnet {})",
        theirs.protocol, theirs.version, env!("CARGO_PKG_VERSION")
    )]
    Version { theirs: Hello },
    #[error("a message came out of turn: {what}")]
    OutOfTurn { what: &'static str },
}

/// The length that a frame begins with.
pub fn length(head: [u8; 4]) -> Result<usize, WireFault> {
    let bytes = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    if bytes > LONGEST { Err(WireFault::Oversize { bytes }) } else { Ok(bytes) }
}

/// What stands in a frame, after its length.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireFault> {
    serde_json::from_slice(bytes).map_err(|error| WireFault::Garbage { words: error.to_string() })
}

/// A whole frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireFault> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message).map_err(|error| WireFault::Garbage { words: error.to_string() })?;
    let bytes = frame.len() - 4;
    match u32::try_from(bytes) {
        Ok(length) if bytes <= LONGEST => frame[..4].copy_from_slice(&length.to_be_bytes()),
        _ => return Err(WireFault::Oversize { bytes }),
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T: DeserializeOwned>(frame: &[u8]) -> Result<T, WireFault> {
        let (head, rest) = frame.split_at_checked(4).ok_or(WireFault::CutOff)?;
        let length = length(head.try_into().unwrap())?;
        decode(rest.get(..length).ok_or(WireFault::CutOff)?)
    }

    #[test]
    fn what_is_framed_is_read_as_it_was() {
        let miss =
            Miss { cause: super::super::verdict::Cause::Refused, detail: "no".into(), after: Duration::new(1, 2) };
        for reply in [
            Reply::Hello(Hello::ours()),
            Reply::Answer { id: u64::MAX, answer: Err(miss.clone()) },
            Reply::Still,
            Reply::Dialled { local: "[::1]:80".parse().unwrap() },
            Reply::Missed(miss),
        ] {
            assert_eq!(read::<Reply>(&encode(&reply).unwrap()), Ok(reply));
        }
        let dial =
            Call::Dial { from: Stand::Own, to: "127.0.0.1:1".parse().unwrap(), within: Duration::from_millis(7) };
        assert_eq!(read::<Call>(&encode(&dial).unwrap()), Ok(dial));
    }

    #[test]
    fn what_is_too_long_is_refused_on_either_side() {
        let long = "x".repeat(LONGEST);
        assert_eq!(encode(&long), Err(WireFault::Oversize { bytes: LONGEST + 2 }));
        assert_eq!(length([0xff; 4]), Err(WireFault::Oversize { bytes: 0xffff_ffff }));
        assert_eq!(length([0, 0x80, 0, 0]), Ok(LONGEST));
    }

    #[test]
    fn another_version_is_told_with_both() {
        let theirs = Hello { protocol: PROTOCOL + 1, version: "9.9.9".into() };
        let words = theirs.check().unwrap_err().to_string();
        assert!(words.contains(&format!("version {} of the protocol (xnet 9.9.9)", PROTOCOL + 1)), "{words}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read::<Call>(&bytes);
            let _ = read::<Reply>(&bytes);
            if let Err(fault) = decode::<Reply>(&bytes) {
                prop_assert!(!fault.to_string().is_empty());
            }
        }

        #[test]
        fn any_json_is_read_or_refused(text in r#"\{"(hello|order|answer|dial|dialled|missed)":(\{("(id|order|from|to|within|ask)":("own"|[0-9]{1,20}|\[\]|"127.0.0.1:80"|\{\}),?){0,3}\}|null|[0-9]+)\}"#) {
            let _ = decode::<Call>(text.as_bytes());
            let _ = decode::<Reply>(text.as_bytes());
        }
    }
}
