//! `forward`: a local port that leads into a container.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, refuse_unknown};
use crate::config;
use crate::forward::{self, Forward};
use crate::model::forward::{ForwardSpec, Mapping, MappingSpec};
use crate::runtime;
use crate::script::fault::Fault;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "forward",
        signature: "(container, mapping)",
        doc: "Listens on this machine and relays each TCP connection to a port of the container, with nothing published. \
              Returns once it listens and the container has answered. `mapping` is \"8080:80\", \"127.0.0.1:8080:80\", \"80\", \
              \"0:80\" (any free port), a range \"8000-8002:80-82\", a list of these (returns a list of handles), or a map with \
              remote, local and bind. It closes with the script.",
        example: "let web = docker.run(\"$image\", #{name: \"doc-web\", command: [\"httpd\", \"-f\", \"-p\", \"80\"]});\n\
                  exec(web, \"until netstat -tln | grep -q :80; do sleep 0.1; done\");\n\
                  let f = forward(web, \"0:80\");\nprint(`${f} leads to ${web}`);\nf.close();\nweb.remove();",
    },
    Entry { owner: "Forward", name: "local_port", signature: "", doc: "The port it listens on.", example: "" },
    Entry {
        owner: "Forward",
        name: "address",
        signature: "",
        doc: "Where it listens: \"127.0.0.1:8080\".",
        example: "",
    },
    Entry {
        owner: "Forward",
        name: "stats",
        signature: "()",
        doc: "A map with active, connections, failed, and the bytes sent and received by connections that have ended.",
        example: "",
    },
    Entry {
        owner: "Forward",
        name: "close",
        signature: "()",
        doc: "Stops listening and ends every connection.",
        example: "",
    },
];

impl From<forward::Error> for Fault {
    fn from(error: forward::Error) -> Self {
        if let forward::Error::Engine(error) = error {
            return error.into();
        }
        let fault = Self::new(error.kind(), error.to_string());
        Self { hint: error.hint(), process_code: Some(error.exit_code()), ..fault }
    }
}

/// What was typed as mapping; `true` when it stands for several forwards.
fn mappings(value: &Dynamic) -> Result<(Vec<Mapping>, bool), Fault> {
    let parse = |text: &str| text.parse::<MappingSpec>().map_err(|fault| Fault::invalid(fault.to_string()));
    if let Some(list) = value.read_lock::<Array>() {
        let mut all = Vec::new();
        for entry in list.iter() {
            all.extend(parse(&entry.to_string())?.0);
        }
        return Ok((all, true));
    }
    if value.is_map() {
        let spec: ForwardSpec = config::read(&values::to_node(value)?)?;
        return Ok((vec![spec.into()], false));
    }
    let all = parse(&value.to_string())?.0;
    let several = all.len() > 1;
    Ok((all, several))
}

fn open(here: &Arc<World>, container: &Dynamic, mapping: &Dynamic) -> Answer<Dynamic> {
    let world = values::world_of(container, here);
    let (mappings, several) = mappings(mapping)?;
    let name = values::name(container, "container")?;
    let engine = world.engine()?;
    let mut opened = Vec::new();
    for mapping in mappings {
        let forward = runtime::wait(&world.cancel(), Forward::open(&engine, &name, mapping))
            .map_err(Fault::from)
            .and_then(|opened| opened.map_err(Fault::from));
        match forward {
            Ok(forward) => opened.push(forward),
            Err(fault) => {
                opened.iter().for_each(Forward::close);
                return Err(fault.into());
            }
        }
    }
    opened.iter().for_each(|forward| world.keep_forward(forward.clone()));
    let mut handles = opened.into_iter().map(Dynamic::from);
    if several { Ok(handles.collect::<Array>().into()) } else { Ok(handles.next().unwrap_or(Dynamic::UNIT)) }
}

fn stats(forward: &mut Forward) -> Map {
    let stats = forward.stats();
    let number = |value: u64| Dynamic::from_int(i64::try_from(value).unwrap_or(i64::MAX));
    Map::from([
        ("active".into(), number(stats.active)),
        ("connections".into(), number(stats.connections)),
        ("failed".into(), number(stats.failed)),
        ("sent".into(), number(stats.sent)),
        ("received".into(), number(stats.received)),
    ])
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let world = world.clone();
    engine.register_fn("forward", move |container: Dynamic, mapping: Dynamic| open(&world, &container, &mapping));
    engine.register_type_with_name::<Forward>("Forward");
    engine.register_fn("to_string", |forward: &mut Forward| forward.local().to_string());
    engine.register_get("local_port", |forward: &mut Forward| i64::from(forward.local().port()));
    engine.register_get("address", |forward: &mut Forward| forward.local().to_string());
    engine.register_fn("stats", stats);
    engine.register_fn("close", |forward: &mut Forward| forward.close());
    refuse_unknown::<Forward>(engine, "Forward");
}
