//! Phases 8 and 9 of the guide. The fields by themselves are tested where they are read.

use crate::browser::Browser;
use crate::house::House;

#[tokio::test]
async fn phase_8_request_page_has_what_the_guide_expects() {
    let house = House::new().await;
    let page = Browser::new(&house).open("/otp/request/").await;
    assert_eq!(page.status, 200);
    for (part, attributes) in [
        (
            "id=\"contact_type_email\"",
            "type=\"radio\" name=\"contact_type\" value=\"email\"",
        ),
        (
            "id=\"contact_type_phone\"",
            "type=\"radio\" name=\"contact_type\" value=\"phone\"",
        ),
        (
            "id=\"contact_value\"",
            "type=\"text\" name=\"contact_value\"",
        ),
        ("name=\"viewport\"", "width=device-width"),
    ] {
        assert!(
            page.tag(part).contains(attributes),
            "{part}: {}",
            page.tag(part)
        );
    }
    page.says("<button class=\"primary\" type=\"submit\">Request OTP</button>");
    page.says("<label for=\"contact_value\"");
    page.says("Test &amp; Sons");
}

#[tokio::test]
async fn phase_8_request_flow_redirects_to_verify() {
    let house = House::new().await;
    house.add_test_customer().await;
    let mut browser = Browser::new(&house);
    browser.open("/").await.leads_to("/otp/request/");
    browser.open("/otp/request/").await;
    browser
        .request("email", "test@example.com")
        .await
        .leads_to("/otp/verify/");
    assert_eq!(house.take_messages().await, 1);
}

#[tokio::test]
async fn phase_8_verify_page_has_what_the_guide_expects() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let page = browser.open("/otp/verify/").await;
    let input = page.tag("id=\"otp_code\"");
    for attribute in [
        "type=\"text\"",
        "name=\"otp_code\"",
        "autocomplete=\"one-time-code\"",
        "inputmode=\"numeric\"",
    ] {
        assert!(input.contains(attribute), "{attribute}: {input}");
    }
    for button in ["Verify &amp; Login", "Resend", "Change contact"] {
        page.says(&format!(">{button}</button>"));
    }
    page.says("We sent 6 digits to t***@example.com.");
    page.says("data-expires-in=\"300\">5:00");
    page.says("data-resend-in=\"60\"");
    let otp = house
        .bench
        .subject
        .otps
        .find(browser.flow())
        .await
        .unwrap()
        .unwrap();
    page.says(&format!(
        "<dd class=\"reference\">{}</dd>",
        otp.reference.as_str()
    ));
    assert!(!page.text.contains(&house.code(browser.flow()).await));
}

#[tokio::test]
async fn phase_8_verify_flow_signs_in() {
    let house = House::new().await;
    house.add_test_customer().await;
    let mut browser = Browser::waiting(&house).await;
    let code = house.code(browser.flow()).await;
    browser
        .verify(&format!("{} {}", &code[..3], &code[3..]))
        .await
        .leads_to("/otp/done/");
    for _reload in 0..2 {
        let page = browser.open("/otp/done/").await;
        assert_eq!(page.status, 200);
        page.says("Welcome, Test &lt;User&gt;");
        page.says("Your code was right.");
        page.says("test@example.com");
    }
}

#[tokio::test]
async fn who_is_not_a_customer_is_named_by_the_contact() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    browser
        .request("phone", "98765 43210")
        .await
        .leads_to("/otp/verify/");
    browser.open("/otp/verify/").await.says("+********3210");
    let code = house.code(browser.flow()).await;
    browser.verify(&code).await.leads_to("/otp/done/");
    let page = browser.open("/otp/done/").await;
    page.says("<h1>You are signed in</h1>");
    page.says("+919876543210");
}

#[tokio::test]
async fn phase_9_request_form_shows_errors_beside_the_field() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    let page = browser
        .request("phone", "\"><script>alert(1)</script>")
        .await;
    assert_eq!(page.status, 422);
    page.says("<title>Error: Sign in");
    page.says("<p class=\"error\" id=\"contact_value_error\">Enter a valid phone number");
    let input = page.tag("id=\"contact_value\"");
    for attribute in [
        "aria-invalid=\"true\"",
        "autofocus",
        "aria-describedby=\"contact_value_hint contact_value_error\"",
        "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;&#x2f;script&gt;\"",
    ] {
        assert!(input.contains(attribute), "{attribute}: {input}");
    }
    assert!(
        page.tag("id=\"contact_type_phone\"").contains(" checked"),
        "the choice is kept"
    );
    let page = browser.submit("/otp/request/", &[]).await;
    assert_eq!(page.status, 422);
    page.says("id=\"contact_type_error\">Choose email or phone.");
    page.says("id=\"contact_value_error\">This is required.");
    assert!(
        page.tag("<fieldset").is_empty()
            && page
                .text
                .contains("aria-describedby=\"contact_type_error\"")
    );
    assert!(
        page.tag("id=\"contact_type_email\"").contains("autofocus"),
        "the first wrong field has the focus"
    );
    assert!(!page.tag("id=\"contact_value\"").contains("autofocus"));
    assert_eq!(house.take_messages().await, 0);
}

#[tokio::test]
async fn phase_9_verify_form_refuses_a_short_code_without_a_charge() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    for short in ["123", "", "12345a", "1234567"] {
        let page = browser.verify(short).await;
        assert_eq!(page.status, 422, "{short:?}");
        page.says("id=\"otp_code_error\">Enter the code from the message: 6 digits.");
        assert!(
            page.tag("id=\"otp_code\"")
                .contains("aria-invalid=\"true\"")
        );
        assert!(
            short.is_empty() || !page.text.contains(&format!("\"{short}\"")),
            "what was typed is not repeated"
        );
    }
    let otp = house
        .bench
        .subject
        .otps
        .find(browser.flow())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(otp.attempts, 0);
}

#[tokio::test]
async fn phase_9_verify_form_takes_a_code_as_people_type_it() {
    for typed in [
        |c: &str| c.to_owned(),
        |c: &str| format!(" {}-{} ", &c[..3], &c[3..]),
        |c: &str| {
            c.chars()
                .map(|digit| char::from_u32(u32::from(digit) - 0x30 + 0xff10).unwrap())
                .collect()
        },
    ] {
        let house = House::new().await;
        let mut browser = Browser::waiting(&house).await;
        let code = typed(&house.code(browser.flow()).await);
        browser.verify(&code).await.leads_to("/otp/done/");
    }
}
