use serde_json::json;

use super::*;

fn socket(udp: bool, state: State, local: &str, holder: Option<Holder>) -> Socket {
    let local: SocketAddr = local.parse().unwrap();
    let peer = if local.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" }.parse().unwrap();
    let (received, sent, inode) = (1, 128, 7);
    Socket { udp, state, local, peer, ipv6_only: false, received, sent, inode, holder, transfer: None }
}

fn engine() -> Holder {
    Holder { pid: 9, process: "dockerd".into(), container: None }
}

fn on_a_network() -> Surroundings {
    let web = json!({"Id": "1", "Name": "/web", "HostConfig": {"NetworkMode": "app"},
                     "NetworkSettings": {"Networks": {"app": {"IPAddress": "172.20.0.2"}}}});
    Surroundings::of_container(&web, &web, &[], &[])
}

#[test]
fn the_engine_s_dns_is_hidden_unless_asked_for_and_a_container_s_own_is_not() {
    let own = Holder { pid: 3, process: "named".into(), container: Some("1".into()) };
    let sockets = [
        socket(false, State::Listen, "127.0.0.11:4001", Some(engine())),
        socket(true, State::Close, "127.0.0.11:4002", None),
        socket(true, State::Close, "127.0.0.11:53", Some(own)),
    ];
    let around = on_a_network();
    let shown = listeners(&sockets, &around, ListeningSpec::default());
    assert_eq!(shown.iter().map(|one| one.port).collect::<Vec<_>>(), [53]);
    let all = listeners(&sockets, &around, ListeningSpec { all: true });
    let owners: Vec<_> = all.iter().map(|one| (one.port, one.owner)).collect();
    assert_eq!(owners, [(4001, Some("docker dns")), (53, None), (4002, Some("docker dns"))]);
    assert_eq!(listeners(&sockets, &Surroundings::default(), ListeningSpec::default()).len(), 3);
}

#[test]
fn loopback_and_dual_stack_are_told() {
    let mut six = socket(false, State::Listen, "[::]:80", None);
    let of =
        |socket: &Socket| listeners(std::slice::from_ref(socket), &on_a_network(), ListeningSpec::default()).remove(0);
    assert!(of(&six).dual_stack && !of(&six).loopback_only);
    six.ipv6_only = true;
    assert!(!of(&six).dual_stack);
    for address in ["127.0.0.1:80", "[::1]:80", "127.0.0.2:80"] {
        assert!(of(&socket(false, State::Listen, address, None)).loopback_only, "{address}");
    }
    let udp = of(&socket(true, State::Close, "0.0.0.0:53", None));
    assert_eq!((udp.backlog, udp.queue, udp.process), (None, 1, None));
    assert_eq!(of(&six).backlog, Some(128));
}

#[test]
fn what_is_in_use_is_told_from_what_listens() {
    let mut busy = socket(false, State::Established, "10.0.0.2:80", None);
    busy.peer = "10.0.0.3:41000".parse().unwrap();
    let sockets = [busy, socket(false, State::Listen, "0.0.0.0:80", None)];
    let around = on_a_network();
    let shown = connections(&sockets, &around, SocketsSpec::default());
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].state, shown[0].peer_port), (State::Established, Some(41000)));
    let all = connections(&sockets, &around, SocketsSpec { all: true });
    assert!(all.iter().any(|one| one.state == State::Listen && one.peer.is_none()));
}
