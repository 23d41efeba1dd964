//! What each server needs on the machine, and how to get it.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Service, kannel, mail, postgres, python};
use crate::host::{find_program, is_ci, is_root};
use crate::process::{Running, shown};

/// Something that must be there, and the Debian package that brings it.
struct Need {
    what: &'static str,
    package: &'static str,
    is_there: fn() -> bool,
}

/// Sees that everything the services need is there.
///
/// On Debian it installs what is missing, as root or in continuous integration; elsewhere it says what is missing and
/// how to get it, and fails.
pub(crate) fn provide(services: &[Service]) -> Result<()> {
    if find_program("setpriv").is_none() {
        bail!("setpriv is missing: it is part of util-linux, on Linux");
    }
    if services.contains(&Service::Mail) && !is_root() {
        bail!(
            "Exim starts for root only: run this as root, or leave its tests out with --without mail"
        );
    }
    let packages = packages(&missing(services));
    if packages.is_empty() {
        return Ok(());
    }
    if is_debian() && (is_root() || is_ci()) {
        install(&packages)?;
    }
    let missing = missing(services);
    if missing.is_empty() {
        return Ok(());
    }
    bail!(explanation(&missing))
}

fn needs(service: Service) -> &'static [Need] {
    match service {
        Service::Postgres => &[Need {
            what: "initdb, postgres and psql",
            package: "postgresql",
            is_there: || postgres::programs().is_some(),
        }],
        Service::Mariadb => &[Need {
            what: "mariadbd, mariadb-install-db and mariadb",
            package: "mariadb-server",
            is_there: || {
                ["mariadbd", "mariadb-install-db", "mariadb"]
                    .iter()
                    .all(|name| find_program(name).is_some())
            },
        }],
        Service::Mail => &[Need {
            what: "exim4",
            package: "exim4-daemon-light",
            is_there: || mail::program().is_some(),
        }],
        Service::Kannel => &[
            Need {
                what: "bearerbox and smsbox",
                package: "kannel",
                is_there: || {
                    ["bearerbox", "smsbox"]
                        .iter()
                        .all(|name| find_program(name).is_some())
                },
            },
            Need {
                what: "fakesmsc",
                package: "kannel-extras",
                is_there: || kannel::phones().exists(),
            },
        ],
        Service::Promtool => &[Need {
            what: "promtool",
            package: "prometheus",
            is_there: || find_program("promtool").is_some(),
        }],
        Service::Nginx => &[Need {
            what: "nginx",
            package: "nginx-light",
            is_there: || find_program("nginx").is_some(),
        }],
        Service::Django | Service::Schemathesis => &[Need {
            what: "python3 with its module venv",
            package: "python3-venv",
            is_there: python::is_there,
        }],
        Service::Smsc => &[
            Need {
                what: "node",
                package: "nodejs",
                is_there: || find_program("node").is_some(),
            },
            Need {
                what: "npm, for smpp",
                package: "npm",
                is_there: || find_program("npm").is_some(),
            },
        ],
        Service::Browser => &[
            Need {
                what: "chromium",
                package: "chromium",
                is_there: || find_program("chromium").is_some(),
            },
            Need {
                what: "chromedriver",
                package: "chromium-driver",
                is_there: || find_program("chromedriver").is_some(),
            },
            Need {
                what: "npm, for axe-core",
                package: "npm",
                is_there: || find_program("npm").is_some(),
            },
            Need {
                what: "a font",
                package: "fonts-dejavu-core",
                is_there: || {
                    fs::read_dir("/usr/share/fonts").is_ok_and(|mut fonts| fonts.next().is_some())
                },
            },
        ],
    }
}

fn missing(services: &[Service]) -> Vec<(Service, &'static Need)> {
    let needs = services
        .iter()
        .flat_map(|service| needs(*service).iter().map(|need| (*service, need)));
    needs.filter(|(_, need)| !(need.is_there)()).collect()
}

fn packages(missing: &[(Service, &'static Need)]) -> Vec<&'static str> {
    missing.iter().map(|(_, need)| need.package).collect()
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let names = release
        .lines()
        .filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="));
    find_program("apt-get").is_some() && names.into_iter().any(|line| line.contains("debian"))
}

fn install(packages: &[&str]) -> Result<()> {
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(if is_root() { "env" } else { "sudo" });
    if !is_root() {
        command.args(["--non-interactive", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command.args(["--quiet", "--option", "DPkg::Lock::Timeout=120"]);
    command.args(arguments);
    println!("$ {}", shown(&command));
    if !Running::start(&mut command)?.wait()?.success() {
        bail!("{} failed", shown(&command));
    }
    Ok(())
}

fn explanation(missing: &[(Service, &'static Need)]) -> String {
    let mut text = "these servers are missing on this machine:\n".to_owned();
    let mut services = Vec::new();
    for (service, need) in missing {
        let (name, what, package) = (service.name(), need.what, need.package);
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name}: {what} (Debian's package {package})");
        if !services.contains(&name) {
            services.push(name);
        }
    }
    let _ = write!(
        text,
        "Install them, on Debian with\n  apt-get install --no-install-recommends {}\n\
         or leave out the tests that need them:\n  cargo xtask ci --without {}",
        packages(missing).join(" "),
        services.join(",")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing_and_how_to_get_it_or_do_without() {
        let missing: Vec<_> = [Service::Mariadb, Service::Browser]
            .into_iter()
            .flat_map(|service| needs(service).iter().map(move |need| (service, need)))
            .collect();
        assert_eq!(
            explanation(&missing),
            "these servers are missing on this machine:\n\
             \x20 mariadb: mariadbd, mariadb-install-db and mariadb (Debian's package mariadb-server)\n\
             \x20 browser: chromium (Debian's package chromium)\n\
             \x20 browser: chromedriver (Debian's package chromium-driver)\n\
             \x20 browser: npm, for axe-core (Debian's package npm)\n\
             \x20 browser: a font (Debian's package fonts-dejavu-core)\n\
             Install them, on Debian with\n\
             \x20 apt-get install --no-install-recommends mariadb-server chromium chromium-driver npm fonts-dejavu-core\n\
             or leave out the tests that need them:\n\
             \x20 cargo xtask ci --without mariadb,browser"
        );
    }
}
