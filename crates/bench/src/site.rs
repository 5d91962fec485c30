//! A running build: its own copy of the data, its server, and a meter on both.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::{
    cluster::Cluster,
    cpu::Meter,
    error::Result,
    http::Caller,
    load::{Companies, Company, Template, companies},
    requests::Subject,
    server::Server,
    superuser::Superuser,
};

/// A build to measure.
#[derive(Debug, Clone)]
pub struct Build {
    /// Its name in the results.
    pub label: &'static str,
    /// Its program `cartera`.
    pub program: PathBuf,
    /// The arguments of `cartera serve`.
    pub arguments: &'static [&'static str],
}

impl Build {
    /// A build whose server runs no jobs, which would disturb some measurements and not others.
    pub fn new(label: &'static str, program: &Path) -> Self {
        Self { label, program: program.to_owned(), arguments: &["--no-worker"] }
    }
}

/// A running build.
pub struct Site {
    /// Its PostgreSQL.
    pub cluster: Cluster,
    /// Its server.
    pub server: Server,
    /// The companies of its data.
    pub companies: Companies,
    /// The build.
    pub build: Build,
    /// A superuser's connection.
    pub superuser: Superuser,
    folder: PathBuf,
}

impl Site {
    /// Copies the data into a folder, brings it up to date by the build's migrations and starts its server.
    pub fn open(build: &Build, template: &Template, folder: &Path) -> Result<Self> {
        template.copy_to(folder)?;
        let cluster = Cluster::start(folder)?;
        cluster.run(&build.program, &["migrate"])?;
        let mut superuser = cluster.superuser()?;
        superuser.run("gathering statistics", "analyze")?;
        let server = Self::serve(&cluster, build, folder, None)?;
        let companies = companies(folder)?;
        Ok(Self { cluster, server, companies, build: build.clone(), superuser, folder: folder.to_owned() })
    }

    fn serve(
        cluster: &Cluster,
        build: &Build,
        folder: &Path,
        database: Option<SocketAddr>,
    ) -> Result<Server> {
        let url = database.map(|address| cluster.api_url_at(address));
        let settings: Vec<_> = url.iter().map(|url| ("DATABASE_URL", url.as_str())).collect();
        Server::start(cluster, &build.program, build.arguments, &settings, &folder.join("serve.log"))
    }

    /// Restarts the server with new connections, which go through an address if one is given.
    pub fn restart_through(&mut self, database: Option<SocketAddr>) -> Result<()> {
        self.server = Self::serve(&self.cluster, &self.build, &self.folder, database)?;
        Ok(())
    }

    /// Restarts the server as another build.
    pub fn restart_as(&mut self, build: Build) -> Result<()> {
        self.build = build;
        self.restart_through(None)
    }

    /// Ends the server and the cluster.
    pub fn close(self) -> Result<()> {
        let Self { cluster, server, companies: _, build: _, superuser, folder: _ } = self;
        drop(server);
        drop(superuser);
        cluster.stop()
    }

    /// A caller of the server.
    pub fn caller(&self) -> Caller {
        Caller::new(self.server.address)
    }

    /// A meter on the server and on PostgreSQL.
    pub fn meter(&self) -> Meter {
        Meter { server: self.server.pid(), postmaster: self.cluster.postmaster() }
    }

    /// A company with the ids that requests need, and its owner newly signed in.
    pub fn subject(&mut self, company: &Company) -> Result<Subject> {
        let mut caller = self.caller();
        Subject::gather(company, &mut self.superuser, &mut caller)
    }
}
