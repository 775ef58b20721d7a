//! Subnets of 10.201.0.0/16, each used by one test at a time on the whole machine.

use std::fmt;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// A /28, held as long as its claim file exists.
#[derive(Debug, Clone)]
pub(crate) struct Subnet {
    network: Ipv4Addr,
    pub(crate) claim: PathBuf,
}

const BLOCKS: u32 = 4096;
static NEXT: AtomicU32 = AtomicU32::new(0);

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/28", self.network)
    }
}

impl Subnet {
    /// Claims a subnet that no living test holds and that none of `taken` (as the engine writes them) covers.
    pub(crate) fn claim(taken: &[String]) -> Self {
        let folder = std::env::temp_dir().join("xnet-test-subnets");
        fs::create_dir_all(&folder).expect("a folder for the claims on subnets");
        for _ in 0..BLOCKS {
            let block = (process::id().wrapping_mul(97) + NEXT.fetch_add(1, Ordering::Relaxed)) % BLOCKS;
            let network = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 201, 0, 0)) + block * 16);
            let subnet = Self { network, claim: folder.join(block.to_string()) };
            if !taken.contains(&subnet.to_string()) && claimed(&subnet.claim) {
                return subnet;
            }
        }
        panic!("all {BLOCKS} test subnets of 10.201.0.0/16 are taken");
    }

    pub(crate) fn address(&self, host: u32) -> Ipv4Addr {
        assert!(host < 15, "a /28 has 14 addresses");
        Ipv4Addr::from(u32::from(self.network) + host)
    }
}

fn claimed(path: &Path) -> bool {
    if let Ok(owner) = fs::read_to_string(path)
        && !Path::new("/proc").join(owner.trim()).exists()
    {
        let _ = fs::remove_file(path);
    }
    let created = fs::OpenOptions::new().write(true).create_new(true).open(path);
    created.is_ok_and(|_| fs::write(path, process::id().to_string()).is_ok())
}
