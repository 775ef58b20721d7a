//! What a container uses: Docker's samples, and the figures that people read out of them.

use futures_util::stream::{BoxStream, StreamExt};
use futures_util::{TryStreamExt, future};
use serde_json::{Value, json};

use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::raw::{Request, UNBOUNDED};

impl Engine {
    /// One sample with the one before it, so that the use of the processor can be told: it takes a second or two.
    /// Docker's JSON, with what `docker stats` shows under `summary`.
    pub async fn stats(&self, name: &str) -> Result<Value> {
        self.must_run(name).await?;
        let request = Request::get(&["containers", name, "stats"]).query("stream", "0");
        match self.send(&request).await {
            // It ended while it was looked at.
            Ok(sample) if empty(&sample) => Err(stopped(name)),
            Ok(sample) => Ok(with_summary(sample)),
            Err(error) => Err(self.explain(error, Thing::Container, name).await),
        }
    }

    /// A sample each second until the container ends.
    pub async fn stats_stream(&self, name: &str) -> Result<BoxStream<'static, Result<Value>>> {
        self.must_run(name).await?;
        let request = Request::get(&["containers", name, "stats"]).query("stream", "1").within(UNBOUNDED);
        let samples = self.feed(&request).try_take_while(|sample| future::ok(!empty(sample)));
        // The first one has none before it.
        let samples = samples.try_filter(|sample| future::ready(!sample["precpu_stats"]["system_cpu_usage"].is_null()));
        Ok(samples.map_ok(with_summary).boxed())
    }

    /// Of a container that does not run, the engine answers with a sample of zeros.
    async fn must_run(&self, name: &str) -> Result<()> {
        let whole = self.inspect_container(name).await?;
        if whole["State"]["Running"] == true {
            return Ok(());
        }
        let state = whole["State"]["Status"].as_str().unwrap_or("stopped").to_owned();
        Err(Error::NotRunning { container: name.to_owned(), state })
    }
}

fn stopped(name: &str) -> Error {
    Error::NotRunning { container: name.to_owned(), state: "exited".into() }
}

/// Whether it is the sample of a container that does not run.
fn empty(sample: &Value) -> bool {
    sample["read"].as_str().is_none_or(|time| time.starts_with("0001-01-01"))
}

fn with_summary(mut sample: Value) -> Value {
    let summary = summary(&sample);
    if let Some(map) = sample.as_object_mut() {
        map.insert("summary".into(), summary);
    }
    sample
}

/// Source: docker/cli, `cli/command/container/stats_helpers.go`, functions `calculateCPUPercentUnix`,
/// `calculateMemUsageUnixNoCache` and `calculateNetwork`. 100 % is one processor.
fn summary(sample: &Value) -> Value {
    let memory = memory(&sample["memory_stats"]);
    let limit = sample["memory_stats"]["limit"].as_u64().unwrap_or(0);
    let (received, sent) = network(&sample["networks"]);
    json!({
        "cpu_percent": processor(&sample["cpu_stats"], &sample["precpu_stats"]),
        "memory_bytes": memory,
        "memory_limit": limit,
        "memory_percent": if limit == 0 { 0.0 } else { ratio(memory, limit) * 100.0 },
        "rx_bytes": received,
        "tx_bytes": sent,
    })
}

fn processor(now: &Value, before: &Value) -> f64 {
    let since = |path: [&str; 2]| {
        let value =
            |sample: &Value| path.iter().filter(|key| !key.is_empty()).fold(sample, |at, key| &at[*key]).as_u64();
        value(now).unwrap_or(0).saturating_sub(value(before).unwrap_or(0))
    };
    let (own, whole) = (since(["cpu_usage", "total_usage"]), since(["system_cpu_usage", ""]));
    if own == 0 || whole == 0 {
        return 0.0;
    }
    let listed = now["cpu_usage"]["percpu_usage"].as_array().map_or(0, |each| each.len() as u64);
    let processors = now["online_cpus"].as_u64().filter(|count| *count > 0).unwrap_or(listed);
    ratio(own, whole) * ratio(processors, 1) * 100.0
}

/// Without the cache that the kernel gives back when it needs room: v1 of control groups has a name of its own for it.
fn memory(stats: &Value) -> u64 {
    let usage = stats["usage"].as_u64().unwrap_or(0);
    let detail = &stats["stats"];
    let inactive = detail["total_inactive_file"].as_u64().filter(|bytes| *bytes < usage);
    let inactive = inactive.or_else(|| detail["inactive_file"].as_u64().filter(|bytes| *bytes < usage));
    usage - inactive.unwrap_or(0)
}

/// Bytes received and sent, over all networks.
fn network(networks: &Value) -> (u64, u64) {
    let all = networks.as_object().into_iter().flatten().map(|(_, network)| network);
    all.fold((0, 0), |(received, sent): (u64, u64), network| {
        let count = |key: &str| network[key].as_u64().unwrap_or(0);
        (received.saturating_add(count("rx_bytes")), sent.saturating_add(count("tx_bytes")))
    })
}

#[allow(clippy::cast_precision_loss, reason = "a percentage needs no more than a double holds")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_docker_stats() {
        let sample = json!({
            "cpu_stats": {"cpu_usage": {"total_usage": 300}, "system_cpu_usage": 2000, "online_cpus": 4},
            "precpu_stats": {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000},
            "memory_stats": {"usage": 1000, "limit": 4000, "stats": {"inactive_file": 200}},
            "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
        });
        let want = json!({
            "cpu_percent": 80.0, "memory_bytes": 800, "memory_limit": 4000, "memory_percent": 20.0,
            "rx_bytes": 11, "tx_bytes": 22,
        });
        assert_eq!(summary(&sample), want);
    }

    #[test]
    fn what_is_missing_counts_nothing() {
        let none = summary(&json!({}));
        assert_eq!((none["cpu_percent"].as_f64(), none["memory_percent"].as_f64()), (Some(0.0), Some(0.0)));
        let old = json!({"usage": 100, "stats": {"total_inactive_file": 30, "inactive_file": 10}});
        assert_eq!(memory(&old), 70);
        let odd = json!({"usage": 100, "stats": {"total_inactive_file": 300, "inactive_file": 10}});
        assert_eq!(memory(&odd), 90);
        let per = json!({"cpu_usage": {"total_usage": 1, "percpu_usage": [0, 1]}, "system_cpu_usage": 2});
        assert!((processor(&per, &json!({})) - 100.0).abs() < 1e-9);
    }
}
