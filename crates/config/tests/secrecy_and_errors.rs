//! All errors at once, secrets nowhere, `*_FILE` variables, warnings.

use std::ffi::OsString;

use cartera_config::{
    Config, ConfigErrors, Environment as _, FixedEnvironment, ProcessEnvironment, Required, SETTINGS,
    SecretsKey, Source,
};

const URL: &str = "postgres://cartera_api:hidden-db@db:5432/cartera?options=hidden-option";
const JWT: &str = "hidden-jwt-secret-0123456789abcdef";
const SMTP: &str = "smtps://cartera:hidden-password@smtp.example.com";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn external() -> FixedEnvironment {
    FixedEnvironment::new([
        ("DATABASE_URL", URL),
        ("JWT_SECRET", JWT),
        ("SECRETS_KEY", KEY),
        ("PUBLIC_URL", "https://crm.example.com"),
        ("SMTP_URL", SMTP),
        ("MAIL_FROM", "Cartera <noreply@crm.example.com>"),
        ("S3_ENDPOINT", "https://s3.example.com"),
        ("S3_BUCKET", "cartera"),
        ("S3_ACCESS_KEY_ID", "hidden-access-key"),
        ("S3_SECRET_ACCESS_KEY", "hidden-secret-key"),
    ])
}

fn refused(environment: &FixedEnvironment) -> ConfigErrors {
    Config::from_env(environment).expect_err("a bad environment")
}

fn variables(errors: &ConfigErrors) -> Vec<&str> {
    errors.errors().iter().map(|error| error.variable.as_str()).collect()
}

#[test]
fn all_errors_are_named_at_once_in_the_order_of_the_table() {
    let errors = refused(&FixedEnvironment::new([
        ("LOG_FORMAT", "xml"),
        ("HTTP_ADDR", "nowhere"),
        ("DATABASE_URL", URL),
        ("BODY_LIMIT", "much"),
        ("RATE_LIMIT_REGISTER", "few"),
        ("REGISTRATION", "perhaps"),
        ("METRICS_TOKEN", "short"),
    ]));
    let expected = [
        "HTTP_ADDR",
        "BODY_LIMIT",
        "JWT_SECRET",
        "SECRETS_KEY",
        "REGISTRATION",
        "SMTP_URL",
        "MAIL_FROM",
        "S3_ENDPOINT",
        "S3_BUCKET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "RATE_LIMIT_REGISTER",
        "LOG_FORMAT",
        "METRICS_TOKEN",
    ];
    assert_eq!(variables(&errors), expected);
    let text = errors.to_string();
    assert!(text.starts_with("the configuration has 14 errors:\n  HTTP_ADDR: is \"nowhere\""), "{text}");
    assert_eq!(text.lines().count(), 15, "{text}");
}

#[test]
fn a_database_url_demands_the_rest() {
    let demanded: Vec<_> = SETTINGS
        .iter()
        .filter(|setting| setting.required == Required::WithDatabaseUrl)
        .map(|setting| setting.name)
        .collect();
    assert_eq!(
        demanded,
        [
            "JWT_SECRET",
            "SECRETS_KEY",
            "SMTP_URL",
            "MAIL_FROM",
            "S3_ENDPOINT",
            "S3_BUCKET",
            "S3_ACCESS_KEY_ID",
            "S3_SECRET_ACCESS_KEY"
        ]
    );
    assert_eq!(variables(&refused(&FixedEnvironment::new([("DATABASE_URL", URL)]))), demanded);
    let blank = FixedEnvironment::new([("DATABASE_URL", URL), ("JWT_SECRET", " "), ("SECRETS_KEY", "")]);
    assert_eq!(variables(&refused(&blank)), demanded);
}

#[test]
fn the_embedded_mode_is_never_a_silent_fallback() {
    for name in ["DATABASE_URL", "DATABASE_URL_FILE"] {
        let errors = refused(&external().with("DATABASE_URL", "").with(name, ""));
        assert_eq!(variables(&errors), ["DATABASE_URL"]);
    }
    for name in ["MIGRATION_DATABASE_URL", "WORKER_DATABASE_URL"] {
        let errors = refused(&FixedEnvironment::new([(name, URL)]));
        assert_eq!(
            variables(&errors),
            [
                "DATABASE_URL",
                "JWT_SECRET",
                "SECRETS_KEY",
                "SMTP_URL",
                "MAIL_FROM",
                "S3_ENDPOINT",
                "S3_BUCKET",
                "S3_ACCESS_KEY_ID",
                "S3_SECRET_ACCESS_KEY"
            ]
        );
    }
}

/// Two settings of an external database without `DATABASE_URL`, which must have been misspelt or forgotten.
#[test]
fn a_deployment_without_its_database_is_not_the_embedded_mode() {
    let given = [
        ("JWT_SECRET", JWT),
        ("SECRETS_KEY", KEY),
        ("SMTP_URL", SMTP),
        ("PUBLIC_URL", "https://crm.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
    ];
    for (index, one) in given.iter().enumerate() {
        Config::from_env(&FixedEnvironment::new([*one])).expect("one alone may be a trial");
        for other in &given[index + 1..] {
            let errors = refused(&FixedEnvironment::new([*one, *other]));
            assert_eq!(variables(&errors), ["DATABASE_URL"], "{one:?} {other:?}");
            let text = errors.to_string();
            assert!(text.contains(one.0) && text.contains(other.0), "{text}");
            assert!(!text.contains("hidden") && errors.errors()[0].did_you_mean.is_none(), "{text}");
        }
    }
    let file =
        FixedEnvironment::new([("JWT_SECRET_FILE", "/jwt"), ("SMTP_URL", SMTP)]).with_file("/jwt", JWT);
    assert_eq!(variables(&refused(&file)), ["DATABASE_URL"]);
    // An external file store needs several settings, but its absence is one error.
    let store = [
        ("S3_ENDPOINT", "https://s3.example.com"),
        ("S3_BUCKET", "cartera"),
        ("S3_ACCESS_KEY_ID", "hidden-access-key"),
        ("S3_SECRET_ACCESS_KEY", "hidden-secret-key"),
    ];
    Config::from_env(&FixedEnvironment::new(store)).expect("a trial with a store");
    let with_mail = FixedEnvironment::new(store).with("SMTP_URL", SMTP);
    assert_eq!(variables(&refused(&with_mail)), ["DATABASE_URL"]);
}

#[test]
fn a_misspelt_setting_is_named_beside_the_one_that_is_missing() {
    for misspelt in ["DATABSE_URL", "DATABASE_URI", "DATABASEURL", "MIGRATION_DATABSE_URL"] {
        let whole = FixedEnvironment::new([("JWT_SECRET", JWT), ("SMTP_URL", SMTP), (misspelt, URL)]);
        let alone = FixedEnvironment::new([(misspelt, URL)]);
        for environment in [whole, alone] {
            let text = refused(&environment).to_string();
            assert!(text.contains(&format!("{misspelt} holds a database URL")), "{text}");
            assert!(!text.contains("hidden"), "{text}");
        }
    }
    let errors = refused(&FixedEnvironment::new([
        ("DATABSE_URL", "see the wiki"),
        ("JWT_SECRET", JWT),
        ("SMTP_URL", SMTP),
    ]));
    assert_eq!(errors.errors()[0].did_you_mean.as_deref(), Some("DATABSE_URL"));
    assert!(errors.to_string().ends_with("did you mean DATABASE_URL by DATABSE_URL?"), "{errors}");
    // Suggests any setting, and the nearest of several.
    let mut environment =
        FixedEnvironment::new([("DATABASE_URL", URL), ("SECRETS_KEYS", KEY), ("SECRT_KEYS", KEY)]);
    environment = environment.with("S3_BUCKETS", "cartera").with("JWT_SECRET", "short");
    let named: Vec<_> =
        refused(&environment).errors().iter().map(|error| error.did_you_mean.clone()).collect();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(named[..2], [None, name("SECRETS_KEYS")], "a bad value is no misspelt name");
    assert!(named.contains(&name("S3_BUCKETS")), "{named:?}");
}

#[test]
fn secrets_come_from_files() {
    let environment = FixedEnvironment::new([
        ("DATABASE_URL_FILE", "/run/secrets/url"),
        ("JWT_SECRET_FILE", "/run/secrets/jwt"),
        ("SECRETS_KEY_FILE", "/run/secrets/key"),
        ("SMTP_URL_FILE", "/run/secrets/smtp"),
        ("MAIL_FROM", "noreply@crm.example.com"),
        ("S3_ENDPOINT", "https://s3.example.com"),
        ("S3_BUCKET", "cartera"),
        ("S3_ACCESS_KEY_ID_FILE", "/run/secrets/s3-key"),
        ("S3_SECRET_ACCESS_KEY_FILE", "/run/secrets/s3-secret"),
    ])
    .with_file("/run/secrets/url", format!("{URL}\n"))
    .with_file("/run/secrets/jwt", format!(" {JWT} \r\n"))
    .with_file("/run/secrets/key", KEY)
    .with_file("/run/secrets/s3-key", "hidden-access-key\n")
    .with_file("/run/secrets/s3-secret", "hidden-secret-key\n")
    .with_file("/run/secrets/smtp", format!("{SMTP}\n"));
    let config = Config::from_env(&environment).expect("complete");
    let jwt = config.security.jwt_secret.expect("given");
    assert_eq!(jwt.expose(), format!(" {JWT} "), "only newlines are dropped");
    let key = config.security.secrets_key.expect("given");
    assert_eq!(key.to_base64().expose(), KEY);
    assert_eq!(SecretsKey::from_base64(KEY), Ok(key));
    let from_file = config.effective.iter().filter(|entry| entry.source == Source::File);
    assert_eq!(
        from_file.map(|entry| entry.name).collect::<Vec<_>>(),
        ["DATABASE_URL", "JWT_SECRET", "SECRETS_KEY", "SMTP_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"]
    );
}

#[test]
fn bad_files_are_errors_that_show_nothing() {
    let missing = FixedEnvironment::new([("JWT_SECRET_FILE", "hidden-because-it-is-no-path")]);
    let empty = FixedEnvironment::new([("JWT_SECRET_FILE", "hidden")]).with_file("hidden", "\n");
    let both =
        FixedEnvironment::new([("JWT_SECRET", JWT), ("JWT_SECRET_FILE", "hidden")]).with_file("hidden", JWT);
    for (environment, problem) in [(missing, "can't be read"), (empty, "is empty"), (both, "is given twice")]
    {
        let errors = refused(&environment);
        assert_eq!(variables(&errors), ["JWT_SECRET"]);
        assert!(errors.errors()[0].problem.contains(problem), "{errors}");
        assert!(!format!("{errors} {errors:?}").contains("hidden"), "{errors}");
    }
}

#[test]
fn real_files_are_read_up_to_a_bound() {
    let directory = std::env::temp_dir().join(format!("cartera-config-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    let (small, large) = (directory.join("small"), directory.join("large"));
    std::fs::write(&small, JWT).expect("written");
    std::fs::write(&large, "x".repeat(64 * 1024 + 1)).expect("written");
    let (small, large) = (ProcessEnvironment.file(&small), ProcessEnvironment.file(&large));
    std::fs::remove_dir_all(&directory).expect("removed");
    assert_eq!(small.expect("readable"), JWT);
    assert!(large.is_err());
    assert!(ProcessEnvironment.processors() >= 1);
}

#[test]
fn secrets_are_never_shown() {
    let environment = external()
        .with("JWT_SECRET_PREVIOUS", "hidden-previous-0123456789abcdefgh")
        .with("METRICS_TOKEN", "hidden-metrics-0123456789abcdefghi")
        .with("MIGRATION_DATABASE_URL", URL)
        .with("WORKER_DATABASE_URL", URL);
    let config = Config::from_env(&environment).expect("complete");
    let shown = format!("{config:?} {config:#?} {}", config.security.jwt_secret.clone().expect("given"));
    for secret in ["hidden", KEY, "0, 1, 2, 3"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("postgres://cartera_api:***@db:5432/cartera"), "{shown}");

    let bad = [
        ("DATABASE_URL", "postgres://api:hidden@db:hidden/cartera"),
        ("MIGRATION_DATABASE_URL", "hidden"),
        ("WORKER_DATABASE_URL", "http://hidden"),
        ("JWT_SECRET", "hidden"),
        ("JWT_SECRET_PREVIOUS", "hidden2"),
        ("SECRETS_KEY", "hidden!"),
        ("METRICS_TOKEN", "hidden"),
        ("SMTP_URL", "smtp://user:hidden@mail.example.com"),
        ("MAIL_FROM", "Cartera"),
        ("FRONTEND_URL", "https://hidden:hidden@app.example.com"),
        ("PUBLIC_URL", "https://hidden:hidden@crm.example.com"),
        ("CORS_ORIGINS", "https://hidden:hidden@crm.example.com"),
        ("S3_ENDPOINT", "https://hidden:hidden@s3.example.com"),
        ("S3_BUCKET", "Cartera"),
        ("S3_ACCESS_KEY_ID", "hidden key"),
        ("S3_SECRET_ACCESS_KEY", "hidden secret"),
    ];
    let errors = refused(&FixedEnvironment::new(bad));
    assert_eq!(errors.errors().len(), bad.len());
    assert!(!format!("{errors} {errors:?}").contains("hidden"), "{errors}");
}

#[test]
fn the_previous_secret_must_differ() {
    let errors = refused(&external().with("JWT_SECRET_PREVIOUS", JWT));
    assert_eq!(variables(&errors), ["JWT_SECRET_PREVIOUS"]);
}

#[cfg(unix)]
#[test]
fn what_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let errors = refused(&FixedEnvironment::new([("HTTP_ADDR", OsString::from_vec(vec![0x66, 0xff]))]));
    assert_eq!(variables(&errors), ["HTTP_ADDR"]);
}

#[test]
fn unknown_variables_are_warned_about() {
    let warned = [
        ("CARTERA_MODE", None),
        ("HTTP_PORT", None),
        ("JWT_SECRT", Some("JWT_SECRET")),
        ("LOG_LEVELS", Some("LOG_LEVEL")),
        ("REGISTRATON", Some("REGISTRATION")),
        ("TRUSTED_PROXY", None),
        ("S3_ENDPOINTS", None),
        ("SESSION_LIFETIME", None),
        ("HTTP_ADDR_FILE", Some("HTTP_ADDR")),
        ("DATA_DIR_FILE", Some("DATA_DIR")),
    ];
    for (name, near) in warned {
        let config = Config::from_env(&FixedEnvironment::new([(name, "hidden")])).expect("only warned");
        let [warning] = config.warnings.as_slice() else { panic!("{name}: {:?}", config.warnings) };
        assert_eq!(warning.variable, name);
        assert!(near.is_none_or(|near| warning.message.contains(near)), "{warning}");
        assert!(!warning.to_string().contains("hidden"), "{warning}");
    }
    let foreign = [
        ("HTTP_PROXY", "http://proxy:3128"),
        ("http_proxy", "http://proxy:3128"),
        ("HTTPS_PROXY", "http://proxy:3128"),
        ("NO_PROXY", "localhost"),
        ("SESSION_MANAGER", "local/host"),
        ("XDG_SESSION_ID", "1"),
        ("LOGNAME", "somebody"),
        ("MAIL", "/var/mail/somebody"),
        ("PGHOST", "db"),
        ("PG_MAJOR", "16"),
        ("RUST_LOG", "debug"),
        ("HTTP_SERVICE_HOST", "10.0.0.1"),
        ("SMTP_PORT", "tcp://10.0.0.1:25"),
        ("DATABASE_PORT_5432_TCP_ADDR", "10.0.0.1"),
    ];
    let config = Config::from_env(&FixedEnvironment::new(foreign)).expect("nothing of ours");
    assert_eq!(config.warnings, []);
}

#[test]
fn what_is_hardly_meant_in_production_is_warned_about() {
    let config = Config::from_env(&external().with("PUBLIC_URL", "").with("RATE_LIMITS", "off"));
    let warnings = config.expect("allowed").warnings;
    let names: Vec<_> = warnings.iter().map(|warning| warning.variable.as_str()).collect();
    assert_eq!(names, ["PUBLIC_URL", "RATE_LIMITS"]);
    // Replicas may listen on different addresses.
    assert!(
        warnings[0].message.contains("replicas on other addresses refuse each other's tokens"),
        "{warnings:?}"
    );
}
