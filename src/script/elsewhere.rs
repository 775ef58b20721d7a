//! Words that people know from Docker's command line and other tools, and what they are called here.

use super::bind;

/// The object, the word typed after it, and what to type instead.
const WORDS: &[(&str, &str, &str)] = &[
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

/// What to type instead of a word that an object does not have; no owner for a word that stands alone.
pub(super) fn hint(owner: &str, typed: &str) -> Option<String> {
    if let Some((.., hint)) = WORDS.iter().find(|(of, word, _)| *of == owner && *word == typed) {
        return Some((*hint).to_owned());
    }
    let (_, meant) = SYNONYMS.iter().find(|(word, _)| *word == typed)?;
    bind::entries()
        .any(|entry| entry.owner == owner && entry.name == *meant && !owner.is_empty())
        .then(|| format!("did you mean `{meant}`?"))
}

/// Where a function is that was called on a value that has it not, or on nothing.
pub(super) fn whose(name: &str) -> Option<String> {
    let has = |owner: &str| bind::entries().any(|entry| entry.owner == owner && entry.name == name);
    let ways = [
        ("docker", format!("docker.{name}(…)")),
        ("Container", format!("docker.container(…).{name}(…)")),
        ("docker.network", format!("docker.network.{name}(…)")),
        ("Network", format!("docker.network.get(…).{name}(…)")),
        ("docker.image", format!("docker.image.{name}(…)")),
    ];
    let ways: Vec<String> = ways.into_iter().filter(|(owner, _)| has(owner)).map(|(_, way)| way).collect();
    (!ways.is_empty()).then(|| format!("write {}", ways.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_instead_is_there() {
        for (owner, word, hint) in WORDS {
            assert!(
                !bind::entries().any(|entry| entry.owner == *owner && entry.name == *word),
                "{owner}.{word} is there itself"
            );
            for call in hint.split("docker.").skip(1).filter(|call| !call.starts_with(char::is_whitespace)) {
                let path =
                    call.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().unwrap_or_default();
                let path = format!("docker.{}", path.trim_end_matches('.'));
                assert!(bind::entries().any(|entry| entry.path() == path), "{word}: {path}");
            }
        }
    }
}
