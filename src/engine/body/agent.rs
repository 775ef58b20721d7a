//! The container of a probing agent, with no more rights than its post needs. Pure.

use serde_json::{Value, json};

use super::labels;
use crate::engine::client::Ownership;
use crate::model::names::LABEL_ROLE;
use crate::model::probe::post::Post;
use crate::model::text::Pairs;

/// Bytes of memory, and threads. What an agent keeps is bounded far below; a fault of it must not take the machine's.
const MEMORY: u64 = 256 << 20;
const THREADS: u32 = 256;

/// The body of `POST /containers/create`. Its input ends with the first one who attaches, and it with its input.
pub(in crate::engine) fn container(image: &str, entry: &[String], post: &Post, ownership: &Ownership) -> Value {
    let mut own = Pairs::default();
    own.0.insert(LABEL_ROLE.into(), "agent".into());
    let mut body = json!({
        "Image": image,
        "Entrypoint": entry,
        "Labels": labels(&own, ownership),
        "OpenStdin": true, "StdinOnce": true, "Tty": false,
        "AttachStdin": true, "AttachStdout": true, "AttachStderr": true,
        "HostConfig": {
            "AutoRemove": true,
            "ReadonlyRootfs": true,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "Memory": MEMORY,
            "PidsLimit": THREADS,
            // What it says are no logs, and would fill a disk.
            "LogConfig": {"Type": "none"},
        },
    });
    let host = &mut body["HostConfig"];
    match post {
        Post::Files(folder) => {
            host["NetworkMode"] = "none".into();
            host["CapAdd"] = json!(["SYS_ADMIN"]);
            host["Mounts"] = json!([{"Type": "bind", "Source": folder, "Target": folder, "ReadOnly": true}]);
        }
        Post::Processes => {
            host["NetworkMode"] = "none".into();
            host["PidMode"] = "host".into();
            host["CapAdd"] = json!(["SYS_ADMIN", "SYS_PTRACE"]);
        }
        // Only containers may send an ICMP echo without it.
        Post::Host => {
            host["NetworkMode"] = "host".into();
            host["CapAdd"] = json!(["NET_RAW"]);
        }
        Post::Beside(inside) => host["NetworkMode"] = format!("container:{}", inside.id).into(),
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::probe::order::Inside;

    #[test]
    fn no_post_has_more_rights_than_it_needs() {
        let ownership = Ownership { project: "p".into(), run: "r".into() };
        let body = |post: Post| container("i", &["/xnet".into()], &post, &ownership);
        let beside = Post::Beside(Inside { id: "abc".into(), pid: 1, sandbox: String::new() });
        for (post, network, capabilities) in [
            (Post::Files("/run/netns".into()), "none", json!(["SYS_ADMIN"])),
            (Post::Processes, "none", json!(["SYS_ADMIN", "SYS_PTRACE"])),
            (Post::Host, "host", json!(["NET_RAW"])),
            (beside, "container:abc", Value::Null),
        ] {
            let body = body(post);
            let host = &body["HostConfig"];
            assert_eq!((&host["NetworkMode"], &host["CapAdd"]), (&json!(network), &capabilities));
            assert_eq!(host["CapDrop"], json!(["ALL"]));
            assert_eq!(host["ReadonlyRootfs"], true);
            assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
            assert!(host["Privileged"].is_null() && host["Binds"].is_null());
            let labels = json!({"xnet.project": "p", "xnet.run": "r", "xnet.role": "agent"});
            assert_eq!(body["Labels"], labels);
        }
    }
}
