//! `tls`, and `http` over it, against servers that OpenSSL runs inside a container's network namespace.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Engine, SCRATCH, Test};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, arguments: &str) -> String {
    let run = Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output().expect("openssl");
    assert!(run.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/// An authority, and a certificate for `api` and `10.0.0.1` from it that is good for so many days.
fn certificates(folder: &Path, days: i32) {
    let authority = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign";
    openssl(folder, &format!("req -x509 {KEY} -keyout ca.key -out ca.pem -subj /CN=Authority -days 30 {authority}"));
    openssl(folder, &format!("req {KEY} -keyout own.key -out own.csr -subj /CN=api/O=Example"));
    std::fs::write(folder.join("names"), "subjectAltName=DNS:api,IP:10.0.0.1\n").unwrap();
    let signed = format!("x509 -req -in own.csr -CA ca.pem -CAkey ca.key -days {days} -extfile names -out own.pem");
    openssl(folder, &signed);
}

/// Runs on port 443 of the container, with `own.pem` of the folder.
fn serve(engine: &Engine, container: &str, folder: &Path, options: &str) -> Server {
    let pid = engine.container(container)["State"]["Pid"].as_u64().unwrap();
    let fixed = "openssl s_server -accept 443 -cert own.pem -key own.key -quiet";
    let child = Command::new("nsenter")
        .arg(format!("--net=/proc/{pid}/ns/net"))
        .args(fixed.split(' ').chain(options.split_whitespace()))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nsenter");
    let server = Server(child);
    engine.until_listening("@look", 443);
    server
}

/// `api` is a container whose namespace the servers run in; `@look` shares it and has tools.
fn with_api() -> Engine {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let endpoint = json!({"EndpointsConfig": {"@net": {"Aliases": ["api", "other"]}}});
    engine.add_container(
        "@api",
        json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": endpoint}),
    );
    engine.add_container("@look", json!({"HostConfig": {"NetworkMode": "container:@api"}}));
    engine.add_container("@app", json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@net"}}));
    engine
}

fn told(test: Test, arguments: &[&str]) -> Value {
    let test = arguments.iter().fold(test.args(["--json"]), |test, one| test.args([one]));
    test.run().check_code(&[0, 1]).json()
}

// shows: probe.http
#[test]
fn a_handshake_tells_what_was_agreed_and_whom_to_believe() {
    let engine = with_api();
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path(), 10);
    let _server = serve(&engine, "@api", folder.path(), "-www -alpn http/1.1");
    let ca = folder.path().join("ca.pem").display().to_string();
    let good = told(engine.test(), &["tls", "@app", "api", "--ca", &ca, "--alpn", "h2,http/1.1"]);
    assert_eq!((&good["ok"], &good["valid"]), (&json!(true), &json!(true)), "{good:#}");
    assert_eq!((&good["version"], &good["alpn"]), (&json!("TLSv1.3"), &json!("http/1.1")), "{good:#}");
    let own = &good["certificates"][0];
    assert_eq!(own["names"], json!(["api", "10.0.0.1"]), "{own:#}");
    assert!(own["subject"].as_str().unwrap().contains("CN=api") && own["issuer"] == "CN=Authority", "{own:#}");
    let print = openssl(folder.path(), "x509 -in own.pem -noout -fingerprint -sha256");
    let print = print.split('=').nth(1).unwrap().trim().replace(':', "").to_lowercase();
    assert_eq!(own["sha256"], print);
    let unknown = told(engine.test(), &["tls", "@app", "api:443"]);
    assert_eq!((&unknown["cause"], &unknown["reason"]), (&json!("tls"), &json!("unknown_issuer")), "{unknown:#}");
    let other = told(engine.test(), &["tls", "@app", "other:443", "--ca", &ca]);
    assert_eq!(other["reason"], "name_mismatch", "{other:#}");
    assert!(other["message"].as_str().unwrap().contains("it is for api, 10.0.0.1, and not for other"), "{other:#}");
    let named = told(engine.test(), &["tls", "@app", "other:443", "--ca", &ca, "--server-name", "api"]);
    assert_eq!(named["ok"], true, "{named:#}");

    let page = told(engine.test(), &["http", "@app", "https://api/", "--ca", &ca]);
    assert_eq!((&page["status"], &page["tls"]["valid"]), (&json!(200), &json!(true)), "{page:#}");
    let doubted = told(engine.test(), &["http", "@app", "https://api/"]);
    assert_eq!((&doubted["cause"], &doubted["status"]), (&json!("tls"), &json!(null)), "{doubted:#}");
    let taken = told(engine.test(), &["http", "@app", "https://api/", "--insecure"]);
    assert_eq!((&taken["status"], &taken["tls"]["valid"]), (&json!(200), &json!(false)), "{taken:#}");
}

#[test]
fn a_certificate_that_is_over_or_signed_by_itself_is_told() {
    let engine = with_api();
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path(), -1);
    let ca = folder.path().join("ca.pem").display().to_string();
    let server = serve(&engine, "@api", folder.path(), "-tls1_2");
    let over = told(engine.test(), &["tls", "@app", "api", "--ca", &ca]);
    assert_eq!((&over["reason"], &over["version"]), (&json!("expired"), &json!("TLSv1.2")), "{over:#}");
    drop(server);
    openssl(folder.path(), &format!("req -x509 {KEY} -keyout own.key -out own.pem -subj /CN=api -days 9"));
    let _server = serve(&engine, "@api", folder.path(), "");
    let own = told(engine.test(), &["tls", "@app", "api"]);
    assert_eq!(own["reason"], "self_signed", "{own:#}");
}

#[test]
fn a_certificate_that_is_its_own_authority_is_believed_when_it_is_given() {
    let engine = with_api();
    let folder = tempfile::tempdir().unwrap();
    let names = "-addext subjectAltName=DNS:api";
    openssl(folder.path(), &format!("req -x509 {KEY} -keyout own.key -out own.pem -subj /CN=api -days 9 {names}"));
    let _server = serve(&engine, "@api", folder.path(), "-www");
    let ca = folder.path().join("own.pem").display().to_string();
    let own = told(engine.test(), &["tls", "@app", "api", "--ca", &ca]);
    assert_eq!((&own["ok"], &own["valid"]), (&json!(true), &json!(true)), "{own:#}");
    let page = told(engine.test(), &["http", "@app", "https://api/", "--ca", &ca]);
    assert_eq!(page["status"], 200, "{page:#}");
    let other = told(engine.test(), &["tls", "@app", "other", "--ca", &ca]);
    assert_eq!((&other["ok"], &other["reason"]), (&json!(false), &json!("name_mismatch")), "{other:#}");
    let doubted = told(engine.test(), &["tls", "@app", "api"]);
    assert_eq!(doubted["reason"], "self_signed", "{doubted:#}");
    // Another of the same name is another.
    let stranger = folder.path().join("stranger.pem").display().to_string();
    openssl(folder.path(), &format!("req -x509 {KEY} -keyout x.key -out stranger.pem -subj /CN=api -days 9 {names}"));
    let wrong = told(engine.test(), &["tls", "@app", "api", "--ca", &stranger]);
    assert_eq!(wrong["ok"], false, "{wrong:#}");
}

#[test]
fn a_certificate_that_is_given_and_over_is_not_believed() {
    let engine = with_api();
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), &format!("req {KEY} -keyout own.key -out own.csr -subj /CN=api"));
    std::fs::write(folder.path().join("names"), "subjectAltName=DNS:api\nbasicConstraints=CA:TRUE\n").unwrap();
    openssl(folder.path(), "x509 -req -in own.csr -signkey own.key -days -1 -extfile names -out own.pem");
    let _server = serve(&engine, "@api", folder.path(), "");
    let ca = folder.path().join("own.pem").display().to_string();
    let over = told(engine.test(), &["tls", "@app", "api", "--ca", &ca]);
    assert_eq!((&over["ok"], &over["reason"]), (&json!(false), &json!("expired")), "{over:#}");
}

#[test]
fn a_script_shakes_hands_and_bad_authorities_are_refused() {
    let engine = with_api();
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path(), 10);
    let _server = serve(&engine, "@api", folder.path(), "");
    let code = r#"
        let told = tls("@app", "api:443", #{ca: params.ca});
        print(`${told.ok} ${told.version} ${told.certificates.len()}`);
        print(tls("@app", "api:444").cause);
        for wrong in [
            || tls("@app", "api:443", #{ca: "/nowhere.pem"}),
            || tls("@app", "api:443", #{ca: "-----BEGIN nothing"}),
            || tls("@app", "api:0"),
            || tls("@app", "api:443", #{sni: "x"}),
            || tls("@app", "api:443", #{server_name: "a b"}),
        ] {
            try { wrong.call() } catch (e) { print(`${e.kind}: ${e.message}`) }
        }
    "#;
    let ca = std::fs::read_to_string(folder.path().join("ca.pem")).unwrap();
    let outcome = engine.script(code).raw_arg(format!("ca={ca}")).run();
    outcome.success().stdout_has("true TLSv1.3 1\nrefused\n").stdout_has("authorities in /nowhere.pem cannot be read");
    outcome.stdout_has("it is not PEM").stdout_has("is no service").stdout_has("cannot be the name");
}
