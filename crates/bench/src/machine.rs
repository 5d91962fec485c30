//! The machine of the measurements.

use std::{fs, thread};

use crate::{
    cluster::{Cluster, SETTINGS},
    error::Result,
};

/// The machine and its PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Processors that may be used.
    pub cores: usize,
    /// Their model.
    pub processor: String,
    /// PostgreSQL's version.
    pub postgres: String,
    /// Its settings.
    pub settings: String,
    /// The load average of the last minute.
    pub load: String,
}

impl Machine {
    /// Reads the machine's properties.
    pub fn read(cluster: &Cluster) -> Result<Self> {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let settings: Vec<_> = SETTINGS.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        Ok(Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: model(&info).unwrap_or("an unnamed processor").to_owned(),
            postgres: cluster.version()?,
            settings: settings.join(", "),
            load: fs::read_to_string("/proc/loadavg")
                .unwrap_or_default()
                .split(' ')
                .next()
                .unwrap_or("?")
                .to_owned(),
        })
    }
}

fn model(info: &str) -> Option<&str> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        assert_eq!(model("processor : 0\nmodel name\t: Some CPU @ 2 GHz\n"), Some("Some CPU @ 2 GHz"));
        assert_eq!(model(""), None);
    }
}
