//! The lifecycle of a real cluster: starts, restarts, leftovers of crashes, and every refusal.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cartera_embedded::{DataDir, EmbeddedError, Postgres, PostgresOptions};

use crate::support::{self, Folder, Parent, answers, port_is_open, sql, start, wait_until};

#[test]
fn a_cold_start_makes_a_cluster_and_a_warm_one_keeps_its_data() {
    let folder = Folder::new("warm");
    let first = start(folder.path());
    assert!(first.is_new());
    assert_eq!(first.connection().host(), "127.0.0.1");
    assert!(answers(first.connection()));
    let password = first.connection().password().to_owned();
    let wrote = sql(first.connection(), "create table kept (n int); insert into kept values (42);");
    let port = first.connection().port();
    first.stop().expect("stops");
    assert!(!port_is_open(port), "the server still listens after stop()");

    let second = start(folder.path());
    assert!(!second.is_new(), "the second start made another cluster");
    assert_eq!(second.connection().password(), password);
    if wrote.is_some() {
        assert_eq!(sql(second.connection(), "select n from kept").as_deref(), Some("42"));
    }
}

#[test]
fn a_new_cluster_is_durable_and_asks_for_a_password() {
    let folder = Folder::new("settings");
    let postgres = start(folder.path());
    let hba = fs::read_to_string(folder.path().join("postgres/pg_hba.conf")).expect("there is one");
    let rules: Vec<&str> = hba.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(rules.iter().all(|rule| rule.ends_with("scram-sha-256")), "{rules:?}");
    let secret = fs::metadata(folder.path().join("postgres.password")).expect("there is one");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&secret.permissions()) & 0o777, 0o600);
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("shared_buffers", "128MB"),
        ("max_connections", "60"),
        ("data_checksums", "on"),
        ("log_error_verbosity", "terse"),
        ("log_min_error_statement", "panic"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ] {
        if let Some(shown) = sql(postgres.connection(), &format!("show {setting}")) {
            assert_eq!(shown, value, "{setting}");
        }
    }
}

#[test]
fn one_process_owns_a_folder_and_the_others_attach() {
    let folder = Folder::new("lock");
    assert!(matches!(Postgres::attach(folder.path()), Err(EmbeddedError::NotRunning { .. })));
    let postgres = start(folder.path());
    assert!(matches!(DataDir::lock_or_attach(folder.path()), Ok(DataDir::InUse(_))));
    let refused = DataDir::lock(folder.path()).expect_err("it is in use");
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
    let attached = Postgres::attach(folder.path()).expect("it runs");
    assert_eq!(&attached, postgres.connection());
    drop(postgres);
    assert!(matches!(Postgres::attach(folder.path()), Err(EmbeddedError::NotRunning { .. })));
    assert!(matches!(DataDir::lock_or_attach(folder.path()), Ok(DataDir::Owned(_))));
}

#[test]
fn a_half_made_cluster_is_cleared_away() {
    let folder = Folder::new("half");
    let staging = folder.path().join("postgres.initdb/cluster");
    fs::create_dir_all(&staging).expect("a folder");
    fs::write(staging.join("PG_VERSION"), "15\n").expect("a file");
    let postgres = start(folder.path());
    assert!(postgres.is_new());
    assert!(answers(postgres.connection()));
    assert!(!folder.path().join("postgres.initdb").exists(), "the half-made cluster is still there");
}

#[test]
fn a_folder_that_is_no_cluster_is_left_alone() {
    let folder = Folder::new("foreign");
    let precious = folder.path().join("postgres/thesis.txt");
    fs::create_dir_all(precious.parent().expect("it has one")).expect("a folder");
    fs::write(&precious, "years of work").expect("a file");
    let lock = DataDir::lock(folder.path()).expect("it is free");
    let error = Postgres::start(lock, &PostgresOptions::from_env()).expect_err("it is no cluster");
    assert!(error.to_string().contains("no PostgreSQL data folder"), "{error}");
    assert!(precious.exists());
}

#[test]
fn missing_programs_are_named_with_their_packages() {
    let folder = Folder::new("missing");
    let lock = DataDir::lock(folder.path()).expect("it is free");
    let options = PostgresOptions { bin_dir: Some("/nowhere/bin".into()), ..PostgresOptions::default() };
    let error = Postgres::start(lock, &options).expect_err("there are none");
    assert!(matches!(error, EmbeddedError::BinariesMissing { .. }), "{error}");
    assert!(error.to_string().contains("apt-get install postgresql"), "{error}");
}

#[test]
fn a_server_that_can_not_start_shows_the_end_of_its_log() {
    let folder = Folder::new("broken");
    start(folder.path()).stop().expect("stops");
    let conf = folder.path().join("postgres/postgresql.conf");
    let text = fs::read_to_string(&conf).expect("there is one");
    fs::write(&conf, format!("{text}\nno_such_setting = 1\n")).expect("written");
    let lock = DataDir::lock(folder.path()).expect("it is free");
    let error = Postgres::start(lock, &PostgresOptions::from_env()).expect_err("it can't start");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[test]
fn a_stale_pid_file_whose_number_is_somebody_elses_does_not_stop_the_start() {
    let folder = Folder::new("stale");
    start(folder.path()).stop().expect("stops");
    let text = format!("{}\n/elsewhere\n1763670000\n5432\n\n127.0.0.1\n  1  1\nready\n", std::process::id());
    fs::write(folder.path().join("postgres/postmaster.pid"), text).expect("written");
    assert!(answers(start(folder.path()).connection()));
}

#[test]
fn killing_the_parent_ends_the_server() {
    let folder = Folder::new("orphan");
    let mut parent = Parent::spawn(folder.path());
    assert!(port_is_open(parent.port()));
    parent.kill();
    assert!(
        wait_until(Duration::from_secs(10), || !port_is_open(parent.port())),
        "the server outlived its killed parent"
    );
    assert!(answers(start(folder.path()).connection()));
}

#[test]
fn a_leftover_server_is_stopped_and_its_data_kept() {
    let folder = Folder::new("leftover");
    start(folder.path()).stop().expect("stops");
    // Started without this crate: no parent-death signal, no watchdog.
    let Some(mut leftover) = support::plain_server(folder.path()) else {
        return;
    };
    let postgres = start(folder.path());
    assert!(answers(postgres.connection()));
    assert!(leftover.try_wait().expect("it can be asked").is_some(), "the leftover still runs");
}

#[test]
fn a_killed_server_recovers_at_the_next_start() {
    let folder = Folder::new("killed");
    let mut postgres = start(folder.path());
    let wrote = sql(postgres.connection(), "create table kept (n int); insert into kept values (7);");
    support::kill(postgres.pid());
    assert!(wait_until(Duration::from_secs(5), || !postgres.is_running()));
    drop(postgres);
    let again = start(folder.path());
    if wrote.is_some() {
        assert_eq!(sql(again.connection(), "select n from kept").as_deref(), Some("7"));
    }
}

#[test]
fn a_killed_server_that_nobody_collected_is_no_obstacle() {
    let folder = Folder::new("zombie");
    start(folder.path()).stop().expect("stops");
    let Some(mut zombie) = support::plain_server(folder.path()) else {
        return;
    };
    // Its pid stays taken until its parent reaps it, which in many containers never happens.
    support::kill(zombie.id());
    assert!(answers(start(folder.path()).connection()));
    zombie.wait().expect("it ended long ago");
}

#[test]
fn below_a_closed_folder_root_works_too_or_is_told_why() {
    if !support::is_root() {
        support::note("not root: the fallback for closed folders was not tried");
        return;
    }
    let folder = Folder::new("closed");
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("closed");
    let data_dir = closed.join("data");
    let lock = DataDir::lock(&data_dir).expect("it is free");
    match Postgres::start(lock, &PostgresOptions::from_env()) {
        Ok(postgres) => {
            assert!(answers(postgres.connection()));
            let pid = postgres.pid();
            postgres.stop().expect("stops");
            assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the server still runs");
            // The same cluster in an accessible folder, owned by another user.
            fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .expect("opened");
            assert!(answers(start(&data_dir).connection()));
        }
        Err(error) => {
            assert!(matches!(error, EmbeddedError::NotTraversable { .. }), "{error}");
            assert!(error.to_string().contains("Choose a DATA_DIR"), "{error}");
            support::note("user namespaces are closed here: only the message was tried");
        }
    }
}

/// Not a test: [`Parent`] runs it as a separate process, to be killed.
#[test]
#[ignore = "the parent process of the kill tests"]
fn parent_process() {
    let Some(dir) = std::env::var_os(support::PARENT_DIR) else {
        return;
    };
    let dir = Path::new(&dir);
    let postgres = start(dir);
    fs::write(dir.join("port.new"), postgres.connection().port().to_string()).expect("written");
    fs::rename(dir.join("port.new"), dir.join("port")).expect("published");
    loop {
        std::thread::park();
    }
}
