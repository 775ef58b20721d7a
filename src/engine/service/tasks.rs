//! What the tasks of a service say together. Pure.

use serde_json::Value;

/// The tasks of a service at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// That run and are to run.
    pub(super) running: u64,
    /// That are to run.
    pub(super) desired: u64,
    /// That are not to run and still do.
    pub(super) ending: u64,
    /// What those that failed say.
    pub(super) failed: Vec<String>,
    /// What those that do not run yet say.
    pub(super) waiting: Vec<String>,
}

pub(super) fn ids(tasks: &[Value]) -> Vec<String> {
    tasks.iter().filter_map(|task| task["ID"].as_str()).map(str::to_owned).collect()
}

impl Seen {
    /// Whether so many tasks run and no others.
    pub(super) fn is_settled(&self, wanted: u64) -> bool {
        self.running == wanted && self.desired == wanted && self.ending == 0
    }

    /// Failures of tasks that are `known` do not count: they happened before.
    pub(super) fn of(tasks: &[Value], known: &[String]) -> Self {
        let mut seen = Self::default();
        for task in tasks {
            let state = task["Status"]["State"].as_str().unwrap_or_default();
            let desired = task["DesiredState"] == "running" || task["DesiredState"] == "ready";
            seen.desired += u64::from(desired);
            let is_new = !known.iter().any(|id| task["ID"] == id.as_str());
            match state {
                "running" if desired => seen.running += 1,
                "running" => seen.ending += 1,
                "failed" | "rejected" | "complete" if is_new => push(&mut seen.failed, told(task, state)),
                _ if desired => push(&mut seen.waiting, told(task, state)),
                _ => {}
            }
        }
        seen
    }
}

fn push(list: &mut Vec<String>, words: String) {
    if !list.contains(&words) {
        list.push(words);
    }
}

/// `task 1 rejected: No such image: …`
fn told(task: &Value, state: &str) -> String {
    let which = task["Slot"].as_u64().filter(|slot| *slot > 0).map_or("task".to_owned(), |slot| format!("task {slot}"));
    let status = &task["Status"];
    let words = ["Err", "Message"].map(|key| status[key].as_str().unwrap_or_default());
    let words = words.into_iter().find(|words| !words.is_empty()).unwrap_or("no word on why");
    format!("{which} {state}: {words}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(id: &str, desired: &str, state: &str, error: &str) -> Value {
        json!({"ID": id, "Slot": 1, "DesiredState": desired, "Status": {"State": state, "Message": "starting", "Err": error}})
    }

    #[test]
    fn a_failure_counts_once_and_only_when_it_is_new() {
        let tasks = [
            task("a", "shutdown", "failed", "task: non-zero exit (1)"),
            task("b", "shutdown", "failed", "task: non-zero exit (1)"),
            task("c", "running", "running", ""),
            task("d", "running", "pending", "no suitable node"),
        ];
        let seen = Seen::of(&tasks, &[]);
        assert_eq!((seen.running, seen.desired), (1, 2));
        assert_eq!(seen.failed, ["task 1 failed: task: non-zero exit (1)"]);
        assert_eq!(seen.waiting, ["task 1 pending: no suitable node"]);
        assert!(Seen::of(&tasks, &["a".into(), "b".into()]).failed.is_empty());
    }
}
