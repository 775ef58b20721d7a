//! What is heard of names: messages of name servers, resolver files, addresses of pages. Nothing of it is trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xnet::model::probe::dns;
use xnet::model::probe::http::Url;
use xnet::model::probe::names::{RecordType, ServerAddress};
use xnet::model::probe::resolver::{HostsSearch, Resolver};

fuzz_target!(|bytes: &[u8]| {
    for kind in [RecordType::A, RecordType::Ptr, RecordType::Txt] {
        let id = u16::from_be_bytes([bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0)]);
        if let Ok(Some(dns::Reply::Known(records))) = dns::reply(bytes, id, "a", kind) {
            assert!(records.len() < 65_536);
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = Resolver::parse(text);
    let name = text.lines().next().unwrap_or_default();
    let first = read.candidates(name);
    assert!(!first.is_empty() && !read.servers().is_empty());
    for address in HostsSearch::of_name(name).through(text).addresses {
        assert!(!HostsSearch::of_address(address).through(text).names.is_empty());
    }
    if let Ok(message) = dns::query(7, name, RecordType::A) {
        assert_eq!(dns::reply(&message, 7, name, RecordType::A), Ok(None));
    }
    let _ = text.parse::<ServerAddress>();
    if let Ok(url) = name.parse::<Url>() {
        assert_eq!(url.to_string().parse::<Url>().as_ref(), Ok(&url));
        let _ = url.join(text);
    }
});
