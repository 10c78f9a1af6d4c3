//! A server of PostgreSQL on loopback, for as long as a chore runs.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::read;
use crate::debian;
use crate::stop::Stop;
use crate::tools::Need;

/// Where Debian has the programs, one folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// What has to be on this machine first.
pub(crate) fn needs() -> Vec<Need> {
    vec![Need {
        name: "initdb".into(),
        present: |_| programs().is_some(),
        package: "postgresql".into(),
        advice: "install PostgreSQL's server",
    }]
}

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok());
    let newest = Path::new(VERSIONS).join(numbers.max()?.to_string()).join("bin");
    newest.join("initdb").is_file().then_some(newest)
}

/// A server with nothing in it. It ends with this value, and leaves nothing.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// `postgres://…` without a database.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self, Stop> {
        let stop = |error: std::io::Error| Stop::failed(format!("PostgreSQL: {error}"));
        let programs = programs().ok_or_else(|| Stop::misused("there is no PostgreSQL"))?;
        let name = format!("authenticator-postgres-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        // One that is there already is somebody else's.
        fs::create_dir(&folder).map_err(stop)?;
        // A port that was free a moment ago.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.map_err(stop)?.port();
        let address = format!("postgres://postgres@127.0.0.1:{port}");
        let server = Self { folder, programs, address };
        if debian::is_ours_to_change() {
            // The server refuses to run as root.
            read(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.folder.join("data");
        let options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"];
        read(server.program("initdb").arg("--pgdata").arg(&data).args(options))?;
        // What a test loses in a crash of the machine, it makes again.
        let folder = server.folder.display();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} \
             -c fsync=off -c max_connections=200"
        );
        let log = server.folder.join("log");
        let mut start = server.program("pg_ctl");
        start.args(["--wait", "--silent", "--options", &options]);
        read(start.arg("--pgdata").arg(&data).arg("--log").arg(&log).arg("start"))?;
        Ok(server)
    }

    /// One of its programs, as whoever may run it.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if debian::is_ours_to_change() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // Root's folder is not for others to look into.
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let mut stop = self.program("pg_ctl");
        stop.args(["--silent", "--mode", "immediate", "--pgdata"]).arg(data).arg("stop");
        // Where it did not start, there is nothing to stop.
        let _ = stop.output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
