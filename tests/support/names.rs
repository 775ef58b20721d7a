//! Names that no other test has, and the placeholders by which a test writes them.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::subnet::Subnet;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// In every text of a test: `@web` is a container or network of this test alone, `<project>` its project, `<subnet>`,
/// `<gateway>` and `<ip5>` its first subnet, `<subnet2>`, `<gateway2>` and `<ip5.2>` its second.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) project: String,
    pub(crate) subnets: Vec<Subnet>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { project: format!("xt-{}-{number}", process::id()), subnets: Vec::new() }
    }

    /// The process that owns a name made here, for telling what a killed run has left behind.
    pub(crate) fn owner(name: &str) -> Option<u32> {
        name.strip_prefix("xt-")?.split('-').next()?.parse().ok()
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['@', '<']) {
            filled.push_str(&rest[..at]);
            let (value, length) = self.placeholder(&rest[at..]);
            filled.push_str(&value);
            rest = &rest[at + length..];
        }
        filled.push_str(rest);
        filled
    }

    /// What stands for the placeholder at the start of `text`, and how long that is.
    fn placeholder(&self, text: &str) -> (String, usize) {
        if let Some(name) = text.strip_prefix('@') {
            let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                return (format!("{}-{}", self.project, &name[..length]), length + 1);
            }
        } else if let Some(end) = text.find('>')
            && let Some(value) = self.value(&text[1..end])
        {
            return (value, end + 1);
        }
        (text[..1].to_owned(), 1)
    }

    fn value(&self, name: &str) -> Option<String> {
        if name == "project" {
            return Some(self.project.clone());
        }
        let subnet = |number: &str| self.subnets.get(number.parse::<usize>().unwrap_or(1).checked_sub(1)?);
        if let Some(number) = name.strip_prefix("subnet") {
            return subnet(number).map(ToString::to_string);
        }
        if let Some(number) = name.strip_prefix("gateway") {
            return subnet(number).map(|subnet| subnet.address(1).to_string());
        }
        let (host, number) = name.strip_prefix("ip")?.split_once('.').unwrap_or((&name[2..], "1"));
        let host: u32 = host.parse().ok()?;
        subnet(number).map(|subnet| subnet.address(host).to_string())
    }
}
