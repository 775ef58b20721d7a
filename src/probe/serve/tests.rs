//! Both sides of the connection over a pipe in memory: what they say to each other, and what becomes of nonsense.

use std::net::SocketAddr;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::net::TcpListener;

use super::super::client::Connection;
use super::*;
use crate::model::probe::order::{Ask, Found, Inside, Order, Stand};
use crate::model::probe::wire::PROTOCOL;
use crate::runtime::{Cancel, wait};

const WITHIN: Duration = Duration::from_secs(2);

fn run<T>(work: impl Future<Output = T>) -> T {
    let bounded = async { timeout(Duration::from_mins(1), work).await.expect("it does not hang") };
    wait(&Cancel::new(), bounded).unwrap()
}

/// A pipe that is shorter than what goes through it.
fn pipe() -> (DuplexStream, DuplexStream) {
    duplex(1000)
}

async fn connected() -> Connection {
    let (ours, theirs) = pipe();
    tokio::spawn(serve(theirs));
    Connection::open(ours).await.unwrap()
}

/// Answers each connection with what it reads, in capitals, once that has ended.
async fn shouting() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = Vec::new();
                // A probe ends with a reset.
                if stream.read_to_end(&mut heard).await.is_ok() {
                    let _ = stream.write_all(&heard.to_ascii_uppercase()).await;
                }
            });
        }
    });
    address
}

#[test]
fn orders_are_answered_many_at_once() {
    run(async {
        let (connection, to) = (connected().await, shouting().await);
        let order = |ask| Order { from: Stand::Own, ask, within: WITHIN };
        let asked = (0..200).map(|_| connection.ask(order(Ask::Connect { to })));
        for answer in futures_util::future::join_all(asked).await {
            assert!(matches!(answer, Ok(Ok(Found::Connected { .. }))), "{answer:?}");
        }
        let nobody = connection.ask(order(Ask::Connect { to: "127.0.0.1:1".parse().unwrap() })).await.unwrap();
        assert_eq!(nobody.unwrap_err().cause, Cause::Refused);
    });
}

#[test]
fn an_agent_that_does_not_answer_is_told_long_before_it_counts_as_gone() {
    run(async {
        let (ours, theirs) = pipe();
        // It greets, and is paused then.
        let (mut arrived, carrier) = wire::accept(theirs);
        tokio::spawn(carrier);
        let paused = tokio::spawn(async move {
            let (mut reader, mut writer) = split(arrived.recv().await.unwrap());
            greet(&mut reader, &mut writer).await.unwrap();
            std::future::pending::<()>().await;
        });
        let connection = Connection::open(ours).await.unwrap();
        let order = Order { from: Stand::Own, ask: Ask::Interfaces, within: Duration::from_millis(100) };
        let asked = timeout(SILENCE / 4, connection.ask(order)).await.expect("an answer before it counts as gone");
        let miss = asked.unwrap().unwrap_err();
        assert_eq!(miss.cause, Cause::NotSent);
        assert!(miss.detail.starts_with("the agent did not answer within 3."), "{miss}");
        assert_eq!(connection.ended(), None);
        paused.abort();
    });
}

#[test]
fn what_is_too_large_to_be_sent_is_told_and_breaks_nothing() {
    run(async {
        let connection = connected().await;
        let ask = Ask::Datagram { to: "127.0.0.1:9".parse().unwrap(), payload: vec![200; 3 << 20] };
        let miss = connection.ask(Order { from: Stand::Own, ask, within: WITHIN }).await.unwrap().unwrap_err();
        assert_eq!(miss.cause, Cause::NotSent);
        assert!(miss.detail.contains("cannot be sent to the agent: a message of "), "{miss}");
        assert_eq!((connection.ended(), connection.enter(Stand::Own).await), (None, Ok(Ok(()))));
    });
}

#[test]
fn a_place_that_cannot_be_seen_is_told() {
    run(async {
        let connection = connected().await;
        assert_eq!(connection.enter(Stand::Own).await, Ok(Ok(())));
        let nowhere = Inside { id: "0123".into(), pid: 0, sandbox: "/run/nowhere/1".into() };
        let miss = connection.enter(Stand::Inside(nowhere)).await.unwrap().unwrap_err();
        assert_eq!(miss.cause, Cause::SourceGone);
    });
}

#[test]
fn a_dialled_connection_passes_on_its_half_close() {
    run(async {
        let (connection, to) = (connected().await, shouting().await);
        let (mut channel, local) = connection.dial(Stand::Own, to, WITHIN).await.unwrap().unwrap();
        assert!(local.ip().is_loopback());
        channel.write_all(b"hello").await.unwrap();
        channel.shutdown().await.unwrap();
        let mut heard = String::new();
        channel.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "HELLO");
    });
}

#[test]
fn a_slow_stream_holds_up_no_other() {
    run(async {
        let (connection, to) = (connected().await, shouting().await);
        let (mut stuck, _) = connection.dial(Stand::Own, to, WITHIN).await.unwrap().unwrap();
        let bytes = vec![b'x'; 2 << 20];
        stuck.write_all(&bytes).await.unwrap();
        stuck.shutdown().await.unwrap();
        // Nobody reads its answer, which is more than may wait.
        let (mut other, _) = connection.dial(Stand::Own, to, WITHIN).await.unwrap().unwrap();
        other.write_all(b"b").await.unwrap();
        other.shutdown().await.unwrap();
        assert_eq!(other.read_u8().await.unwrap(), b'B');
        let mut heard = Vec::new();
        stuck.read_to_end(&mut heard).await.unwrap();
        assert!(heard.len() == bytes.len() && heard.iter().all(|byte| *byte == b'X'));
    });
}

#[test]
fn a_dial_that_fails_says_why() {
    run(async {
        let to = "127.0.0.1:1".parse().unwrap();
        let miss = connected().await.dial(Stand::Own, to, WITHIN).await.unwrap().unwrap_err();
        assert_eq!((miss.cause, miss.detail.as_str()), (Cause::Refused, "127.0.0.1:1: connection refused"));
    });
}

/// An agent that says these things on the first stream, once it was greeted.
async fn saying(frames: Vec<Vec<u8>>, io: DuplexStream) {
    let (mut arrived, carrier) = wire::accept(io);
    let work = async {
        let mut channel = arrived.recv().await.unwrap();
        let _ = wire::read::<Call>(&mut channel).await;
        for frame in frames {
            let _ = channel.write_all(&frame).await;
        }
        let _ = channel.shutdown().await;
        std::future::pending::<()>().await;
    };
    tokio::select! { _ = carrier => {}, () = work => {} }
}

#[test]
fn an_agent_of_another_version_or_without_manners_is_refused() {
    let theirs = encode(&Reply::Hello(Hello { protocol: PROTOCOL + 1, version: "9".into() })).unwrap();
    for (frames, words) in [
        (vec![theirs], "speaks version 2 of the protocol (xnet 9)"),
        (vec![vec![0, 0, 0, 2, b'x', b'y']], "a message came that cannot be read"),
        (vec![vec![0xff, 0xff, 0xff, 0xff]], "a message of 4294967295 bytes is too long"),
        (vec![vec![0, 0, 0, 9, b'x']], "in the middle of a message"),
        (vec![vec![0]], "in the middle of a message"),
        (vec![encode(&Reply::Still).unwrap()], "out of turn"),
        (vec![], "the connection ended"),
    ] {
        let fault = run(async {
            let (ours, theirs) = pipe();
            tokio::spawn(saying(frames, theirs));
            Connection::open(ours).await.unwrap_err()
        });
        assert!(fault.to_string().contains(words), "{words}: {fault}");
    }
}

#[test]
fn an_agent_refuses_what_is_out_of_turn() {
    let own = || encode(&Call::Hello(Hello::ours())).unwrap();
    let other = encode(&Call::Hello(Hello { protocol: 0, version: "0".into() })).unwrap();
    for (frames, words) in [
        (vec![other], "speaks version 0"),
        (vec![encode(&Call::Still).unwrap()], "before the greeting"),
        (vec![own(), own()], "a second greeting"),
        (vec![own(), vec![0, 0x90, 0, 0]], "is too long"),
    ] {
        let fault = run(async {
            let (ours, theirs) = pipe();
            let served = tokio::spawn(serve(theirs));
            let (opener, carrier) = wire::open(ours);
            tokio::spawn(carrier);
            let mut channel = opener.open().await.unwrap();
            channel.write_all(&frames.concat()).await.unwrap();
            // Of another version it says at least which one it is.
            if words.starts_with("speaks") {
                let reply: Option<Reply> = wire::read(&mut channel).await.unwrap();
                assert_eq!(reply, Some(Reply::Hello(Hello::ours())));
                channel.shutdown().await.unwrap();
            }
            served.await.unwrap().unwrap_err()
        });
        assert!(fault.to_string().contains(words), "{words}: {fault}");
    }
}

#[test]
fn whoever_waits_learns_that_the_agent_is_gone() {
    run(async {
        let (ours, theirs) = pipe();
        let served = tokio::spawn(serve(theirs));
        let connection = Connection::open(ours).await.unwrap();
        let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = silent.local_addr().unwrap();
        let order =
            Order { from: Stand::Own, ask: Ask::Datagram { to, payload: vec![1] }, within: Duration::from_mins(1) };
        let asked = connection.ask(order.clone());
        let (answer, ()) = tokio::join!(asked, async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            served.abort();
        });
        assert!(answer.is_err(), "{answer:?}");
        assert!(connection.ended().is_some());
        assert!(connection.ask(order).await.is_err());
    });
}

#[test]
fn an_agent_ends_with_its_connection() {
    run(async {
        let (ours, theirs) = pipe();
        let served = tokio::spawn(serve(theirs));
        drop(Connection::open(ours).await.unwrap());
        // How it breaks off is chance; that it ends is not.
        let _ = served.await.unwrap();
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_end_an_agent_and_a_caller_in_an_orderly_way(bytes: Vec<u8>, framed: bool) {
        let mut sent = bytes.clone();
        if framed {
            // A frame of yamux that opens a stream, so that what follows is read as messages.
            sent = [&[0, 0, 0, 1, 0, 0, 0, 1][..], &u32::try_from(bytes.len()).unwrap().to_be_bytes(), &bytes].concat();
        }
        run(async {
            for side in 0..2 {
                let (ours, theirs) = duplex(1 << 20);
                let (mut reader, mut writer) = split(ours);
                let listening = tokio::spawn(async move { reader.read_to_end(&mut Vec::new()).await });
                writer.write_all(&sent).await.unwrap();
                writer.shutdown().await.unwrap();
                if side == 0 {
                    let _ = serve(theirs).await;
                } else {
                    assert!(Connection::open(theirs).await.is_err());
                }
                listening.abort();
            }
        });
    }
}
