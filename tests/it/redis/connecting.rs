//! Each way in which connecting fails has its own message, and none shows a password.

use std::time::Duration;

use skewwatch::model::secret::Secret;
use skewwatch::store::online::{RedisSettings, RedisTls, RedisTopology};

use super::{connect, key, refusal, rows, view};
use crate::support::redis::{Certificates, Options, RedisServer, feast_layout, free_port, settings};

async fn message(settings: RedisSettings) -> String {
    let error = refusal(settings).await;
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    error.to_string()
}

fn plain_settings(port: u16) -> RedisSettings {
    settings(vec![format!("127.0.0.1:{port}")], feast_layout())
}

fn with_authority(port: u16, certificates: &Certificates) -> RedisSettings {
    RedisSettings { tls: Some(RedisTls { ca_file: Some(certificates.authority()) }), ..plain_settings(port) }
}

fn tls_server(certificates: &Certificates) -> (RedisServer, u16) {
    let port = free_port();
    (RedisServer::with(&Options { lines: certificates.lines(port), ..Options::default() }), port)
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses() {
    let port = free_port();
    assert_eq!(
        message(plain_settings(port)).await,
        format!("could not connect to redis://127.0.0.1:{port}: connection refused")
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out() {
    let server = RedisServer::start();
    server.freeze();
    let mut settings = server.settings(feast_layout());
    settings.budget.connect_timeout = Duration::from_millis(250);
    assert_eq!(
        message(settings).await,
        format!("could not connect to redis://{}: no answer within 250ms", server.address())
    );
    server.thaw();
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    let settings = settings(vec!["cache.invalid:6379".to_owned()], feast_layout());
    assert_eq!(
        message(settings).await,
        "could not connect to redis://cache.invalid:6379: host `cache.invalid` cannot be resolved"
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_named() {
    let settings = settings(vec!["cache:redis".to_owned()], feast_layout());
    assert_eq!(message(settings).await, "could not connect to redis://cache:redis: `cache:redis` is no `host:port`");
}

#[tokio::test]
async fn a_wrong_a_missing_and_an_unknown_password_are_told_apart() {
    let server = RedisServer::configured(&["requirepass right"]);
    let attempt = format!("could not connect to redis://{}", server.address());
    let with = |username: Option<&str>, password: Option<&str>| RedisSettings {
        username: username.map(str::to_owned),
        password: password.map(Secret::new),
        ..server.settings(feast_layout())
    };
    assert_eq!(
        message(with(None, Some("hunter2"))).await,
        format!("{attempt}: the server does not accept this password")
    );
    assert_eq!(
        message(with(Some("watch"), Some("hunter2"))).await,
        format!("{attempt}: the server does not accept user `watch` with this password")
    );
    assert_eq!(
        message(with(None, None)).await,
        format!("{attempt}: the server asks for a password and none is configured")
    );
    connect(with(None, Some("right"))).await;
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_refused() {
    let server = RedisServer::start();
    let settings = RedisSettings { database: 99, ..server.settings(feast_layout()) };
    assert_eq!(
        message(settings).await,
        format!(
            "could not connect to redis://{}/99: the server answered `ERR DB index is out of range`",
            server.address()
        )
    );
}

#[tokio::test]
async fn tls_with_the_right_authority_reads() {
    let certificates = Certificates::make();
    let (_server, port) = tls_server(&certificates);
    let store = connect(with_authority(port, &certificates)).await;
    assert_eq!(store.name(), format!("rediss://127.0.0.1:{port}"));
    assert_eq!(rows(&store, &view(&[]), &[key("u1")]).await.len(), 1);
}

#[tokio::test]
async fn an_authority_that_did_not_sign_is_not_believed() {
    let (certificates, others) = (Certificates::make(), Certificates::make());
    let (_server, port) = tls_server(&certificates);
    assert_eq!(
        message(with_authority(port, &others)).await,
        format!("could not connect to rediss://127.0.0.1:{port}: invalid peer certificate: BadSignature")
    );
}

#[tokio::test]
async fn tls_to_a_plain_port_is_told() {
    let certificates = Certificates::make();
    let server = RedisServer::start();
    let mut settings = with_authority(server.port, &certificates);
    settings.budget.connect_timeout = Duration::from_millis(500);
    assert_eq!(
        message(settings).await,
        format!(
            "could not connect to rediss://{}: the server does not speak TLS on this port: use `redis://`",
            server.address()
        )
    );
}

#[tokio::test]
async fn plain_text_to_a_tls_port_is_told() {
    let certificates = Certificates::make();
    let (_server, port) = tls_server(&certificates);
    assert_eq!(
        message(plain_settings(port)).await,
        format!("could not connect to redis://127.0.0.1:{port}: the server speaks TLS on this port: use `rediss://`")
    );
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_is_named() {
    let mut settings = plain_settings(1);
    settings.tls = Some(RedisTls { ca_file: Some("/nowhere/ca.pem".into()) });
    assert_eq!(
        message(settings).await,
        "could not read the certificate authority `/nowhere/ca.pem`: No such file or directory (os error 2)"
    );
}

#[tokio::test]
async fn a_server_outside_any_cluster_is_told() {
    let server = RedisServer::start();
    let settings = RedisSettings { topology: RedisTopology::Cluster, ..server.settings(feast_layout()) };
    assert_eq!(
        message(settings).await,
        format!(
            "could not connect to redis://{}: the server is not part of a cluster: use `topology: single`",
            server.address()
        )
    );
}
