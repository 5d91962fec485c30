//! The table of settings. To add a setting, add its row here and read it in its section. Reading a name without a row
//! does not compile, and a row that is never read fails a test.

use crate::network::ProxyHeader;
use crate::rows::{credential, database_url, given, number, optional, rate, switch, token};
use crate::setting::{Example, Fallback, Group, Required, Setting, Shape};

/// Every environment variable the program understands, in the order of the generated files.
pub const SETTINGS: &[Setting] = &[
    // HTTP
    Setting {
        shape: Shape::Text("address:port"),
        ..given("HTTP_ADDR", Group::Http, "127.0.0.1:8080", "Where the API listens. Port 0 takes a free one.")
    },
    Setting {
        shape: Shape::Text("origin: scheme://host[:port]"),
        default: Fallback::Derived("http:// and HTTP_ADDR"),
        example: Example::Value("https://crm.example.com"),
        ..optional(
            "PUBLIC_URL",
            Group::Http,
            "The address people reach the API by. Cookies are Secure unless it is http.",
        )
    },
    Setting {
        shape: Shape::Text("origins, comma-separated"),
        default: Fallback::Derived("embedded: any loopback origin; else none"),
        example: Example::Value("https://app.example.com"),
        ..optional(
            "CORS_ORIGINS",
            Group::Http,
            "Browser origins that may call the API with credentials, besides PUBLIC_URL.",
        )
    },
    Setting {
        shape: Shape::Text("addresses or networks (CIDR), comma-separated"),
        default: Fallback::Derived("none"),
        example: Example::Value("127.0.0.1,10.0.0.0/8"),
        ..optional(
            "TRUSTED_PROXIES",
            Group::Http,
            "Reverse proxies that are believed when they say whom they forward for. Nobody else is.",
        )
    },
    Setting {
        shape: Shape::Choice(ProxyHeader::CHOICES),
        ..given(
            "TRUSTED_PROXY_HEADER",
            Group::Http,
            "x-forwarded-for",
            "The header in which TRUSTED_PROXIES say whom they forward for. The other one is not read: callers can forge it.",
        )
    },
    Setting {
        shape: number(1, 256, "threads"),
        default: Fallback::Derived("half the processors, at least 1"),
        example: Example::Value("1"),
        ..optional(
            "HTTP_WORKERS",
            Group::Http,
            "Threads that serve requests. One is best beside PostgreSQL on two processors.",
        )
    },
    Setting {
        shape: number(1024, 104_857_600, "bytes"),
        ..given("BODY_LIMIT", Group::Http, "1048576", "Largest request body, in bytes.")
    },
    Setting {
        shape: number(1, 3600, "seconds"),
        ..given("BODY_TIMEOUT", Group::Http, "10", "Seconds in which a request body must have arrived whole.")
    },
    Setting {
        shape: number(1, 3600, "seconds"),
        ..given(
            "REQUEST_TIMEOUT",
            Group::Http,
            "20",
            "Seconds a request may take from its headers to its answer; not below BODY_TIMEOUT.",
        )
    },
    Setting {
        shape: number(1, 3600, "seconds"),
        ..given(
            "KEEP_ALIVE",
            Group::Http,
            "75",
            "Seconds an idle connection is kept. Longer than proxies in front keep theirs, or they send into its end.",
        )
    },
    Setting {
        shape: number(0, 3600, "seconds"),
        default: Fallback::Derived("5; embedded: 0"),
        example: Example::Value("5"),
        ..optional(
            "DRAIN_NOTICE",
            Group::Http,
            "Seconds the server goes on serving after SIGTERM, no longer ready, while proxies turn to others.",
        )
    },
    Setting {
        shape: number(1, 3600, "seconds"),
        ..given(
            "SHUTDOWN_GRACE",
            Group::Http,
            "25",
            "Seconds requests in flight then get. The orchestrator must wait longer than both before it kills.",
        )
    },
    // Database
    Setting {
        shape: Shape::Text("directory"),
        ..given("DATA_DIR", Group::Database, ".data", "Where the embedded mode keeps all its data and keys.")
    },
    Setting {
        shape: Shape::Text("directory"),
        default: Fallback::Derived("looked for in the usual places and PATH"),
        example: Example::Value("/usr/lib/postgresql/16/bin"),
        ..optional("PG_BIN_DIR", Group::Database, "PostgreSQL's programs for the embedded mode.")
    },
    Setting {
        default: Fallback::Derived("embedded mode"),
        example: Example::Value("postgres://cartera_api:PASSWORD@db.example.com:5432/cartera"),
        ..database_url(
            "DATABASE_URL",
            "PostgreSQL as the API's role, which owns nothing. Without it the program runs its own (embedded mode).",
        )
    },
    Setting {
        example: Example::Value("postgres://cartera_owner:PASSWORD@db.example.com:5432/cartera"),
        ..database_url("MIGRATION_DATABASE_URL", "PostgreSQL as the owner's role. Only `migrate` needs it.")
    },
    Setting {
        example: Example::Value("postgres://cartera_worker:PASSWORD@db.example.com:5432/cartera"),
        ..database_url(
            "WORKER_DATABASE_URL",
            "PostgreSQL as the worker's role. `serve` needs it too, unless started with --no-worker.",
        )
    },
    Setting {
        shape: number(1, 1000, "connections"),
        ..given(
            "DATABASE_POOL_SIZE",
            Group::Database,
            "16",
            "Most database connections of one process, beside the one of its probes. One company holds at most half of them.",
        )
    },
    // Background jobs
    Setting {
        shape: number(1, 64, "at once"),
        ..given("JOBS_CONCURRENCY", Group::Jobs, "4", "Jobs that one worker does at once.")
    },
    Setting {
        shape: number(20, 60_000, "milliseconds"),
        ..given(
            "JOBS_POLL_INTERVAL",
            Group::Jobs,
            "1000",
            "Milliseconds after which a worker looks for jobs that nobody told it of.",
        )
    },
    Setting {
        shape: number(50, 60_000, "milliseconds"),
        ..given(
            "JOBS_HEARTBEAT",
            Group::Jobs,
            "5000",
            "Milliseconds between a worker's signs of life; after six its jobs go to others. The same everywhere.",
        )
    },
    Setting {
        shape: number(10, 3_600_000, "milliseconds"),
        ..given(
            "JOBS_RETRY_DELAY",
            Group::Jobs,
            "4000",
            "Milliseconds a failed job waits at first. The wait doubles with each failure, up to four hours.",
        )
    },
    Setting {
        shape: number(1, 86_400, "seconds"),
        ..given(
            "JOBS_LATE_AFTER",
            Group::Jobs,
            "300",
            "Seconds a job may have been due before health says that jobs are degraded.",
        )
    },
    // Security
    Setting {
        default: Fallback::Derived("embedded: made and kept in DATA_DIR"),
        required: Required::WithDatabaseUrl,
        ..token(
            "JWT_SECRET",
            Group::Security,
            "Signs access tokens. The same on every replica.",
            "openssl rand -base64 48",
        )
    },
    token(
        "JWT_SECRET_PREVIOUS",
        Group::Security,
        "The former JWT_SECRET, while tokens it signed are still valid (15 minutes).",
        "openssl rand -base64 48",
    ),
    Setting {
        shape: Shape::Text("32 bytes in base64"),
        default: Fallback::Derived("embedded: none"),
        required: Required::WithDatabaseUrl,
        ..token(
            "SECRETS_KEY",
            Group::Security,
            "The key of mailed links and of the secrets that integrations keep in the database. The same on every replica; back it up.",
            "openssl rand -base64 32",
        )
    },
    switch("REGISTRATION", Group::Security, "on", "Whether anybody may register a company."),
    Setting {
        shape: Shape::Text("two capital letters (ISO 3166)"),
        ..given("DEFAULT_COUNTRY", Group::Security, "UY", "Country of a company that names none.")
    },
    Setting {
        shape: number(1, 256, "at once"),
        default: Fallback::Derived("half the processors, at least 1"),
        example: Example::Value("1"),
        ..optional(
            "PASSWORD_HASH_CONCURRENCY",
            Group::Security,
            "Passwords hashed at once (about 20 ms and 19 MiB each); more wait, then get 503.",
        )
    },
    // Mail
    Setting {
        shape: Shape::Text("smtps://user:password@host:465 or smtp://user:password@host:587?tls=required"),
        default: Fallback::Derived("embedded: mails are kept as files in DATA_DIR/mail"),
        secret: true,
        required: Required::WithDatabaseUrl,
        example: Example::Value("smtps://cartera:PASSWORD@smtp.example.com:465"),
        ..optional(
            "SMTP_URL",
            Group::Mail,
            "The mail server: TLS from the first byte (smtps) or by STARTTLS (tls=required); without only on the loopback.",
        )
    },
    Setting {
        shape: Shape::Text("address, or Name <address>"),
        default: Fallback::Derived("embedded: Cartera <noreply@cartera.localhost>"),
        required: Required::WithDatabaseUrl,
        example: Example::Value("Cartera <noreply@crm.example.com>"),
        ..optional("MAIL_FROM", Group::Mail, "Whom mails come from. The mail server must let us use it.")
    },
    Setting {
        shape: Shape::Text("http or https URL"),
        default: Fallback::Derived("the program's own pages at PUBLIC_URL"),
        example: Example::Value("https://app.example.com"),
        ..optional(
            "FRONTEND_URL",
            Group::Mail,
            "Where links in mails lead: it has the pages /invitations/accept and /reset-password.",
        )
    },
    // Storage
    Setting {
        shape: Shape::Text("origin: scheme://host[:port]"),
        default: Fallback::Derived("embedded: files are kept in DATA_DIR/files"),
        required: Required::WithDatabaseUrl,
        example: Example::Value("https://s3.example.com"),
        ..optional(
            "S3_ENDPOINT",
            Group::Storage,
            "Where the program reaches the store of files, which speaks S3.",
        )
    },
    Setting {
        shape: Shape::Text("origin: scheme://host[:port]"),
        default: Fallback::Derived("S3_ENDPOINT"),
        example: Example::Value("https://files.example.com"),
        ..optional(
            "S3_PUBLIC_ENDPOINT",
            Group::Storage,
            "Where browsers and integrators reach the store, when that is somewhere else: the host in URLs.",
        )
    },
    Setting {
        shape: Shape::Text("letters, digits and dashes"),
        ..given("S3_REGION", Group::Storage, "us-east-1", "The region that signatures name.")
    },
    Setting {
        shape: Shape::Text("3 to 63 lower-case letters, digits and dashes"),
        default: Fallback::Derived("embedded: cartera"),
        required: Required::WithDatabaseUrl,
        example: Example::Value("cartera"),
        ..optional("S3_BUCKET", Group::Storage, "The bucket, which must exist.")
    },
    Setting {
        default: Fallback::Derived("embedded: made and kept in DATA_DIR"),
        example: Example::Value("ACCESS_KEY_ID"),
        ..credential("S3_ACCESS_KEY_ID", "The access key; it may list, read, write and delete in the bucket.")
    },
    Setting {
        default: Fallback::Derived("embedded: made and kept in DATA_DIR"),
        example: Example::Value("SECRET_ACCESS_KEY"),
        ..credential(
            "S3_SECRET_ACCESS_KEY",
            "The access key's secret. It signs the URLs of uploads and downloads.",
        )
    },
    switch(
        "S3_PATH_STYLE",
        Group::Storage,
        "on",
        "Whether the bucket stands in the path of URLs (MinIO) or in the host name (off).",
    ),
    Setting {
        shape: number(1, 1_073_741_824, "bytes"),
        ..given("ATTACHMENT_MAX_SIZE", Group::Storage, "26214400", "Largest attachment, in bytes.")
    },
    Setting {
        shape: Shape::Text("content types, comma-separated"),
        ..given(
            "ATTACHMENT_TYPES",
            Group::Storage,
            "application/pdf,application/msword,application/vnd.openxmlformats-officedocument.wordprocessingml.document,\
             application/vnd.ms-excel,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,\
             application/vnd.ms-powerpoint,application/vnd.openxmlformats-officedocument.presentationml.presentation,\
             application/vnd.oasis.opendocument.text,application/vnd.oasis.opendocument.spreadsheet,\
             application/vnd.oasis.opendocument.presentation,application/rtf,application/zip,message/rfc822,application/vnd.ms-outlook,\
             text/plain,text/csv,image/png,image/jpeg,image/gif,image/webp,image/heic,image/heif,image/tiff,\
             audio/mpeg,audio/ogg,audio/mp4,audio/wav,video/mp4,video/quicktime",
            "Content types that attachments may have, each by one of its names.",
        )
    },
    // Rate limits
    switch("RATE_LIMITS", Group::RateLimits, "on", "All rate limits. Off is for load tests only."),
    rate("RATE_LIMIT_SIGN_IN_PER_EMAIL", "5/min", "Sign-ins of one address with one e-mail."),
    rate("RATE_LIMIT_SIGN_IN_PER_ADDRESS", "60/min", "Sign-ins of one address."),
    rate("RATE_LIMIT_REGISTER", "10/h", "Companies registered by one address."),
    rate("RATE_LIMIT_INVITATIONS", "10/h", "Invitations into one company by its own people."),
    rate("RATE_LIMIT_REQUESTS", "3000/min", "Requests of one user or API key."),
    rate("RATE_LIMIT_REFRESH", "30/min", "Refreshes of one session."),
    rate("RATE_LIMIT_BAD_COOKIES", "60/min", "Refresh cookies of one address that are not ours."),
    rate(
        "RATE_LIMIT_PUBLIC",
        "3000/min",
        "Requests of one address that no other limit counts: pages, documents, refused credentials.",
    ),
    // Logs and metrics
    Setting {
        shape: Shape::Text("level, or target=level, comma-separated"),
        ..given(
            "LOG_LEVEL",
            Group::Observability,
            "info",
            "What is logged: off, error, warn, info, debug or trace, also by target as in RUST_LOG.",
        )
    },
    Setting {
        shape: Shape::Choice(&["json", "pretty"]),
        default: Fallback::Derived("pretty on a terminal, else json"),
        example: Example::Value("json"),
        ..optional("LOG_FORMAT", Group::Observability, "How log lines look.")
    },
    Setting {
        shape: Shape::Text("address:port"),
        default: Fallback::Derived("embedded: on HTTP_ADDR; else nowhere without METRICS_TOKEN"),
        example: Example::Value("127.0.0.1:9090"),
        ..optional(
            "METRICS_ADDR",
            Group::Observability,
            "A second address, for /metrics, not for the public.",
        )
    },
    token(
        "METRICS_TOKEN",
        Group::Observability,
        "Bearer token that opens /metrics on the main address.",
        "openssl rand -hex 24",
    ),
];
