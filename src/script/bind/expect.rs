//! Tests of networks: what must be reached, what must not, and what names must mean.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::source::Start;
use super::{Entry, World};
use crate::model::probe::expect::{CauseSpec, Expectation};
use crate::model::probe::names::ResolveSpec;
use crate::model::probe::place::Destination;
use crate::model::probe::reach::ReachSpec;
use crate::script::fault::Fault;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "assert_reach",
        signature: "(from, to, options?)",
        doc: "Throws an error of kind \"assertion\", with the verdict and its cause, unless the destination answers; from, to and \
              options are those of `reach`.",
        example: "docker.network.create(\"doc-assert\");\n\
                  let db = docker.run(\"$image\", #{name: \"doc-assert-db\", network: \"doc-assert\", wait: \"port:80\",\n\
                  \x20   command: [\"httpd\", \"-f\", \"-p\", \"80\"]});\n\
                  let web = docker.run(\"$image\", #{name: \"doc-assert-web\", network: \"doc-assert\"});\n\
                  assert_reach(web, \"doc-assert-db:80\");\n\
                  web.remove();\ndb.remove();\ndocker.network.remove(\"doc-assert\");",
    },
    Entry {
        owner: "",
        name: "assert_no_reach",
        signature: "(from, to, options?)",
        doc: "Throws an error of kind \"assertion\" unless the network keeps the source from the destination. That it does is shown by \
              the causes filtered and no_route at every address, and by name_unknown when the name is that of a container whose addresses are kept \
              from it too. Refused is not: the packets went there and back, and something that listens would be reached. Nor is \
              what tells nothing: a name that no container has, a destination that does not run or has no address, silence over UDP, a name server \
              that does not answer. A source that is not there or does not run is an error of its own. Options are those of \
              `reach`, and `cause`: the one cause that counts (\"filtered\", \"no_route\", \"refused\", \"name_unknown\", \
              \"timed_out\"), whatever it shows.",
        example: "docker.network.create(\"doc-front\");\ndocker.network.create(\"doc-back\");\n\
                  let web = docker.run(\"$image\", #{name: \"doc-apart-web\", network: \"doc-front\"});\n\
                  let db = docker.run(\"$image\", #{name: \"doc-apart-db\", network: \"doc-back\", wait: \"port:80\",\n\
                  \x20   command: [\"httpd\", \"-f\", \"-p\", \"80\"]});\n\
                  assert_no_reach(web, \"doc-apart-db:80\", #{timeout: \"1s\"});\n\
                  web.remove();\ndb.remove();\ndocker.network.remove(\"doc-front\");\ndocker.network.remove(\"doc-back\");",
    },
    Entry {
        owner: "",
        name: "assert_resolves",
        signature: "(from, name, options?)",
        doc: "Throws an error of kind \"assertion\" unless the name means something there. Options are those of `resolve`.",
        example: "docker.network.create(\"doc-known\");\n\
                  let web = docker.run(\"$image\", #{name: \"doc-known-web\", network: \"doc-known\", network_alias: \"www\"});\n\
                  assert_resolves(web, \"www\");\nweb.remove();\ndocker.network.remove(\"doc-known\");",
    },
];

fn reach(here: &Arc<World>, from: &Dynamic, to: &Dynamic, options: &Map) -> Answer<()> {
    let spec: ReachSpec = values::options(options, "assert_reach")?;
    expect(here, from, to, &spec, Expectation::Reach)
}

fn no_reach(here: &Arc<World>, from: &Dynamic, to: &Dynamic, options: &Map) -> Answer<()> {
    let mut options = options.clone();
    let cause = options.remove("cause").map(|cause| Map::from([("cause".into(), cause)])).unwrap_or_default();
    let CauseSpec { cause } = values::options(&cause, "assert_no_reach")?;
    let spec: ReachSpec = values::options(&options, "assert_no_reach")?;
    expect(here, from, to, &spec, cause.map_or(Expectation::NoReach, Expectation::from))
}

fn expect(here: &Arc<World>, from: &Dynamic, to: &Dynamic, spec: &ReachSpec, expected: Expectation) -> Answer<()> {
    let start = Start::of(from, here)?;
    let to = values::name(to, "destination")?;
    let to: Destination = to.parse().map_err(|fault| Fault::from(crate::probe::Error::Destination(fault)))?;
    let prober = start.world.prober()?;
    let unmet = start.world.about(&start.subjects(), prober.expect(&start.source, &to, spec, expected))?;
    match unmet {
        None => Ok(()),
        Some(unmet) => {
            let fault = Fault { hint: unmet.hint, ..Fault::new("assertion", unmet.message) };
            Err(start.subjects().iter().fold(fault, |fault, subject| subject.told(fault)).into())
        }
    }
}

fn resolves(here: &Arc<World>, from: &Dynamic, name: &Dynamic, options: &Map) -> Answer<()> {
    let start = Start::of(from, here)?;
    let spec: ResolveSpec = values::options(options, "assert_resolves")?;
    let name = values::name(name, "container")?;
    let prober = start.world.prober()?;
    let told = start.world.about(&start.subjects(), prober.resolve(&start.source, &name, &spec))?;
    if told.ok {
        return Ok(());
    }
    let message = format!("\"{name}\" should mean something there: {}", told.message);
    Err(Fault { hint: told.hint, ..Fault::new("assertion", message) }.into())
}

type Check = fn(&Arc<World>, &Dynamic, &Dynamic, &Map) -> Answer<()>;

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let all: [(&str, Check); 3] =
        [("assert_reach", reach), ("assert_no_reach", no_reach), ("assert_resolves", resolves)];
    for (name, check) in all {
        let own = world.clone();
        engine.register_fn(name, move |from: Dynamic, to: Dynamic, options: Map| check(&own, &from, &to, &options));
        let own = world.clone();
        engine.register_fn(name, move |from: Dynamic, to: Dynamic| check(&own, &from, &to, &Map::new()));
    }
}
