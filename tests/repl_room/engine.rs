//! The REPL on a real engine.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use super::terminal::{Person, command};

/// An image of busybox, and what was made from it; all of it goes at the end.
struct Made {
    name: String,
}

impl Made {
    fn new() -> Self {
        Self { name: format!("repl-{}", std::process::id()) }
    }

    fn image(&self) -> String {
        format!("xnet-test/{}", self.name)
    }

    fn container(&self) -> String {
        format!("{}-web", self.name)
    }

    fn network(&self) -> String {
        format!("{}-net", self.name)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let quiet = |arguments: &[&str]| drop(Command::new("docker").args(arguments).output());
        quiet(&["rm", "-f", &self.container()]);
        quiet(&["network", "rm", &self.network()]);
        quiet(&["rmi", "-f", &self.image()]);
    }
}

/// A tar that holds a static busybox as `/bin/sh` and `/bin/sleep`.
fn busybox_tar(path: &std::path::Path) {
    let mut tar = tar::Builder::new(fs::File::create(path).unwrap());
    tar.append_path_with_name("/bin/busybox", "bin/busybox").unwrap();
    for applet in ["sh", "sleep"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    tar.finish().unwrap();
}

#[test]
fn networks_and_containers_are_handles_tables_and_candidates() {
    let (folder, made) = (tempdir().unwrap(), Made::new());
    busybox_tar(&folder.path().join("busybox.tar"));
    let mut person = Person::sits_at(&command(folder.path()));
    let (network, container, image) = (made.network(), made.container(), made.image());
    person
        .types(&format!("docker.image.import_tar(\"busybox.tar\", \"{image}\").len() > 9"))
        .sees("true")
        .sees("xnet>");
    person.types(&format!("let net = docker.network.create(\"{network}\")")).sees("xnet>");
    person.types("net").sees(&format!("\nnetwork {network}")).sees("xnet>");
    person.types(&format!(
        "let web = docker.run(\"{image}\", #{{name: \"{container}\", network: net, command: [\"sleep\", \"300\"]}});"
    ));
    person.sees("xnet>").types("web").sees(&format!("\ncontainer {container}")).sees("xnet>");
    person.types("docker.list()").sees("NAME").sees("NETWORKS").sees(&container).sees("xnet>");
    person.types("docker.network.list()").sees("SUBNET").sees(&network).sees("xnet>");
    // The engine is asked for names in strings.
    person
        .presses(&format!("exec(\"{}\t", made.name))
        .sees(&container)
        .presses("\", \"exit 3\", #{check: false}).exit_code\r");
    person.sees("\n3").sees("xnet>");
    person.presses(&format!("docker.network.inspect(\"{}\t", made.name)).sees(&network).presses("\").Name\r");
    person.sees(&format!("\n\"{network}\"")).sees("xnet>");
    // A call that waits in the engine is interrupted; the handles live on.
    person
        .types("print(\"be\" + \"gin\"); web.exec(\"sleep 60\")")
        .sees("begin\n")
        .presses("\u{3}")
        .sees("interrupted")
        .sees("xnet>");
    person.types("web.remove(); net.remove();").sees("xnet>");
    person.types(&format!("docker.network.exists(\"{network}\")")).sees("false").sees("xnet>");
    person.presses("\u{4}");
    assert_eq!(person.leaves().code(), Some(0));
}
