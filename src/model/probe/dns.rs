//! DNS messages (RFC 1035): a question in bytes, and what the bytes of an answer say.

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Label, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

use super::names::{Record, RecordType};

/// What a server says of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It knows the name. There may be no record of the kind that was asked for.
    Known(Vec<Record>),
    /// NXDOMAIN.
    Unknown,
    /// It could not, or would not say: `SERVFAIL`, `REFUSED`, ….
    Failed(String),
    /// There is more than fits into a datagram: ask over TCP.
    Cut,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("\"{name}\" cannot be asked for: {words}")]
    Name { name: String, words: &'static str },
    #[error("its answer is no DNS message: {words}")]
    Message { words: String },
}

/// Bytes of a name as it is sent, with a length before each label and the root at its end (RFC 1035, 2.3.4).
const LONGEST: usize = 255;
/// Aliases that are followed within one answer.
const ALIASES: usize = 16;

/// The message that asks for records of a kind.
pub fn query(id: u16, name: &str, kind: RecordType) -> Result<Vec<u8>, Fault> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let question = Question::new(encoded(name)?, QTYPE::TYPE(wire(kind)), QCLASS::CLASS(CLASS::IN), false);
    packet.questions.push(question);
    packet.build_bytes_vec().map_err(|_| Fault::Name { name: name.to_owned(), words: "it does not fit into a message" })
}

/// Names may hold what host names may not: containers are called `my_app_1`.
fn encoded(name: &str) -> Result<Name<'_>, Fault> {
    let fault = |words| Fault::Name { name: name.to_owned(), words };
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.is_empty() {
        return if name == "." { Ok(Name::new_with_labels(&[])) } else { Err(fault("it is empty")) };
    }
    if bare.len() + 2 > LONGEST {
        return Err(fault("a name has at most 253 characters"));
    }
    let label = |label: &str| match label.len() {
        0 => Err(fault("it has two dots side by side, or begins with one")),
        64.. => Err(fault("a part between dots has at most 63 characters")),
        _ if !label.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') => {
            Err(fault("it holds what no name in DNS holds; names in other scripts are written as `xn--…`"))
        }
        _ => Ok(Label::new_unchecked(label.as_bytes().to_vec())),
    };
    let labels = bare.split('.').map(label).collect::<Result<Vec<_>, _>>()?;
    Ok(Name::new_with_labels(&labels))
}

/// Reads an answer to the question; `None` for a message that answers another one.
pub fn reply(bytes: &[u8], id: u16, name: &str, kind: RecordType) -> Result<Option<Reply>, Fault> {
    let packet = Packet::parse(bytes).map_err(|error| Fault::Message { words: error.to_string() })?;
    let asked =
        |question: &Question| same(&question.qname.to_string(), name) && question.qtype == QTYPE::TYPE(wire(kind));
    // A server that failed early may leave the question out.
    let ours = packet.questions.is_empty() || packet.questions.iter().any(asked);
    if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !ours {
        return Ok(None);
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(Some(Reply::Cut));
    }
    Ok(Some(match packet.rcode() {
        RCODE::NoError => Reply::Known(chain(&packet, name, kind)),
        RCODE::NameError => Reply::Unknown,
        code => Reply::Failed(code_name(code)),
    }))
}

/// The records that answer: aliases from the name on, and what stands at their end. Others are not ours to believe.
fn chain(packet: &Packet, name: &str, kind: RecordType) -> Vec<Record> {
    let all: Vec<Record> = packet.answers.iter().filter_map(record).collect();
    let mut found: Vec<Record> = Vec::new();
    let mut at = name.trim_end_matches('.').to_owned();
    for _ in 0..ALIASES {
        found.extend(all.iter().filter(|record| record.kind == kind && same(&record.name, &at)).cloned());
        let alias = all.iter().find(|record| record.kind == RecordType::Cname && same(&record.name, &at));
        match alias {
            Some(alias) if kind != RecordType::Cname && !found.contains(alias) => {
                found.push(alias.clone());
                at.clone_from(&alias.value);
            }
            _ => break,
        }
    }
    found
}

fn record(record: &simple_dns::ResourceRecord) -> Option<Record> {
    let (kind, value) = match &record.rdata {
        RData::A(a) => (RecordType::A, std::net::Ipv4Addr::from(a.address).to_string()),
        RData::AAAA(a) => (RecordType::Aaaa, std::net::Ipv6Addr::from(a.address).to_string()),
        RData::CNAME(name) => (RecordType::Cname, name.0.to_string()),
        RData::PTR(name) => (RecordType::Ptr, name.0.to_string()),
        RData::NS(name) => (RecordType::Ns, name.0.to_string()),
        RData::MX(mx) => (RecordType::Mx, format!("{} {}", mx.preference, mx.exchange)),
        RData::SRV(srv) => (RecordType::Srv, format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target)),
        RData::TXT(txt) => (RecordType::Txt, String::try_from(txt.clone()).ok()?),
        RData::SOA(soa) => (RecordType::Soa, format!("{} {} {}", soa.mname, soa.rname, soa.serial)),
        _ => return None,
    };
    Some(Record { name: record.name.to_string(), kind, ttl: record.ttl, value })
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

fn wire(kind: RecordType) -> TYPE {
    match kind {
        RecordType::A => TYPE::A,
        RecordType::Aaaa => TYPE::AAAA,
        RecordType::Cname => TYPE::CNAME,
        RecordType::Mx => TYPE::MX,
        RecordType::Ns => TYPE::NS,
        RecordType::Ptr => TYPE::PTR,
        RecordType::Soa => TYPE::SOA,
        RecordType::Srv => TYPE::SRV,
        RecordType::Txt => TYPE::TXT,
    }
}

/// As everyone calls them (RFC 1035, 4.1.1).
fn code_name(code: RCODE) -> String {
    match code {
        RCODE::ServerFailure => "SERVFAIL".into(),
        RCODE::FormatError => "FORMERR".into(),
        RCODE::NotImplemented => "NOTIMP".into(),
        RCODE::Refused => "REFUSED".into(),
        other => format!("{other:?}").to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, CNAME, MX, SRV, TXT};

    fn answer<'a>(id: u16, name: &'a str, kind: RecordType, records: Vec<(&'a str, RData<'a>)>) -> Packet<'a> {
        let mut packet = Packet::new_reply(id);
        let question = Question::new(encoded(name).unwrap(), QTYPE::TYPE(wire(kind)), QCLASS::CLASS(CLASS::IN), false);
        packet.questions.push(question);
        for (name, data) in records {
            packet.answers.push(ResourceRecord::new(encoded(name).unwrap(), CLASS::IN, 600, data));
        }
        packet
    }

    fn values(packet: &Packet, name: &str, kind: RecordType) -> Vec<String> {
        let bytes = packet.build_bytes_vec_compressed().unwrap();
        match reply(&bytes, 7, name, kind).unwrap() {
            Some(Reply::Known(records)) => records.into_iter().map(|record| record.value).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_question_says_what_is_asked() {
        let bytes = query(7, "my_app_1.", RecordType::Aaaa).unwrap();
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.id(), packet.questions[0].qname.to_string().as_str()), (7, "my_app_1"));
        assert!(packet.has_flags(PacketFlag::RECURSION_DESIRED) && !packet.has_flags(PacketFlag::RESPONSE));
    }

    #[test]
    fn a_name_that_cannot_be_asked_for_says_why() {
        let long = "a.".repeat(128);
        let label = "a".repeat(64);
        for (name, words) in [
            ("", "empty"),
            ("a..b", "two dots"),
            (".a", "two dots"),
            (&long, "253"),
            (&label, "63"),
            ("bücher", "xn--"),
        ] {
            let fault = query(1, name, RecordType::A).unwrap_err().to_string();
            assert!(fault.contains(words), "{fault}");
        }
    }

    #[test]
    fn aliases_are_followed_and_strangers_left_out() {
        let address = |last| RData::A(A { address: u32::from(std::net::Ipv4Addr::new(10, 0, 0, last)) });
        let records = vec![
            ("www.example", RData::CNAME(CNAME(encoded("Web.example").unwrap()))),
            ("web.example", address(1)),
            ("web.example", address(2)),
            ("other.example", address(9)),
        ];
        let packet = answer(7, "www.example", RecordType::A, records);
        assert_eq!(values(&packet, "WWW.example", RecordType::A), ["Web.example", "10.0.0.1", "10.0.0.2"]);
    }

    #[test]
    fn aliases_in_a_circle_end() {
        let alias = |to| RData::CNAME(CNAME(encoded(to).unwrap()));
        let packet = answer(7, "a", RecordType::A, vec![("a", alias("b")), ("b", alias("a"))]);
        assert_eq!(values(&packet, "a", RecordType::A), ["b", "a"]);
    }

    #[test]
    fn other_kinds_read_as_in_a_zone_file() {
        let mx = RData::MX(MX { preference: 10, exchange: encoded("mail.a").unwrap() });
        assert_eq!(values(&answer(7, "a", RecordType::Mx, vec![("a", mx)]), "a", RecordType::Mx), ["10 mail.a"]);
        let srv = RData::SRV(SRV { priority: 1, weight: 2, port: 80, target: encoded("web.a").unwrap() });
        assert_eq!(values(&answer(7, "a", RecordType::Srv, vec![("a", srv)]), "a", RecordType::Srv), ["1 2 80 web.a"]);
        let txt = RData::TXT(TXT::new().with_string("v=1").unwrap().with_string(" x").unwrap());
        assert_eq!(values(&answer(7, "a", RecordType::Txt, vec![("a", txt)]), "a", RecordType::Txt), ["v=1 x"]);
    }

    #[test]
    fn the_code_of_an_answer_and_its_cut_are_read() {
        let mut packet = answer(7, "a", RecordType::A, vec![]);
        let read = |packet: &Packet| reply(&packet.build_bytes_vec().unwrap(), 7, "a", RecordType::A).unwrap();
        assert_eq!(read(&packet), Some(Reply::Known(vec![])));
        *packet.rcode_mut() = RCODE::NameError;
        assert_eq!(read(&packet), Some(Reply::Unknown));
        *packet.rcode_mut() = RCODE::ServerFailure;
        assert_eq!(read(&packet), Some(Reply::Failed("SERVFAIL".into())));
        packet.set_flags(PacketFlag::TRUNCATION);
        assert_eq!(read(&packet), Some(Reply::Cut));
    }

    #[test]
    fn an_answer_to_another_question_is_none() {
        let bytes = answer(7, "a", RecordType::A, vec![]).build_bytes_vec().unwrap();
        for (id, name, kind) in [(8, "a", RecordType::A), (7, "b", RecordType::A), (7, "a", RecordType::Aaaa)] {
            assert_eq!(reply(&bytes, id, name, kind), Ok(None));
        }
        let question = query(7, "a", RecordType::A).unwrap();
        assert_eq!(reply(&question, 7, "a", RecordType::A), Ok(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = reply(&bytes, 7, "a", RecordType::A);
        }

        #[test]
        fn any_name_is_asked_for_or_refused(name in ".{0,300}") {
            if let Ok(bytes) = query(7, &name, RecordType::A) {
                prop_assert!(Packet::parse(&bytes).is_ok());
            }
        }
    }
}
