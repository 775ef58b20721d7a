//! What happens on the engine, as it happens.

use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream::BoxStream;
use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::filters;
use super::query::instant;
use super::raw::{Request, UNBOUNDED};
use crate::model::events::EventsSpec;
use crate::model::moment::Moment;

impl Engine {
    /// Docker's events. With `since`, those that the engine still knows (its last 256) come first; none is lost or told
    /// twice between them and the new ones. Ends at `until`, or when dropped; `spec.timeout` is the caller's business.
    pub fn events(&self, spec: &EventsSpec) -> BoxStream<'static, Result<Value>> {
        let mut request = Request::get(&["events"]).query("filters", &filters::event(&spec.filters)).within(UNBOUNDED);
        for (name, moment) in [("since", spec.since), ("until", spec.until)] {
            if let Some(moment) = moment {
                request = request.query(name, &instant(moment));
            }
        }
        self.feed(&request)
    }

    /// The present time by the engine's clock, which may not be that of this machine.
    pub async fn now(&self) -> Result<Moment> {
        if self.is_local() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            return Ok(Moment::At(now.unwrap_or_default()));
        }
        let info = self.info().await?;
        let said = info["SystemTime"].as_str().unwrap_or_default();
        match said.parse() {
            Ok(moment @ Moment::At(_)) => Ok(moment),
            _ => Err(Error::Invalid {
                message: format!("the engine does not tell its time: \"{said}\""),
                hint: Some("give `since`".into()),
            }),
        }
    }
}
