//! Limits as people behind one address meet them, and as they do not when they signed in before.

use std::path::Path;

use crate::deployment::run;
use crate::person::Person;
use crate::process::Manager;

const SETTINGS: [(&str, &str); 3] = [
    ("OTP_MAIL__URL", "file:mail"),
    ("OTP_TRUSTED_PROXIES", "127.0.0.1"),
    ("OTP_LOG__LEVEL", "error"),
];

/// Reads the newest code that was mailed, once there are so many mails.
async fn mailed(manager: &Manager, mails: usize) -> String {
    let folder = manager.path("mail");
    for _ in 0..600 {
        let mut files = files(&folder);
        if files.len() >= mails {
            files.sort_by_key(|file| file.metadata().unwrap().modified().unwrap());
            let text = std::fs::read_to_string(files.last().unwrap()).unwrap();
            let lines = text.lines().map(|line| line.trim().replace(' ', ""));
            let code = lines.filter(|line| {
                [6, 13].contains(&line.len())
                    && line
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            });
            return code.into_iter().next().expect("a code");
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{mails} mails did not come");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).map_or_else(
        |_| Vec::new(),
        |files| files.map(|file| file.unwrap().path()).collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_asks_too_often_is_told_when_it_may_ask_again() {
    let manager = Manager::new();
    let settings = [&SETTINGS[..], &[("OTP_BUDGETS__COOLDOWNS", "off")]].concat();
    let service = tokio::task::block_in_place(|| manager.start(&settings));
    let mut crowd = Person::at(&manager, Some("198.51.100.1")).await;
    for name in ["a", "b", "c", "d", "e"] {
        for _ in 0..2 {
            assert_eq!(crowd.ask(&format!("{name}@example.com")).await.status, 303);
        }
    }
    let refused = crowd.ask("a@example.com").await;
    assert_eq!(refused.status, 429);
    let retry_after = refused.retry_after.expect("Retry-After");
    assert!((3_500..=3_600).contains(&retry_after), "{retry_after}");
    assert!(
        refused
            .text
            .contains("Too many requests came from your network")
    );
    let mut elsewhere = Person::at(&manager, Some("198.51.100.2")).await;
    assert_eq!(elsewhere.ask("a@example.com").await.status, 303);
    tokio::task::block_in_place(|| service.stop());
}

/// A12: whatever its headers say, one peer gets messages for five contacts an hour.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_with_forged_headers_are_one_client() {
    let manager = Manager::new();
    let (_, key) = run(&manager, &[], &["keys", "generate"]);
    let url = manager.url("");
    // In development nobody on this machine is counted.
    let settings = [
        ("OTP_PROFILE", "production"),
        ("OTP_PUBLIC_URL", url.as_str()),
        ("OTP_KEYS", key.trim()),
        ("OTP_MAIL__URL", "file:mail"),
        ("OTP_LOG__LEVEL", "error"),
    ];
    let (migrated, said) = run(&manager, &settings, &["migrate", "up"]);
    assert!(migrated, "{said}");
    let service = tokio::task::block_in_place(|| manager.start(&settings));
    let peer = Person::at(&manager, None).await;
    let mut granted = 0;
    for request in 0..1_000_u32 {
        let contact = format!("p{request}@example.com");
        let fields = [("contact_type", "email"), ("contact_value", &contact)];
        let forged = std::net::Ipv4Addr::from(0xCB00_7100 + request);
        let mut form = peer.form("/otp/request/", &fields);
        for name in [
            "x-forwarded-for",
            "x-real-ip",
            "cf-connecting-ip",
            "client-address",
        ] {
            form = form.header(name, forged.to_string());
        }
        let answer = form
            .header("forwarded", format!("for={forged}"))
            .send()
            .await;
        match answer.unwrap().status().as_u16() {
            303 => granted += 1,
            status => assert_eq!((status, granted), (429, 5), "request {request}"),
        }
    }
    assert_eq!(granted, 5);
    tokio::task::block_in_place(|| service.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_signed_in_before_is_not_concerned_by_what_strangers_do() {
    let manager = Manager::new();
    let service = tokio::task::block_in_place(|| manager.start(&SETTINGS));
    let contact = "owner@example.com";
    let mut owner = Person::at(&manager, Some("198.51.100.1")).await;
    assert_eq!(owner.ask(contact).await.status, 303);
    let code = mailed(&manager, 1).await;
    owner.open("/otp/verify/").await;
    assert_eq!(
        owner
            .submit("/otp/verify/", &[("otp_code", &code)])
            .await
            .status,
        303
    );
    assert!(owner.cookies.contains_key("otp_device"));

    // Ten wrong guesses by strangers: they spend the contact's guesses.
    for address in ["203.0.113.1", "203.0.113.2"] {
        let mut stranger = Person::at(&manager, Some(address)).await;
        assert_eq!(stranger.ask(contact).await.status, 303);
        stranger.open("/otp/verify/").await;
        for _ in 0..5 {
            let wrong = [(
                "otp_code",
                if code == "000000" { "000001" } else { "000000" },
            )];
            assert_eq!(stranger.submit("/otp/verify/", &wrong).await.status, 422);
        }
    }
    let mut newcomer = Person::at(&manager, Some("203.0.113.3")).await;
    assert_eq!(newcomer.ask(contact).await.status, 303);
    let page = newcomer.open("/otp/verify/").await;
    assert!(page.text.contains("13 letters and digits"), "{}", page.text);
    assert!(page.text.contains("inputmode=\"text\""));

    owner.open("/otp/request/").await;
    assert_eq!(owner.ask(contact).await.status, 303);
    let page = owner.open("/otp/verify/").await;
    assert!(page.text.contains("6 digits"), "{}", page.text);
    let code = mailed(&manager, 2).await;
    assert_eq!(code.len(), 6);
    assert_eq!(
        owner
            .submit("/otp/verify/", &[("otp_code", &code)])
            .await
            .status,
        303
    );
    tokio::task::block_in_place(|| service.stop());
}

/// A12 of requests, A10: a contact whose messages are used up is answered like one that was never asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_whose_messages_are_used_up_is_answered_like_any_other() {
    let manager = Manager::new();
    let service = tokio::task::block_in_place(|| manager.start(&SETTINGS));
    let victim = "victim@example.com";
    let strangers = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"];
    for address in strangers.into_iter().chain(["203.0.113.5", "203.0.113.6"]) {
        let mut stranger = Person::at(&manager, Some(address)).await;
        assert_eq!(stranger.ask(victim).await.status, 303);
    }
    let mut shapes = Vec::new();
    for contact in [victim, "nobody@example.com"] {
        let mut person = Person::at(&manager, Some("198.51.100.9")).await;
        let asked = person.ask(contact).await;
        let page = person.open("/otp/verify/").await;
        assert_eq!((asked.status, page.status), (303, 200));
        shapes.push((asked.shape, page.shape));
    }
    assert_eq!(shapes[0], shapes[1]);
    tokio::task::block_in_place(|| service.stop());
}
