//! The file store, and the files it accepts.

use cartera_config::{Config, ConfigErrors, FixedEnvironment, Storage};

const COMPLETE: [(&str, &str); 4] = [
    ("S3_ENDPOINT", "http://127.0.0.1:9000/"),
    ("S3_BUCKET", "cartera"),
    ("S3_ACCESS_KEY_ID", "hidden-access"),
    ("S3_SECRET_ACCESS_KEY", "hidden-secret"),
];

fn read(settings: &[(&str, &str)]) -> Result<Storage, ConfigErrors> {
    Config::from_env(&FixedEnvironment::new(settings.iter().copied())).map(|config| config.storage)
}

fn refused(settings: &[(&str, &str)]) -> Vec<String> {
    let errors = read(settings).expect_err("it is refused");
    assert!(!errors.to_string().contains("hidden"), "{errors}");
    errors.errors().iter().map(|error| error.variable.clone()).collect()
}

#[test]
fn the_embedded_mode_runs_its_own_store() {
    let storage = read(&[]).expect("all defaults");
    assert_eq!((storage.server, storage.public_endpoint), (None, None));
    assert_eq!((storage.max_size, storage.path_style), (25 * 1024 * 1024, true));
    assert!(storage.types.iter().any(|kind| kind == "application/pdf"));
    assert!(storage.types.iter().all(|kind| kind != "text/html" && kind != "image/svg+xml"));
}

#[test]
fn another_store_takes_all_of_its_settings() {
    let storage = read(&COMPLETE).expect("it is complete");
    let server = storage.server.expect("a server");
    assert_eq!((server.endpoint.as_str(), server.bucket.as_str()), ("http://127.0.0.1:9000", "cartera"));
    assert_eq!((server.access_key.expose(), server.secret_key.expose()), ("hidden-access", "hidden-secret"));
    assert!(!format!("{server:?}").contains("hidden"));
    for left_out in 0..COMPLETE.len() {
        let mut settings = COMPLETE.to_vec();
        let (name, _) = settings.remove(left_out);
        assert_eq!(refused(&settings), [name]);
    }
    assert_eq!(refused(&COMPLETE[..1]), ["S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"]);
}

#[test]
fn values_are_refused() {
    for (name, value) in [
        ("S3_ENDPOINT", "s3.example.com"),
        ("S3_ENDPOINT", "ftp://s3.example.com"),
        ("S3_ENDPOINT", "https://hidden:hidden@s3.example.com"),
        ("S3_ENDPOINT", "https://s3.example.com/bucket"),
        ("S3_PUBLIC_ENDPOINT", "https://s3.example.com?hidden"),
        ("S3_REGION", "eu west"),
        ("S3_BUCKET", "Cartera"),
        ("S3_BUCKET", "a/b"),
        ("S3_BUCKET", ".."),
        ("S3_BUCKET", "ab"),
        ("S3_ACCESS_KEY_ID", "hidden key"),
        ("S3_SECRET_ACCESS_KEY", "hidden\tkey"),
        ("S3_PATH_STYLE", "yes"),
        ("ATTACHMENT_MAX_SIZE", "0"),
        ("ATTACHMENT_MAX_SIZE", "25MiB"),
        ("ATTACHMENT_TYPES", "pdf"),
        ("ATTACHMENT_TYPES", "application/pdf,"),
        ("ATTACHMENT_TYPES", "text/plain; charset=utf-8"),
        ("ATTACHMENT_TYPES", "image/png,text/html"),
        ("ATTACHMENT_TYPES", "IMAGE/SVG+xml"),
    ] {
        let settings = COMPLETE.iter().copied().filter(|(known, _)| *known != name);
        let settings: Vec<_> = settings.chain([(name, value)]).collect();
        assert_eq!(refused(&settings), [name], "{value}");
    }
}

#[test]
fn types_are_listed_once_in_lower_case() {
    let storage = read(&[("ATTACHMENT_TYPES", " Image/PNG ,image/png, application/vnd.ms-excel")]);
    assert_eq!(storage.expect("it is in order").types, ["image/png", "application/vnd.ms-excel"]);
}
