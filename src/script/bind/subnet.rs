//! `cidr`: subnets as values.

use std::net::IpAddr;

use ipnet::IpNet;
use rhai::{Array, Dynamic, Engine, EvalAltResult, Module};

use super::{Entry, World, refuse_unknown};
use crate::model::subnet;
use crate::script::fault::Fault;
use std::sync::Arc;

/// A subnet as scripts hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet(pub IpNet);

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How many addresses or subnets one call may list.
const LISTED: usize = 65_536;

const EXAMPLE: &str = "let net = cidr(\"172.20.0.0/16\");\nprint(net.contains(\"172.20.0.5\"));\n\
                       print(net.split(24)[1]);\nprint(net.overlaps(\"172.20.9.0/24\"));\nprint(net.next());";

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "cidr",
        signature: "(text)",
        doc: "A subnet, such as cidr(\"172.20.0.0/16\"). Host bits are refused. It can stand wherever a subnet is typed.",
        example: EXAMPLE,
    },
    Entry {
        owner: "Subnet",
        name: "contains",
        signature: "(address)",
        doc: "Whether an address or a whole subnet lies inside.",
        example: "",
    },
    Entry {
        owner: "Subnet",
        name: "overlaps",
        signature: "(subnet)",
        doc: "Whether the two share an address.",
        example: "",
    },
    Entry {
        owner: "Subnet",
        name: "hosts",
        signature: "",
        doc: "The addresses that hosts can have, as strings; at most 65536.",
        example: "print(cidr(\"10.0.0.0/30\").hosts);",
    },
    Entry {
        owner: "Subnet",
        name: "host",
        signature: "(n)",
        doc: "The n-th address that a host can have, from 1.",
        example: "",
    },
    Entry {
        owner: "Subnet",
        name: "split",
        signature: "(prefix)",
        doc: "The subnets of a longer prefix; at most 65536.",
        example: "",
    },
    Entry {
        owner: "Subnet",
        name: "next",
        signature: "()",
        doc: "The following subnet of the same size.",
        example: "",
    },
    Entry { owner: "Subnet", name: "prefix", signature: "", doc: "The prefix length, such as 16.", example: "" },
    Entry { owner: "Subnet", name: "network", signature: "", doc: "The first address.", example: "" },
    Entry { owner: "Subnet", name: "broadcast", signature: "", doc: "The last address.", example: "" },
    Entry { owner: "Subnet", name: "netmask", signature: "", doc: "The mask, such as 255.255.0.0.", example: "" },
];

type Answer<T> = Result<T, Box<EvalAltResult>>;

fn parse(text: &str) -> Result<IpNet, Fault> {
    let net: IpNet = text.parse().map_err(|_| {
        Fault::invalid(format!("\"{text}\" is not a subnet"))
            .hint("write an address and a prefix, such as \"172.20.0.0/16\"")
    })?;
    if net != net.trunc() {
        return Err(Fault::invalid(format!("{net} has host bits set")).hint(format!("write {}", net.trunc())));
    }
    Ok(net)
}

/// A subnet or its text.
fn subnet(value: &Dynamic) -> Result<IpNet, Fault> {
    match value.read_lock::<Subnet>() {
        Some(subnet) => Ok(subnet.0),
        None => parse(&value.to_string()),
    }
}

fn contains(net: &mut Subnet, other: Dynamic) -> Answer<bool> {
    if let Some(whole) = other.read_lock::<Subnet>() {
        return Ok(net.0.contains(&whole.0));
    }
    let text = other.to_string();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(net.0.contains(&address));
    }
    if text.contains('/') {
        return Ok(net.0.contains(&subnet(&other)?));
    }
    Err(Fault::invalid(format!("\"{text}\" is neither an address nor a subnet")).into())
}

fn hosts(net: &mut Subnet) -> Answer<Array> {
    let bits = u32::from(net.0.max_prefix_len() - net.0.prefix_len());
    if bits >= usize::BITS || (1usize << bits) > LISTED {
        let fault = Fault::invalid(format!("{} has more than {LISTED} addresses", net.0));
        return Err(fault.hint("split it first, or take single ones with .host(n)").into());
    }
    Ok(net.0.hosts().map(|address| Dynamic::from(address.to_string())).collect())
}

fn host(net: &mut Subnet, n: i64) -> Answer<String> {
    let nth = usize::try_from(n).ok().filter(|n| *n > 0);
    let found = nth.and_then(|n| match net.0 {
        IpNet::V4(net) => net.hosts().nth(n - 1).map(IpAddr::V4),
        IpNet::V6(net) => net.hosts().nth(n - 1).map(IpAddr::V6),
    });
    Ok(found.ok_or_else(|| Fault::invalid(format!("{} has no host {n}", net.0)))?.to_string())
}

fn split(net: &mut Subnet, prefix: i64) -> Answer<Array> {
    let prefix = u8::try_from(prefix).map_err(|_| Fault::invalid(format!("/{prefix} is not a prefix")))?;
    let parts = subnet::split(net.0, prefix, LISTED).map_err(|fault| Fault::invalid(fault.to_string()))?;
    Ok(parts.into_iter().map(|net| Dynamic::from(Subnet(net))).collect())
}

fn next(net: &mut Subnet) -> Answer<Subnet> {
    let following = subnet::next(net.0).ok_or_else(|| Fault::invalid(format!("{} is the last of its size", net.0)))?;
    Ok(Subnet(following))
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Subnet>("Subnet");
    engine.register_fn("cidr", |text: Dynamic| -> Answer<Subnet> { Ok(Subnet(subnet(&text)?)) });
    engine.register_fn("to_string", |net: &mut Subnet| net.to_string());
    engine.register_fn("to_debug", |net: &mut Subnet| net.to_string());
    engine.register_fn("==", |a: Subnet, b: Subnet| a == b);
    engine.register_fn("!=", |a: Subnet, b: Subnet| a != b);
    engine.register_fn("contains", contains);
    engine.register_fn("overlaps", |net: &mut Subnet, other: Dynamic| -> Answer<bool> {
        Ok(subnet::overlap(net.0, subnet(&other)?))
    });
    engine.register_get("hosts", hosts);
    engine.register_fn("hosts", hosts);
    engine.register_fn("host", host);
    engine.register_fn("split", split);
    engine.register_fn("next", next);
    engine.register_get("prefix", |net: &mut Subnet| i64::from(net.0.prefix_len()));
    engine.register_get("network", |net: &mut Subnet| net.0.network().to_string());
    engine.register_get("broadcast", |net: &mut Subnet| net.0.broadcast().to_string());
    engine.register_get("netmask", |net: &mut Subnet| net.0.netmask().to_string());
    refuse_unknown::<Subnet>(engine, "Subnet");
}
