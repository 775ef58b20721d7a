//! The task files that people already have, with the docker CLI they call.

use serde_json::json;

use crate::support::{Engine, Test};

/// As it stands in the documents, but for the names of the networks, which other tests must not meet.
const EXISTING: &str = r"
tasks:
  setup-network:
    description: Setup application networks
    steps:
      - command: docker network create @frontend || true
      - command: docker network create @backend --internal || true
  connect-all:
    description: Connect all containers to network
    params:
      - name: network
    steps:
      - command: |
          for container in $(docker ps -q --filter label=xt=<project>); do
            docker network connect ${params.network} $container || true
          done
  network-debug:
    description: Debug network connectivity
    params:
      - name: container
    steps:
      - command: docker exec ${params.container} ip addr
      - command: docker exec ${params.container} netstat -tuln
      - command: docker exec ${params.container} nslookup database
";

struct Made<'a>(&'a Engine);

impl Made<'_> {
    fn run(&self, task: &str) -> Test {
        self.0.test().project(EXISTING).args(["run", task])
    }
}

#[test]
fn the_existing_file_runs_as_it_is() {
    let engine = Engine::new();
    let made = Made(&engine);
    made.run("setup-network").run().success();
    assert_eq!(engine.network("@backend")["Internal"], true);
    made.run("setup-network").run().success();

    let labels = json!({"xt": "<project>"});
    engine.add_container("@web", json!({"Labels": labels}));
    engine.add_container("@api", json!({"Labels": labels}));
    made.run("connect-all").args(["network=@frontend"]).run().success();
    made.run("connect-all").args(["network=@frontend"]).run().success();
    assert_eq!(engine.network("@frontend")["Containers"].as_object().map(serde_json::Map::len), Some(2));

    engine.add_network("@net", json!({}));
    let aliased = json!({"EndpointsConfig": {engine.fill("@net"): {"Aliases": ["database"]}}});
    engine.add_container("@db", json!({"HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": aliased}));
    let outcome = made.run("network-debug").args(["container=@db"]).run();
    outcome.success().stdout_has("inet ").stdout_has("Active Internet connections").stdout_has("database");
    let outcome = made.run("network-debug").args(["container=@none"]).run();
    outcome.code(1).stderr_has("@none");
}

#[test]
fn the_lists_of_the_existing_file_show_its_descriptions() {
    let engine = Engine::new();
    let outcome = engine.test().project(EXISTING).args(["tasks"]).run();
    outcome.success().stdout_has("Setup application networks").stdout_has("Debug network connectivity");
}

#[test]
fn script_steps_of_one_task_work_on_the_engine() {
    let engine = Engine::with_subnets(1);
    let project = r#"
tasks:
  t:
    params:
      - name: subnet
    steps:
      - name: create
        script: |
          docker.network.ensure("@net", #{ipam: #{subnet: params.subnet}}).outcome
        register: made
      - script: print(`it was ${made.value}`);
"#;
    engine.test().project(project).args(["run", "t", "subnet=<subnet>"]).run().success().stdout("it was created\n");
    engine.test().project(project).args(["run", "t", "subnet=<subnet>"]).run().success().stdout("it was unchanged\n");
    let outcome = engine.test().project(project).args(["run", "t", "subnet=10.0.0.5/8"]).run();
    outcome.code(2).stderr_has("10.0.0.0/8").stderr_has("config.yaml:");
}

#[test]
fn containers_and_networks_that_are_given_must_exist() {
    let engine = Engine::new();
    let project = "tasks:\n  t:\n    params:\n      - {name: c, type: container, required: false}\n      - {name: n, type: network, required: false}\n    command: echo ran ${params.c} ${params.n}\n  outer:\n    steps: [{command: echo first, name: first}, {task: t, with: {n: '${params.to}'}}]\n    params: [{name: to}]\n";
    let run = |words: [&str; 2]| engine.test().project(project).args(["run"]).args(words).run();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    run(["t", "c=@web"]).success().stdout("ran @web \n");
    run(["t", "n=@net"]).success().stdout("ran  @net\n");
    let id = engine.container("@web")["Id"].as_str().unwrap()[..12].to_owned();
    run(["t", &format!("c={id}")]).success();
    run(["t", "c=@webb"]).code(2).stdout("").stderr_has("parameter `c`").stderr_has("did you mean").stderr_has("@web");
    run(["t", "n=@nett"]).code(2).stdout("").stderr_has("parameter `n`").stderr_has("did you mean").stderr_has("@net");
    run(["outer", "to=@net"]).success().stdout("first\nran  @net\n");
    run(["outer", "to=@nett"]).code(2).stdout("first\n").stderr_has("parameter `n`").stderr_has("did you mean");
}

#[test]
fn what_the_needed_tasks_make_is_there_when_it_is_asked_for() {
    let engine = Engine::new();
    let project = "tasks:\n  t:\n    needs: [make]\n    params: [{name: n, type: network}]\n    command: echo ran ${params.n}\n  make: {script: 'docker.network.ensure(\"@made\", #{internal: true});'}\n";
    let run = |name: &str| engine.test().project(project).args(["-q", "run", "t", name]).run();
    run("n=@mad").code(2).stdout_lacks("ran").stderr_has("parameter `n`").stderr_has("@made");
    run("n=@made").success().stdout_has("ran @made\n");
}

#[test]
fn the_engine_is_asked_only_for_what_is_given() {
    let project = "tasks:\n  t:\n    params: [{name: c, type: container, required: false}]\n    command: echo ran\n";
    let test = || Test::new().project(project).env("DOCKER_HOST", "unix:///nowhere.sock").args(["run", "t"]);
    test().run().success().stdout("ran\n");
    test().args(["c=web"]).run().code(3).stdout("");
}
