//! `completions` and `man`: what a package installs besides the program.

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions, Man};
use crate::refusal::Refusal;
use crate::{End, Failure, file, output};

/// Writes the completions of a shell.
pub(crate) fn completions(arguments: &Completions) -> Result<End, Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "authenticator", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(End::Done)
}

/// Writes the manual: the main page, or each command's into a folder.
pub(crate) fn man(arguments: &Man) -> Result<End, Failure> {
    let command = Arguments::command();
    if let Some(folder) = &arguments.dir {
        clap_mangen::generate_to(command, folder).map_err(|error| {
            let reason = file::reason(&error);
            Refusal::new("unwritable_file", format!("the manual cannot be written: {reason}"))
        })?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        output::text(&String::from_utf8_lossy(&page))?;
    }
    Ok(End::Done)
}
