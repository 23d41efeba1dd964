//! The guard around routes that misbehave.

use futures_util::stream;
use otp_core::testing::Bench;
use otp_core::{Clock as _, Region};
use otp_storage::{Database, DatabaseUrl};
use poem::endpoint::make;
use poem::listener::TcpAcceptor;
use poem::{Body, RequestBuilder, Server, handler};
use tempfile::TempDir;

use super::*;
use crate::{ApiAccess, Hosts, Metrics, MetricsAt, Site, TrustedProxies};

async fn pages() -> (Arc<Pages>, TempDir) {
    pages_behind(TrustedProxies::default()).await
}

async fn pages_behind(trusted_proxies: TrustedProxies) -> (Arc<Pages>, TempDir) {
    let directory = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/otp.sqlite3", directory.path().display());
    let url = DatabaseUrl::parse(&url).expect("a url");
    let database = Database::connect(&url).await.expect("a database");
    let bench = Bench::new();
    let site = Site {
        otps: bench.service(),
        queue: bench.subject.queue.clone(),
        customers: database.customers(),
        sessions: database.sessions(),
        database,
        keys: bench.keys.clone(),
        clock: bench.clock.clone(),
        secrets: bench.secrets.clone(),
        public_url: "https://otp.example.com".parse().expect("a url"),
        hosts: Hosts::default(),
        trusted_proxies,
        default_region: Region::parse("IN").expect("a region"),
        api_access: ApiAccess::Open,
        app_name: "Test".to_owned(),
        metrics: Arc::new(Metrics::new(bench.service().policies(), bench.clock.now())),
        loopback: crate::Loopback::Anybody,
        metrics_at: MetricsAt::Routes,
    };
    (Arc::new(Pages::new(Arc::new(site))), directory)
}

/// A request for our host.
fn builder() -> RequestBuilder {
    Request::builder().header(header::HOST, "otp.example.com")
}

/// Asks a page and a call of the API, and returns what both answered.
async fn both<E: Endpoint>(
    guard: &Guard<E>,
    request: impl Fn(RequestBuilder) -> Request,
) -> [(Response, String); 2] {
    let mut answers = Vec::new();
    for (path, media_type) in [
        ("/otp/verify/", "text/html; charset=utf-8"),
        ("/api/v1/otps", "application/problem+json"),
    ] {
        let builder = builder()
            .method(Method::POST)
            .uri(path.parse().expect("a path"));
        let mut response = guard
            .call(request(builder))
            .await
            .expect("an answer, never an error");
        assert_eq!(response.content_type(), Some(media_type));
        for name in [
            "content-security-policy",
            "strict-transport-security",
            "x-request-id",
            "cache-control",
        ] {
            assert!(response.headers().contains_key(name), "{name}");
        }
        let text = response.take_body().into_string().await.expect("a text");
        answers.push((response, text));
    }
    answers.try_into().expect("two answers")
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let (pages, _directory) = pages().await;
    let guard = Guard::around(make(|_| std::future::pending::<Response>()), pages);
    tokio::time::pause();
    let started = Instant::now();
    for (response, _) in both(&guard, RequestBuilder::finish).await {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.header(header::RETRY_AFTER), Some("5"));
    }
    assert_eq!(started.elapsed().as_secs(), 20, "ten seconds each");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up() {
    let (pages, _directory) = pages().await;
    let guard = Guard::around(make(|_| async { StatusCode::OK }), pages);
    tokio::time::pause();
    let never = || Body::from_bytes_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    for (response, _) in both(&guard, |request| request.body(never())).await {
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    }
}

#[tokio::test]
async fn a_panic_is_an_answer_without_its_words() {
    fn panics() -> Response {
        panic!("the code is 123456")
    }
    let (pages, _directory) = pages().await;
    let guard = Guard::around(make(|_| async { panics() }), pages);
    for (response, text) in both(&guard, RequestBuilder::finish).await {
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!text.contains("123456"), "{text}");
    }
}

#[tokio::test]
async fn an_error_of_somebody_else_is_told_by_its_status_only() {
    let (pages, _directory) = pages().await;
    for status in [400, 401, 404, 418, 500, 503] {
        let status = StatusCode::from_u16(status).expect("a status");
        let fails = make(move |_| async move {
            Err::<Response, _>(poem::Error::from_string("SELECT secret", status))
        });
        for (response, text) in
            both(&Guard::around(fails, pages.clone()), RequestBuilder::finish).await
        {
            assert_eq!(
                response.status().is_server_error(),
                status.is_server_error()
            );
            assert!(!text.contains("SELECT"), "{text}");
        }
        let says = make(move |_| async move {
            Response::builder()
                .status(status)
                .content_type("text/plain")
                .body("SELECT secret")
        });
        for (_, text) in both(&Guard::around(says, pages.clone()), RequestBuilder::finish).await {
            assert!(!text.contains("SELECT"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_body_within_the_limit_arrives_whole() {
    let (pages, _directory) = pages().await;
    let echo = make(|mut request: Request| async move { request.take_body().into_vec().await });
    let guard = Guard::around(echo, pages);
    for (size, status) in [(0, 200), (MAX_BODY, 200), (MAX_BODY + 1, 413)] {
        let sent = vec![b'x'; size];
        let chunks = sent
            .chunks(100)
            .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
            .collect::<Vec<_>>();
        let request = builder().body(Body::from_bytes_stream(stream::iter(chunks)));
        let response = guard.call(request).await.expect("an answer");
        assert_eq!(
            response.status().as_u16(),
            status,
            "{size} bytes without a length"
        );
        if status == 200 {
            assert_eq!(response.into_body().into_vec().await.expect("a body"), sent);
        }
    }
}

#[tokio::test]
async fn handlers_are_told_who_the_client_is() {
    #[handler]
    fn says(ClientAddress(client): ClientAddress) -> String {
        client.map_or_else(String::new, |client| client.to_string())
    }
    for (trusted, client) in [("", "127.0.0.1"), ("127.0.0.1", "198.51.100.1")] {
        let (pages, _directory) =
            pages_behind(TrustedProxies::parse(trusted).expect("proxies")).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let door = TcpAcceptor::from_tokio(listener).expect("a door");
        let server = tokio::spawn(Server::new_with_acceptor(door).run(Guard::around(says, pages)));
        let request = reqwest::Client::new()
            .get(format!("http://{address}/"))
            .header(header::HOST, "otp.example.com")
            .header("x-forwarded-for", "6.6.6.6, 198.51.100.1");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.text().await.expect("a text"), client);
        server.abort();
    }
    let (pages, _directory) = pages().await;
    let nobody_knows = Guard::around(says, pages).call(builder().finish()).await;
    let mut answer = nobody_knows.expect("an answer");
    assert_eq!(answer.take_body().into_string().await.expect("a text"), "");
}
