//! Serves it: `relying-party SETTINGS`, a file of JSON as `settings` describes it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use relying_party::approval::Approvals;
use relying_party::settings::{Settings, StoreSettings};
use relying_party::store::Store;
use relying_party::web::{Service, serve};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: relying-party SETTINGS");
        return ExitCode::from(2);
    };
    match run(Path::new(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: &Path) -> Result<(), Failed> {
    let settings = Settings::read(file)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let service = Arc::new(open(&settings, &runtime)?);
    service.prepare().map_err(|fault| format!("{fault:?}"))?;
    runtime.block_on(async {
        let listener = TcpListener::bind(settings.listen).await?;
        println!("{} on {}", settings.origin, listener.local_addr()?);
        serve(service, listener, ended()).await
    })?;
    Ok(())
}

fn open(settings: &Settings, runtime: &Runtime) -> Result<Service, Failed> {
    let _inside = runtime.enter();
    let store = match &settings.store {
        StoreSettings::Sqlite(file) => Store::open(file)?,
        StoreSettings::Postgres { address, connections } => Store::connect(address, *connections)?,
    };
    let approvals = Approvals::new(&settings.origin, &settings.name, &settings.key()?);
    Ok(Service { approvals, store, proxies: settings.proxies.clone() })
}

/// Until somebody ends it. What is answered then is answered first.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = end.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
