//! The words, as snapshots with a scripted code.

use chrono::TimeDelta;
use insta::assert_snapshot;
use otp_core::testing::Bench;
use otp_core::{
    Alphabet, Channel, Code, CodeFormat, Contact, Delivery, DeliveryId, Issue, Locale, Purpose,
};
use uuid::Uuid;

use super::*;

fn layouts() -> [Layout; 3] {
    let built_in = Layouts::BUILT_IN;
    [built_in.mail_text, built_in.mail_html, built_in.sms]
}

fn messages(app_name: &str, host: &str) -> Messages {
    Messages::new(Branding::new(app_name, host).expect("a branding"))
}

fn email() -> Contact {
    Contact::email("ada@example.com").expect("an address")
}

fn phone() -> Contact {
    Contact::phone("+919876543210").expect("a number")
}

/// What the dispatcher would hand over for a fresh OTP, with a scripted code.
async fn notice(contact: Contact, purpose: &str) -> Notice {
    let bench = Bench::new();
    let purpose = Purpose::parse(purpose).expect("a purpose");
    let request = Issue::new(contact.clone()).for_purpose(purpose);
    let issued = bench.service().issue(request).await.expect("a store");
    let id = issued.granted().expect("an OTP").id;
    let otp = bench
        .subject
        .otps
        .find(id)
        .await
        .expect("a store")
        .expect("an OTP");
    let delivery_id = DeliveryId::from_uuid(Uuid::from_u128(7));
    let delivery = Delivery::queued(delivery_id, id, contact.channel(), None, otp.created_at);
    Notice {
        delivery,
        otp,
        code: Code::parse("012345").expect("a code"),
    }
}

#[tokio::test]
async fn the_mail_says_code_use_time_reference_and_what_to_do() {
    let mail = messages("Example", "example.com")
        .email(&notice(email(), "login").await)
        .expect("a mail");
    assert_snapshot!(mail.subject, @"Your Example code, reference GXX");
    assert_snapshot!(mail.text, @r"
    Your code for Example:

    012345

    Use it to sign in.
    It works for 5 minutes, until 12:05 UTC.

    The page that asks for it shows the same reference: GXX

    If you did not ask for it, ignore this message.
    Nobody from Example will ever ask you for it.
    ");
    assert_snapshot!("mail_html", mail.html);
}

#[tokio::test]
async fn a_message_shows_what_its_code_confirms() {
    let mut mail_notice = notice(email(), "payment").await;
    mail_notice.otp.context = Context::parse("12.50 EUR to <Bob> & Sons").ok();
    let messages = messages("Example", "example.com");
    let mail = messages.email(&mail_notice).expect("a mail");
    let line = "\nDetails: 12.50 EUR to <Bob> & Sons\n";
    assert!(mail.text.contains(line), "{}", mail.text);
    let escaped = "\nDetails: <bdi>12.50 EUR to &lt;Bob&gt; &amp; Sons</bdi>\n";
    assert!(mail.html.contains(escaped), "{}", mail.html);
    let mut sms_notice = notice(phone(), "payment").await;
    for payee in ["Bob", &"x".repeat(180)] {
        let context = format!("12.50 EUR to {payee}");
        sms_notice.otp.context = Context::parse(&context).ok();
        let sms = messages.sms(&sms_notice).expect("a message");
        // The amount and the payee are never cut off, at the price of a second segment.
        assert!(sms.as_str().contains(&context), "{}", sms.as_str());
    }
}

#[tokio::test]
async fn a_strong_code_is_mailed_in_groups() {
    let mut strong = notice(email(), "login").await;
    strong.code = Code::parse("0123456789ABC").expect("a code");
    let messages = messages("Example", "example.com");
    let mail = messages.email(&strong).expect("a mail");
    assert!(mail.text.contains("\n0123 4567 89ABC\n"), "{}", mail.text);
    let sms = messages.sms(&strong).expect("a message");
    assert!(sms.as_str().ends_with("#0123456789ABC"), "{}", sms.as_str());
    for (code, shown) in [
        ("012345", "012345"),
        ("01234567", "01234567"),
        ("012345678", "0123 45678"),
    ] {
        assert_eq!(grouped(code), shown);
    }
}

#[tokio::test]
async fn the_sms_ends_with_the_origin_bound_code() {
    let sms = messages("Example", "login.example.com")
        .sms(&notice(phone(), "login").await)
        .expect("a message");
    assert_snapshot!(sms.as_str(), @r"
    012345 is your Example code to sign in. Ref GXX. Valid 5 min. Not you? Ignore it. We never ask for it.

    @login.example.com #012345
    ");
    assert_eq!(
        sms.as_str().lines().last(),
        Some("@login.example.com #012345")
    );
}

#[tokio::test]
async fn test_messages_say_that_they_are_tests() {
    let messages = messages("Example", "example.com");
    let mail = messages.test_email(Language::English).expect("a mail");
    assert_snapshot!(mail.subject, @"Test message from Example");
    assert_snapshot!(mail.text, @r"
    This is a test message from Example.

    It shows that messages with codes arrive here.

    You need not do anything.
    ");
    assert!(
        mail.html
            .contains("<p>This is a test message from <bdi>Example</bdi>.</p>")
    );
    let sms = messages.test_sms(Language::English).expect("a message");
    assert_snapshot!(sms.as_str(), @"Example: this is a test message. Messages with codes arrive here.");
}

#[tokio::test]
async fn both_parts_carry_the_code_alone_and_the_subject_does_not() {
    let mail = messages("Example", "example.com")
        .email(&notice(email(), "login").await)
        .expect("a mail");
    assert_eq!(
        mail.text.lines().filter(|line| *line == "012345").count(),
        1
    );
    assert_eq!(mail.html.matches(">012345<").count(), 1);
    assert_eq!(
        (
            mail.text.matches("012345").count(),
            mail.html.matches("012345").count()
        ),
        (1, 1)
    );
    assert!(!mail.subject.contains("012345"));
    assert!(!format!("{mail:?}").contains("012345"));
}

#[tokio::test]
async fn each_purpose_has_its_words() {
    let messages = messages("Example", "example.com");
    for (contact, purpose, says) in [
        (email(), "login", "to sign in."),
        (
            email(),
            "confirm-contact",
            "to confirm this e-mail address.",
        ),
        (phone(), "confirm-contact", "to confirm this phone number."),
        (email(), "payment", "to confirm a payment."),
        (phone(), "payment", "to confirm a payment."),
        (email(), "reset-password", "for “reset-password”."),
        (phone(), "reset-password", "for reset-password."),
    ] {
        let notice = notice(contact, purpose).await;
        let is_email = notice.delivery.channel == Channel::Email;
        let (text, line) = if is_email {
            let mail = messages.email(&notice).expect("a mail");
            (mail.text, format!("\n\nUse it {says}\n"))
        } else {
            let sms = messages.sms(&notice).expect("a message");
            (sms.0, format!(" code {says} "))
        };
        assert!(text.contains(&line), "{text}");
    }
}

#[tokio::test]
async fn the_time_left_is_counted_from_when_the_message_was_queued_and_rounded_down() {
    let messages = messages("Example", "example.com");
    for (seconds, mail_says, sms_says) in [
        (-1, "for 0 seconds, until", "Valid 0 s."),
        (1, "for 1 second, until", "Valid 1 s."),
        (59, "for 59 seconds, until", "Valid 59 s."),
        (60, "for 1 minute, until", "Valid 1 min."),
        (119, "for 1 minute, until", "Valid 1 min."),
        (120, "for 2 minutes, until", "Valid 2 min."),
        (299, "for 4 minutes, until", "Valid 4 min."),
        (7_199, "for 119 minutes, until", "Valid 119 min."),
        (7_200, "for 2 hours, until", "Valid 2 h."),
        (86_400, "for 24 hours, until", "Valid 24 h."),
    ] {
        let mut notice = notice(email(), "login").await;
        // As for a resend, a minute after the issue.
        notice.delivery.created_at += TimeDelta::minutes(1);
        notice.otp.expires_at = notice.delivery.created_at + TimeDelta::seconds(seconds);
        let text = messages.email(&notice).expect("a mail").text;
        assert!(text.contains(mail_says), "{seconds}: {text}");
        let sms = messages.sms(&notice).expect("a message");
        assert!(
            sms.as_str().contains(sms_says),
            "{seconds}: {}",
            sms.as_str()
        );
    }
}

#[tokio::test]
async fn the_clock_time_has_a_date_when_it_is_not_todays() {
    let messages = messages("Example", "example.com");
    let mut notice = notice(email(), "login").await;
    notice.otp.expires_at = notice.delivery.created_at + TimeDelta::hours(24);
    let text = messages.email(&notice).expect("a mail").text;
    assert!(text.contains("until 2026-01-02 12:00 UTC."), "{text}");
}

#[tokio::test]
async fn a_retry_repeats_the_message_to_the_letter() {
    let messages = messages("Example", "example.com");
    let first = notice(email(), "login").await;
    let mut again = first.clone();
    again.delivery.attempts += 1;
    again.delivery.not_before += TimeDelta::seconds(90);
    let [first, again] = [first, again].map(|notice| messages.email(&notice).expect("a mail"));
    assert_eq!(
        (first.subject, first.text, first.html),
        (again.subject, again.text, again.html)
    );
}

#[tokio::test]
async fn every_sms_is_one_segment_with_code_use_and_reference() {
    let long_host = format!("{}.{}.example", "h".repeat(27), "h".repeat(28));
    assert_eq!(long_host.len(), Branding::MAX_HOST);
    let long_name = "N".repeat(Branding::MAX_APP_NAME);
    let long_purpose = format!("p{}", "-x".repeat(15));
    let code = Code::parse("ABCDEFGHJKMNP").expect("a code");
    for app_name in ["Example", &long_name, "Fünf {Euro} €", "例え", "Ça va"] {
        for host in [
            "example.com",
            "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]",
            &long_host,
        ] {
            for purpose in ["login", "confirm-contact", &long_purpose] {
                let mut notice = notice(phone(), purpose).await;
                notice.otp.format = CodeFormat::new(Alphabet::Crockford32, 13).expect("a format");
                notice.otp.expires_at = notice.delivery.created_at + TimeDelta::hours(24);
                notice.code = code.clone();
                let sms = messages(app_name, host).sms(&notice).expect("a message");
                let text = sms.as_str();
                assert!(
                    gsm::septets(text).is_some() && gsm::is_one_segment(text),
                    "{text}"
                );
                assert!(text.starts_with("ABCDEFGHJKMNP is your "), "{text}");
                assert!(
                    text.ends_with(&format!("\n@{host} #ABCDEFGHJKMNP")),
                    "{text}"
                );
                let reference = format!(" Ref {}.", notice.otp.reference.as_str());
                assert!(text.contains(&reference), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_phones_cannot_show_is_left_out_of_the_sms() {
    let notice = notice(phone(), "login").await;
    let sms = messages("例え", "example.com")
        .sms(&notice)
        .expect("a message");
    assert!(
        sms.as_str()
            .starts_with("012345 is your code to sign in. Ref "),
        "{}",
        sms.as_str()
    );
    let test = messages("例え", "example.com")
        .test_sms(Language::English)
        .expect("a message");
    assert!(
        test.as_str().starts_with("This is a test message."),
        "{}",
        test.as_str()
    );
}

#[tokio::test]
async fn a_hostile_name_stays_text() {
    for name in [
        "<script>alert(1)</script>",
        "</p><img src=//e.test/x>",
        "<a href=\"//e.test\">x</a>",
        "\"'><b>&amp;",
        "{{ code }}{% raw %}",
        "javascript:alert(1)",
    ] {
        let notice = notice(email(), "login").await;
        let html = messages(name, "example.com")
            .email(&notice)
            .expect("a mail")
            .html;
        let plain = messages("x", "example.com")
            .email(&notice)
            .expect("a mail")
            .html;
        assert_eq!(tags(&html), tags(&plain), "{name}");
        assert_eq!(html.matches("012345").count(), 1, "{name}");
        let unescaped = html
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#x2f;", "/")
            .replace("&amp;", "&");
        assert!(
            unescaped.contains(&format!("Your code for <bdi>{name}</bdi>:")),
            "{html}"
        );
    }
}

/// Markup, links and template code, plain and in the ways in which escaping has been got round.
fn markup() -> Vec<String> {
    let things = [
        "<script>alert(1)</script>",
        "<img src=//e.test/x onerror=alert(1)>",
        "<a href=https://e.test>here</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=//e.test>",
        "<form action=//e.test><input>",
        "<style>*{}</style>",
        "<base href=//e.test>",
        "<meta http-equiv=refresh content=0;url=//e.test>",
        "<link rel=stylesheet href=//e.test>",
        "<!-- ",
        "--><b>",
        "<![CDATA[<b>]]>",
        "</p></div></body></html><b>",
        "<b",
        "b>",
        "<table background=//e.test>",
        "{{ code }}",
        "{% raw %}",
        "{{ 7*7 }}",
        "{# x #}",
        "&lt;b&gt;",
        "&#60;b&#62;",
        "&amp;lt;",
        "\u{ff1c}b\u{ff1e}",
    ];
    let wraps = ["{}", "\"'>{}", "<{}>", "\n{}\n"];
    let wrapped = wraps
        .iter()
        .flat_map(|wrap| things.iter().map(move |thing| wrap.replace("{}", thing)));
    wrapped.collect()
}

#[test]
fn markup_in_any_place_of_a_mail_stays_text() {
    let messages = messages("Example", "example.com");
    let lay_out = |subject, heading, code, paragraph: &str| {
        let paragraphs = [paragraph.to_owned()];
        let mail = messages.lay_out(Language::English, subject, heading, Some(code), &paragraphs);
        mail.expect("a mail").html
    };
    let plain = lay_out("x", "x", "x", "x");
    let payloads = markup();
    assert!(payloads.len() >= 100);
    for payload in &payloads {
        let (x, it) = ("x", payload.as_str());
        for (subject, heading, code, paragraph) in
            [(it, x, x, x), (x, it, x, x), (x, x, it, x), (x, x, x, it)]
        {
            let html = lay_out(subject, heading, code, paragraph);
            assert_eq!(tags(&html), tags(&plain), "{payload:?}");
        }
    }
}

#[test]
fn what_a_caller_chooses_makes_no_link_and_no_markup() {
    let fits = |text: &String| Purpose::parse(text).is_ok() || Locale::parse(text).is_some();
    let links = [
        "https://e.test",
        "e.test",
        "www.e.test",
        "//e.test",
        "mailto:a@e.test",
        "a@e.test",
        "1.2.3.4",
    ];
    let all = markup().into_iter().chain(links.map(str::to_owned));
    assert_eq!(all.filter(fits).collect::<Vec<_>>(), [""; 0]);
}

/// The tags of a page, one by one.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .collect()
}

#[test]
fn the_mail_asks_for_nothing_from_outside() {
    let html = Layouts::BUILT_IN.mail_html.source;
    for outside in [
        "http", "//", "src=", "href", "url(", "@import", "<script", "<link", "<img", "<style",
        "<form", "<a ", "cid:",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    let catalogues = Language::ALL.map(catalogue);
    for source in layouts()
        .iter()
        .map(|layout| &*layout.source)
        .chain(catalogues)
    {
        assert!(
            !source.contains("://") && !source.contains("www."),
            "{source}"
        );
    }
}

#[test]
fn every_layout_compiles_and_is_escaped_where_it_is_html() {
    let environment = Environment::new();
    for Layout { name, source } in layouts() {
        let template = environment.template_from_named_str(name, &source);
        assert!(template.is_ok(), "{name}: {:?}", template.err());
        assert!(!source.contains("safe"), "{name} switches escaping off");
    }
    let name = Layouts::BUILT_IN.mail_html.name;
    let escaped = environment.render_named_str(name, "{{ x }}", context! { x => "<" });
    assert_eq!(escaped.expect("a text"), "&lt;");
}

#[tokio::test]
async fn the_delivery_says_the_language_and_english_stands_in() {
    let messages = messages("Example", "example.com");
    for (locale, says) in [
        (None, "Your code for Example:"),
        (Some("en-GB"), "Your code for Example:"),
        (Some("tlh"), "Your code for Example:"),
        (Some("de-AT"), "Ihr Code für Example:"),
        (Some("zh-Hant-TW"), "您的 Example 验证码："),
    ] {
        let mut notice = notice(email(), "login").await;
        notice.delivery.locale = locale.and_then(Locale::parse);
        let mail = messages.email(&notice).expect("a mail");
        assert!(mail.text.starts_with(says), "{}", mail.text);
    }
}
