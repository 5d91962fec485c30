//! The table of all metrics. Each is described and registered when the program starts, so that it exists with value 0
//! before its first event: an alert on an absent metric would never fire.
//!
//! To add a metric: its row here, its name where it is counted, and the table in `docs/operations.md`. A test compares
//! the three.

use std::fmt::Write as _;

use cartera_application::jobs::Job;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Counts up from the start of the process.
    Counter,
    /// The current value.
    Gauge,
    /// Durations, in buckets.
    Histogram,
}

/// A label, and the values registered at start: all of them if they are few and known.
#[derive(Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// The values registered at start.
    pub values: &'static [&'static str],
}

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [Label],
    /// Its description, for `# HELP` and the docs.
    pub help: &'static str,
}

const METHOD: Label = label("method", &["GET"]);
const ROUTE: Label = label("route", &["unmatched"]);
const JOB: Label = label("name", Job::NAMES);
const CHORES: &[&str] = &["forget_answers", "forget_sessions", "empty_bin", "sweep_files", "check_counters"];

/// Every metric of the program, in the order of the docs.
pub const METRICS: &[Metric] = &[
    counts(
        "http_requests_total",
        &[METHOD, ROUTE, label("status", &["404"])],
        "Requests answered; status 499 is of somebody who hung up before.",
    ),
    durations(
        "http_requests_duration_seconds",
        &[METHOD, ROUTE],
        "Seconds from a request's head to its answer.",
    ),
    counts(
        "http_requests_errors_total",
        &[METHOD, ROUTE, label("status", &["500", "503"])],
        "Requests answered with a status of 500 or more.",
    ),
    durations(
        "db_query_duration_seconds",
        &[],
        "Seconds of one exchange with the database: everything that is sent together, and its answers.",
    ),
    counts("db_statements_total", &[], "Statements sent to the database; several are sent together."),
    shows(
        "db_pool_connections",
        &[label("state", &["used", "open"])],
        "Database connections of this process.",
    ),
    shows("db_pool_waiting", &[], "Requests that wait for a database connection."),
    counts(
        "db_share_refusals_total",
        &[label("kind", &["read", "write"]), label("held_by", &["company", "everybody"])],
        "Requests that got no database connection in time: their own company had its share, or everybody together had all.",
    ),
    shows("jobs_ready", &[], "Jobs that are due, in the whole queue; every process says the same."),
    shows("jobs_oldest_ready_age_seconds", &[], "Seconds that the oldest of them has been due."),
    shows("jobs_dead", &[], "Jobs that were given up, in the whole queue."),
    shows("jobs_workers", &[], "Workers that are alive, in the whole deployment."),
    counts(
        "jobs_run_total",
        &[JOB, label("result", &["done", "retried", "dead"])],
        "Jobs that this process ran.",
    ),
    durations("jobs_run_duration_seconds", &[JOB], "Seconds that they took."),
    counts("jobs_recovered_total", &[], "Jobs taken over from workers that died."),
    counts(
        "jobs_worker_interruptions_total",
        &[],
        "How often the queue failed the worker, which then starts again.",
    ),
    counts("chores_items_total", &[label("name", CHORES)], "What chores found to do."),
    counts("counters_drifted_total", &[], "Counters that differ from a recount: always 0, or look into it."),
    counts(
        "auth_logins_total",
        &[label("result", &["success", "invalid_credentials", "rate_limited"])],
        "Sign-ins that were tried.",
    ),
    counts("opportunities_created_total", &[], "Opportunities that were created."),
    counts(
        "stage_changes_total",
        &[label("kind", &["OPEN", "WON", "LOST"])],
        "Opportunities that were moved, by the kind of the stage reached.",
    ),
    counts("attachments_uploaded_total", &[], "Attachments whose upload was confirmed."),
    counts(
        "invitations_total",
        &[label("event", &["created", "resent", "revoked", "accepted"])],
        "What happened to invitations.",
    ),
    counts("log_lines_lost_total", &[], "Log lines that could not be written."),
];

const fn label(name: &'static str, values: &'static [&'static str]) -> Label {
    Label { name, values }
}

const fn counts(name: &'static str, labels: &'static [Label], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn shows(name: &'static str, labels: &'static [Label], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const fn durations(name: &'static str, labels: &'static [Label], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, help }
}

/// Describes every metric and registers its first values with the installed recorder.
pub fn register() {
    for Metric { name, kind, labels, help } in METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *help),
            Kind::Gauge => describe_gauge!(*name, *help),
            Kind::Histogram => describe_histogram!(*name, *help),
        }
        for labels in &combinations(labels) {
            match kind {
                Kind::Counter => counter!(*name, labels).increment(0),
                Kind::Gauge => gauge!(*name, labels).increment(0.0),
                Kind::Histogram => drop(histogram!(*name, labels)),
            }
        }
    }
}

/// Every combination of the labels' first values.
fn combinations(labels: &'static [Label]) -> Vec<Vec<(&'static str, &'static str)>> {
    labels.iter().fold(vec![Vec::new()], |all, Label { name, values }| {
        let with = |so_far: &Vec<_>, value: &'static str| [so_far.as_slice(), &[(*name, value)]].concat();
        all.iter().flat_map(|so_far| values.iter().map(move |value| with(so_far, value))).collect()
    })
}

/// The table in `docs/operations.md`.
pub fn markdown() -> String {
    let mut text = String::from("| metric | is a | labels | says |\n| --- | --- | --- | --- |\n");
    for Metric { name, kind, labels, help } in METRICS {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<_> = labels.iter().map(|label| format!("`{}`", label.name)).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn every_metric_is_there_with_its_help_before_its_first_event() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, register);
        let text = recorder.handle().render();
        for Metric { name, help, labels, .. } in METRICS {
            assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}: {text}");
            for labels in combinations(labels) {
                let all = |line: &str| {
                    labels.iter().all(|(name, value)| line.contains(&format!("{name}=\"{value}\"")))
                };
                assert!(text.lines().any(|line| line.starts_with(name) && all(line)), "{name} {labels:?}");
            }
        }
    }

    #[test]
    fn what_is_counted_anywhere_stands_in_the_table_and_nothing_else() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut counted = BTreeSet::new();
        let mut folders: Vec<PathBuf> = vec![crates];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
            {
                if entry.is_dir() && !entry.ends_with("tests") && !entry.ends_with("target") {
                    folders.push(entry);
                } else if entry.extension().is_some_and(|end| end == "rs") {
                    counted.extend(names_in(&fs::read_to_string(entry).expect("text")));
                }
            }
        }
        let table: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
        assert_eq!(table.len(), METRICS.len());
        assert_eq!(counted, table);
    }

    /// The metric names in the macros of a source file.
    fn names_in(source: &str) -> Vec<String> {
        ["counter!(\"", "gauge!(\"", "histogram!(\""]
            .iter()
            .flat_map(|call| source.split(call).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_documents_have_the_table() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
        let page = fs::read_to_string(page).expect("the page");
        assert!(page.contains(&markdown()), "docs/operations.md should have this table:\n{}", markdown());
    }
}
