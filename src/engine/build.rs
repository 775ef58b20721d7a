//! Builds an image from a folder with a Dockerfile, by the engine's own builder.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::archive::{Choice, Source, pack};
use super::client::Engine;
use super::credentials;
use super::errors::{Error, Result};
use super::image_fault::ImageFault;
use super::place::Environment;
use super::pull::denied;
use super::raw::Request;
use crate::model::ignore::Ignore;
use crate::model::image::BuildSpec;
use crate::model::names::LABEL_PROJECT;

/// Lines of a failing step that its error shows.
const SHOWN: usize = 10;
const IGNORE: &str = ".dockerignore";

/// An image that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    pub id: String,
    /// Sockets, pipes and devices of the folder, which cannot be sent.
    pub left_out: Vec<String>,
}

/// What is heard of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildOutput<'a> {
    /// What the builder and the steps print, in pieces as they come.
    Text(&'a str),
    /// A step begins; its line is among the text, too.
    Step(&'a str),
}

impl Engine {
    /// Builds; `output` hears what the steps print, as it comes. Dropped, the engine stops building.
    ///
    /// The image carries the label of its project, not that of the run: the same folder gives the same image.
    pub async fn build_image(
        &self,
        folder: &Path,
        spec: &BuildSpec,
        output: &(dyn Fn(&BuildOutput) + Sync),
    ) -> Result<Built> {
        let dockerfile = dockerfile(folder, spec.dockerfile.as_deref().unwrap_or("Dockerfile")).await?;
        let ignore = ignore(folder).await?;
        let kept = dockerfile.clone();
        let wanted = move |path: &str, is_folder: bool| choose(&ignore, &kept, path, is_folder);
        let packing = pack(Source {
            path: folder.to_owned(),
            name: String::new(),
            owner: (0, 0),
            wanted: Some(Box::new(wanted)),
        });
        let told = packing.told();
        let mut request = self.asked(spec, &dockerfile);
        let known = credentials::all(Environment::read().config_folder().as_deref()).await;
        if let Some(header) = known.header {
            request = request.header("x-registry-config", header);
        }
        let mut building = Building::default();
        let sent = self.lines(&request, Some(packing.pieces), |line| building.hear(line, output)).await;
        if let Some((path, words)) = told.fault() {
            return Err(Error::File { path: path.display().to_string(), words });
        }
        match (sent, building) {
            (Ok(()), Building { id: Some(id), .. }) => Ok(Built { id, left_out: told.left_out() }),
            (Ok(()), _) => Err(self.transport("it did not say which image it built".into())),
            (Err(Error::Refused { words, .. }), building) => Err(building.failed(words, known.note).into()),
            (Err(error), _) => Err(error),
        }
    }

    fn asked(&self, spec: &BuildSpec, dockerfile: &str) -> Request {
        let switch = |on: bool| if on { "1" } else { "0" };
        let mut labels = spec.labels.0.clone();
        let project = &self.ownership().project;
        if !project.is_empty() {
            labels.insert(LABEL_PROJECT.to_owned(), project.clone());
        }
        let mut request = Request::post(&["build"])
            .query("dockerfile", dockerfile)
            .query("buildargs", &json!(spec.args.0).to_string())
            .query("labels", &json!(labels).to_string())
            .query("nocache", switch(spec.no_cache))
            .query("pull", switch(spec.pull))
            .query("rm", "1")
            .query("forcerm", "1")
            .patient();
        for tag in &spec.tag.0 {
            request = request.query("t", tag);
        }
        for (name, value) in [("target", &spec.target), ("networkmode", &spec.network), ("platform", &spec.platform)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        request
    }
}

/// The path of the Dockerfile in the folder, once it is known to be a file there.
async fn dockerfile(folder: &Path, path: &str) -> Result<String> {
    let shown = folder.display().to_string();
    let metadata = tokio::fs::metadata(folder).await;
    let metadata = metadata.map_err(|error| Error::File { path: shown.clone(), words: error.to_string() })?;
    if !metadata.is_dir() {
        return Err(Error::File { path: shown, words: "it is not a folder".into() });
    }
    let mut inside: Vec<String> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => inside.push(part.to_string_lossy().into_owned()),
            Component::CurDir => {}
            Component::ParentDir if inside.pop().is_some() => {}
            _ => return Err(ImageFault::DockerfileOutside { folder: shown, dockerfile: path.to_owned() }.into()),
        }
    }
    let file: PathBuf = folder.join(inside.iter().collect::<PathBuf>());
    match tokio::fs::metadata(&file).await {
        Ok(metadata) if metadata.is_file() => Ok(inside.join("/")),
        _ => Err(ImageFault::NoDockerfile { folder: shown, dockerfile: path.to_owned() }.into()),
    }
}

async fn ignore(folder: &Path) -> Result<Ignore> {
    let path = folder.join(IGNORE);
    let shown = path.display().to_string();
    let text = match tokio::fs::read_to_string(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ignore::default()),
        Err(error) => return Err(Error::File { path: shown, words: error.to_string() }),
    };
    Ignore::parse(&text).map_err(|fault| ImageFault::Ignore { path: shown, fault }.into())
}

/// Whether a path of the folder is sent. The engine needs the Dockerfile whatever the patterns say.
fn choose(ignore: &Ignore, dockerfile: &str, path: &str, is_folder: bool) -> Choice {
    if path == dockerfile || path == IGNORE || !ignore.leaves_out(path) {
        return Choice::Take;
    }
    let on_the_way = dockerfile.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    if is_folder && (ignore.takes_back() || on_the_way) { Choice::Through } else { Choice::Leave }
}

/// What was heard of a build under way.
#[derive(Debug, Default)]
struct Building {
    id: Option<String>,
    step: Option<String>,
    /// The last lines of the step.
    output: VecDeque<String>,
    begun: String,
    exit_code: Option<i64>,
}

impl Building {
    /// Takes a message in, and hands on what of it people read.
    fn hear(&mut self, line: &Value, output: &dyn Fn(&BuildOutput)) {
        if let Some(id) = line["aux"]["ID"].as_str() {
            // Podman says it bare.
            self.id = Some(if id.contains(':') { id.to_owned() } else { format!("sha256:{id}") });
        }
        if let Some(code) = line["errorDetail"]["code"].as_i64() {
            self.exit_code = Some(code);
        }
        let Some(text) = line["stream"].as_str() else { return };
        output(&BuildOutput::Text(text));
        self.begun.push_str(text);
        while let Some(end) = self.begun.find('\n') {
            let line: String = self.begun.drain(..=end).collect();
            if self.line(line.trim_end()) {
                output(&BuildOutput::Step(line.trim_end()));
            }
        }
    }

    /// Whether a step begins with it.
    fn line(&mut self, line: &str) -> bool {
        // Podman shouts it.
        if (line.starts_with("Step ") && line.contains(" : ")) || (line.starts_with("STEP ") && line.contains(": ")) {
            self.step = Some(line.to_owned());
            self.output.clear();
            return true;
        }
        if !line.is_empty() && !line.starts_with(" --->") && !line.starts_with("Removing intermediate") {
            self.output.push_back(line.to_owned());
            while self.output.len() > SHOWN {
                self.output.pop_front();
            }
        }
        false
    }

    /// `note` says why nothing is known of registries.
    fn failed(mut self, words: String, note: Option<String>) -> ImageFault {
        let last = std::mem::take(&mut self.begun);
        self.line(last.trim_end());
        // Without a step it is about the Dockerfile itself or the request.
        let exit_code = self.exit_code.or_else(|| words.rsplit_once("exit status ")?.1.trim().parse().ok());
        let note = note.filter(|_| denied(&words));
        ImageFault::Build { step: self.step, exit_code, words, output: self.output.into(), note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dockerfile_is_sent_whatever_the_patterns_say() {
        let ignore = Ignore::parse("*\n!src").unwrap();
        let choice = |path, is_folder| choose(&ignore, "docker/app/Dockerfile", path, is_folder);
        assert_eq!(choice("docker/app/Dockerfile", false), Choice::Take);
        assert_eq!((choice("docker", true), choice("other", true)), (Choice::Through, Choice::Through));
        assert_eq!((choice("src/a", false), choice("notes", false)), (Choice::Take, Choice::Leave));
        let ignore = Ignore::parse("docker").unwrap();
        assert_eq!(choose(&ignore, "docker/Dockerfile", "docker", true), Choice::Through);
        assert_eq!(choose(&ignore, "Dockerfile", "docker", true), Choice::Leave);
    }

    #[test]
    fn a_failing_step_is_told_with_what_it_printed_last() {
        let mut building = Building::default();
        for text in ["Step 1/2 : FROM a\n", " ---> 12\n", "Step 2/2 : RUN x\n", " ---> Running in 9\n", "so", "on\nend"]
        {
            building.hear(&json!({"stream": text}), &|_| {});
        }
        building.hear(&json!({"errorDetail": {"code": 3}, "error": "no"}), &|_| {});
        let fault = building.failed("no".into(), Some("note".into()));
        let ImageFault::Build { step, exit_code, output, note, .. } = fault else { unreachable!() };
        assert_eq!((step.as_deref(), exit_code), (Some("Step 2/2 : RUN x"), Some(3)));
        assert_eq!((output, note), (vec!["soon".to_owned(), "end".to_owned()], None));
    }

    #[test]
    fn the_steps_of_every_builder_are_told() {
        let steps = std::sync::Mutex::new(Vec::new());
        let mut building = Building::default();
        for text in ["Step 1/1", " : FROM a\nStep by step\n", "STEP 2/2: RUN b\n"] {
            building.hear(&json!({"stream": text}), &|said| {
                if let BuildOutput::Step(step) = said {
                    steps.lock().unwrap().push((*step).to_owned());
                }
            });
        }
        assert_eq!(steps.into_inner().unwrap(), ["Step 1/1 : FROM a", "STEP 2/2: RUN b"]);
    }
}
