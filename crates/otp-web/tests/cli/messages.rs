//! What messages say, and what became of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::folder::Folder;

#[test]
fn messages_are_previewed_in_any_language_and_with_the_words_of_a_folder() {
    let folder = Folder::new();
    let preview = |arguments: &[&str]| {
        let all = [&["template", "preview"], arguments].concat();
        folder.otp_with(
            &[
                ("OTP_PROFILE", "development"),
                ("OTP_MESSAGES__DIR", "words"),
            ],
            &all,
        )
    };
    std::fs::create_dir(folder.path().join("words")).expect("a folder");
    let sms = preview(&[
        "--lang",
        "de-AT",
        "--channel",
        "phone",
        "--purpose",
        "payment",
    ])
    .done();
    assert!(
        sms.starts_with("Mit 123456 bestätigen Sie") && sms.ends_with("\n@localhost #123456\n"),
        "{sms}"
    );
    let catalogue = folder.path().join("words/ar.ftl");
    std::fs::write(&catalogue, "mail-subject = رمز { $app }\n").expect("a file");
    let mail = preview(&["--lang", "ar"]).done();
    assert!(mail.starts_with("Subject: رمز localhost\n\n"), "{mail}");
    assert!(mail.lines().any(|line| line == "123456"), "{mail}");
    let html = preview(&["--lang", "ar", "--html"]).done();
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(
        preview(&["--channel", "phone", "--html"])
            .failed()
            .contains("only a mail")
    );
    let unknown = preview(&["--lang", "tlh"]);
    assert!(
        unknown.status == Some(2) && unknown.stderr.contains("en, de, fr"),
        "{unknown:?}"
    );
    std::fs::write(&catalogue, "mail-subjcet = x\n").expect("a file");
    for arguments in [["serve"], ["check"]] {
        let stopped = folder.otp_with(
            &[
                ("OTP_PROFILE", "development"),
                ("OTP_MESSAGES__DIR", "words"),
                ("OTP_LISTEN", "127.0.0.1:0"),
            ],
            &arguments,
        );
        assert_eq!(stopped.status, Some(1), "{stopped:?}");
        let told = stopped.stdout + &stopped.stderr;
        assert!(
            told.contains("ar.ftl: there is no message mail-subjcet"),
            "{told}"
        );
    }
}

/// A mail server that knows nobody, until the process ends.
fn server_that_refuses() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let mut answers = client.try_clone().expect("a socket");
            let mut say = |line: &str| answers.write_all(format!("{line}\r\n").as_bytes());
            say("220 mail.example").expect("a client");
            for line in BufReader::new(client).lines().map_while(Result::ok) {
                let is_recipient = line.starts_with("RCPT");
                let answer = if is_recipient {
                    "550 nobody of that name"
                } else {
                    "250 ok"
                };
                if say(answer).is_err() {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn what_became_of_messages_is_listed_shown_and_tried_again() {
    let folder = Folder::new();
    let port = server_that_refuses();
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    let refusing = [("OTP_PROFILE", "development"), ("OTP_MAIL__URL", &*url)];
    let create = [
        "create",
        "--email",
        "test@example.com",
        "--show-code",
        "--json",
    ];
    let refused = folder.otp_with(&refusing, &create).done();
    let refused: Value = serde_json::from_str(&refused).expect("JSON");
    assert_eq!(refused["delivery"], "failed");
    let sent = folder.json(&[
        "create",
        "--email",
        "other@example.com",
        "--show-code",
        "--json",
    ]);

    let listed = folder.json(&["deliveries", "list", "--json"]);
    let states: Vec<&str> = listed
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|delivery| delivery["state"].as_str())
        .collect();
    assert_eq!(states, ["sent", "failed"], "the newest first");
    let failed = folder.json(&["deliveries", "list", "--state", "failed", "--json"]);
    assert_eq!(failed.as_array().map(Vec::len), Some(1));
    let id = failed[0]["id"].as_str().expect("an id");
    let of_other = [
        "deliveries",
        "list",
        "--email",
        "Other@Example.com",
        "--json",
    ];
    assert_eq!(
        folder.json(&of_other)[0]["contact_hint"],
        "o***@example.com"
    );
    let last = folder.json(&["deliveries", "list", "--limit", "1", "--json"]);
    assert_eq!(last.as_array().map(Vec::len), Some(1));

    let table = folder.otp(&["deliveries", "list"]).done();
    assert!(table.starts_with("id  "), "{table}");
    let shown = folder.otp(&["deliveries", "show", id]).done();
    assert!(shown.contains("state       failed\n"), "{shown}");
    assert!(shown.contains("\nlast error  "), "{shown}");
    let told = format!("{listed}{table}{shown}");
    for created in [&refused, &sent] {
        for secret in ["id", "code"] {
            let secret = created[secret].as_str().expect("a text");
            assert!(!told.contains(secret), "{told}");
        }
    }
    assert!(!told.contains("test@example.com"), "{told}");

    let queued = folder.otp(&["deliveries", "retry", id]).done();
    assert!(queued.contains(id), "{queued}");
    let twice = folder.otp(&["deliveries", "retry", id]).failed();
    assert!(twice.contains("is queued"), "{twice}");
    let nobody = "00000000-0000-7000-8000-000000000000";
    for command in ["show", "retry"] {
        let failed = folder.otp(&["deliveries", command, nobody]).failed();
        assert!(failed.contains("otp deliveries list"), "{failed}");
    }
    let unheard = folder.otp(&["deliveries", "list", "--state", "lost"]);
    assert_eq!(unheard.status, Some(2));
    assert!(unheard.stderr.contains("queued, sent"), "{unheard:?}");
    for limit in ["0", "1001"] {
        let refused = folder.otp(&["deliveries", "list", "--limit", limit]);
        assert_eq!(refused.status, Some(2), "{refused:?}");
    }
}
