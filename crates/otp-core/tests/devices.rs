//! Known devices: budgets of their own, for the contact they signed in for and nobody else.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::{Bench, MemoryDevices};
use otp_core::{Caller, Contact, DeviceSecret, Issue, OtpService, Verify};

fn email(text: &str) -> Contact {
    Contact::email(text).expect("an address")
}

fn device(number: u8) -> DeviceSecret {
    DeviceSecret::from_bytes([number; 32])
}

/// Signs in for Ada on the first device.
async fn signed_in(bench: &Bench) -> OtpService {
    let devices = Arc::new(MemoryDevices::default());
    let service = bench.guarded_service().with_devices(devices);
    let issued = service.issue(email("ada@example.com")).await;
    let id = issued.expect("a store").granted().expect("a code").id;
    let verify = Verify::new(id, bench.read_code(id).await);
    let verified = service.verify(verify).await.expect("a store").granted();
    let verified = verified.expect("the right code");
    let remembered = service.remember_device(&device(1), &verified).await;
    remembered.expect("a store");
    service
}

#[tokio::test]
async fn a_device_is_known_for_its_contact_and_for_ninety_days() {
    let bench = Bench::new();
    let service = signed_in(&bench).await;
    let knows = async |number, contact| {
        let known = service.knows_device(&device(number), &email(contact)).await;
        known.expect("a store")
    };
    assert!(knows(1, "ada@example.com").await);
    assert!(!knows(2, "ada@example.com").await);
    assert!(!knows(1, "bob@example.com").await);
    bench.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    assert!(knows(1, "ada@example.com").await);
    bench.advance(TimeDelta::seconds(1));
    assert!(!knows(1, "ada@example.com").await);
}

#[tokio::test]
async fn only_a_known_device_is_spared_the_limits_of_its_network() {
    let bench = Bench::new();
    let service = signed_in(&bench).await;
    for (number, contact, is_spared) in [
        (1, "ada@example.com", true),
        (2, "ada@example.com", false),
        (1, "bob@example.com", false),
    ] {
        let mut request = Issue::new(email(contact));
        request.caller = Caller {
            client: Some("192.0.2.7".parse().expect("an address")),
            device: Some(device(number)),
        };
        let mut spared = true;
        // The network waits before it asks for the same contact again.
        for _ in 0..2 {
            let answer = service.issue(request.clone()).await.expect("a store");
            spared &= answer.granted().is_some();
        }
        assert_eq!(spared, is_spared, "device {number}, {contact}");
    }
}
