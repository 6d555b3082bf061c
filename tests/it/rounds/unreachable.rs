//! Redis that cannot be read, and what the command says of it.

use super::population::{AS_OF, Fault, broken_by, healthy};
use super::{Scene, assert_tells, plain_configuration};
use crate::support::redis::{Certificates, RedisServer, free_port};

fn check() -> String {
    format!("check --as-of {AS_OF}")
}

/// Tries to reach `access`, whose port is written as `PORT`.
fn tells(name: &str, access: &str, port: u16) {
    let scene = Scene::new();
    scene.configure(&plain_configuration(
        access,
        "sample: { budget: { timeout: 250ms, connect_timeout: 500ms, attempts: 2 } }\n",
    ));
    assert_tells(name, &scene.run(&check()), &[(&port.to_string(), "PORT")]);
}

#[test]
fn nobody_listens() {
    let port = free_port();
    tells("refused", &format!("url: \"redis://127.0.0.1:{port}\""), port);
}

#[test]
fn nobody_answers() {
    let server = RedisServer::start();
    server.freeze();
    tells("silent", &format!("url: \"redis://{}\"", server.address()), server.port);
    server.thaw();
}

#[test]
fn the_password_is_wrong() {
    let server = RedisServer::configured(&["requirepass right"]);
    tells("wrong_password", &format!("url: \"redis://{}\", password: hunter2", server.address()), server.port);
}

#[test]
fn there_is_no_password() {
    let server = RedisServer::configured(&["requirepass right"]);
    tells("no_password", &format!("url: \"redis://{}\"", server.address()), server.port);
}

#[test]
fn the_port_does_not_speak_tls() {
    let server = RedisServer::start();
    let certificates = Certificates::make();
    let access = format!("url: \"rediss://{}\", tls_ca_file: {}", server.address(), certificates.authority().display());
    tells("tls_to_a_plain_port", &access, server.port);
}

#[test]
fn the_user_may_not_read_these_keys() {
    let lines = ["user watch on >hunter2 resetkeys %R~other:* resetchannels -@all +@read +@connection"];
    let (scene, server) = Scene::with_population(&healthy(40), RedisServer::configured(&lines), "");
    let access = format!("url: \"redis://{}\", username: watch, password: hunter2", server.address());
    scene.configure(&plain_configuration(&access, ""));
    assert_tells("no_permission", &scene.run(&check()), &[(&server.port.to_string(), "PORT")]);
}

#[test]
fn keys_of_another_redis_type_are_a_finding_and_not_a_failure() {
    let entities = broken_by(Fault::WrongRedisType, 3, 120);
    let (scene, _server) = Scene::with_population(&entities, RedisServer::start(), "");
    assert_tells("wrong_redis_type", &scene.run(&check()), &[]);
}
