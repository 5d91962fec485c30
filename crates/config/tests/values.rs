//! The allowed values of settings, and their defaults.

use std::net::IpAddr;
use std::time::Duration;

use cartera_config::{
    Config, ConfigErrors, CorsOrigins, Database, FixedEnvironment, LogFormat, ProxyHeader, SETTINGS, Setting,
    Shape,
};

const NOTHING: [(&str, &str); 0] = [];

fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::from_env(&FixedEnvironment::new(variables.iter().copied()))
}

fn read_one(name: &str, value: &str) -> Config {
    read(&[(name, value)]).unwrap_or_else(|errors| panic!("{name}={value}: {errors}"))
}

/// A full set of settings outside the embedded mode.
fn external() -> FixedEnvironment {
    FixedEnvironment::new([
        ("DATABASE_URL", "postgres://cartera_api:hidden-db@db:5432/cartera"),
        ("JWT_SECRET", "hidden-jwt-secret-0123456789abcdef"),
        ("SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("PUBLIC_URL", "https://crm.example.com"),
        ("SMTP_URL", "smtps://cartera:hidden-password@smtp.example.com"),
        ("MAIL_FROM", "Cartera <noreply@crm.example.com>"),
        ("S3_ENDPOINT", "https://s3.example.com"),
        ("S3_BUCKET", "cartera"),
        ("S3_ACCESS_KEY_ID", "hidden-access-key"),
        ("S3_SECRET_ACCESS_KEY", "hidden-secret-key"),
    ])
}

#[test]
fn nothing_given_is_the_embedded_mode_with_the_documented_defaults() {
    let config = Config::from_env(&FixedEnvironment::new(NOTHING)).expect("all defaults");
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.public_origin(config.http.addr).as_str(), "http://127.0.0.1:8080");
    assert_eq!(config.http.cors_origins, CorsOrigins::AnyLoopback);
    assert!(config.http.trusted_proxies.is_empty());
    assert_eq!(config.http.body_limit, 1024 * 1024);
    assert_eq!(config.http.body_timeout, Duration::from_secs(10));
    assert_eq!(config.http.request_timeout, Duration::from_secs(20));
    assert_eq!(config.http.shutdown_grace, Duration::from_secs(25));
    assert_eq!(config.http.drain_notice, Duration::ZERO);
    // Longer than the keep-alive of proxies: 60 s in nginx and most others.
    assert_eq!(config.http.keep_alive, Duration::from_secs(75));
    assert!(matches!(&config.database, Database::Embedded { data_dir, bin_dir: None }
        if data_dir.as_os_str() == ".data"));
    assert_eq!(config.database_pool_size, 16);
    assert!(config.security.jwt_secret.is_none() && config.security.secrets_key.is_none());
    assert!(config.security.registration);
    assert_eq!(config.security.default_country, "UY");
    let limits = config.rate_limits.expect("on");
    assert_eq!(limits.sign_in_per_email.to_string(), "5/min");
    assert_eq!(limits.sign_in_per_address.to_string(), "60/min");
    assert_eq!(limits.register.to_string(), "10/h");
    assert_eq!(limits.requests.to_string(), "3000/min");
    assert_eq!(config.logging.filter, "info");
    assert!(config.metrics.open);
    assert_eq!(config.warnings, []);
}

#[test]
fn the_machine_decides_what_is_derived() {
    for (processors, expected) in [(1, 1), (2, 1), (3, 1), (8, 4)] {
        let environment = FixedEnvironment::new(NOTHING).with_processors(processors);
        let config = Config::from_env(&environment).expect("all defaults");
        assert_eq!(config.http.workers, expected, "{processors} processors");
        assert_eq!(config.security.password_hash_concurrency, expected, "{processors} processors");
    }
    let piped = FixedEnvironment::new(NOTHING);
    let format =
        |environment: &FixedEnvironment| Config::from_env(environment).expect("valid").logging.format;
    assert_eq!(format(&piped), LogFormat::Json);
    assert_eq!(format(&piped.clone().on_terminal()), LogFormat::Pretty);
    assert_eq!(format(&piped.with("LOG_FORMAT", "json").on_terminal()), LogFormat::Json);
}

#[test]
fn a_database_url_ends_the_embedded_mode() {
    let config = Config::from_env(&external()).expect("complete");
    assert!(matches!(&config.database, Database::External { api, owner: None, worker: None }
        if api.expose().contains("hidden-db")));
    assert_eq!(config.http.cors_origins, CorsOrigins::Listed(Vec::new()));
    assert!(!config.metrics.open);
    assert!(config.security.jwt_secret.is_some() && config.security.secrets_key.is_some());
    assert!(config.http.public_origin(config.http.addr).is_https());
    assert_eq!(config.warnings, []);
}

const REFUSED: &[(&str, &str)] = &[
    ("HTTP_ADDR", "localhost:8080"),
    ("HTTP_ADDR", ":8080"),
    ("HTTP_ADDR", "127.0.0.1"),
    ("METRICS_ADDR", "9090"),
    ("METRICS_ADDR", "127.0.0.1:8080"),
    ("PUBLIC_URL", "crm.example.com"),
    ("PUBLIC_URL", "ftp://crm.example.com"),
    ("PUBLIC_URL", "https://crm.example.com/app"),
    ("PUBLIC_URL", "https://crm.example.com?x"),
    ("PUBLIC_URL", "https://user:password@crm.example.com"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "null"),
    ("CORS_ORIGINS", "https://a.example.com,b.example.com"),
    ("TRUSTED_PROXIES", "proxy"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ("TRUSTED_PROXIES", "::/0"),
    ("TRUSTED_PROXIES", "10.0.0.0/"),
    ("TRUSTED_PROXIES", "::ffff:10.0.0.1"),
    ("TRUSTED_PROXY_HEADER", "x-real-ip"),
    ("TRUSTED_PROXY_HEADER", "x-forwarded-for,forwarded"),
    ("HTTP_WORKERS", "0"),
    ("HTTP_WORKERS", "two"),
    ("BODY_LIMIT", "1MiB"),
    ("BODY_LIMIT", "-1"),
    ("BODY_LIMIT", "99999999999999999999"),
    ("BODY_TIMEOUT", "0"),
    ("BODY_TIMEOUT", "21"),
    ("REQUEST_TIMEOUT", "9"),
    ("SHUTDOWN_GRACE", "1.5"),
    ("KEEP_ALIVE", "0"),
    ("DRAIN_NOTICE", "-1"),
    ("DATABASE_POOL_SIZE", "1001"),
    ("REGISTRATION", "yes"),
    ("REGISTRATION", "OFF"),
    ("DEFAULT_COUNTRY", "uy"),
    ("DEFAULT_COUNTRY", "URY"),
    ("DEFAULT_COUNTRY", "Ñ"),
    ("RATE_LIMITS", "0"),
    ("RATE_LIMIT_REGISTER", "10"),
    ("RATE_LIMIT_REGISTER", "0/h"),
    ("RATE_LIMIT_REGISTER", "10/day"),
    ("LOG_LEVEL", "inof"),
    ("LOG_LEVEL", "info,,debug"),
    ("LOG_LEVEL", "cartera=loud"),
    ("LOG_FORMAT", "text"),
    ("JWT_SECRET", "31-bytes-are-too-few-0123456789"),
    ("METRICS_TOKEN", "short"),
    ("SECRETS_KEY", "not base64!"),
    ("SECRETS_KEY", "AAECAw=="),
];

#[test]
fn values_are_refused() {
    for &(name, value) in REFUSED {
        let Err(errors) = read(&[(name, value)]) else { panic!("{name}={value} was taken") };
        assert_eq!(errors.errors().len(), 1, "{name}={value}: {errors}");
        let error = &errors.errors()[0];
        // The two timeouts are compared, and the error is reported at the one that is too low.
        let at = if value == "21" { "REQUEST_TIMEOUT" } else { name };
        assert_eq!(error.variable, at, "{name}={value}: {errors}");
        assert!(!error.problem.is_empty() && !error.remedy.is_empty(), "{name}={value}");
    }
}

#[test]
fn values_are_taken() {
    assert_eq!(read_one("HTTP_ADDR", " [::1]:0 ").http.addr.to_string(), "[::1]:0");
    let logging = read_one("LOG_LEVEL", "warn, cartera_http=debug,sqlx::query=off").logging;
    assert_eq!(logging.filter, "warn,cartera_http=debug,sqlx::query=off");
    assert_eq!(
        read_one("RATE_LIMIT_REQUESTS", "20/s").rate_limits.map(|l| l.requests.period.as_secs()),
        Some(1)
    );
    assert!(read_one("RATE_LIMITS", "off").rate_limits.is_none());
    assert!(!read_one("REGISTRATION", "off").security.registration);
    assert!(!read_one("METRICS_ADDR", "127.0.0.1:9090").metrics.open);
    assert!(read_one("REGISTRATION", "").security.registration, "empty counts as not given");
    let public = read_one("PUBLIC_URL", "HTTPS://CRM.example.com:443/").http.public_url.expect("given");
    assert_eq!(public.as_str(), "https://crm.example.com");
}

#[test]
fn the_public_origin_follows_the_bound_address() {
    let config = read_one("HTTP_ADDR", "0.0.0.0:0");
    for (bound, expected) in [
        ("0.0.0.0:4711", "http://127.0.0.1:4711"),
        ("[::]:4711", "http://[::1]:4711"),
        ("192.0.2.7:80", "http://192.0.2.7"),
    ] {
        let origin = config.http.public_origin(bound.parse().expect("an address"));
        assert_eq!(origin.as_str(), expected);
    }
}

#[test]
fn database_urls() {
    let taken = [
        "postgres://api@db/cartera",
        "postgresql://api:p%40ss%2Fword@db.example.com:6432/cartera?sslmode=verify-full",
        "postgres://api:secret@[::1]/cartera",
        "postgres:///cartera?host=/run/postgresql&user=api",
    ];
    for url in taken {
        let config = Config::from_env(&external().with("DATABASE_URL", url));
        let config = config.unwrap_or_else(|errors| panic!("{url}: {errors}"));
        assert!(matches!(config.database, Database::External { api, .. } if api.expose() == url));
    }
    let refused = [
        "db",
        "mysql://api:secret@db/cartera",
        "postgres://db/cartera",
        "postgres://api:secret@db",
        "postgres:///cartera?user=api",
        "postgres://api:secret@db/cartera/more",
        "postgres://api:12/secret@db/cartera",
        "postgres://api:12?secret@db/cartera",
        "postgres://api:12#secret@db/cartera",
    ];
    for url in refused {
        let Err(errors) = Config::from_env(&external().with("DATABASE_URL", url)) else {
            panic!("{url} was taken")
        };
        assert_eq!(errors.errors().len(), 1, "{url}: {errors}");
        assert!(!errors.to_string().contains("secret"), "{errors}");
    }
}

#[test]
fn trusted_proxies() {
    let proxies =
        read_one("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,fd00::/8,172.16.0.0/12").http.trusted_proxies;
    for (address, expected) in [
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("10.255.0.1", true),
        ("11.0.0.0", false),
        ("::ffff:10.1.2.3", true),
        ("172.31.255.255", true),
        ("172.32.0.0", false),
        ("fd12::1", true),
        ("fe80::1", false),
        ("::1", false),
    ] {
        let ip: IpAddr = address.parse().expect("an address");
        assert_eq!(proxies.contains(ip), expected, "{address}");
    }
}

#[test]
fn the_header_of_trusted_proxies_has_no_case() {
    for (text, header) in [
        ("", ProxyHeader::XForwardedFor),
        ("x-forwarded-for", ProxyHeader::XForwardedFor),
        ("X-Forwarded-For", ProxyHeader::XForwardedFor),
        ("forwarded", ProxyHeader::Forwarded),
        ("Forwarded", ProxyHeader::Forwarded),
    ] {
        assert_eq!(read_one("TRUSTED_PROXY_HEADER", text).http.proxy_header, header, "{text:?}");
    }
}

#[test]
fn cors_origins() {
    let loopback = CorsOrigins::AnyLoopback;
    let listed =
        read_one("CORS_ORIGINS", "https://App.example.com/, http://localhost:3000").http.cors_origins;
    for (origin, by_loopback, by_list) in [
        ("http://localhost:3000", true, true),
        ("http://app.localhost", true, false),
        ("https://127.0.0.5:9", true, false),
        ("http://[::1]:3000", true, false),
        ("https://app.example.com", false, true),
        ("http://app.example.com", false, false),
        ("https://app.example.com.evil.org", false, false),
        ("http://localhost.evil.org", false, false),
        ("http://evil.org#localhost", false, false),
        ("http://user@localhost:3000", false, false),
        ("http://LOCALHOST:3000", false, false),
        ("null", false, false),
        ("", false, false),
    ] {
        assert_eq!(loopback.allows(origin), by_loopback, "{origin}");
        assert_eq!(listed.allows(origin), by_list, "{origin}");
    }
}

#[test]
fn numbers_hold_their_documented_bounds() {
    for setting in SETTINGS {
        let Setting { name, shape: Shape::Number { min, max, .. }, .. } = setting else {
            continue;
        };
        // Sets both timeouts, so that they do not contradict each other.
        let at = |value: u32| {
            let value = value.to_string();
            read(&[("REQUEST_TIMEOUT", "3600"), ("BODY_TIMEOUT", "1"), (name, &value)])
        };
        for value in [*min, *max] {
            assert!(at(value).is_ok(), "{name}={value}");
        }
        for value in min.checked_sub(1).into_iter().chain([max + 1]) {
            assert!(at(value).is_err(), "{name}={value}");
        }
    }
}
