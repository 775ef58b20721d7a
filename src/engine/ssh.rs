//! An engine behind ssh: a private socket here, each connection to which is carried by `ssh HOST docker system dial-stdio`.
//!
//! bollard's own ssh transport leaves its master process running when xnet ends, and cannot take a port.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::Command;

/// Words for a connection that could not be made: the last line that ssh said.
#[derive(Debug, Clone, Default)]
pub(super) struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }
}

/// Listens on a socket that only this process can reach, and says its path.
pub(super) fn relay(authority: &str, home: Option<&Path>) -> io::Result<(String, Complaint)> {
    let arguments = arguments(authority, home);
    let (listener, path) = private_socket()?;
    let complaint = Complaint::default();
    let heard = complaint.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (arguments, heard) = (arguments.clone(), heard.clone());
            tokio::spawn(async move {
                if let Err(error) = carry(client, &arguments, &heard).await {
                    heard.set(match error.kind() {
                        io::ErrorKind::NotFound => "the program `ssh` is not installed".to_owned(),
                        _ => format!("ssh: {error}"),
                    });
                }
            });
        }
    });
    Ok((path, complaint))
}

/// `[user@]host[:port]` as ssh's arguments. A master that ends by itself soon spares later connections the handshake.
fn arguments(authority: &str, home: Option<&Path>) -> Vec<String> {
    let mut arguments: Vec<String> = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"].map(str::to_owned).into();
    if home.is_some_and(|home| home.join(".ssh").is_dir()) {
        for option in ["ControlMaster=auto", "ControlPath=~/.ssh/xnet-%C", "ControlPersist=20"] {
            arguments.extend(["-o".to_owned(), option.to_owned()]);
        }
    }
    let (user, rest) = authority.rsplit_once('@').map_or((None, authority), |(user, rest)| (Some(user), rest));
    if let Some(user) = user {
        arguments.extend(["-l".to_owned(), user.to_owned()]);
    }
    let port = rest.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    if let Some((_, port)) = port {
        arguments.extend(["-p".to_owned(), port.to_owned()]);
    }
    let host = port.map_or(rest, |(host, _)| host).trim_start_matches('[').trim_end_matches(']');
    arguments.push("--".to_owned());
    arguments.push(host.to_owned());
    arguments.extend(["docker", "system", "dial-stdio"].map(str::to_owned));
    arguments
}

async fn carry(client: UnixStream, arguments: &[String], complaint: &Complaint) -> io::Result<()> {
    let mut child = Command::new("ssh")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(mut input), Some(mut output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("it has no streams"));
    };
    let complaint = complaint.clone();
    // Not awaited to its end: a master keeps ssh's stderr open.
    let listening = tokio::spawn(async move {
        let mut lines = BufReader::new(errors).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            complaint.set(line);
        }
    });
    let (mut from, mut to) = client.into_split();
    let up = async {
        let copied = tokio::io::copy(&mut from, &mut input).await;
        drop(input);
        copied
    };
    let down = async {
        let copied = tokio::io::copy(&mut output, &mut to).await;
        // What ssh complained of should be heard before the connection is seen to end.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let _ = to.shutdown().await;
        copied
    };
    // The engine's side ends the connection: ours may stop sending long before.
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    tokio::select! {
        ended = &mut down => ended.map(drop)?,
        _ = &mut up => down.await.map(drop)?,
    }
    listening.abort();
    Ok(())
}

/// A listener whose file is gone as soon as it is made: on Linux, an open handle still leads to it.
fn private_socket() -> io::Result<(UnixListener, String)> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = folder();
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let path = folder.join("engine.sock");
    let listener = UnixListener::bind(&path);
    let reached = listener.is_ok().then(|| handle(&path)).flatten();
    let listener = listener?;
    match reached {
        Some(reached) => {
            let _ = std::fs::remove_dir_all(&folder);
            Ok((listener, reached))
        }
        None => Ok((listener, path.display().to_string())),
    }
}

/// A folder name that nobody has: the folder is then made, not reused.
fn folder() -> PathBuf {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    std::env::temp_dir().join(format!("xnet-ssh-{}-{}", std::process::id(), now.as_nanos()))
}

#[cfg(target_os = "linux")]
fn handle(path: &Path) -> Option<String> {
    use std::os::fd::IntoRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    /// `O_PATH`: a handle on the file itself, for sockets cannot be opened.
    const O_PATH: i32 = 0o10_000_000;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(O_PATH).open(path).ok()?;
    // Kept open for as long as the process runs, as the engine is.
    Some(format!("/proc/self/fd/{}", file.into_raw_fd()))
}

#[cfg(not(target_os = "linux"))]
fn handle(_path: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_port_and_host_become_arguments() {
        let tail = |authority: &str| arguments(authority, None)[5..].join(" ");
        assert_eq!(tail("h"), "-- h docker system dial-stdio");
        assert_eq!(tail("u@h:22"), "-l u -p 22 -- h docker system dial-stdio");
        assert_eq!(tail("u@[fd00::1]:22"), "-l u -p 22 -- fd00::1 docker system dial-stdio");
        assert_eq!(tail("-oProxyCommand=x"), "-- -oProxyCommand=x docker system dial-stdio");
    }
}
