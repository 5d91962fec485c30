//! Throw-away clusters: they work, and leave nothing behind.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cartera_embedded::{Connection, TestCluster};

use crate::support::{answers, port_is_open, sql, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_test-cluster");

#[test]
fn a_cluster_is_gone_with_its_folder_when_it_is_dropped() {
    let cluster = TestCluster::start().expect("it starts");
    assert!(answers(cluster.connection()));
    if let Some(fsync) = sql(cluster.connection(), "show fsync") {
        assert_eq!(fsync, "off");
    }
    let (dir, port) = (cluster.dir().to_owned(), cluster.connection().port());
    assert!(dir.exists());
    drop(cluster);
    assert!(!dir.exists(), "{} is still there", dir.display());
    assert!(!port_is_open(port));
}

#[test]
fn two_clusters_live_side_by_side() {
    let (one, two) = (TestCluster::start().expect("it starts"), TestCluster::start().expect("it starts"));
    assert_ne!(one.connection().port(), two.connection().port());
    assert!(answers(one.connection()) && answers(two.connection()));
}

#[test]
fn everybody_in_a_process_shares_one_and_it_outlives_the_thread_that_asked_first() {
    let first =
        std::thread::spawn(|| TestCluster::shared().expect("it starts").clone()).join().expect("no panic");
    let second = TestCluster::shared().expect("it is there");
    assert_eq!(&first, second);
    std::thread::sleep(Duration::from_millis(300));
    assert!(answers(second));
}

#[test]
fn the_program_passes_on_the_cluster_and_the_exit_code() {
    let status = Command::new(PROGRAM)
        .args(["--", "sh", "-c", "case $CARTERA_TEST_CLUSTER in postgres://*) exit 7;; esac"])
        .status()
        .expect("it runs");
    assert_eq!(status.code(), Some(7));
    let output = Command::new(PROGRAM).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage"));
    let missing = Command::new(PROGRAM).args(["--", "/nowhere/program"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nowhere/program"));
}

#[test]
fn nothing_stays_when_the_program_is_interrupted_or_killed() {
    for signal in ["INT", "KILL"] {
        let (mut program, connection, folder) = sleeping_program();
        assert!(answers(&connection));
        assert!(folder.exists());
        let kill = format!("kill -s {signal} {}", program.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("there is a shell").success());
        program.wait().expect("it ends");
        assert!(
            wait_until(Duration::from_secs(10), || !port_is_open(connection.port())),
            "after {signal} the server still runs"
        );
        assert!(
            wait_until(Duration::from_secs(10), || !folder.exists()),
            "after {signal} {} is still there",
            folder.display()
        );
    }
}

/// Runs the program with a command that sleeps, and finds its cluster.
fn sleeping_program() -> (Child, Connection, PathBuf) {
    let mut program = Command::new(PROGRAM)
        .args(["--", "sh", "-c", "echo \"$CARTERA_TEST_CLUSTER\"; exec sleep 20"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut url = String::new();
    let stdout = program.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut url).expect("it says where");
    let connection = Connection::from_superuser_url(url.trim()).expect("a URL");
    let name = format!("cartera-test-{}-0", program.id());
    let folder = [PathBuf::from("/dev/shm"), std::env::temp_dir()]
        .into_iter()
        .map(|base| base.join(&name))
        .find(|folder| folder.exists())
        .expect("the cluster has a folder");
    (program, connection, folder)
}
