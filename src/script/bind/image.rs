//! `docker.image`: what is there, how more gets there, and how it goes again.

use std::path::Path;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, refuse_unknown};
use crate::engine::{BuildOutput, Pull};
use crate::model::image::{BuildSpec, ImageListSpec, ImageRemoveSpec, ImportSpec, PullSpec};
use crate::model::text::Words;
use crate::script::fault::Fault;
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
        signature: "(options?)",
        doc: "The images as maps with Docker's keys. Options: all (those between the steps of a build, too), filters \
              (reference, label, dangling, before, since).",
        example: "for image in docker.image.list(#{filters: #{reference: \"$image\"}}) { print(image.RepoTags); }",
    },
    Entry {
        owner: "docker.image",
        name: "inspect",
        signature: "(image)",
        doc: "All that the engine knows of an image.",
        example: "print(docker.image.inspect(\"$image\").Os);",
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
        name: "tag",
        signature: "(image, name)",
        doc: "Gives an image a further name, NAME[:TAG].",
        example: "docker.image.tag(\"$image\", \"doc-tag:1\");\nprint(docker.image.remove(\"doc-tag:1\"));",
    },
    Entry {
        owner: "docker.image",
        name: "remove",
        signature: "(image, options?)",
        doc: "Removes an image or one of its names, and returns what went: maps with `Untagged` or `Deleted`. Options: force \
              (also when stopped containers were made from it), no_prune (keep what it was built on).",
        example: "",
    },
    Entry {
        owner: "docker.image",
        name: "pull",
        signature: "(image, options?)",
        doc: "Pulls an image from its registry, with what `docker login` keeps, in Docker's config.json or by a credential \
              helper. Option: platform, such as \"linux/arm64\".",
        example: "",
    },
    Entry {
        owner: "docker.image",
        name: "build",
        signature: "(folder, options?)",
        doc: "Builds an image from a folder with a Dockerfile, by the engine's own builder, and returns its id. What the steps \
              print goes to stderr as it comes. `.dockerignore` is heeded. Options: tag (one or a list), dockerfile (path in \
              the folder), args, labels, target, no_cache, pull, network, platform, quiet. A failing step throws, kind \
              \"build\", with the step, its last lines and `exit_code`. The base images are pulled with what config.json \
              itself keeps, not by credential helpers.",
        example: "let folder = sh(\"mktemp -d\", #{stream: false}).lines[0];\n\
                  sh([\"sh\", \"-c\", \"printf 'FROM $image\\nLABEL a=b' > $0/Dockerfile\", folder]);\n\
                  let id = docker.image.build(folder, #{tag: \"doc-build:1\", quiet: true});\n\
                  print(id == docker.image.inspect(\"doc-build:1\").Id);\n\
                  docker.image.remove(id);\nsh([\"rm\", \"-r\", folder]);",
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
        name: "save",
        signature: "(images, file)",
        doc: "Writes an image, or a list of them, with all layers and names to a tar. The file is in its place once it is whole.",
        example: "let file = sh(\"mktemp\", #{stream: false}).lines[0];\n\
                  docker.image.save(\"$image\", file);\nprint(docker.image.load(file));\nsh([\"rm\", file]);",
    },
    Entry {
        owner: "docker.image",
        name: "load",
        signature: "(file)",
        doc: "Loads the images of such a tar, and returns their names, or ids where they have none.",
        example: "",
    },
];

impl Images {
    fn list(&mut self, options: Map) -> Answer<Dynamic> {
        let spec: ImageListSpec = values::options(&options, "docker.image.list")?;
        let engine = self.0.engine()?;
        Ok(maps(self.0.wait(engine.list_images_as(&spec))?))
    }

    fn inspect(&mut self, image: Dynamic) -> Answer<Dynamic> {
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.inspect_image(&named(&image)?))?))
    }

    fn exists(&mut self, image: Dynamic) -> Answer<bool> {
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.image_exists(&named(&image)?))?)
    }

    fn tag(&mut self, image: Dynamic, name: &str) -> Answer<()> {
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.tag_image(&named(&image)?, name))?)
    }

    fn remove(&mut self, image: Dynamic, options: Map) -> Answer<Dynamic> {
        let spec: ImageRemoveSpec = values::options(&options, "docker.image.remove")?;
        let engine = self.0.engine()?;
        Ok(maps(self.0.wait(engine.remove_image(&named(&image)?, spec))?))
    }

    fn pull(&mut self, image: &str, options: Map) -> Answer<()> {
        let spec: PullSpec = values::options(&options, "docker.image.pull")?;
        let engine = self.0.engine()?;
        let progress = Progress::new(&self.0.printer(), &format!("pulling {image}"));
        Ok(self.0.wait(engine.pull_image_as(image, &spec, &|pull| show(&progress, &pull)))?)
    }

    fn build(&mut self, folder: &str, options: Map) -> Answer<String> {
        let spec: BuildSpec = values::options(&options, "docker.image.build")?;
        let engine = self.0.engine()?;
        let printer = self.0.printer();
        let progress = (spec.quiet || printer.quiet()).then(|| Progress::new(&printer, &format!("building {folder}")));
        let output = |said: &BuildOutput| match (&progress, said) {
            (None, BuildOutput::Text(text)) => printer.error_bytes(text.as_bytes()),
            (Some(progress), BuildOutput::Step(step)) => progress.message(step),
            _ => {}
        };
        let built = self.0.wait(engine.build_image(Path::new(folder), &spec, &output))?;
        drop(progress);
        super::left_out(&self.0, &built.left_out);
        Ok(built.id)
    }

    fn import_tar(&mut self, file: &str, name: &str, options: Map) -> Answer<String> {
        let spec: ImportSpec = values::options(&options, "docker.image.import_tar")?;
        let engine = self.0.engine()?;
        let progress = Progress::new(&self.0.printer(), &format!("importing {file}"));
        let told = |bytes| progress.bytes(bytes, None);
        let work = engine.import_tar(Path::new(file), name, &spec.changes.0, &told);
        Ok(self.0.wait(work)?)
    }

    fn save(&mut self, images: Dynamic, file: &str) -> Answer<()> {
        let images: Words = crate::config::read(&values::to_node(&images)?).map_err(Fault::from)?;
        let engine = self.0.engine()?;
        let progress = Progress::new(&self.0.printer(), &format!("saving {file}"));
        let told = |bytes| progress.bytes(bytes, None);
        let work = engine.save_images(&images.0, Path::new(file), &told);
        Ok(self.0.wait(work)?)
    }

    fn load(&mut self, file: &str) -> Answer<Array> {
        let engine = self.0.engine()?;
        let progress = Progress::new(&self.0.printer(), &format!("loading {file}"));
        let told = |bytes| progress.bytes(bytes, None);
        let work = engine.load_images(Path::new(file), &told);
        Ok(self.0.wait(work)?.into_iter().map(Dynamic::from).collect())
    }
}

/// An image by its name, its id, or an entry of `list()`.
fn named(image: &Dynamic) -> Result<String, Fault> {
    values::name(image, "image")
}

fn maps(all: Vec<serde_json::Value>) -> Dynamic {
    all.into_iter().map(from_json).collect::<Array>().into()
}

/// How far a pull is: all layers together, and what was said last.
pub(super) fn show(progress: &Progress, pull: &Pull) {
    progress.message(&pull.to_string());
    if let Some((done, total)) = pull.bytes() {
        progress.bytes(done, Some(total));
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Images>("docker.image");
    engine.register_fn("to_string", |_: &mut Images| "docker.image".to_owned());
    engine.register_fn("list", Images::list);
    engine.register_fn("list", |api: &mut Images| api.list(Map::new()));
    engine.register_fn("inspect", Images::inspect);
    engine.register_fn("exists", Images::exists);
    engine.register_fn("tag", Images::tag);
    engine.register_fn("remove", Images::remove);
    engine.register_fn("remove", |api: &mut Images, image: Dynamic| api.remove(image, Map::new()));
    engine.register_fn("pull", Images::pull);
    engine.register_fn("pull", |api: &mut Images, image: &str| api.pull(image, Map::new()));
    engine.register_fn("build", Images::build);
    engine.register_fn("build", |api: &mut Images, folder: &str| api.build(folder, Map::new()));
    engine.register_fn("import_tar", Images::import_tar);
    engine.register_fn("import_tar", |api: &mut Images, file: &str, name: &str| api.import_tar(file, name, Map::new()));
    engine.register_fn("save", Images::save);
    engine.register_fn("load", Images::load);
    refuse_unknown::<Images>(engine, "docker.image");
}
