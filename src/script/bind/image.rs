//! `docker.image`: what is there, and how more gets there.

use std::path::Path;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, refuse_unknown};
use crate::engine::Pull;
use crate::model::text::Words;
use crate::script::values::{self, from_json};
use crate::view::Progress;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// `docker.image`
#[derive(Clone)]
pub(super) struct Images(pub(super) Arc<World>);

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker.image",
        name: "list",
        signature: "()",
        doc: "The images as maps with Docker's keys.",
        example: "for image in docker.image.list() { print(image.Id); }",
    },
    Entry {
        owner: "docker.image",
        name: "exists",
        signature: "(image)",
        doc: "Whether the engine has the image.",
        example: "print(docker.image.exists(\"no-such-image\"));",
    },
    Entry {
        owner: "docker.image",
        name: "import_tar",
        signature: "(file, name, options?)",
        doc: "Makes an image of one layer from a tar of a file system, and returns its id. Option: changes, a list of \
              Dockerfile instructions such as [\"CMD [\\\"/bin/sh\\\"]\"].",
        example: "",
    },
    Entry {
        owner: "docker.image",
        name: "pull",
        signature: "(image)",
        doc: "Pulls an image from its registry.",
        example: "",
    },
];

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ImportOptions {
    changes: Words,
}

impl Images {
    fn list(&mut self) -> Answer<Dynamic> {
        let engine = self.0.engine()?;
        let images = self.0.wait(engine.list_images())?;
        Ok(images.into_iter().map(from_json).collect::<Array>().into())
    }

    fn exists(&mut self, image: &str) -> Answer<bool> {
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.image_exists(image))?)
    }

    fn import_tar(&mut self, file: &str, name: &str, options: Map) -> Answer<String> {
        let options: ImportOptions = values::options(&options, "docker.image.import_tar")?;
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.import_tar(Path::new(file), name, &options.changes.0))?)
    }

    fn pull(&mut self, image: &str) -> Answer<()> {
        let engine = self.0.engine()?;
        let progress = Progress::new(&self.0.printer(), &format!("pulling {image}"));
        Ok(self.0.wait(engine.pull_image(image, &|pull| show(&progress, &pull)))?)
    }
}

/// How far a pull is: the layer that moved last.
pub(super) fn show(progress: &Progress, pull: &Pull) {
    progress.message(&format!("pulling {}: {} {}", pull.image, pull.layer.as_deref().unwrap_or_default(), pull.status));
    if let (Some(done), Some(total)) = (pull.current, pull.total) {
        progress.advance(done, total);
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Images>("docker.image");
    engine.register_fn("to_string", |_: &mut Images| "docker.image".to_owned());
    engine.register_fn("list", Images::list);
    engine.register_fn("exists", Images::exists);
    engine.register_fn("import_tar", Images::import_tar);
    engine.register_fn("import_tar", |api: &mut Images, file: &str, name: &str| api.import_tar(file, name, Map::new()));
    engine.register_fn("pull", Images::pull);
    refuse_unknown::<Images>(engine, "docker.image");
}
