//! The scripting surface, promise by promise. `tests/house/coverage.rs` holds the tests against it.

/// One thing that a user may type, and what then happens.
#[derive(Debug)]
pub(super) struct Promise {
    pub(super) room: &'static str,
    pub(super) id: &'static str,
    pub(super) typed: &'static str,
    /// Empty, or why no test shows it.
    pub(super) why_not: &'static str,
}

const fn promise(room: &'static str, id: &'static str, typed: &'static str) -> Promise {
    Promise { room, id, typed, why_not: "" }
}

const fn later(room: &'static str, id: &'static str, typed: &'static str, why_not: &'static str) -> Promise {
    Promise { room, id, typed, why_not }
}

const ALL: &str = "All of them";
const NETWORKS: &str = "Networks";
const CONTAINERS: &str = "Containers";
const ENGINE: &str = "Images, engine, swarm";
const INSIDE: &str = "exec, sh, forward";
const REFUSALS: &str = "Refusals that teach";
const PROBES: &str = "Connectivity";
const TESTS: &str = "Tests of networks";
const LIBRARY: &str = "Standard library";

const NO_PROBES: &str = "probes from inside a network namespace are not built";

pub(super) const PROMISES: &[Promise] = &[
    promise(
        ALL,
        "all.globals",
        "`docker`, `exec`, `forward`, `sh`, `params`, `env` are seen inside functions and modules",
    ),
    promise(ALL, "all.catch", "errors are maps with `kind`, `message`, `hint`, `status`, `resource`"),
    promise(ALL, "all.uncaught", "an uncaught error prints with file, line, column, the line, a caret and a hint"),
    promise(ALL, "all.unknown-option", "an option that xnet does not know is refused with the nearest known one"),
    promise(ALL, "all.spellings", "camelCase and CLI spellings of options that Docker has are accepted"),
    promise(NETWORKS, "network.create", "`docker.network.create(name)` makes a bridge and returns a handle"),
    promise(
        NETWORKS,
        "network.handle",
        "the handle's `id`, `name`, `inspect()`, `remove()`, `connect()`, `disconnect()`",
    ),
    promise(
        NETWORKS,
        "network.ipam",
        "`ipam: #{driver, config: [#{subnet, gateway, ip_range, aux_addresses}]}`, `options`, `labels` reach the engine",
    ),
    promise(
        NETWORKS,
        "network.ipam-checked",
        "host bits, a gateway, range or address outside the subnet, overlapping pools are refused before the call",
    ),
    promise(NETWORKS, "network.ipam-short", "`ipam: #{subnet: \"172.30.0.0/16\"}` is one entry"),
    promise(NETWORKS, "network.internal", "`internal: true`: no way out"),
    promise(NETWORKS, "network.attachable", "`attachable: true`"),
    promise(NETWORKS, "network.ingress", "`ingress: true`"),
    promise(NETWORKS, "network.scope", "`scope`"),
    promise(NETWORKS, "network.config-only", "`config_only` and `config_from`"),
    promise(
        NETWORKS,
        "network.ipv6",
        "`enable_ipv6: true` with a v6 subnet, dual stack; a v6-only entry also gets a v4 pool",
    ),
    promise(NETWORKS, "network.overlay", "`driver: \"overlay\"` in a swarm, attachable, with its options"),
    promise(NETWORKS, "network.encrypted", "`encrypted: true` becomes the driver option of an overlay"),
    promise(NETWORKS, "network.no-swarm", "an overlay without a swarm: an error with the way to join one"),
    promise(NETWORKS, "network.macvlan", "`driver: \"macvlan\"` with `parent`"),
    promise(NETWORKS, "network.ipvlan", "`driver: \"ipvlan\"`: what the kernel refuses is said"),
    promise(NETWORKS, "network.plugin", "a driver that is not installed: the engine's words and the drivers it has"),
    promise(
        NETWORKS,
        "network.builtin-drivers",
        "`driver: \"host\"` and `\"null\"`: the engine's one network of each is named",
    ),
    promise(NETWORKS, "network.bridge-options", "icc off, masquerade off, host_binding_ipv4, mtu, the bridge's name"),
    promise(
        NETWORKS,
        "network.overlap",
        "a subnet that a network or a host route has: its owner and a free one are named, before the call",
    ),
    promise(
        NETWORKS,
        "network.exhausted",
        "default pools used up: a free /24, of IPv6 a free /64, is chosen, and said",
    ),
    promise(
        NETWORKS,
        "network.ensure",
        "`ensure` creates or compares, lists differences, `force` recreates what nothing uses",
    ),
    promise(
        NETWORKS,
        "network.connect",
        "`connect` with aliases, ipv4_address, ipv6_address, link_local_ips, links, driver_opts",
    ),
    promise(
        NETWORKS,
        "network.connect-new",
        "`connect` with mac_address, gw_priority on an engine that heeds them; refused on one that does not",
    ),
    promise(
        NETWORKS,
        "network.connect-conflict",
        "already connected is `kind: \"conflict\"`; `ensure_connected` is idempotent",
    ),
    promise(NETWORKS, "network.disconnect", "`disconnect`, with `force`"),
    promise(NETWORKS, "network.list", "`list` with Docker's keys, `Containers` filled in, every filter"),
    promise(NETWORKS, "network.inspect", "`inspect` is Docker's JSON, whole"),
    promise(NETWORKS, "network.exists-remove", "`exists`, `remove`"),
    promise(NETWORKS, "network.prune", "`prune` with filters"),
    promise(NETWORKS, "network.shared-alias", "an alias of three containers resolves to all three"),
    promise(
        NETWORKS,
        "network.icc-links",
        "links without icc: on the default bridge they let through what is exposed, elsewhere they give names only",
    ),
    promise(
        CONTAINERS,
        "run.handle",
        "`docker.run` returns a handle with `id`, `name`, `ip()`, `exec()`, `logs()`, `inspect()`, `stop()`, `restart()`, `remove()`, `wait()`, `port()`",
    ),
    promise(
        CONTAINERS,
        "run.pull",
        "a missing image is pulled with a progress bar; without a registry the images that are there are named",
    ),
    promise(CONTAINERS, "run.modes", "`network`: a name, `host`, `none`, `container:NAME`"),
    promise(CONTAINERS, "run.ignored-ports", "`ports` with host or none is refused unless `allow_ignored_ports`"),
    promise(
        CONTAINERS,
        "run.networks",
        "`networks`, list or map with aliases and addresses, all attached before the process starts",
    ),
    promise(CONTAINERS, "run.networks-new", "the same in one request on an engine with API 1.44 or newer"),
    promise(CONTAINERS, "run.alias", "`network_alias` resolves from every peer"),
    promise(CONTAINERS, "run.ports", "the port grammar whole: addresses v4 and v6, ranges, protocols, `127.0.0.1::80`"),
    promise(CONTAINERS, "run.bad-port", "a bad port is refused with the part that is wrong"),
    promise(CONTAINERS, "run.random-port", "a random host port: `c.port(\"8080\")`"),
    promise(CONTAINERS, "run.expose", "`expose`"),
    promise(CONTAINERS, "run.port-taken", "a port that is taken: the container or process that has it"),
    promise(CONTAINERS, "run.env", "`env`"),
    promise(CONTAINERS, "run.command", "`command`, list or string, and `entrypoint`"),
    promise(CONTAINERS, "run.names", "`name`, `hostname`, `labels`"),
    promise(CONTAINERS, "run.links", "`links`"),
    promise(CONTAINERS, "run.dns", "`dns`, `dns_search`, `dns_options`"),
    promise(CONTAINERS, "run.extra-hosts", "`extra_hosts` with `host-gateway`"),
    promise(CONTAINERS, "run.sysctls", "`sysctls`"),
    promise(CONTAINERS, "run.caps", "`cap_add`, `cap_drop`, `privileged`"),
    promise(CONTAINERS, "run.volumes", "`volumes`"),
    promise(CONTAINERS, "run.restart", "`restart`"),
    promise(CONTAINERS, "run.user", "`user`, `working_dir`"),
    promise(CONTAINERS, "run.resources", "`memory`, `cpus`, `ulimits`, `devices`"),
    promise(CONTAINERS, "run.healthcheck", "`healthcheck`"),
    promise(CONTAINERS, "run.auto-remove", "`auto_remove`"),
    promise(CONTAINERS, "run.mac", "`mac_address`"),
    promise(CONTAINERS, "run.process", "`tty`, `read_only`, `init`, `stop_timeout`"),
    promise(CONTAINERS, "run.wait-running", "`wait: \"running\"`: one that ends at once fails with its last log lines"),
    promise(CONTAINERS, "run.wait-healthy", "`wait: \"healthy\"` with `timeout`"),
    promise(CONTAINERS, "run.wait-port", "`wait: \"port:80\"`"),
    promise(CONTAINERS, "run.wait-log", "`wait: \"log:ready\"`"),
    promise(CONTAINERS, "ensure_container", "`docker.ensure_container` creates or compares, and lists the differences"),
    promise(CONTAINERS, "container.list", "`docker.list(#{all, filters})`"),
    promise(CONTAINERS, "container.inspect", "`docker.inspect`"),
    promise(
        CONTAINERS,
        "container.logs",
        "`logs` with tail, since, before (or `\"until\"`), timestamps, one stream or both, apart",
    ),
    promise(
        CONTAINERS,
        "container.logs-follow",
        "`logs` with `follow`: a function gets each line and its stream, and ends it with `false`",
    ),
    promise(CONTAINERS, "container.stats", "`stats`, once or followed, with the figures of `docker stats`"),
    promise(CONTAINERS, "container.port", "`docker.port`"),
    promise(CONTAINERS, "container.top", "`top`"),
    promise(CONTAINERS, "container.lifecycle", "`start`, `stop`, `restart`, `kill`, `pause`, `unpause`, `wait`"),
    promise(CONTAINERS, "container.rename", "`rename`"),
    promise(CONTAINERS, "container.remove", "`remove`"),
    promise(CONTAINERS, "container.prune", "`docker.prune` of stopped containers"),
    promise(
        CONTAINERS,
        "container.copy",
        "`copy_to`, `copy_from` of files and folders, `write_file`, `read_file`; nothing leaves the target folder",
    ),
    promise(CONTAINERS, "repl.handles", "handles print well in the REPL"),
    promise(ENGINE, "image.list", "`docker.image.list` with filters, `inspect`, `exists`, `tag`, `remove`"),
    promise(ENGINE, "image.pull", "`docker.image.pull` with progress and what `docker login` keeps"),
    promise(
        ENGINE,
        "image.build",
        "`docker.image.build` from a folder with its `.dockerignore`; a failing step with its lines and exit code",
    ),
    promise(ENGINE, "image.import", "`docker.image.import_tar`"),
    promise(ENGINE, "image.save-load", "`docker.image.save`, `load`"),
    promise(ENGINE, "engine.info", "`docker.info()`, `docker.version()`"),
    promise(ENGINE, "engine.events", "`docker.events(#{filters, since, timeout, ready}, |e| …)`, or as a list"),
    promise(ENGINE, "engine.host", "`docker.host(address or context)`: the same object on another engine"),
    promise(ENGINE, "swarm", "`docker.swarm.init`, `join`, `leave`, `info`"),
    promise(ENGINE, "swarm.service", "`docker.service.create`, `list`, `inspect`, `remove`"),
    promise(ENGINE, "swarm.node", "`docker.node.list`"),
    promise(INSIDE, "exec.shell", "`exec(container, text)` through the container's shell; the result's fields"),
    promise(INSIDE, "exec.check", "non-zero throws with the last stderr lines, unless `check: false`"),
    promise(INSIDE, "exec.list", "`exec(container, [...])`: no shell, each element one argument"),
    promise(INSIDE, "exec.options", "`env`, `user`, `working_dir`, `stdin`, `timeout`, `stream`"),
    promise(INSIDE, "exec.tty", "`tty`"),
    promise(INSIDE, "exec.bytes", "stdout and stderr apart, byte-safe"),
    promise(INSIDE, "sh", "`sh(text)`, `sh([...])`, `quote(x)` on the host"),
    later(INSIDE, "sh.permission", "`sh` asks the permission `host`", "there is no permission system"),
    promise(
        INSIDE,
        "forward.specs",
        "`forward` by text, list and map; `0:80`, `80`; the handle's `local_port`, `address`, `stats()`, `close()`",
    ),
    later(
        INSIDE,
        "forward.everywhere",
        "`forward` on `none` networks, to 127.0.0.1 inside, udp, remote engines, through a restart",
        NO_PROBES,
    ),
    promise(REFUSALS, "refusal.port", "port allocated"),
    promise(REFUSALS, "refusal.name", "name in use, of a network and of a container"),
    promise(REFUSALS, "refusal.overlap", "subnet overlap"),
    promise(REFUSALS, "refusal.exhausted", "address pools exhausted, and no free subnet to choose"),
    promise(REFUSALS, "refusal.endpoints", "network has active endpoints"),
    later(
        REFUSALS,
        "refusal.endpoint-exists",
        "endpoint already exists",
        "engine 20.10 forgets such endpoints itself, so it could not be provoked; an engine that only says so is explained in \
         `engine_room::stale`",
    ),
    promise(REFUSALS, "refusal.not-attachable", "network is not attachable"),
    promise(REFUSALS, "refusal.missing", "no such container, network, image"),
    promise(REFUSALS, "refusal.connected", "already connected"),
    promise(REFUSALS, "refusal.address", "address in use"),
    promise(REFUSALS, "refusal.swarm", "swarm not active"),
    promise(PROBES, "probe.ping", "`ping`, `reach`, `resolve`, `http`, `listening`"),
    promise(PROBES, "probe.outside", "`internet` and `host` as endpoints"),
    promise(
        PROBES,
        "probe.look",
        "`listening`, `sockets`, `addresses`, `routes`, `neighbours`, of a container and of the host, nothing needed inside",
    ),
    later(PROBES, "probe.why", "`why`", NO_PROBES),
    promise(PROBES, "probe.resolve", "`resolve`: hosts file, name servers, search domains, which server, how long"),
    promise(PROBES, "probe.http", "`http` and `tls`: pages and handshakes, with causes and certificates"),
    promise(PROBES, "probe.way", "`traceroute` and `path_mtu`"),
    promise(PROBES, "probe.assert", "`assert_reach`, `assert_no_reach`, `assert_resolves`"),
    promise(PROBES, "probe.isolation", "`assert_no_reach` does not pass for a reason that shows nothing"),
    promise(PROBES, "flow", "`parallel`, `retry`, `wait_for`, `defer`"),
    promise(TESTS, "test.script", "`test(name, options?, function)`, `assert`, `assert_eq`"),
    promise(
        TESTS,
        "test.command",
        "`xnet test`: finding, filter, retries, time, interruption; nothing untested passes",
    ),
    promise(TESTS, "test.reports", "`xnet test` tells results to people, as JSON lines, TAP and JUnit"),
    promise(TESTS, "test.config", "`tests:` of the config file, checked by `xnet check`"),
    promise(LIBRARY, "std.debug", "`debug_network`, `test_connectivity`, `check_port`"),
    promise(LIBRARY, "std.subnets", "subnet arithmetic"),
    promise(LIBRARY, "std.more", "round-robin and failover, isolation checks, topology builders"),
];
