//! Files into a container and out of it.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::container::ContainerHandle;
use super::docker::Docker;
use super::{Entry, World};
use crate::model::copy::{CopyFromSpec, CopyToSpec, WriteSpec};
use crate::script::values;
use crate::view::Progress;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "copy_to",
        signature: "(container, source, target, options?)",
        doc: "Copies a file or folder of this machine into a container, running or stopped, as `docker cp` does: where `target` \
              is a folder, the copy goes into it under its own name, or, when `source` ends in \"/.\", what is in the source \
              goes into it; otherwise `target` is what the copy is called, and its folder must be there. Modes and the links \
              in a folder are kept. One that is broken off may leave a part of it there. Option: owner, by number, \"1000:1000\" (root unless said).",
        example: "let c = docker.run(\"$image\", #{name: \"doc-copy-to\", command: [\"sleep\", \"60\"]});\n\
                  docker.copy_to(c, \"/etc/hostname\", \"/tmp/name\");\n\
                  print(exec(c, \"cat /tmp/name\").lines.len());\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "copy_from",
        signature: "(container, source, target, options?)",
        doc: "Copies a file or folder out of a container, named as by copy_to. A folder that is there is added to. Nothing is in \
              its place before all of it was received and found safe: a name or link that leads out of the copy is refused. \
              Permissions are kept, set-user-id is not; the files belong to whoever runs xnet. Option: outside_links (keep \
              links that lead outside, as they are).",
        example: "let c = docker.run(\"$image\", #{name: \"doc-copy-from\", command: [\"sleep\", \"60\"]});\n\
                  let folder = sh(\"mktemp -d\", #{stream: false}).lines[0];\n\
                  docker.copy_from(c, \"/etc/passwd\", folder);\n\
                  print(sh([\"ls\", folder], #{stream: false}).lines);\n\
                  sh([\"rm\", \"-r\", folder]);\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "write_file",
        signature: "(container, path, text, options?)",
        doc: "Writes text to a file in a container, running or stopped; one that is there is replaced. Options: mode (octal, \
              \"0644\"), owner (by number, \"1000:1000\"; root unless said).",
        example: "let c = docker.run(\"$image\", #{name: \"doc-write\", command: [\"sleep\", \"60\"]});\n\
                  docker.write_file(c, \"/etc/app.conf\", \"port = 80\\n\", #{mode: \"0600\"});\n\
                  print(docker.read_file(c, \"/etc/app.conf\"));\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "read_file",
        signature: "(container, path)",
        doc: "The text of a file in a container, running or stopped.",
        example: "",
    },
    Entry {
        owner: "Container",
        name: "copy_to",
        signature: "(source, target, options?)",
        doc: "As docker.copy_to.",
        example: "",
    },
    Entry {
        owner: "Container",
        name: "copy_from",
        signature: "(source, target, options?)",
        doc: "As docker.copy_from.",
        example: "",
    },
    Entry {
        owner: "Container",
        name: "write_file",
        signature: "(path, text, options?)",
        doc: "As docker.write_file.",
        example: "",
    },
    Entry { owner: "Container", name: "read_file", signature: "(path)", doc: "As docker.read_file.", example: "" },
];

fn copy_to(world: &World, container: &Dynamic, source: &str, target: &str, options: &Map) -> Answer<()> {
    let spec: CopyToSpec = values::options(options, "docker.copy_to")?;
    let container = values::subject(container, "container")?;
    let engine = world.engine()?;
    let progress = Progress::new(&world.printer(), &format!("copying {source}"));
    let told = |bytes| progress.bytes(bytes, None);
    let work = engine.copy_to(&container.id, source, target, &spec, &told);
    let left_out = world.about(&[&container], work)?;
    drop(progress);
    super::left_out(world, &left_out);
    Ok(())
}

fn copy_from(world: &World, container: &Dynamic, source: &str, target: &str, options: &Map) -> Answer<()> {
    let spec: CopyFromSpec = values::options(options, "docker.copy_from")?;
    let container = values::subject(container, "container")?;
    let engine = world.engine()?;
    let progress = Progress::new(&world.printer(), &format!("copying {source} of {}", container.name));
    let told = |bytes| progress.bytes(bytes, None);
    let work = engine.copy_from(&container.id, source, target, &spec, &told);
    let left_out = world.about(&[&container], work)?;
    drop(progress);
    super::left_out(world, &left_out);
    Ok(())
}

fn write_file(world: &World, container: &Dynamic, path: &str, text: &str, options: &Map) -> Answer<()> {
    let spec: WriteSpec = values::options(options, "docker.write_file")?;
    let container = values::subject(container, "container")?;
    let engine = world.engine()?;
    Ok(world.about(&[&container], engine.write_file(&container.id, path, text, &spec))?)
}

fn read_file(world: &World, container: &Dynamic, path: &str) -> Answer<String> {
    let container = values::subject(container, "container")?;
    let engine = world.engine()?;
    Ok(world.about(&[&container], engine.read_file(&container.id, path))?)
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    type Handle = ContainerHandle;
    type Call = fn(&World, &Dynamic, &str, &str, &Map) -> Answer<()>;
    let calls: [(&str, Call); 3] = [("copy_to", copy_to), ("copy_from", copy_from), ("write_file", write_file)];
    for (name, call) in calls {
        engine.register_fn(name, move |docker: &mut Docker, c: Dynamic, one: &str, two: &str, options: Map| {
            call(&docker.0, &c, one, two, &options)
        });
        engine.register_fn(name, move |docker: &mut Docker, c: Dynamic, one: &str, two: &str| {
            call(&docker.0, &c, one, two, &Map::new())
        });
        engine.register_fn(name, move |c: &mut Handle, one: &str, two: &str, options: Map| {
            call(c.world(), &Dynamic::from(c.clone()), one, two, &options)
        });
        engine.register_fn(name, move |c: &mut Handle, one: &str, two: &str| {
            call(c.world(), &Dynamic::from(c.clone()), one, two, &Map::new())
        });
    }
    engine.register_fn("read_file", |docker: &mut Docker, c: Dynamic, path: &str| read_file(&docker.0, &c, path));
    engine.register_fn("read_file", |c: &mut Handle, path: &str| read_file(c.world(), &Dynamic::from(c.clone()), path));
}
