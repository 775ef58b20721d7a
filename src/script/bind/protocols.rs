//! `http` and `tls`: services spoken to from inside a container.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::probe::{answer, pair};
use super::source::Start;
use super::{Entry, World};
use crate::model::probe::http::HttpSpec;
use crate::model::probe::tls::TlsSpec;
use crate::script::values;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "http",
        signature: "(from, url, options?)",
        doc: "Asks for a page from inside a container (or `\"host\"`), with names resolved as there and nothing needed in its \
              image. Returns a map with ok (status 200 to 399), status, headers (names in small letters), body (at most 1 MiB; \
              then truncated is true), url, redirects, address, tls, dns_ms, connect_ms, tls_ms, first_byte_ms, latency_ms, \
              message, hint and cause: name_unknown, dns_silent, refused, filtered, no_route, timed_out (connected, no \
              answer), protocol (it does not speak HTTP), tls, status. Options: method (\"GET\", \"HEAD\"), headers, timeout \
              (for the whole; 10s), follow (redirects, at most 5), insecure (any certificate), ca (PEM, or a file of it: \
              believed besides the authorities of this machine).",
        example: "docker.network.create(\"doc-http\");\n\
                  let web = docker.run(\"$image\", #{name: \"doc-http-web\", network: \"doc-http\", \
                  command: [\"httpd\", \"-f\", \"-p\", \"80\", \"-h\", \"/www\"]});\n\
                  let app = docker.run(\"$image\", #{name: \"doc-http-app\", network: \"doc-http\"});\n\
                  let told = http(app, `http://${web}/`);\nprint(told.message);\n\
                  app.remove();\nweb.remove();\ndocker.network.remove(\"doc-http\");",
    },
    Entry {
        owner: "",
        name: "tls",
        signature: "(from, service, options?)",
        doc: "Shakes hands with a service (`\"api:443\"`) from inside a container (or `\"host\"`). Returns a map with ok (agreed, \
              and the certificate is believed), version, cipher, alpn, certificates (the server's own first: subject, issuer, \
              names, not_before, not_after, sha256), valid, reason (expired, not_yet_valid, name_mismatch, self_signed, \
              unknown_issuer, revoked, bad_signature, wrong_purpose, unreadable, other), address, server_name, dns_ms, \
              connect_ms, tls_ms, latency_ms, message, hint and cause: tls, protocol (it does not speak TLS), and those of \
              `http`. Options: server_name, alpn (a list), ca (PEM, or a file of it), timeout (10s).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-tls\", command: [\"httpd\", \"-f\", \"-p\", \"443\"]});\n\
                  let told = tls(web, \"localhost:443\");\nprint(`${told.cause}: ${told.message}`);\nweb.remove();",
    },
];

type Answer = Result<Dynamic, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    pair(engine, world, "http", http);
    pair(engine, world, "tls", tls);
}

fn http(here: &Arc<World>, from: &Dynamic, url: &Dynamic, options: &Map) -> Answer {
    let start = Start::of(from, here)?;
    let url = values::name(url, "page")?;
    let spec: HttpSpec = values::options(options, "http")?;
    let prober = start.world.prober()?;
    let told = start.world.about(&start.subjects(), prober.http(&start.source, &url, &spec))?;
    answer(&told)
}

fn tls(here: &Arc<World>, from: &Dynamic, to: &Dynamic, options: &Map) -> Answer {
    let start = Start::of(from, here)?;
    let spec: TlsSpec = values::options(options, "tls")?;
    let to = values::name(to, "service")?;
    let prober = start.world.prober()?;
    let told = start.world.about(&start.subjects(), prober.tls(&start.source, &to, &spec))?;
    answer(&told)
}
