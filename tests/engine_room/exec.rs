use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;
use xnet::config::{Node, read};
use xnet::engine::{Error, ExecOutput, Stream};
use xnet::model::container::{ExecSpec, StopSpec};
use xnet::model::text::CommandLine;

use super::{Room, container, run, shell_less};

fn exec(room: &Room, name: &str, command: &str, options: serde_json::Value) -> Result<ExecOutput, Error> {
    let spec: ExecSpec = read(&Node::from(options)).unwrap();
    run(room.engine.exec(name, &CommandLine::Text(command.into()), &spec, &|_, _| {}))
}

#[test]
fn output_exit_code_and_options_come_through() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let output = exec(&room, &name, "printf '\\377out'; echo err >&2; exit 3", json!({})).unwrap();
    assert_eq!((output.stdout, output.stderr, output.exit_code), (b"\xffout".to_vec(), b"err\n".to_vec(), 3));
    let options = json!({"env": {"A": "$(id); x"}, "user": "7", "working_dir": "/bin", "stdin": "in"});
    let output = exec(&room, &name, "echo \"$A\" $(id -u) $(pwd) $(cat)", options).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "$(id); x 7 /bin in\n");
    let list = CommandLine::Arguments(vec!["echo".into(), "$HOME; `id`".into()]);
    let output = run(room.engine.exec(&name, &list, &ExecSpec::default(), &|_, _| {})).unwrap();
    assert_eq!(output.stdout, b"$HOME; `id`\n");
}

#[test]
fn a_large_stdin_does_not_block_the_output() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let text = "0123456789abcdef".repeat(64 * 1024);
    let output = exec(&room, &name, "cat", json!({"stdin": text, "timeout": "60s"})).unwrap();
    assert_eq!(output.stdout.len(), text.len());
}

#[test]
fn pieces_are_handed_out_as_they_come() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let begun = Instant::now();
    let pieces = Mutex::new(Vec::new());
    let sink = |stream: Stream, piece: &[u8]| pieces.lock().unwrap().push((stream, piece.to_vec(), begun.elapsed()));
    let command = CommandLine::Text("echo a; sleep 1; echo b".into());
    run(room.engine.exec(&name, &command, &ExecSpec::default(), &sink)).unwrap();
    let pieces = pieces.into_inner().unwrap();
    assert_eq!(pieces.len(), 2);
    assert!(pieces[1].2 > pieces[0].2 + Duration::from_millis(700));
}

#[test]
fn a_timeout_ends_the_command_and_all_it_started() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let error = exec(&room, &name, "sleep 4321 & sleep 4321; echo", json!({"timeout": "500ms"})).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert_eq!(error.exit_code(), 5);
    assert!(xnet::engine::settle(Duration::from_secs(10)));
    let output = exec(&room, &name, "ps", json!({})).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("4321"), "{text}");
}

#[test]
fn a_missing_shell_a_stopped_and_a_missing_container_are_told_apart() {
    let room = Room::new();
    let spec = container(json!({"name": room.name("bare"), "command": ["/bin/busybox", "sleep", "600"]}));
    let bare = run(room.engine.run_container(&shell_less(), &spec, &|_| {})).unwrap().name;
    let error = exec(&room, &bare, "ls", json!({})).unwrap_err();
    assert!(matches!(error, Error::NoProgram { shell: true, .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("as a list"));
    let list = CommandLine::Arguments(vec!["/nope".into()]);
    let error = run(room.engine.exec(&bare, &list, &ExecSpec::default(), &|_, _| {})).unwrap_err();
    assert!(matches!(&error, Error::NoProgram { shell: false, program, .. } if program == "/nope"), "{error:?}");
    let error = exec(&room, &bare, "ls", json!({"user": "nobody-here"})).unwrap_err();
    assert!(error.to_string().contains("nobody-here") && error.hint().is_some(), "{error:?}");
    assert_eq!((error.kind(), error.exit_code()), ("refused", 4));
    let list = CommandLine::Arguments(vec!["/bin/busybox".into(), "true".into()]);
    let spec: ExecSpec = read(&Node::from(json!({"working_dir": "/bin/busybox/none"}))).unwrap();
    let error = run(room.engine.exec(&bare, &list, &spec, &|_, _| {})).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), ("refused", 4), "{error:?}");
    run(room.engine.stop_container(&bare, &StopSpec { timeout: Some("0s".parse().unwrap()), ..StopSpec::default() }))
        .unwrap();
    let error = exec(&room, &bare, "ls", json!({})).unwrap_err();
    assert!(matches!(&error, Error::NotRunning { state, .. } if state.starts_with("exited with ")), "{error:?}");
    assert_eq!(exec(&room, "no-such-container-here", "ls", json!({})).unwrap_err().kind(), "not_found");
}
