//! The binary `otp`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use otp_web::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote what was being worked on; the place is enough to find the fault.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "otp: internal error at {place}");
    }));
    let cli = Cli::parse();
    if cli.lacks_sets(std::env::args_os()) {
        let _ = writeln!(
            std::io::stderr(),
            "otp: some --set stand before the command and some after it; write all of them on one side"
        );
        return ExitCode::from(2);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary is where the environment enters"
    )]
    let environment = std::env::vars_os();
    let done = match cli::settings_in(environment) {
        Ok(settings) => cli.run(settings, &mut std::io::stdout()).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.reader_left() => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "otp: {failure}");
            ExitCode::FAILURE
        }
    }
}
