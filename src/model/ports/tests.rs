//! The grammar: every form by example, then whatever can be typed.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

#[test]
fn every_form_of_the_grammar_reads_and_prints() {
    for (typed, printed) in [
        ("80:80", "80:80/tcp"),
        ("127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp"),
        ("8080", "8080/tcp"),
        ("8000-8010:8000-8010", "8000-8010:8000-8010/tcp"),
        ("8000-8010:80", "8000-8010:80/tcp"),
        ("53:53/udp", "53:53/udp"),
        ("53:53/UDP", "53:53/udp"),
        ("[::1]:80:80", "[::1]:80:80/tcp"),
        ("[::1]::80", "[::1]::80/tcp"),
        ("127.0.0.1::80", "127.0.0.1::80/tcp"),
        ("8080/sctp", "8080/sctp"),
        ("3000-3002", "3000-3002/tcp"),
        ("7-7:8-8", "7:8/tcp"),
    ] {
        let port: PublishedPort = typed.parse().unwrap();
        assert_eq!(port.to_string(), printed);
        assert_eq!(printed.parse::<PublishedPort>().unwrap(), port);
    }
}

#[test]
fn a_bad_port_names_the_part_that_is_wrong() {
    for (typed, words) in [
        ("", "empty where container port"),
        ("0:80", "host port \"0\""),
        ("80:0", "container port \"0\""),
        ("80:65536", "container port \"65536\""),
        ("80:", "empty where container port"),
        (":80", "empty where host port"),
        ("80:80/", "empty where protocol"),
        ("/tcp", "empty where container port"),
        ("80-:80", "empty where host port"),
        ("90-80:80", "ends before it begins"),
        ("80-81:80-82", "2 host ports cannot lead to 3"),
        ("80:80-81", "1 host ports cannot lead to 2"),
        ("80:80/icmp", "protocol \"icmp\""),
        ("80:80/tcp/udp", "protocol \"tcp/udp\""),
        ("localhost:80:80", "host address \"localhost\" is not an IP address"),
        ("1.2.3:80:80", "host address \"1.2.3\""),
        ("::80", "empty where host address"),
        ("[]:80:80", "empty where host address"),
        ("[127.0.0.1]:80:80", "host address \"127.0.0.1\""),
        ("80 :80", "host port \"80 \""),
        (" 80:80", "host port \" 80\""),
        ("80:80 ", "container port \"80 \""),
        ("80:80/ udp", "protocol \" udp\""),
        ("127.0.0.1 :80:80", "host address \"127.0.0.1 \""),
        ("+80:80", "host port \"+80\""),
        ("1:2:3:4", "too many parts"),
        ("::1:80:80", "write [::1]"),
        ("fe80::1:80", "write [fe80::1]"),
        ("[::1:80:80", "not an IP address"),
        ("[::1]80:80", "not an IP address"),
        ("127.0.0.1:80", "127.0.0.1::CONTAINER"),
        ("[::1]:80", "[::1]::CONTAINER"),
    ] {
        let fault = typed.parse::<PublishedPort>().unwrap_err().to_string();
        assert!(fault.contains(words), "{typed}: {fault}");
    }
}

#[test]
fn ranges_pair_up_and_a_range_on_one_port_is_a_choice() {
    let paired: PublishedPort = "8000-8001:90-91".parse().unwrap();
    assert_eq!(paired.bindings()[1].host.unwrap().first, 8001);
    let choice: PublishedPort = "8000-8010:80".parse().unwrap();
    assert_eq!(choice.bindings()[0].host.unwrap().len(), 11);
}

fn protocol_of() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)]
}

fn address_of() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
    ]
}

fn range_of(len: u16) -> impl Strategy<Value = PortRange> {
    (1..=u16::MAX - len + 1).prop_map(move |first| PortRange { first, last: first + len - 1 })
}

prop_compose! {
    /// Whatever can be published: a host range is as long as the container's, or leads to one container port.
    fn published()(len in 1u16..40, wide in 1u16..40, kind in 0u8..3)(
        container in range_of(len),
        host in range_of(if kind == 2 && len == 1 { wide } else { len }),
        kind in Just(kind),
        host_ip in proptest::option::of(address_of()),
        protocol in protocol_of(),
    ) -> PublishedPort {
        PublishedPort { host_ip, host: (kind > 0).then_some(host), container, protocol }
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(port in published()) {
        prop_assert_eq!(port.to_string().parse::<PublishedPort>(), Ok(port));
    }

    #[test]
    fn an_exposed_port_reads_back_the_same(ports in (1u16..40).prop_flat_map(range_of), protocol in protocol_of()) {
        let port = ExposedPort { ports, protocol };
        prop_assert_eq!(port.to_string().parse::<ExposedPort>(), Ok(port));
    }

    /// Nothing that is typed breaks the reader, and what it takes means the same when it is printed.
    #[test]
    fn whatever_is_typed_is_read_or_refused(text in "[0-9:./\\[\\]tcpud a-f-]{0,24}|.{0,40}") {
        if let Ok(port) = text.parse::<PublishedPort>() {
            prop_assert_eq!(port.to_string().parse::<PublishedPort>(), Ok(port));
        }
    }

    #[test]
    fn each_container_port_has_one_binding_within_what_was_asked(port in published()) {
        let bindings = port.bindings();
        prop_assert_eq!(bindings.len(), port.container.len());
        for binding in &bindings {
            prop_assert!((port.container.first..=port.container.last).contains(&binding.container_port));
            if let (Some(asked), Some(got)) = (port.host, binding.host) {
                prop_assert!(asked.first <= got.first && got.last <= asked.last);
                prop_assert!(got.len() == 1 || bindings.len() == 1);
            }
        }
    }

    #[test]
    fn a_reversed_or_unequal_range_is_never_taken(first in 2u16.., back in 1u16..100, len in 2u16..30, more in 1u16..30) {
        let last = first.saturating_sub(back).max(1);
        prop_assume!(last < first);
        let reversed = format!("{first}-{last}:80").parse::<PublishedPort>();
        let refused = matches!(reversed, Err(PortFault::Reversed { part: "host port", .. }));
        prop_assert!(refused);
        let unequal = format!("1000-{}:2000-{}", 999 + len, 1999 + len + more).parse::<PublishedPort>();
        let refused = matches!(unequal, Err(PortFault::Lengths { .. }));
        prop_assert!(refused);
    }
}
