//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// What it is, in a line.
const ABOUT: &str =
    "Cartera, a multi-tenant CRM backend. Without a DATABASE_URL it brings its own PostgreSQL.";

/// Cartera, a multi-tenant CRM backend. Without a DATABASE_URL it brings its own PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "cartera", version, about = ABOUT)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `cartera` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API until Ctrl-C or SIGTERM.
    Serve {
        /// Seed demo data and print its sign-ins; only with the embedded database.
        #[arg(long)]
        demo: bool,
        /// Leave background jobs to `cartera worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Do background jobs until Ctrl-C or SIGTERM; health and metrics on METRICS_ADDR.
    Worker,
    /// Bring the database up to date and stop.
    Migrate,
    /// Fill the database with data.
    Seed {
        /// Which data.
        #[command(subcommand)]
        what: Seed,
    },
    /// Look after the platform's administrators.
    Admin {
        /// What to do.
        #[command(subcommand)]
        what: Admin,
    },
    /// Look at mails.
    Mail {
        /// What to do.
        #[command(subcommand)]
        what: MailCommand,
    },
    /// Print the OpenAPI document, or write it and the other generated tables under docs/.
    Openapi {
        /// Write the files instead of printing.
        #[arg(long)]
        write: bool,
        /// Print YAML instead of JSON.
        #[arg(long)]
        yaml: bool,
        /// The project's folder.
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Print the settings in force (secrets hidden), or write the table of all settings.
    Config {
        /// Write docs/generated/configuration.md and .env.example instead of printing.
        #[arg(long)]
        write: bool,
        /// The project's folder.
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Check every dependency, the walls between companies and the counters.
    Doctor {
        /// Mend counters that have drifted.
        #[arg(long)]
        fix: bool,
    },
    /// Ask a running server for its health; for container health checks.
    Healthcheck {
        /// Ask a worker, which answers on METRICS_ADDR.
        #[arg(long)]
        worker: bool,
    },
}

/// Data to fill the database with.
#[derive(Debug, Subcommand)]
pub enum Seed {
    /// The company ORT with a year of sales, and sign-ins; only with the embedded database.
    Demo,
}

/// What can be done about the platform's administrators.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make a platform administrator. The password is read from standard input.
    Create {
        /// Their sign-in e-mail.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
    },
}

/// What can be done about mails.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Show what mails say and look like, with made-up data; nothing is sent.
    Preview(Preview),
}

/// Which mails to show, and where.
#[derive(Debug, Args)]
pub struct Preview {
    /// Only this kind.
    #[arg(long, value_parser = ["invitation", "password-reset", "password-changed", "account-locked", "session-reused"])]
    pub template: Option<String>,
    /// Only this language.
    #[arg(long, value_parser = ["es", "en", "pt"])]
    pub locale: Option<String>,
    /// Write <template>.<locale>.html and .txt into this folder instead of printing.
    #[arg(long)]
    pub out: Option<PathBuf>,
}
