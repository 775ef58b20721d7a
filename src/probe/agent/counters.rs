//! What the kernel counts of packets that it dropped for want of room.

use std::fs;
use std::io;

use super::namespace::Namespace;

/// Handshakes that the namespace dropped because a listener's queue was full.
pub(super) async fn queues(namespace: &Namespace) -> io::Result<u64> {
    let text = namespace.inside(|| fs::read_to_string("/proc/thread-self/net/netstat")).await?;
    overflows(&text).ok_or_else(|| io::Error::other("the kernel does not count full queues of listeners"))
}

/// Neighbours that the kernel had no room for, in all namespaces together. Only the first one tells.
pub(super) async fn neighbours(namespace: &Namespace) -> io::Result<u64> {
    let text = namespace.inside(|| fs::read_to_string("/proc/thread-self/net/stat/arp_cache")).await?;
    fulls(&text).ok_or_else(|| io::Error::other("the kernel does not count full tables of neighbours"))
}

/// Each line of names is followed by one of values.
fn overflows(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let mut pairs = names.split_whitespace().zip(values.split_whitespace());
    pairs.find(|(name, _)| *name == "ListenOverflows").and_then(|(_, value)| value.parse().ok())
}

/// A line of names, and one of hexadecimal values for each processor.
fn fulls(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let column = lines.next()?.split_whitespace().position(|name| name == "table_fulls")?;
    lines.map(|line| u64::from_str_radix(line.split_whitespace().nth(column)?, 16).ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_queues_and_tables_are_counted() {
        let text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 7 9\nIpExt: InOctets\nIpExt: 5\n";
        assert_eq!(overflows(text), Some(7));
        assert_eq!(overflows(""), None);
        assert_eq!(
            fulls("entries  allocs table_fulls\n00000005 00000007 0000000a\n00000005 00000001 00000001\n"),
            Some(11)
        );
        assert_eq!(fulls("entries allocs\n1 2\n"), None);
    }
}
