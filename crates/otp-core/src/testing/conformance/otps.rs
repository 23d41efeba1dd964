//! Clauses of the OTP repository.

use super::*;
use crate::ports::{
    Accepted, Charge, Charged, Claimed, Guarded, Newest, Opened, Opening, Resend, Resent,
};
use crate::testing::Subject;

/// What is opened is found again, every field as it was, times to the microsecond.
pub async fn stores_every_field(subject: Subject) {
    let bench = Bench::on(subject);
    bench.advance(TimeDelta::microseconds(123_456));
    let (mut otp, mut delivery) = sample(&bench, 1);
    otp.contact = Contact::phone("+919876543210").unwrap();
    otp.contact_key = bench.keys.contact_key(&otp.contact);
    otp.purpose = Purpose::parse("payment").unwrap();
    otp.format = CodeFormat::new(Alphabet::Crockford32, 13).unwrap();
    otp.sends = 3;
    otp.attempts = 2;
    otp.max_attempts = 7;
    otp.locale = Locale::parse("pt-BR");
    otp.context = Context::parse("12.50 EUR to Bob").ok();
    otp.context_digest = Some(Digest::from_bytes([8; 32]));
    otp.binding = Some(Digest::from_bytes([9; 32]));
    otp.decoy = true;
    delivery.channel = Channel::Phone;
    delivery.locale = otp.locale.clone();
    bench.open(&otp, &delivery).await;
    assert_eq!(
        bench.subject.otps.find(otp.id).await.unwrap(),
        Some(otp.clone())
    );
    let claimed = bench.claim(1).await;
    let [claimed] = claimed.as_slice() else {
        panic!("one delivery is due, {} were claimed", claimed.len())
    };
    assert_eq!(claimed.otp, otp);
    assert_eq!(
        claimed.delivery,
        Delivery {
            attempts: 1,
            ..delivery
        }
    );
}

/// An id that is taken keeps its OTP, and the second one's delivery is not stored either.
pub async fn stores_nothing_under_a_taken_id(subject: Subject) {
    let bench = Bench::on(subject);
    let (first, delivery) = sample(&bench, 1);
    let (mut second, mut second_delivery) = sample(&bench, 1);
    second.purpose = Purpose::parse("payment").unwrap();
    second_delivery.id = DeliveryId::from_uuid(Uuid::from_u128(2));
    bench.open(&first, &delivery).await;
    assert_eq!(
        bench.opened(&second, &second_delivery).await,
        Opened::Exists
    );
    assert_eq!(
        bench.subject.otps.find(first.id).await.unwrap(),
        Some(first)
    );
    assert_eq!(bench.claim(10).await.len(), 1);
}

/// Not found is a value.
pub async fn finds_nothing_under_an_unknown_id(subject: Subject) {
    let bench = Bench::on(subject);
    let id = OtpId::from_uuid(Uuid::from_u128(404));
    let now = bench.clock.now();
    assert_eq!(bench.subject.otps.find(id).await.unwrap(), None);
    assert_eq!(bench.subject.otps.delivery_state(id).await.unwrap(), None);
    assert_eq!(
        bench.subject.otps.revoke(id, now).await.unwrap(),
        Guarded::Refused
    );
    assert_eq!(bench.charge(id).await, Charged::Refused);
}

/// By contact, the newest valid OTP of the purpose is found, under any of the given pseudonyms.
pub async fn finds_the_newest_valid_otp_of_a_contact(subject: Subject) {
    let bench = Bench::on(subject);
    let (older, older_delivery) = sample(&bench, 1);
    bench.advance(TimeDelta::seconds(1));
    let (newer, newer_delivery) = sample(&bench, 2);
    let (mut payment, payment_delivery) = sample(&bench, 3);
    payment.purpose = Purpose::parse("payment").unwrap();
    let (mut stranger, stranger_delivery) = sample(&bench, 4);
    stranger.contact = Contact::email("eve@example.com").unwrap();
    stranger.contact_key = bench.keys.contact_key(&stranger.contact);
    for (otp, delivery) in [
        (&newer, &newer_delivery),
        (&older, &older_delivery),
        (&payment, &payment_delivery),
        (&stranger, &stranger_delivery),
    ] {
        bench.open(otp, delivery).await;
    }
    let mut newest = Newest {
        contact_keys: vec![ContactKey::from_bytes([1; 32]), older.contact_key],
        purpose: Purpose::default(),
        now: bench.clock.now(),
    };
    assert_eq!(
        bench.subject.otps.find_newest(&newest).await.unwrap(),
        Some(newer.clone())
    );
    assert_eq!(
        bench
            .subject
            .otps
            .revoke(newer.id, newest.now)
            .await
            .unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        bench.subject.otps.find_newest(&newest).await.unwrap(),
        Some(older.clone())
    );
    newest.now = older.expires_at;
    assert_eq!(bench.subject.otps.find_newest(&newest).await.unwrap(), None);
}

/// By contact, an OTP that is bound to a browser or over is never found.
pub async fn finds_no_bound_or_closed_otp_by_contact(subject: Subject) {
    let bench = Bench::on(subject);
    let (mut bound, bound_delivery) = sample(&bench, 1);
    bound.binding = Some(Digest::from_bytes([9; 32]));
    let (mut spent, spent_delivery) = sample(&bench, 2);
    spent.attempts = spent.max_attempts - 1;
    let (consumed, consumed_delivery) = sample(&bench, 3);
    for (otp, delivery) in [
        (&bound, &bound_delivery),
        (&spent, &spent_delivery),
        (&consumed, &consumed_delivery),
    ] {
        bench.open(otp, delivery).await;
    }
    assert_eq!(bench.charge(spent.id).await, Charged::Applied);
    assert_eq!(bench.consume(consumed.id).await, Charged::Applied);
    let newest = Newest {
        contact_keys: vec![bound.contact_key],
        purpose: Purpose::default(),
        now: bench.clock.now(),
    };
    assert_eq!(bench.subject.otps.find_newest(&newest).await.unwrap(), None);
}

/// Each attempt is counted, and none is taken beyond the limit, whether it would open or not.
pub async fn charges_up_to_the_limit_and_no_further(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, delivery) = sample(&bench, 1);
    bench.open(&otp, &delivery).await;
    for spent in 1..=otp.max_attempts {
        assert_eq!(bench.charge(otp.id).await, Charged::Applied);
        assert_eq!(bench.find(otp.id).await.attempts, spent);
    }
    assert_eq!(bench.charge(otp.id).await, Charged::Refused);
    assert_eq!(bench.consume(otp.id).await, Charged::Refused);
    let spent = bench.find(otp.id).await;
    assert_eq!(
        (spent.attempts, spent.state),
        (otp.max_attempts, OtpState::Spent)
    );
}

/// The moment before the deadline counts; the deadline itself is too late, for charging and for consuming.
pub async fn charges_until_the_deadline_and_not_at_it(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, delivery) = sample(&bench, 1);
    bench.open(&otp, &delivery).await;
    bench.advance(otp.expires_at - otp.created_at - TimeDelta::microseconds(1));
    assert_eq!(bench.charge(otp.id).await, Charged::Applied);
    bench.advance(TimeDelta::microseconds(1));
    assert_eq!(bench.charge(otp.id).await, Charged::Refused);
    assert_eq!(bench.consume(otp.id).await, Charged::Refused);
    assert_eq!(bench.find(otp.id).await.attempts, 1);
}

/// A right code consumes once; after that nothing is charged any more.
pub async fn consumes_once(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, delivery) = sample(&bench, 1);
    bench.open(&otp, &delivery).await;
    assert_eq!(bench.consume(otp.id).await, Charged::Applied);
    assert_eq!(bench.consume(otp.id).await, Charged::Refused);
    assert_eq!(bench.charge(otp.id).await, Charged::Refused);
    let consumed = bench.find(otp.id).await;
    assert_eq!(
        consumed.state,
        OtpState::Verified {
            at: bench.clock.now()
        }
    );
    assert_eq!(consumed.attempts, 1);
}

/// A revoked OTP is over; revoking it again, or a consumed one, changes nothing.
pub async fn revokes_once(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, delivery) = sample(&bench, 1);
    let (consumed, consumed_delivery) = sample(&bench, 2);
    let now = bench.clock.now();
    bench.open(&otp, &delivery).await;
    bench.open(&consumed, &consumed_delivery).await;
    assert_eq!(
        bench.subject.otps.revoke(otp.id, now).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        bench
            .subject
            .otps
            .revoke(otp.id, now + TimeDelta::seconds(1))
            .await
            .unwrap(),
        Guarded::Refused
    );
    assert_eq!(
        bench.find(otp.id).await.state,
        OtpState::Revoked { at: now }
    );
    assert_eq!(bench.consume(otp.id).await, Charged::Refused);
    assert_eq!(bench.consume(consumed.id).await, Charged::Applied);
    assert_eq!(
        bench.subject.otps.revoke(consumed.id, now).await.unwrap(),
        Guarded::Refused
    );
    assert!(bench.find(consumed.id).await.is_verified());
}

/// Consumed, spent and revoked OTPs have lost their seed, so no code can be derived from their rows.
pub async fn wipes_the_seed_of_what_is_closed(subject: Subject) {
    let bench = Bench::on(subject);
    for number in 1..=3 {
        let (otp, delivery) = sample(&bench, number);
        bench.open(&otp, &delivery).await;
        assert!(bench.find(otp.id).await.code(&bench.keys).is_some());
        match number {
            1 => assert_eq!(bench.consume(otp.id).await, Charged::Applied),
            2 => {
                for _ in 0..otp.max_attempts {
                    assert_eq!(bench.charge(otp.id).await, Charged::Applied);
                }
            }
            _ => {
                let now = bench.clock.now();
                assert_eq!(
                    bench.subject.otps.revoke(otp.id, now).await.unwrap(),
                    Guarded::Applied
                );
            }
        }
        assert!(bench.find(otp.id).await.code(&bench.keys).is_none());
    }
}

/// A resend is taken from `resend_at` on, counts, moves `resend_at`, queues a message and changes nothing else.
pub async fn resends_from_resend_at_on(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, first) = sample(&bench, 1);
    bench.open(&otp, &first).await;
    let (bystander, its_own) = sample(&bench, 100);
    bench.open(&bystander, &its_own).await;
    bench.advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
    assert_eq!(bench.resend(&otp, 2).await, Guarded::Refused);
    assert_eq!(bench.claim(10).await.len(), 2);
    bench.advance(TimeDelta::microseconds(1));
    assert_eq!(bench.resend(&otp, 3).await, Guarded::Applied);
    let resent = bench.find(otp.id).await;
    let resend_at = bench.clock.now() + TimeDelta::seconds(60);
    assert_eq!(
        resent,
        Otp {
            sends: 2,
            resend_at,
            ..otp.clone()
        }
    );
    assert_eq!(bench.claim(10).await.len(), 1);
    assert_eq!(bench.resend(&otp, 4).await, Guarded::Refused);
    assert_eq!(bench.find(bystander.id).await, bystander);
}

/// What is expired, consumed, spent or revoked is not sent again.
pub async fn resends_nothing_that_is_closed(subject: Subject) {
    let bench = Bench::on(subject);
    for number in 1..=4 {
        let (mut otp, delivery) = sample(&bench, number);
        otp.resend_at = otp.created_at;
        otp.attempts = otp.max_attempts - 1;
        bench.open(&otp, &delivery).await;
        let now = bench.clock.now();
        match number {
            1 => assert_eq!(bench.consume(otp.id).await, Charged::Applied),
            2 => assert_eq!(bench.charge(otp.id).await, Charged::Applied),
            3 => assert_eq!(
                bench.subject.otps.revoke(otp.id, now).await.unwrap(),
                Guarded::Applied
            ),
            _ => bench.advance(TimeDelta::minutes(5)),
        }
        assert_eq!(bench.resend(&otp, 10 + number).await, Guarded::Refused);
    }
    assert_eq!(bench.claim(10).await.len(), 4);
}

/// Of the messages of one OTP that wait for a worker, the newest is sent; another OTP's is left alone.
pub async fn a_resend_supersedes_what_still_waits(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, first) = sample(&bench, 1);
    bench.open(&otp, &first).await;
    let (bystander, its_own) = sample(&bench, 100);
    bench.open(&bystander, &its_own).await;
    bench.advance(TimeDelta::seconds(60));
    assert_eq!(bench.resend(&otp, 2).await, Guarded::Applied);
    let under_lease = bench.claim(10).await;
    let ids = |claimed: &[Claimed]| -> Vec<u128> {
        let ids = claimed.iter().map(|one| one.delivery.id.as_uuid());
        ids.map(Uuid::as_u128).collect()
    };
    assert_eq!(ids(&under_lease), [100, 2]);
    // Under a lease it may be with the mail server already: its worker's word counts.
    let again = bench.find(otp.id).await;
    bench.advance(TimeDelta::seconds(60));
    let lease = [5; 16];
    let sending = bench.claim_as(lease, 10).await;
    assert_eq!(
        ids(&sending),
        [100, 2],
        "the leases of the first claim are over"
    );
    assert_eq!(bench.resend(&again, 3).await, Guarded::Applied);
    let queue = &bench.subject.queue;
    for claimed in &sending {
        let settled = queue
            .settle(claimed.delivery.id, lease, &bench.sent())
            .await;
        assert_eq!(settled.unwrap(), Guarded::Applied);
    }
    assert_eq!(ids(&bench.claim(10).await), [3]);
}

/// A message that a dead worker handed over is not superseded: it may have arrived, and is settled as such.
pub async fn a_resend_supersedes_nothing_that_was_handed_over(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, first) = sample(&bench, 1);
    bench.open(&otp, &first).await;
    let lease = [5; 16];
    assert_eq!(bench.claim_as(lease, 10).await.len(), 1);
    let queue = &bench.subject.queue;
    let handed_over = queue.hand_over(first.id, lease, bench.now()).await;
    assert_eq!(handed_over.unwrap(), Guarded::Applied);
    bench.advance(TimeDelta::seconds(60));
    assert_eq!(bench.resend(&otp, 2).await, Guarded::Applied);
    assert_eq!(bench.claim(10).await.len(), 2);
}

/// A message that is to wait, or is withheld, leaves what is due now as it is.
pub async fn a_resend_that_waits_supersedes_nothing(subject: Subject) {
    let bench = Bench::on(subject);
    let waiting = |delivery: &mut Delivery| delivery.not_before += TimeDelta::seconds(1);
    let withheld = |delivery: &mut Delivery| delivery.state = DeliveryState::Dropped;
    let changes: [fn(&mut Delivery); 2] = [waiting, withheld];
    for (number, change) in (1..).zip(changes) {
        let (mut otp, first) = sample(&bench, number);
        otp.resend_at = otp.created_at;
        bench.open(&otp, &first).await;
        let now = bench.clock.now();
        let mut second = delivery(10 + number, otp.id, now);
        change(&mut second);
        otp.sends += 1;
        let resend = Resend::unlimited(otp, second, now);
        let answer = bench.subject.otps.resend(&resend).await.unwrap();
        assert!(matches!(answer, Resent::Queued(_)), "{answer:?}");
        assert_eq!(bench.claim_and_send().await, 1);
    }
}

/// The state of the newest delivery is told, not that of an older one.
pub async fn tells_the_state_of_the_newest_delivery(subject: Subject) {
    let bench = Bench::on(subject);
    let (otp, first) = sample(&bench, 1);
    bench.open(&otp, &first).await;
    assert_eq!(
        bench.subject.otps.delivery_state(otp.id).await.unwrap(),
        Some(DeliveryState::Queued)
    );
    assert_eq!(bench.claim_and_send().await, 1);
    assert_eq!(
        bench.subject.otps.delivery_state(otp.id).await.unwrap(),
        Some(DeliveryState::Sent)
    );
    bench.advance(TimeDelta::seconds(60));
    assert_eq!(bench.resend(&otp, 2).await, Guarded::Applied);
    assert_eq!(
        bench.subject.otps.delivery_state(otp.id).await.unwrap(),
        Some(DeliveryState::Queued)
    );
}

impl Bench {
    pub(super) async fn find(&self, id: OtpId) -> Otp {
        self.subject.otps.find(id).await.unwrap().unwrap()
    }

    /// Opens an OTP whatever was issued before.
    pub(super) async fn open(&self, otp: &Otp, delivery: &Delivery) {
        let opened = self.opened(otp, delivery).await;
        let accepted = Accepted {
            otp: otp.clone(),
            delivery: delivery.clone(),
        };
        assert_eq!(opened, Opened::New(Box::new(accepted)));
    }

    pub(super) async fn opened(&self, otp: &Otp, delivery: &Delivery) -> Opened {
        let opening = Opening::unlimited(otp.clone(), delivery.clone());
        self.subject.otps.open(&opening).await.unwrap()
    }

    pub(super) async fn charge(&self, id: OtpId) -> Charged {
        let charge = Charge::unlimited(id, self.clock.now(), None);
        self.subject.otps.charge(&charge).await.unwrap()
    }

    pub(super) async fn consume(&self, id: OtpId) -> Charged {
        let charge = Charge::unlimited(id, self.clock.now(), Some([4; 16]));
        self.subject.otps.charge(&charge).await.unwrap()
    }

    pub(super) async fn resend(&self, otp: &Otp, number: u128) -> Guarded {
        let now = self.clock.now();
        let delivery = delivery(number, otp.id, now);
        let mut otp = otp.clone();
        otp.sends += 1;
        otp.resend_at = now + TimeDelta::seconds(60);
        let resend = Resend::unlimited(otp, delivery, now);
        match self.subject.otps.resend(&resend).await.unwrap() {
            Resent::Queued(_) => Guarded::Applied,
            Resent::Refused => Guarded::Refused,
            Resent::TooMany(_) => panic!("no budget was charged"),
        }
    }
}
