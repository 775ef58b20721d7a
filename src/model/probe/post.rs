//! Where an agent stands that works in a container of its own, and what it can see from there.

use std::fmt;

use super::order::{Inside, Stand};
use super::way::Way;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Post {
    /// Before the files that the engine keeps of network namespaces, in this folder of its machine. It sees those that
    /// were there when it came.
    Files(String),
    /// Among the processes of the engine's machine.
    Processes,
    /// In the network namespace of the engine's machine.
    Host,
    /// In the network namespace of this container.
    Beside(Inside),
}

impl Post {
    pub fn way(&self) -> Way {
        match self {
            Self::Files(_) | Self::Processes | Self::Host => Way::Helper,
            Self::Beside(_) => Way::Sidecar,
        }
    }

    /// Where agents can stand that are to work there, the best first.
    pub fn for_stand(stand: &Stand, way: Way) -> Vec<Self> {
        let inside = match stand {
            Stand::Own if way == Way::Local => return Vec::new(),
            Stand::Own => return vec![Self::Host],
            Stand::Inside(inside) => inside,
        };
        let files = inside.sandbox.rsplit_once('/').filter(|(folder, _)| folder.starts_with('/'));
        let files = files.map(|(folder, _)| Self::Files(folder.to_owned()));
        let helpers = files.into_iter().chain([Self::Processes]);
        let sidecar = [Self::Beside(inside.clone())];
        match way {
            Way::Auto => helpers.chain(sidecar).collect(),
            Way::Local => Vec::new(),
            Way::Helper => helpers.collect(),
            Way::Sidecar => sidecar.into(),
        }
    }

    /// A place as the agent that stands here has to be told. Process ids mean nothing among other processes: there they
    /// could be those of something else.
    pub fn seen(&self, stand: &Stand) -> Stand {
        match (self, stand) {
            (Self::Host | Self::Beside(_), _) | (_, Stand::Own) => Stand::Own,
            (Self::Files(_), Stand::Inside(inside)) => Stand::Inside(Inside { pid: 0, ..inside.clone() }),
            (Self::Processes, Stand::Inside(inside)) => {
                Stand::Inside(Inside { sandbox: String::new(), ..inside.clone() })
            }
        }
    }
}

impl fmt::Display for Post {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Files(folder) => write!(f, "helper at {folder}"),
            Self::Processes => f.write_str("helper among the engine's processes"),
            Self::Host => f.write_str("helper in the network of the engine's machine"),
            Self::Beside(inside) => write!(f, "sidecar of {}", inside.id.get(..12).unwrap_or(&inside.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(sandbox: &str) -> Stand {
        Stand::Inside(Inside { id: "abc".into(), pid: 7, sandbox: sandbox.into() })
    }

    #[test]
    fn the_ways_are_tried_from_the_least_rights_that_reach_all() {
        let posts =
            |stand: &Stand, way| Post::for_stand(stand, way).iter().map(ToString::to_string).collect::<Vec<_>>();
        let (helper, processes) = ("helper at /var/run/docker/netns", "helper among the engine's processes");
        let known = inside("/var/run/docker/netns/1a2b");
        assert_eq!(posts(&known, Way::Auto), [helper, processes, "sidecar of abc"]);
        assert_eq!(posts(&known, Way::Helper), [helper, processes]);
        assert_eq!(posts(&inside(""), Way::Helper), [processes]);
        assert_eq!(posts(&known, Way::Sidecar), ["sidecar of abc"]);
        assert!(posts(&known, Way::Local).is_empty() && posts(&Stand::Own, Way::Local).is_empty());
        assert_eq!(posts(&Stand::Own, Way::Sidecar), ["helper in the network of the engine's machine"]);
    }

    #[test]
    fn a_process_id_is_told_only_where_it_means_the_same() {
        let known = inside("/run/netns/1");
        let Stand::Inside(files) = Post::Files("/run/netns".into()).seen(&known) else { panic!() };
        assert_eq!((files.pid, files.sandbox.as_str()), (0, "/run/netns/1"));
        let Stand::Inside(processes) = Post::Processes.seen(&known) else { panic!() };
        assert_eq!((processes.pid, processes.sandbox.as_str()), (7, ""));
        assert_eq!(Post::Host.seen(&known), Stand::Own);
    }
}
