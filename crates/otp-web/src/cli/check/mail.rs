//! Mail: does each way answer, with TLS and the login. Nothing is sent.

use otp_core::ports::NotifyError;
use otp_notify::{Console, Mailer, Probed};

use super::{Line, Measure};
use crate::config::Config;
use crate::failure::Failure;

pub(super) async fn lines(config: &Config, measure: Measure) -> Vec<Line> {
    let mailer = Mailer::new(
        &config.mail,
        config.mail_from.clone(),
        &Console::new(std::io::sink()),
    );
    let mailer = match mailer {
        Ok(mailer) => mailer,
        Err(error) => return vec![failed("cannot set up mail", &error)],
    };
    let answers = mailer.probe().await.into_iter();
    let by_url = config.mail.iter().zip(answers);
    by_url
        .map(|(url, answer)| line(&url.masked(), answer, measure))
        .collect()
}

fn failed(what: &str, error: &(dyn std::error::Error + 'static)) -> Line {
    let says = Failure::because(what, error, "").to_string();
    Line::fault("mail", says, "see mail.url (OTP_MAIL__URL)")
}

fn line(url: &str, answer: Result<Probed, NotifyError>, measure: Measure) -> Line {
    let nobody = "set mail.url to smtp:// or smtps://";
    match answer {
        Err(error) => failed(url, &error),
        Ok(Probed::Console) => measure.for_development_only(
            "mail",
            "printed on the terminal, and reaches nobody",
            nobody,
        ),
        Ok(Probed::Folder) => {
            measure.for_development_only("mail", "written into files, and reaches nobody", nobody)
        }
        Ok(Probed::Server {
            has_tls: true,
            has_login,
        }) => {
            let login = if has_login {
                "and the login"
            } else {
                "and without a login"
            };
            Line::ok("mail", format!("{url} answers with TLS {login}"))
        }
        Ok(Probed::Server { has_tls: false, .. }) => measure.for_development_only(
            "mail",
            format!("{url} answers without TLS: codes travel in the open"),
            "use smtps://, or smtp:// with ?tls=required",
        ),
    }
}
