//! The end of a process that is not to go on, with all it started.

use std::time::Duration;

use rustix::process::{Pid, Signal, getpgid, kill_process_group};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::descendants::Descent;
use super::living::Living;
use super::pipes::{LINGER, Output, Pipes};

/// Between asking a process to end and ending it.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether all have ended.
pub const GLANCE: Duration = Duration::from_millis(20);

/// Asks the process to end, with all it started where that can be told; insists after a while, or on a second signal.
/// What it says meanwhile is shown: without a reader it would die of its own words before it has cleaned up.
///
/// Its group is not enough: at a terminal it has none of its own, and what it started may have left it.
pub(super) async fn end(
    child: &mut Child,
    living: &Living,
    grouped: bool,
    pipes: &mut Pipes,
    sink: &(dyn Fn(Output, &[u8]) + Sync),
) {
    let group = grouped.then(|| Pid::from_raw(living.pid())).flatten();
    let mut all = Descent::default();
    // The id of a process that was waited for may be another's by now.
    if child.id().is_some() {
        all.gather(living.pid());
    }
    all.look(living.orphans());
    send(group, &all, Signal::TERM);
    let ending = async {
        let _ = child.wait().await;
        while !all.is_empty() {
            sleep(GLANCE).await;
            all.look(living.orphans());
        }
    };
    let showing = async {
        pipes.show(sink).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = ending => {}
        () = sleep(PATIENCE) => {}
        () = living.hurried() => {}
        () = showing => {}
    }
    all.look(living.orphans());
    send(group, &all, Signal::KILL);
    let _ = child.wait().await;
    // Those that were left by their parents show only now that it has ended.
    all.look(living.orphans());
    send(group, &all, Signal::KILL);
    let gone = async {
        while !all.is_empty() {
            sleep(GLANCE).await;
            all.look(living.orphans());
        }
    };
    // One that the kernel holds is not waited for.
    let _ = timeout(LINGER, gone).await;
    // What has been said is shown; who holds the pipes still is unknown to us.
    let _ = timeout(LINGER, pipes.show(sink)).await;
}

/// A signal to the group, if it has one, and to each outside of it; they may have ended by themselves.
fn send(group: Option<Pid>, all: &Descent, signal: Signal) {
    let _ = group.map(|group| kill_process_group(group, signal));
    let _ = all.send(signal, |pid| group.is_none() || getpgid(Some(pid)).ok() != group);
}
