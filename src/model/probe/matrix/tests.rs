use serde::Deserialize;
use serde_json::json;

use super::plan::{Member, plan};
use super::spec::{MatrixFault, MatrixSpec, Question};
use crate::model::probe::order::Inside;
use crate::model::probe::place::Transport;

fn questions(value: serde_json::Value) -> Result<Vec<String>, MatrixFault> {
    let spec = MatrixSpec::deserialize(value).unwrap();
    Ok(spec.questions()?.iter().map(Question::to_string).collect())
}

#[test]
fn ports_and_protocols_make_the_questions() {
    for (typed, asked) in [
        (json!({}), vec!["icmp"]),
        (json!({"port": 80}), vec!["tcp/80"]),
        (json!({"port": [80, "53/udp"]}), vec!["tcp/80", "udp/53"]),
        (json!({"port": 80, "proto": ["icmp", "tcp"]}), vec!["icmp", "tcp/80"]),
        (json!({"port": "53", "proto": "udp"}), vec!["udp/53"]),
        (json!({"port": "53/udp", "proto": "icmp"}), vec!["icmp", "udp/53"]),
        (json!({"port": [80, 80]}), vec!["tcp/80"]),
    ] {
        assert_eq!(questions(typed.clone()), Ok(asked.into_iter().map(str::to_owned).collect()), "{typed}");
    }
    assert_eq!(questions(json!({"proto": "tcp"})), Err(MatrixFault::NoPort(Transport::Tcp)));
    assert_eq!(questions(json!({"proto": "tcp", "port": "80/udp"})), Err(MatrixFault::NoPort(Transport::Tcp)));
    assert_eq!(questions(json!({"proto": "udp", "port": "80/tcp"})), Err(MatrixFault::NoPort(Transport::Udp)));
    assert_eq!(questions(json!({"proto": "icmp", "port": 80})), Err(MatrixFault::PortsUnused));
    for typed in [json!({"port": 0}), json!({"port": "80/sctp"}), json!({"proto": "sctp"}), json!({"prot": "tcp"})] {
        assert!(MatrixSpec::deserialize(typed.clone()).is_err(), "{typed}");
    }
}

fn member(name: &str, addresses: &[&str]) -> Member {
    Member {
        name: name.into(),
        inside: Some(Inside { id: name.into(), pid: 1, sandbox: String::new() }),
        status: "running".into(),
        addresses: addresses.iter().map(|address| ("net".to_owned(), address.parse().unwrap())).collect(),
    }
}

#[test]
fn every_ordered_pair_is_planned_once_for_each_address() {
    let members = [member("a", &["10.0.0.1"]), member("b", &["10.0.0.2", "10.0.1.2"]), member("c", &[])];
    let icmp = Question { transport: Transport::Icmp, port: None };
    let steps = plan(&members, &[icmp]);
    let mut pairs: Vec<(usize, usize, usize)> =
        steps.iter().map(|step| (step.from, step.to, usize::from(step.address.is_some()))).collect();
    pairs.sort_unstable();
    assert_eq!(pairs, [(0, 1, 1), (0, 1, 1), (1, 0, 1), (2, 0, 1), (2, 1, 1), (2, 1, 1)]);
    assert!(plan(&members[..1], &[icmp]).is_empty());
}
