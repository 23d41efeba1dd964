//! Metrics on a listener of their own.

use std::net::TcpListener;

use crate::process::Manager;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_with_a_listener_of_their_own_are_there_without_a_key_and_nowhere_else() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let manager = Manager::new();
    let settings = [
        ("OTP_METRICS__LISTEN", address.as_str()),
        ("OTP_API__KEYS", "0123456789abcdef"),
    ];
    let service = tokio::task::block_in_place(|| manager.start(&settings));
    let status = async |url: String| reqwest::get(url).await.unwrap().status().as_u16();
    assert_eq!(status(manager.url("/healthz")).await, 200);
    assert_eq!(status(manager.url("/metrics")).await, 404);
    assert_eq!(status(format!("http://{address}/healthz")).await, 404);
    let metrics = reqwest::get(format!("http://{address}/metrics"))
        .await
        .unwrap();
    let text = metrics.text().await.unwrap();
    assert!(
        text.contains("route=\"/healthz\",status=\"200\"} 1\n"),
        "{text}"
    );
    tokio::task::block_in_place(|| service.stop());
}
