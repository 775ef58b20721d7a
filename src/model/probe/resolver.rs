//! `/etc/resolv.conf` and `/etc/hosts` as the C library reads them: whom to ask, for which names, and what is known already.
//!
//! The order is that of glibc (resolv.conf(5), hosts(5)): the hosts file, then the servers one after the other. musl asks
//! all servers at once and takes the first answer; it takes the same names in the same order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// More servers are not asked, by glibc and by musl.
const SERVERS: usize = 3;
/// More than this glibc takes for a slip.
const NDOTS: u32 = 15;
/// Search domains that are taken. glibc took six of them until 2.26, and any number since.
const SEARCHED: usize = 32;
/// Characters of a domain that can be asked for (RFC 1035).
const DOMAIN: usize = 255;
/// Addresses of one name that are taken from a hosts file.
const ADDRESSES: usize = 256;

/// What an `/etc/resolv.conf` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolver {
    /// Empty where the file names none: then it is one on the same machine.
    pub named: Vec<IpAddr>,
    pub search: Vec<String>,
    pub ndots: u32,
    /// For one server.
    pub timeout: Duration,
    pub attempts: u32,
    pub tcp: bool,
}

impl Default for Resolver {
    fn default() -> Self {
        let timeout = Duration::from_secs(5);
        Self { named: Vec::new(), search: Vec::new(), ndots: 1, timeout, attempts: 2, tcp: false }
    }
}

impl Resolver {
    /// What is not understood is passed over, as the C library does.
    pub fn parse(text: &str) -> Self {
        let mut read = Self::default();
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") if read.named.len() < SERVERS => read.named.extend(words.next().and_then(server)),
                Some("domain") => read.search = words.next().map(str::to_owned).into_iter().collect(),
                Some("search") => {
                    let askable = words.filter(|domain| domain.len() <= DOMAIN && *domain != ".");
                    read.search = askable.take(SEARCHED).map(str::to_owned).collect();
                }
                Some("options") => words.for_each(|option| read.option(option)),
                _ => {}
            }
        }
        read.search.retain(|domain| domain != ".");
        read
    }

    fn option(&mut self, option: &str) {
        let (name, value) = option.split_once(':').unwrap_or((option, ""));
        let number = value.parse::<u32>().ok();
        match (name, number) {
            ("ndots", Some(dots)) => self.ndots = dots.min(NDOTS),
            ("timeout", Some(seconds)) => self.timeout = Duration::from_secs(seconds.clamp(1, 30).into()),
            ("attempts", Some(times)) => self.attempts = times.clamp(1, 5),
            ("use-vc", _) => self.tcp = true,
            _ => {}
        }
    }

    /// Whom to ask. glibc and musl both ask the machine itself where nobody is named.
    pub fn servers(&self) -> Vec<IpAddr> {
        if self.named.is_empty() { vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] } else { self.named.clone() }
    }

    /// The names to ask for, in order. A name that ends in a dot is asked for as it is.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(whole) = name.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        let dots = u32::try_from(name.matches('.').count()).unwrap_or(u32::MAX);
        let searched = self.search.iter().map(|domain| format!("{name}.{}", domain.trim_matches('.')));
        if dots >= self.ndots {
            [name.to_owned()].into_iter().chain(searched).collect()
        } else {
            searched.chain([name.to_owned()]).collect()
        }
    }

    /// How long each server may take before the next is asked, so that all are asked in the time there is.
    pub fn step(&self, within: Duration) -> Duration {
        let times = u32::try_from(self.servers().len()).unwrap_or(1).saturating_mul(self.attempts).max(1);
        self.timeout.min(within / times)
    }
}

/// A zone such as `%eth0` is left off: link-local servers are asked without.
fn server(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

/// What a hosts file says of a name or an address, taken line by line.
#[derive(Debug, Clone)]
pub struct HostsSearch<'a> {
    wanted: Wanted<'a>,
    pub addresses: Vec<IpAddr>,
    pub names: Vec<String>,
}

#[derive(Debug, Clone)]
enum Wanted<'a> {
    Name(&'a str),
    Address(IpAddr),
}

impl<'a> HostsSearch<'a> {
    /// For the addresses that the file gives to a name. Several lines may name it.
    pub fn of_name(name: &'a str) -> Self {
        Self { wanted: Wanted::Name(name), addresses: Vec::new(), names: Vec::new() }
    }

    /// For the names of an address; those of the first line that has it, as glibc tells them.
    pub fn of_address(address: IpAddr) -> Self {
        Self { wanted: Wanted::Address(address), addresses: Vec::new(), names: Vec::new() }
    }

    pub fn line(&mut self, line: &str) {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { return };
        match self.wanted {
            Wanted::Name(name) => {
                let room = self.addresses.len() < ADDRESSES && !self.addresses.contains(&address);
                if room && words.any(|other| other.eq_ignore_ascii_case(name)) {
                    self.addresses.push(address);
                }
            }
            Wanted::Address(wanted) if wanted == address && self.names.is_empty() => {
                self.names = words.take(ADDRESSES).map(str::to_owned).collect();
            }
            Wanted::Address(_) => {}
        }
    }

    /// The same of all lines of a text.
    #[must_use]
    pub fn through(mut self, text: &str) -> Self {
        text.lines().for_each(|line| self.line(line));
        self
    }
}

/// The name under which an address is looked up (RFC 1035, RFC 3596).
pub fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, d] = four.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(six) => reverse6(six),
    }
}

fn reverse6(six: Ipv6Addr) -> String {
    let halves = six.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
    let digits: Vec<String> = halves.map(|half| format!("{half:x}")).collect();
    format!("{}.ip6.arpa", digits.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_docker_writes_is_read() {
        let text = "# made by docker\nsearch corp.example lab.example\nnameserver 127.0.0.11\noptions edns0 ndots:0\n";
        let read = Resolver::parse(text);
        assert_eq!(read.servers(), ["127.0.0.11".parse::<IpAddr>().unwrap()]);
        assert_eq!((read.ndots, read.attempts, read.timeout.as_secs()), (0, 2, 5));
        assert_eq!(read.candidates("db"), ["db", "db.corp.example", "db.lab.example"]);
        assert_eq!(read.candidates("db."), ["db"]);
    }

    #[test]
    fn few_dots_ask_the_search_domains_first() {
        let read = Resolver::parse("search a.example .\noptions ndots:2 timeout:1 attempts:9 use-vc nonsense:x\n");
        assert_eq!(read.candidates("db.one"), ["db.one.a.example", "db.one"]);
        assert_eq!(read.candidates("db.one.two"), ["db.one.two", "db.one.two.a.example"]);
        assert_eq!((read.attempts, read.tcp, read.timeout.as_secs()), (5, true, 1));
    }

    #[test]
    fn nobody_named_is_the_machine_itself_and_a_fourth_is_not_asked() {
        assert_eq!(Resolver::parse("").servers(), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        let four =
            "nameserver 1.1.1.1\nnameserver bad\nnameserver fe80::1%eth0\nnameserver 2.2.2.2\nnameserver 3.3.3.3\n";
        let read = Resolver::parse(four);
        assert_eq!(read.named.len(), 3);
        assert_eq!(read.step(Duration::from_secs(6)), Duration::from_secs(1));
    }

    #[test]
    fn a_file_without_measure_is_taken_as_far_as_it_can_be_asked_for() {
        let text = format!(
            "search {} {}\noptions {}\n",
            "x".repeat(1 << 16),
            "a ".repeat(1 << 20),
            "ndots:9 ".repeat(1 << 16)
        );
        let read = Resolver::parse(&text);
        assert_eq!((read.search.len(), read.ndots), (SEARCHED, 9));
        assert_eq!(read.candidates("db").len(), SEARCHED + 1);
        let lines: Vec<String> = (0..=u16::MAX).map(|n| format!("10.0.{}.{} db\n", n >> 8, n & 255)).collect();
        let hosts = lines.concat();
        assert_eq!(HostsSearch::of_name("db").through(&hosts).addresses.len(), ADDRESSES);
    }

    #[test]
    fn a_hosts_file_knows_names_in_any_case_and_on_any_line() {
        let text = "127.0.0.1 localhost\n::1 localhost ip6-localhost # loopback\n10.0.0.5\tDB db.example\nnonsense\n10.0.0.6 db\n";
        let of = |name| {
            HostsSearch::of_name(name).through(text).addresses.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(of("db"), ["10.0.0.5", "10.0.0.6"]);
        assert!(of("loopback").is_empty());
        let names = HostsSearch::of_address("10.0.0.5".parse().unwrap()).through(text).names;
        assert_eq!(names, ["DB", "db.example"]);
    }

    #[test]
    fn an_address_is_looked_up_backwards() {
        assert_eq!(reverse("10.1.2.3".parse().unwrap()), "3.2.1.10.in-addr.arpa");
        let six = reverse("fd00::1".parse().unwrap());
        assert_eq!(six, format!("1.{}0.0.d.f.ip6.arpa", "0.".repeat(27)));
    }

    proptest! {
        #[test]
        fn any_file_is_read(text in ".{0,400}", name in ".{0,40}") {
            let read = Resolver::parse(&text);
            prop_assert!(read.named.len() <= SERVERS && read.step(Duration::from_secs(5)) <= Duration::from_secs(5));
            prop_assert_eq!(read.candidates(&name).len(), if name.ends_with('.') { 1 } else { read.search.len() + 1 });
            let _ = HostsSearch::of_name(&name).through(&text);
        }
    }
}
