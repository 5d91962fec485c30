//! Finds PostgreSQL's server programs.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::EmbeddedError;
use crate::process;

const SUPPORTED: std::ops::RangeInclusive<u32> = 15..=18;

/// Folders that hold one folder per installed version: `<prefix>/<name><version>/bin`.
const VERSIONED: [(&str, &str); 3] =
    [("/usr/lib/postgresql", ""), ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@")];

/// One installed PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    dir: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    /// Finds the highest supported version, or the one that `cluster` was created with.
    pub(crate) fn find(named: Option<&Path>, cluster: &Path) -> Result<Self, EmbeddedError> {
        let (found, searched) = match named {
            // If a folder is configured, no other is searched.
            Some(dir) => (Self::probe(dir).into_iter().collect(), vec![dir.to_owned()]),
            None => Self::installed(env::var_os("PATH").as_deref()),
        };
        Self::choose(found, searched, cluster)
    }

    fn choose(found: Vec<Self>, searched: Vec<PathBuf>, cluster: &Path) -> Result<Self, EmbeddedError> {
        let made_by =
            fs::read_to_string(cluster.join("PG_VERSION")).ok().and_then(|text| text.trim().parse().ok());
        let majors: Vec<u32> = found.iter().map(|binaries| binaries.major).collect();
        let fitting =
            found.into_iter().filter(|binaries| made_by.is_none_or(|major| major == binaries.major));
        match (fitting.max_by_key(|binaries| binaries.major), made_by) {
            (Some(binaries), _) => Ok(binaries),
            (None, Some(made_by)) if !majors.is_empty() => Err(EmbeddedError::VersionMismatch {
                dir: cluster.to_owned(),
                cluster: made_by,
                found: majors,
            }),
            (None, _) => Err(EmbeddedError::BinariesMissing { searched }),
        }
    }

    /// The path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn installed(path: Option<&OsStr>) -> (Vec<Self>, Vec<PathBuf>) {
        let mut searched = Vec::new();
        let mut found = Vec::new();
        for (prefix, name) in VERSIONED {
            searched.push(Path::new(prefix).join(format!("{name}*/bin")));
            for major in SUPPORTED {
                let dir = Path::new(prefix).join(format!("{name}{major}/bin"));
                // The folder's name contains the version, so no program needs to run.
                if has_programs(&dir) {
                    found.push(Self { dir, major });
                }
            }
        }
        if found.is_empty() {
            let dirs: Vec<PathBuf> = path.into_iter().flat_map(env::split_paths).collect();
            found.extend(dirs.iter().filter_map(|dir| Self::probe(dir)));
            searched.extend(dirs);
        }
        (found, searched)
    }

    fn probe(dir: &Path) -> Option<Self> {
        if !has_programs(dir) {
            return None;
        }
        // Symbolic links (/usr/local/bin/postgres) are resolved, because PostgreSQL finds its other files relative to
        // the target.
        let program = dir.join("postgres").canonicalize().ok()?;
        let major = major_version(&process::output(program.to_str()?, &["--version"]))?;
        let dir = program.parent().filter(|real| has_programs(real)).unwrap_or(dir).to_owned();
        SUPPORTED.contains(&major).then_some(Self { dir, major })
    }
}

fn has_programs(dir: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|name| dir.join(name).is_file())
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15.
fn major_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(major: u32) -> Binaries {
        Binaries { dir: PathBuf::from(format!("/pg/{major}")), major }
    }

    /// Runs `check` on a cluster folder of some version.
    fn with_cluster(version: &str, check: impl FnOnce(&Path)) {
        let name = format!("cartera-binaries-{}-{version}", std::process::id());
        let dir = env::temp_dir().join(name);
        fs::create_dir_all(&dir).expect("a folder in the temporary folder");
        fs::write(dir.join("PG_VERSION"), format!("{version}\n")).expect("a file in it");
        check(&dir);
        fs::remove_dir_all(&dir).expect("it can go again");
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("mysqld 8"), None);
    }

    #[test]
    fn the_highest_version_makes_a_new_cluster_and_the_same_version_runs_an_old_one() {
        let both = || vec![installed(15), installed(17)];
        let new = Binaries::choose(both(), Vec::new(), Path::new("/nowhere")).expect("found");
        assert_eq!(new.major, 17);
        with_cluster("15", |cluster| {
            assert_eq!(Binaries::choose(both(), Vec::new(), cluster).expect("found").major, 15);
        });
    }

    #[test]
    fn a_cluster_of_a_version_that_is_not_installed_says_what_to_do() {
        with_cluster("16", |cluster| {
            let error =
                Binaries::choose(vec![installed(15)], Vec::new(), cluster).expect_err("no PostgreSQL 16");
            let text = error.to_string();
            assert!(text.contains("made by PostgreSQL 16, and only 15 is installed"), "{text}");
            assert!(text.contains("apt-get install postgresql-16"), "{text}");
        });
    }

    #[test]
    fn none_at_all_says_what_to_install() {
        let error = Binaries::find(Some(Path::new("/nowhere/bin")), Path::new("/nowhere"))
            .expect_err("nothing there");
        let text = error.to_string();
        assert!(text.contains("apt-get install postgresql"), "{text}");
        assert!(text.contains("brew install postgresql@17"), "{text}");
        assert!(text.contains("/nowhere/bin"), "{text}");
    }
}
