//! Reports as XML that test runners write and CI services read.

use std::fmt::Write;
use std::time::Duration;

/// A part of a report: a file of tests, or a run.
#[derive(Debug, Default)]
pub struct JunitSuite {
    pub name: String,
    pub cases: Vec<JunitCase>,
    pub duration: Duration,
    /// An error that is that of no case; it becomes one.
    pub error: Option<String>,
}

#[derive(Debug)]
pub struct JunitCase {
    pub class: String,
    pub name: String,
    pub duration: Duration,
    pub ending: JunitEnding,
    /// What tells it from others of its name.
    pub properties: Vec<(&'static str, String)>,
    /// What was written meanwhile.
    pub output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JunitEnding {
    Well,
    Skipped,
    /// Skipped, or passed over, for a reason.
    PassedOver(String),
    Failed(String),
    /// It failed so first, and passed when it was tried again.
    Flaky(String),
}

#[derive(Default)]
struct Count {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl JunitSuite {
    fn count(&self) -> Count {
        let mut count = Count { tests: self.cases.len(), ..Count::default() };
        for case in &self.cases {
            match case.ending {
                JunitEnding::Failed(_) => count.failures += 1,
                JunitEnding::Skipped | JunitEnding::PassedOver(_) => count.skipped += 1,
                JunitEnding::Well | JunitEnding::Flaky(_) => {}
            }
        }
        if self.error.is_some() {
            (count.tests, count.errors) = (count.tests + 1, count.errors + 1);
        }
        count
    }
}

impl Count {
    fn head(&self, time: Duration) -> String {
        let Self { tests, failures, errors, skipped } = self;
        let time = time.as_secs_f64();
        format!(
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time:.3}\""
        )
    }
}

/// The report, as XML. `whole` is how long all of it took.
pub fn junit(suites: &[JunitSuite], whole: Duration) -> String {
    let all = suites.iter().map(JunitSuite::count).fold(Count::default(), |sum, one| Count {
        tests: sum.tests + one.tests,
        failures: sum.failures + one.failures,
        errors: sum.errors + one.errors,
        skipped: sum.skipped + one.skipped,
    });
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a text cannot fail.
    let _ = writeln!(text, "<testsuites {}>", all.head(whole));
    for suite in suites {
        let _ = writeln!(text, "<testsuite name=\"{}\" {}>", escaped(&suite.name), suite.count().head(suite.duration));
        suite.cases.iter().for_each(|case| write_case(&mut text, case));
        if let Some(why) = suite.error.as_deref().map(escaped) {
            let case = "<testcase classname=\"xnet\" name=\"run\" time=\"0.000\">";
            let _ = writeln!(text, "{case}<error message=\"{why}\"/></testcase>");
        }
        text.push_str("</testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn write_case(text: &mut String, case: &JunitCase) {
    let (class, name, time) = (escaped(&case.class), escaped(&case.name), case.duration.as_secs_f64());
    let _ = write!(text, "<testcase classname=\"{class}\" name=\"{name}\" time=\"{time:.3}\"");
    let mut inside = String::new();
    for (name, value) in &case.properties {
        let _ = write!(inside, "<property name=\"{name}\" value=\"{}\"/>", escaped(value));
    }
    if !inside.is_empty() {
        inside = format!("<properties>{inside}</properties>");
    }
    let _ = match &case.ending {
        JunitEnding::Well => Ok(()),
        JunitEnding::Skipped => write!(inside, "<skipped/>"),
        JunitEnding::PassedOver(why) => write!(inside, "<skipped message=\"{}\"/>", escaped(why)),
        JunitEnding::Failed(why) => write!(inside, "<failure message=\"{}\"/>", escaped(why)),
        JunitEnding::Flaky(why) => write!(inside, "<flakyFailure message=\"{}\"/>", escaped(why)),
    };
    if !case.output.is_empty() {
        let _ = write!(inside, "<system-out>{}</system-out>", escaped(&case.output));
    }
    let _ = if inside.is_empty() { writeln!(text, "/>") } else { writeln!(text, ">{inside}</testcase>") };
}

/// Text within XML, which has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
