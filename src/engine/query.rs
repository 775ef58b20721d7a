//! How times and logs are written in a request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::raw::{Request, UNBOUNDED};
use crate::model::logs::LogsSpec;
use crate::model::moment::Moment;

/// The request for what `spec` asks; following is asked for apart.
pub(super) fn asked(name: &str, spec: &LogsSpec, follow: bool) -> Request {
    let mut request = Request::get(&["containers", name, "logs"])
        .switch("stdout", spec.stdout)
        .switch("stderr", spec.stderr)
        .switch("timestamps", spec.timestamps)
        .switch("follow", follow)
        .within(UNBOUNDED);
    if let Some(tail) = spec.tail {
        request = request.query("tail", &tail.to_string());
    }
    for (name, moment) in [("since", spec.since), ("until", spec.until)] {
        if let Some(moment) = moment {
            request = request.query(name, &instant(moment));
        }
    }
    request
}

/// A time as the engine reads it: seconds since 1970 with nine decimals.
pub(super) fn instant(moment: Moment) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time: Duration = moment.since_epoch(now);
    format!("{}.{:09}", time.as_secs(), time.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_nanoseconds() {
        assert_eq!(instant(Moment::At(Duration::new(1_735_689_600, 5))), "1735689600.000000005");
    }
}
