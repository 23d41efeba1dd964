//! A session against an SMSC that a test plays itself, with a clock that does not wait.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{advance, timeout};

use super::*;

const DEADLINE: Duration = Duration::from_secs(15);

fn login() -> Login {
    Login {
        system_id: "otp".to_owned(),
        password: "hush".to_owned(),
        system_type: String::new(),
    }
}

/// Both ends of a session that is bound.
async fn bound() -> (Arc<Session>, Wire) {
    let (ours, theirs) = tokio::io::duplex(65_536);
    let mut smsc = Wire::over(theirs);
    let answering = async {
        let asked = smsc.next().await.expect("a request");
        assert_eq!(asked.command, Command::BIND_TRANSCEIVER);
        // An id far longer than its field: it says nothing that matters.
        let answer = asked.answer(Bytes::from("s".repeat(40)));
        smsc.send(&answer).await.expect("a wire");
    };
    let login = login();
    let binding = Session::bind(Wire::over(ours), &login, None);
    let (session, ()) = tokio::join!(binding, answering);
    (Arc::new(session.expect("a session")), smsc)
}

/// Hands a message over in a task of its own.
fn submit(session: &Arc<Session>) -> JoinHandle<Result<Answer, Silence>> {
    let session = session.clone();
    let until = Instant::now() + DEADLINE;
    tokio::spawn(async move { session.submit(Bytes::from_static(b"message"), until).await })
}

async fn take(smsc: &mut Wire) -> Pdu {
    let taken = timeout(Duration::from_secs(1), smsc.next()).await;
    taken.expect("a PDU in time").expect("a PDU")
}

async fn takes_nothing(smsc: &mut Wire) -> bool {
    timeout(Duration::from_millis(1), smsc.next())
        .await
        .is_err()
}

async fn accept(smsc: &mut Wire, submitted: &Pdu) {
    let answer = submitted.answer(Bytes::from_static(b"m1\0"));
    smsc.send(&answer).await.expect("a wire");
}

fn accepted() -> Answer {
    Answer {
        status: Status::OK,
        message_id: Some("m1".to_owned()),
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_eight_messages_wait_for_their_answer() {
    let (session, mut smsc) = bound().await;
    let mut sending: Vec<_> = (0..WINDOW).map(|_| submit(&session)).collect();
    let mut taken = Vec::new();
    for _ in 0..WINDOW {
        taken.push(take(&mut smsc).await);
    }
    let ninth = submit(&session);
    assert!(takes_nothing(&mut smsc).await);
    // In another order than they came.
    accept(&mut smsc, &taken.remove(5)).await;
    assert_eq!(sending.remove(5).await.expect("a task"), Ok(accepted()));
    taken.push(take(&mut smsc).await);
    sending.push(ninth);
    for submitted in &taken {
        accept(&mut smsc, submitted).await;
    }
    for sending in sending {
        assert_eq!(sending.await.expect("a task"), Ok(accepted()));
    }
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_place_in_time_was_not_sent() {
    let (session, mut smsc) = bound().await;
    for _ in 0..WINDOW {
        let session = session.clone();
        let until = Instant::now() + DEADLINE * 2;
        tokio::spawn(async move { session.submit(Bytes::new(), until).await });
    }
    for _ in 0..WINDOW {
        take(&mut smsc).await;
    }
    let late = submit(&session).await.expect("a task");
    assert_eq!(late, Err(Silence::Full));
    assert!(session.is_open(), "it is not the session's fault");
}

#[tokio::test(start_paused = true)]
async fn silence_leaves_a_message_unknown_and_the_session_to_those_under_way() {
    let (session, mut smsc) = bound().await;
    let first = submit(&session);
    take(&mut smsc).await;
    advance(DEADLINE / 2).await;
    let second = submit(&session);
    let submitted = take(&mut smsc).await;
    assert_eq!(first.await.expect("a task"), Err(Silence::Unanswered));
    assert!(!session.is_open(), "the next message binds another");
    accept(&mut smsc, &submitted).await;
    assert_eq!(second.await.expect("a task"), Ok(accepted()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_unknown_only_what_was_written() {
    let (session, mut smsc) = bound().await;
    let written = submit(&session);
    take(&mut smsc).await;
    // It is handed over before the session's task sees the end.
    let unwritten = submit(&session);
    drop(smsc);
    assert_eq!(unwritten.await.expect("a task"), Err(Silence::Over));
    assert_eq!(written.await.expect("a task"), Err(Silence::Unanswered));
    assert!(!session.is_open());
    let later = submit(&session).await.expect("a task");
    assert_eq!(later, Err(Silence::Over));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_smsc_does_not_know_is_given_up() {
    let (session, mut smsc) = bound().await;
    let sending = submit(&session);
    let submitted = take(&mut smsc).await;
    let refused = Pdu {
        status: Status::INVALID_BIND_STATUS,
        ..submitted.answer(Bytes::new())
    };
    smsc.send(&refused).await.expect("a wire");
    let answer = sending.await.expect("a task").expect("an answer");
    assert_eq!(answer.status, Status::INVALID_BIND_STATUS);
    assert!(!session.is_open());
}

#[tokio::test(start_paused = true)]
async fn asks_a_silent_smsc_whether_it_is_there() {
    let (session, mut smsc) = bound().await;
    let silent_for = async |smsc: &mut Wire| {
        let since = Instant::now();
        let heard = smsc.next().await;
        (since.elapsed().as_secs(), heard)
    };
    for _ in 0..3 {
        let (seconds, asked) = silent_for(&mut smsc).await;
        let asked = asked.expect("a question");
        assert_eq!((seconds, asked.command), (30, Command::ENQUIRE_LINK));
        let answer = asked.answer(Bytes::new());
        smsc.send(&answer).await.expect("a wire");
    }
    let (seconds, asked) = silent_for(&mut smsc).await;
    assert_eq!((seconds, asked.is_ok()), (30, true));
    assert!(session.is_open());
    let (seconds, end) = silent_for(&mut smsc).await;
    let end = end.err().map(|error| error.kind());
    assert_eq!((seconds, end), (15, Some(io::ErrorKind::UnexpectedEof)));
    assert!(!session.is_open());
}

#[tokio::test(start_paused = true)]
async fn answers_what_the_smsc_asks() {
    let (session, mut smsc) = bound().await;
    let data_sm = Pdu::read(Bytes::from_static(b"\0\0\x01\x03\0\0\0\0\0\0\0\x07")).expect("a PDU");
    for (asked, answer, status, body) in [
        (
            Pdu::request(Command::ENQUIRE_LINK, 7, Bytes::new()),
            Command::ENQUIRE_LINK.response(),
            Status::OK,
            &b""[..],
        ),
        (
            Pdu::request(Command::DELIVER_SM, 7, Bytes::from_static(b"\xff")),
            Command::DELIVER_SM.response(),
            Status::OK,
            b"\0",
        ),
        (data_sm, Command::GENERIC_NACK, Status::INVALID_COMMAND, b""),
        (
            Pdu::request(Command::UNBIND, 7, Bytes::new()),
            Command::UNBIND.response(),
            Status::OK,
            b"",
        ),
    ] {
        assert!(session.is_open());
        smsc.send(&asked).await.expect("a wire");
        let heard = take(&mut smsc).await;
        assert_eq!(
            (heard.command, heard.status, heard.sequence, &heard.body[..]),
            (answer, status, 7, body)
        );
    }
    assert!(smsc.next().await.is_err(), "unbound");
    assert!(!session.is_open());
}

#[tokio::test(start_paused = true)]
async fn says_goodbye_when_nobody_needs_it() {
    let (session, mut smsc) = bound().await;
    drop(session);
    let asked = take(&mut smsc).await;
    assert_eq!(asked.command, Command::UNBIND);
    let receipt = Pdu::request(Command::DELIVER_SM, 7, Bytes::new());
    smsc.send(&receipt).await.expect("a wire");
    let taken = take(&mut smsc).await.command;
    assert_eq!(taken, Command::DELIVER_SM.response(), "until the end");
    let answer = asked.answer(Bytes::new());
    smsc.send(&answer).await.expect("a wire");
    assert!(smsc.next().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_length_that_no_pdu_has_ends_the_session() {
    const BIND_RESPONSE: &[u8] = b"\0\0\0\x10\x80\0\0\x09\0\0\0\0\0\0\0\x01";
    for length in [0_u32, 3, 4, 15, 16_389, u32::MAX] {
        let (ours, mut theirs) = tokio::io::duplex(65_536);
        let said = [BIND_RESPONSE, &length.to_be_bytes(), &[0; 64]].concat();
        theirs.write_all(&said).await.expect("a wire");
        let session = Session::bind(Wire::over(ours), &login(), None).await;
        let session = session.expect("a session");
        let mut heard = Vec::new();
        let ending = theirs.read_to_end(&mut heard);
        let ended = timeout(Duration::from_secs(1), ending).await;
        assert!(ended.is_ok() && !session.is_open(), "{length}");
    }
}
