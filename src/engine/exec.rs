//! Commands inside a running container.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use futures_util::StreamExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::cleanup::detach;
use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::live::{self, Live};
use super::raw::{LIMIT, Request};
use super::refusal_words::{self, Told};
use crate::model::container::{ExecSpec, Input};
use crate::model::text::CommandLine;
use crate::runtime::{Cancel, Hurry, Reason};

/// Bytes of each output that are kept.
const KEPT: usize = 64 << 20;
/// How long what a command said last may take to come once it was ended.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Which of its outputs a command wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecOutput {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub exit_code: i64,
    pub duration: Duration,
}

/// How a command that may be stopped ended.
#[derive(Debug)]
pub enum Ending {
    /// By itself.
    Came(ExecOutput),
    Stopped {
        reason: Reason,
        /// Why it goes on in the container, where it does.
        goes_on: Option<String>,
    },
}

impl Engine {
    /// Runs a command in a running container and hands each piece of output to `sink` as it comes.
    ///
    /// Text goes to the container's `/bin/sh -c`; a list is run as it is. With `tty` all output is stdout. Any exit code is an answer, not an error:
    /// `spec.check` is the caller's business, as is `spec.stream`. The Engine API cannot end a command: after a timeout
    /// ([`Error::TimedOut`]) or when dropped, it is killed, with what it started, only if the engine is local and this
    /// process may do so (root, or the same user); otherwise it goes on in the container.
    pub async fn exec(
        &self,
        container: &str,
        command: &CommandLine,
        spec: &ExecSpec,
        sink: &(dyn Fn(Stream, &[u8]) + Send + Sync),
    ) -> Result<ExecOutput> {
        self.exec_live(container, command, spec, Live::default(), sink).await
    }

    /// The same until a token is cancelled: the command is then asked to end, with all it started, and killed when it has
    /// not after two seconds; what it still says goes to `sink`.
    pub async fn exec_until(
        &self,
        container: &str,
        command: &CommandLine,
        spec: &ExecSpec,
        stop: &Cancel,
        sink: &(dyn Fn(Stream, &[u8]) + Send + Sync),
    ) -> Result<Ending> {
        let (hurry, id) = (Hurry::new(), OnceLock::new());
        let mut work = pin!(self.exec_known(container, command, spec, Live::default(), sink, &id));
        tokio::select! {
            biased;
            output = &mut work => return Ok(Ending::Came(output?)),
            () = stop.cancelled() => {}
        }
        let reason = stop.reason().unwrap_or(Reason::Interrupted);
        let Some(id) = id.get() else { return Ok(Ending::Stopped { reason, goes_on: None }) };
        let mut ending = pin!(self.end_exec(id, &hurry));
        let goes_on = tokio::select! {
            goes_on = &mut ending => {
                let _ = tokio::time::timeout(LAST_WORDS, work).await;
                goes_on
            }
            _ = &mut work => ending.await,
        };
        Ok(Ending::Stopped { reason, goes_on })
    }

    /// The same with what is typed while it runs, which comes after `spec.stdin`.
    pub async fn exec_live(
        &self,
        container: &str,
        command: &CommandLine,
        spec: &ExecSpec,
        live: Live,
        sink: &(dyn Fn(Stream, &[u8]) + Send + Sync),
    ) -> Result<ExecOutput> {
        self.exec_known(container, command, spec, live, sink, &OnceLock::new()).await
    }

    /// The same; the engine's name of the exec is put into `known` before it is started.
    async fn exec_known(
        &self,
        container: &str,
        command: &CommandLine,
        spec: &ExecSpec,
        live: Live,
        sink: &(dyn Fn(Stream, &[u8]) + Send + Sync),
        known: &OnceLock<String>,
    ) -> Result<ExecOutput> {
        let (arguments, shell) = match command {
            CommandLine::Text(text) => (vec!["/bin/sh".to_owned(), "-c".to_owned(), text.clone()], true),
            CommandLine::Arguments(arguments) => (arguments.clone(), false),
        };
        if arguments.first().is_none_or(String::is_empty) {
            return Err(Error::Invalid { message: "the command is empty".into(), hint: None });
        }
        let begun = Instant::now();
        let work = async {
            let reads = spec.stdin.is_some() || live.input.is_some();
            let id = self.create_exec(container, &arguments, spec, reads).await?;
            let id = known.get_or_init(|| id);
            let running = Running { engine: self.clone(), id: Some(id.to_owned()), handle: Handle::current() };
            let Collecting { output, held, .. } = self.attach_exec(id, spec, live, sink).await?;
            let exit_code = self.exit_code(id).await?;
            running.ended();
            let output = ExecOutput { exit_code, ..output };
            if let Some(words) = refusal(&output) {
                return Err(Error::Refused { status: 400, words });
            }
            if held {
                sink(Stream::Stdout, &output.stdout);
                sink(Stream::Stderr, &output.stderr);
            }
            Ok(output)
        };
        let output = match spec.timeout {
            None => work.await,
            Some(limit) => tokio::time::timeout(limit.0, work).await.unwrap_or_else(|_| {
                let shown = if shell { &arguments[2..] } else { &arguments[..] };
                let what = format!("`{}` in {container}", shown.join(" "));
                Err(Error::TimedOut { what, after: limit.0 })
            }),
        };
        match output {
            Ok(output) => Ok(ExecOutput { duration: begun.elapsed(), ..output }),
            Err(error) => {
                let program = arguments.into_iter().next().unwrap_or_default();
                Err(self.exec_fault(error, container, program, shell).await)
            }
        }
    }

    /// What an engine that refuses a command means.
    async fn exec_fault(&self, error: Error, container: &str, program: String, shell: bool) -> Error {
        let Error::Refused { status, words } = error else { return error };
        if lacks_program(&words, &program) {
            let words = refusal_words::reason(&words);
            return Error::NoProgram { container: container.to_owned(), program, shell, words };
        }
        match refusal_words::told(&words) {
            Some(Told::Advice { words, hint }) => Error::Advised { status, words, hint },
            // It may have ended between the two requests.
            _ if matches!(status, 409 | 500) => {
                self.explain(Error::Refused { status, words }, Thing::Container, container).await
            }
            _ => Error::Refused { status, words },
        }
    }

    async fn create_exec(&self, container: &str, arguments: &[String], spec: &ExecSpec, reads: bool) -> Result<String> {
        let mut body = json!({
            "AttachStdin": reads, "AttachStdout": true, "AttachStderr": true, "Tty": spec.tty,
            "Cmd": arguments,
            "Env": spec.env.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        });
        if let Some(user) = &spec.user {
            body["User"] = user.as_str().into();
        }
        if let Some(folder) = &spec.working_dir {
            body["WorkingDir"] = folder.as_str().into();
        }
        let answer = self.about(container, &Request::post(&["containers", container, "exec"]).json(&body)).await?;
        Ok(answer["Id"].as_str().unwrap_or_default().to_owned())
    }

    /// Starts it, feeds it and reads it, all at once: a command may write before it has read.
    async fn attach_exec(
        &self,
        id: &str,
        spec: &ExecSpec,
        live: Live,
        sink: &(dyn Fn(Stream, &[u8]) + Send + Sync),
    ) -> Result<Collecting> {
        let options = StartExecOptions { tty: spec.tty, ..StartExecOptions::default() };
        let started = self.docker().start_exec(id, Some(options)).await.map_err(|fault| self.fault(fault, LIMIT))?;
        let StartExecResults::Attached { mut output, mut input } = started else {
            return Err(self.transport("it did not attach to the command".into()));
        };
        let typed = async {
            if let Some(Input(bytes)) = &spec.stdin {
                // A command that reads no more is no error of ours.
                let _ = input.write_all(bytes).await;
            }
            match live.input {
                Some(typed) => live::feed(typed, &mut input, spec.tty).await,
                None if spec.stdin.is_some() => live::feed(nothing(), &mut input, spec.tty).await,
                None => {}
            }
        };
        let sized = async {
            if let Some(sizes) = live.sizes {
                live::resize(self, id, sizes).await;
            }
        };
        let feed = async {
            tokio::join!(typed, sized);
            std::future::pending::<()>().await;
        };
        let mut collecting =
            Collecting { output: ExecOutput::default(), begun: [false; 2], held: false, keep: spec.keep };
        let read = async {
            while let Some(piece) = output.next().await {
                let (stream, message) = match piece.map_err(|fault| self.fault(fault, LIMIT))? {
                    LogOutput::StdErr { message } => (Stream::Stderr, message),
                    LogOutput::StdOut { message } | LogOutput::Console { message } => (Stream::Stdout, message),
                    LogOutput::StdIn { .. } => continue,
                };
                collecting.take(stream, &message, sink)?;
            }
            Ok(())
        };
        let (mut feed, mut read) = (pin!(feed), pin!(read));
        let ended: Result<()> = tokio::select! {
            ended = &mut read => ended,
            () = &mut feed => Ok(()),
        };
        ended?;
        Ok(collecting)
    }

    /// The output may end a moment before the engine knows the exit code.
    async fn exit_code(&self, id: &str) -> Result<i64> {
        let mut pause = Duration::from_millis(1);
        let end = Instant::now() + LIMIT;
        loop {
            let state = self.send(&Request::get(&["exec", id, "json"])).await?;
            match state["ExitCode"].as_i64() {
                Some(code) if state["Running"] == false => return Ok(code),
                _ if Instant::now() > end => {
                    return Err(Error::TimedOut { what: "the end of a command".into(), after: LIMIT });
                }
                _ => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}

/// Input that has ended.
fn nothing() -> mpsc::Receiver<Vec<u8>> {
    mpsc::channel(1).1
}

/// The output of a command under way.
struct Collecting {
    output: ExecOutput,
    /// Whether anything came of stdout and of stderr.
    begun: [bool; 2],
    /// What may be the engine's own words is held back from the sink until the exit code tells whose they are.
    held: bool,
    keep: bool,
}

impl Collecting {
    fn take(&mut self, stream: Stream, message: &[u8], sink: &(dyn Fn(Stream, &[u8]) + Send + Sync)) -> Result<()> {
        let first = !std::mem::replace(&mut self.begun[stream as usize], true);
        self.held = self.held || (first && is_refusal(&String::from_utf8_lossy(message)));
        if !self.held {
            sink(stream, message);
        }
        if self.held || self.keep {
            let kept = match stream {
                Stream::Stdout => &mut self.output.stdout,
                Stream::Stderr => &mut self.output.stderr,
            };
            kept.extend_from_slice(message);
            if kept.len() > KEPT {
                return Err(Error::TooMuch { limit: KEPT, hint: "send it to a file inside the container" });
            }
        }
        Ok(())
    }
}

/// The engine's words when it could not start a command: it writes them where the command's output should be, as one
/// line that ends in CR LF, and leaves the exit code of a shell that found no program.
fn refusal(output: &ExecOutput) -> Option<String> {
    if !matches!(output.exit_code, 126 | 127) {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let docker = text.strip_suffix("\r\n").filter(|words| !words.contains('\n') && is_refusal(words));
    let error = String::from_utf8_lossy(&output.stderr);
    // Podman writes two lines; the second tells of its own pipe.
    let podman = || [&error, &text].into_iter().find_map(|text| text.lines().next().filter(|line| of_podman(line)));
    docker.or_else(podman).map(str::to_owned)
}

fn of_podman(words: &str) -> bool {
    words.starts_with("Error: ") && words.contains("exec failed: unable to start container process")
}

fn is_refusal(words: &str) -> bool {
    ["OCI runtime exec failed", "unable to find user", "unable to find group"]
        .iter()
        .any(|start| words.starts_with(start))
        || of_podman(words)
}

/// Whether the engine's words mean the program itself: a user or a folder that is missing stops a command too.
fn lacks_program(words: &str, program: &str) -> bool {
    let Some((_, after)) = words.split_once(&format!("exec: \"{program}\"")) else { return false };
    is_refusal(words) && ["not found", "no such file", "permission denied"].iter().any(|why| after.contains(why))
}

/// A command under way; dropped before its end, it is killed where possible.
struct Running {
    engine: Engine,
    id: Option<String>,
    handle: Handle,
}

impl Running {
    fn ended(mut self) {
        self.id = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(id) = self.id.take().filter(|_| self.engine.is_local()) else { return };
        let engine = self.engine.clone();
        detach(&self.handle, async move { engine.kill_exec(&id).await });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_engine_s_own_words_mean_that_nothing_ran() {
        let said = |stdout: &str, exit_code| ExecOutput { stdout: stdout.into(), exit_code, ..ExecOutput::default() };
        assert!(refusal(&said("OCI runtime exec failed: exec failed: …\r\n", 126)).is_some());
        assert!(refusal(&said("sh: nope: not found\n", 127)).is_none());
        assert!(refusal(&said("OCI runtime exec failed\r\n", 0)).is_none());
        let podman = "Error: runc: exec failed: unable to start container process: exec: \"p\": executable file not found \
                      in $PATH: OCI runtime attempted to invoke a command that was not found";
        let both = format!("{podman}\nError: read unixpacket: connection reset by peer\n");
        let output = ExecOutput { stderr: both.into(), exit_code: 127, ..ExecOutput::default() };
        assert_eq!(refusal(&output).as_deref(), Some(podman));
        assert!(lacks_program(podman, "p"));
        let own = ExecOutput { stderr: "Error: no such shop\n".into(), exit_code: 127, ..ExecOutput::default() };
        assert!(refusal(&own).is_none());
    }

    #[test]
    fn only_a_program_that_is_missing_is_no_program() {
        let start = "OCI runtime exec failed: exec failed: unable to start container process: ";
        for (words, lacks) in [
            ("exec: \"p\": executable file not found in $PATH: unknown", true),
            ("exec: \"p\": stat p: no such file or directory: unknown", true),
            ("exec: \"p\": permission denied: unknown", true),
            ("exec: \"other\": permission denied: unknown", false),
            ("chdir to cwd (\"/nope\") set in config.json failed: no such file or directory: unknown", false),
        ] {
            assert_eq!(lacks_program(&format!("{start}{words}"), "p"), lacks, "{words}");
        }
        assert!(!lacks_program("unable to find user p: no matching entries in passwd file", "p"));
    }
}
