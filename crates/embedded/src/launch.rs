//! Chooses the user that runs PostgreSQL's programs.
//!
//! They refuse to run as root, the usual user in containers and on many fresh machines. So root starts them as the user
//! `postgres`, or `nobody`, if that user can reach the data folder. Below a closed folder such as `/root` no other user
//! can; there they run in a user namespace, in which the server sees another user id while the kernel still treats it
//! as root for file access.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::binaries::Binaries;
use crate::error::EmbeddedError;
use crate::process;

/// The conventional ids of `nobody`, for machines without that name.
const NOBODY: (u32, u32) = (65534, 65534);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Launch {
    /// As the current user.
    Direct,
    /// We are root: run as this user, who also owns the files.
    As { uid: u32, gid: u32 },
    /// We are root: root owns the files, and the programs run in a user namespace with these ids.
    Namespace { uid: u32, gid: u32 },
}

impl Launch {
    /// Finds a way that works for this data folder, and changes the owner of an existing cluster's files to that user.
    pub(crate) fn choose(
        data_dir: &Path,
        cluster: &Path,
        binaries: &Binaries,
    ) -> Result<Self, EmbeddedError> {
        let current = process::current_uid().unwrap_or(NOBODY.0);
        let owner = fs::metadata(cluster).ok().map(|metadata| (metadata.uid(), metadata.gid()));
        if current != 0 {
            return match owner {
                Some((owner, _)) if owner != current => {
                    Err(EmbeddedError::ForeignOwner { dir: cluster.to_owned(), owner, current })
                }
                _ => Ok(Self::Direct),
            };
        }
        // A cluster that was created by a non-root user keeps its owner.
        let (uid, gid) = owner
            .filter(|(uid, _)| *uid != 0)
            .or_else(|| process::user("postgres"))
            .or_else(|| process::user("nobody"))
            .unwrap_or(NOBODY);
        let mut reasons = Vec::new();
        let ways =
            [("as that user", Self::As { uid, gid }), ("in a user namespace", Self::Namespace { uid, gid })];
        for (way, launch) in ways {
            let tried = launch.probe(data_dir, binaries).and_then(|()| launch.take(cluster));
            match tried {
                Ok(()) => return Ok(launch),
                Err(reason) => reasons.push(format!("{way}: {reason}")),
            }
        }
        Err(EmbeddedError::NotTraversable { dir: data_dir.to_owned(), uid, reason: reasons.join("; ") })
    }

    /// A command that runs `program` as that user, without PostgreSQL's variables in the environment.
    pub(crate) fn command(self, program: &Path, die_with_parent: bool) -> Command {
        let mut words: Vec<OsString> = Vec::new();
        if let Self::Namespace { uid, gid } = self {
            words.push("unshare".into());
            words.push("--user".into());
            words.push(format!("--map-user={uid}").into());
            words.push(format!("--map-group={gid}").into());
            words.push("--".into());
        }
        if die_with_parent {
            // Innermost, because a change of user clears the signal.
            words.extend(["setpriv", "--pdeathsig", "INT", "--"].map(OsString::from));
        }
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        if let Self::As { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // The programs access the current folder at their start, which that user may be unable to enter.
        command.current_dir("/");
        command
    }

    /// Changes the owner of a folder and its contents to the user who will run the server.
    pub(crate) fn give(self, path: &Path) -> Result<(), EmbeddedError> {
        let (uid, gid) = match self {
            Self::Direct => return Ok(()),
            Self::As { uid, gid } => (uid, gid),
            Self::Namespace { .. } => (0, 0),
        };
        chown_all(path, uid, gid).map_err(EmbeddedError::io("change the owner of", path))
    }

    fn take(self, cluster: &Path) -> Result<(), String> {
        let wanted = if let Self::As { uid, .. } = self { uid } else { 0 };
        match fs::metadata(cluster) {
            Ok(metadata) if metadata.uid() != wanted => {
                tracing::info!(cluster = %cluster.display(), uid = wanted, "handing the database's files over");
                self.give(cluster).map_err(|error| error.to_string())
            }
            _ => Ok(()),
        }
    }

    /// Whether that user can enter the folder and run the server program.
    fn probe(self, data_dir: &Path, binaries: &Binaries) -> Result<(), String> {
        let output = self
            .command(Path::new("/bin/sh"), false)
            .args(["-c", "cd \"$1\" && exec \"$2\" --version", "sh"])
            .arg(data_dir)
            .arg(binaries.program("postgres"))
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Whether there is a `setpriv` that supports parent-death signals; macOS has none, and BusyBox's doesn't.
pub(crate) fn has_death_signal() -> bool {
    Command::new("setpriv")
        .args(["--pdeathsig", "INT", "--", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn chown_all(path: &Path, uid: u32, gid: u32) -> std::io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return std::os::unix::fs::lchown(path, Some(uid), Some(gid));
    }
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            chown_all(&entry?.path(), uid, gid)?;
        }
    }
    chown(path, Some(uid), Some(gid))
}
