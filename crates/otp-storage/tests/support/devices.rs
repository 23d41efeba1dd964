//! Clauses of known devices.

use chrono::TimeDelta;
use otp_core::testing::Bench;
use otp_core::{DeviceId, KnownDevices as _};

use super::fresh::Fresh;

const DAY: TimeDelta = TimeDelta::days(1);

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

/// A device is known until its time is over, which a new sign-in moves; no other is.
pub(crate) async fn knows_a_device_until_its_time_is_over(fresh: Fresh) {
    let now = Bench::new().now();
    let devices = fresh.database.devices();
    assert!(!devices.knows(&id(1), now).await.unwrap());
    devices.remember(&id(1), now + DAY).await.unwrap();
    assert!(devices.knows(&id(1), now).await.unwrap());
    assert!(!devices.knows(&id(2), now).await.unwrap());
    let last = now + DAY - TimeDelta::microseconds(1);
    assert!(devices.knows(&id(1), last).await.unwrap());
    assert!(!devices.knows(&id(1), now + DAY).await.unwrap());
    devices.remember(&id(1), now + DAY * 2).await.unwrap();
    assert!(devices.knows(&id(1), now + DAY).await.unwrap());
}

/// What is known no longer goes in batches, and nothing else.
pub(crate) async fn removes_devices_that_are_known_no_longer(fresh: Fresh) {
    let now = Bench::new().now();
    let devices = fresh.database.devices();
    for number in 0..3 {
        devices.remember(&id(number), now + DAY).await.unwrap();
    }
    devices.remember(&id(9), now + DAY * 2).await.unwrap();
    assert_eq!(devices.forgotten(now + DAY).await.unwrap(), 3);
    let purge = async |at| devices.purge(at, 2).await.unwrap();
    let before = purge(now + DAY - TimeDelta::microseconds(1)).await;
    assert_eq!((before.done, before.more), (0, false));
    let first = purge(now + DAY).await;
    assert_eq!((first.done, first.more), (2, true));
    let second = purge(now + DAY).await;
    assert_eq!((second.done, second.more), (1, false));
    assert!(devices.knows(&id(9), now + DAY).await.unwrap());
}
