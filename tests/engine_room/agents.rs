//! Connections that an agent in a container makes: what goes in on one side comes out on the other.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::TcpListener;
use tokio::time::timeout;
use xnet::model::probe::place::Source;
use xnet::model::probe::verdict::Cause;
use xnet::model::probe::way::Way;
use xnet::probe::{Dialled, Prober, Settings};

use super::{Room, curl, run};

const WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(100);

fn prober(room: &Room, way: Way) -> Prober {
    let executable = Some(PathBuf::from(env!("CARGO_BIN_EXE_xnet")));
    Prober::with(room.engine.clone(), Settings { way, executable, ..Settings::default() })
}

/// Sends back whatever comes, and ends when that ends. It says where containers of the default bridge find it.
async fn echoing(room: &Room, name: &str) -> SocketAddr {
    let whole = room.engine.inspect_container(name).await.unwrap();
    let gateway: IpAddr = whole["NetworkSettings"]["Gateway"].as_str().unwrap().parse().unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut reader, mut writer) = stream.into_split();
                let _ = tokio::io::copy(&mut reader, &mut writer).await;
            });
        }
    });
    SocketAddr::new(gateway, port)
}

async fn dialled(prober: &Prober, name: &str, to: SocketAddr) -> Dialled {
    let stand = prober.stand(&Source::Container(name.into())).await.unwrap();
    prober.dial(&stand, to, WITHIN).await.unwrap()
}

/// Bytes that are not the same wherever they are cut.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn fifty_megabytes_come_back_as_they_went_by_every_way() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    for way in [Way::Local, Way::Helper, Way::Sidecar] {
        let prober = prober(&room, way);
        run(async {
            let to = echoing(&room, &name).await;
            let connection = dialled(&prober, &name, to).await;
            let sent = bytes(50_000_000);
            let (mut reader, mut writer) = split(connection);
            let sending = async {
                writer.write_all(&sent).await.unwrap();
                // The other side learns that no more comes, and sends the rest.
                writer.shutdown().await.unwrap();
            };
            let mut heard = Vec::with_capacity(sent.len());
            let both = async { tokio::join!(sending, reader.read_to_end(&mut heard)).1 };
            timeout(PATIENCE, both).await.unwrap().unwrap();
            assert!(heard == sent, "{way}: {} bytes of {}", heard.len(), sent.len());
        });
    }
}

#[test]
fn many_connections_at_once_do_not_mix() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let prober = prober(&room, Way::Helper);
    run(async {
        let to = echoing(&room, &name).await;
        let talks = (0..20_usize).map(|number| {
            let (prober, name) = (&prober, &name);
            async move {
                let (mut connection, sent) = (dialled(prober, name, to).await, bytes(1000 + number * 7919));
                connection.write_all(&sent).await.unwrap();
                connection.shutdown().await.unwrap();
                let mut heard = Vec::new();
                connection.read_to_end(&mut heard).await.unwrap();
                assert_eq!(heard.len(), sent.len());
                assert!(heard == sent);
            }
        });
        timeout(PATIENCE, futures_util::future::join_all(talks)).await.unwrap();
    });
}

#[test]
fn a_dial_that_nobody_answers_is_refused_there() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    for way in [Way::Local, Way::Helper, Way::Sidecar] {
        let prober = prober(&room, way);
        let miss = run(async {
            let stand = prober.stand(&Source::Container(name.clone())).await.unwrap();
            prober.dial(&stand, "127.0.0.1:9".parse().unwrap(), WITHIN).await.unwrap_err()
        });
        assert_eq!(miss.cause, Cause::Refused, "{way}");
    }
}

#[test]
fn the_agent_goes_with_the_prober() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let prober = prober(&room, Way::Helper);
    run(prober.stand(&Source::Container(name))).unwrap();
    let filter = format!("%7B%22label%22%3A%5B%22xnet.run%3D{}%22%2C%22xnet.role%3Dagent%22%5D%7D", room.own);
    let agents = || curl(&format!("/containers/json?all=1&filters={filter}")).as_array().unwrap().len();
    assert_eq!(agents(), 1);
    drop(prober);
    for _ in 0..400 {
        if agents() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("it is left");
}
