//! The configuration for nginx, as nginx itself reads it.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use tempfile::TempDir;

const SHIPPED: &str = include_str!("../deploy/nginx/otp.conf");

#[test]
fn nginx_takes_the_configuration_that_is_shipped() {
    let (status, says) = check(SHIPPED);
    assert!(status && says.contains("test is successful"), "{says}");
    assert!(!says.contains("[warn]"), "{says}");
    let (status, says) = check(&SHIPPED.replace("proxy_pass", "proxy_bypass"));
    assert!(!status && says.contains("proxy_bypass"), "{says}");
}

/// Says whether nginx takes `shipped`, and what it says, with a certificate and ports of our own.
fn check(shipped: &str) -> (bool, String) {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let names = vec!["login.example.com".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(path("fullchain.pem"), own.cert.pem()).unwrap();
    fs::write(path("privkey.pem"), own.signing_key.serialize_pem()).unwrap();
    // nginx binds the ports even to check: each becomes a free one, and once only.
    let lines = shipped.lines().filter(|line| !line.contains("listen [::]"));
    let ours = lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace(
            "/etc/letsencrypt/live/login.example.com/",
            &format!("{}/", folder.path().display()),
        )
        .replace("/var/log/nginx/", &format!("{}/", folder.path().display()))
        .replace("listen 80", &format!("listen 127.0.0.1:{}", free_port()))
        .replace("listen 443", &format!("listen 127.0.0.1:{}", free_port()));
    fs::write(path("otp.conf"), ours).unwrap();
    let whole = "pid nginx.pid; error_log stderr; events {} \
                 http { access_log off; include otp.conf; client_body_temp_path body; \
                 proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; }";
    fs::write(path("nginx.conf"), whole).unwrap();
    let output = Command::new(nginx())
        .arg("-t")
        .args(["-e", "stderr"])
        .arg("-p")
        .arg(folder.path())
        .args(["-c", "nginx.conf"])
        .output()
        .unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), says)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Where `cargo xtask ci` found it.
fn nginx() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where nginx is comes from the environment"
    )]
    let program = std::env::var("OTP_TEST_NGINX");
    program.expect("OTP_TEST_NGINX, which `cargo xtask services` sets")
}
