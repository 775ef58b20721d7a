//! Words that people know from Docker's command line and other tools, and what they are called here.

/// The object, the word typed after it, and what to type instead.
pub(super) const WORDS: &[(&str, &str, &str)] = &[
    ("docker", "exec", "it is a function of its own: exec(container, command)"),
    ("docker", "ps", "docker.list() lists containers"),
    ("docker", "ls", "docker.list() lists containers"),
    ("docker", "cp", "docker.copy_to(container, from, to) and docker.copy_from(container, from, to)"),
    ("docker", "create", "docker.run(image, options) creates and starts a container"),
    ("docker", "pull", "docker.image.pull(image)"),
    ("docker", "build", "docker.image.build(folder, options)"),
    ("docker", "images", "docker.image.list()"),
    ("docker", "rmi", "docker.image.remove(image)"),
    ("docker", "tag", "docker.image.tag(image, name)"),
    ("docker", "load", "docker.image.load(file)"),
    ("docker", "save", "docker.image.save(images, file)"),
    ("docker", "import", "docker.image.import_tar(file, options)"),
    ("docker", "forward", "it is a function of its own: forward(container, options)"),
    ("docker", "containers", "the calls on containers are docker's own: docker.list(), docker.container(name)"),
    ("docker", "networks", "did you mean `network`?"),
    ("docker", "services", "did you mean `service`?"),
    ("docker", "nodes", "did you mean `node`?"),
    ("docker", "volume", VOLUMES),
    ("docker", "volumes", VOLUMES),
    ("", "container", "the calls on containers are docker's own: docker.list(), docker.container(name)"),
    ("", "containers", "the calls on containers are docker's own: docker.list(), docker.container(name)"),
    ("", "network", "did you mean `docker.network`?"),
    ("", "networks", "did you mean `docker.network`?"),
    ("", "image", "did you mean `docker.image`?"),
    ("", "images", "did you mean `docker.image`?"),
    ("", "service", "did you mean `docker.service`?"),
    ("", "services", "did you mean `docker.service`?"),
    ("", "swarm", "did you mean `docker.swarm`?"),
    ("", "node", "did you mean `docker.node`?"),
    ("", "nodes", "did you mean `docker.node`?"),
    ("", "volume", VOLUMES),
    ("", "volumes", VOLUMES),
];

const VOLUMES: &str = "volumes are made by docker.run(image, #{volumes: …}); `sh(\"docker volume ls\")` lists them";

/// What any object may call otherwise.
const SYNONYMS: &[(&str, &str)] = &[
    ("ls", "list"),
    ("rm", "remove"),
    ("delete", "remove"),
    ("import", "import_tar"),
    ("add", "create"),
    ("attach", "connect"),
    ("detach", "disconnect"),
];

/// What to type instead of a word that an object with these members does not have; no owner for a word that stands alone.
pub(super) fn hint(owner: &str, members: &[&str], typed: &str) -> Option<String> {
    if let Some((.., hint)) = WORDS.iter().find(|(of, word, _)| *of == owner && *word == typed) {
        return Some((*hint).to_owned());
    }
    let (_, meant) = SYNONYMS.iter().find(|(word, _)| *word == typed)?;
    members.contains(meant).then(|| format!("did you mean `{meant}`?"))
}
