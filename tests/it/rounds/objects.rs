//! Snapshots on S3 that cannot be read, and what the command says of them.

use super::population::{AS_OF, healthy};
use super::{Scene, assert_tells};
use crate::support::redis::{RedisServer, free_port};
use crate::support::s3::S3Server;

/// Runs a check whose snapshots lie at `location`, reached by `section`, with `places` written as their names.
fn tells(name: &str, location: &str, section: &str, places: &[(&str, &str)]) {
    let (scene, server) = Scene::with_population(&healthy(40), RedisServer::start(), section);
    let text = std::fs::read_to_string(scene.path("skewwatch.yaml")).unwrap();
    scene.configure(&text.replace("snapshots/dt=*/*.parquet", &format!("\"{location}\"")));
    let told = scene.run(&format!("check --as-of {AS_OF}"));
    let port = server.port.to_string();
    let places: Vec<(&str, &str)> = places.iter().copied().chain([(port.as_str(), "PORT")]).collect();
    assert_tells(name, &told, &places);
}

#[test]
fn the_secret_is_wrong() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let section = server.section().replace("secret_access_key: ", "secret_access_key: not-");
    tells("s3_wrong_secret", &format!("s3://{bucket}/users/"), &section, &[(&bucket, "BUCKET")]);
}

#[test]
fn there_is_no_such_bucket() {
    tells("s3_no_bucket", "s3://nowhere/users/", &S3Server::shared().section(), &[]);
}

#[test]
fn there_is_no_such_object() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    tells("s3_no_object", &format!("s3://{bucket}/users.parquet"), &server.section(), &[(&bucket, "BUCKET")]);
}

#[test]
fn there_is_nothing_in_the_folder() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    tells("s3_empty_folder", &format!("s3://{bucket}/users/"), &server.section(), &[(&bucket, "BUCKET")]);
}

#[test]
fn nobody_listens() {
    let port = free_port().to_string();
    let section = format!(
        "snapshots: {{ endpoint: \"http://127.0.0.1:{port}\", region: us-east-1, access_key_id: a, secret_access_key: \
         hunter2 }}\n"
    );
    tells("s3_refused", "s3://features/users/", &section, &[(&port, "S3_PORT")]);
}
