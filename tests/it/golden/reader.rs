//! A Redis user who may only read suffices for a whole round over Feast's layout.

use super::remote::without_places;
use super::{Repository, golden};
use crate::support::redis::{Options, RedisServer};

#[tokio::test]
async fn a_reading_user_gets_the_same_round_and_leaves_the_store_as_it_was() {
    let lines =
        ["user watch on >hunter2 resetkeys %R~* resetchannels -@all +@read +@connection", "enable-debug-command yes"];
    let dump = golden("dev").join("redis.rdb");
    let server = RedisServer::with(&Options {
        lines: lines.map(str::to_owned).to_vec(),
        dump: Some(&dump),
        ..Options::default()
    });
    let before = server.run("DEBUG DIGEST");
    let repository = Repository::on_server("dev", "feast: ./repo\n", (server, ",username=watch,password=hunter2"));
    let report = repository.check().await;
    let of_administrator = Repository::on_redis("dev", "feast: ./repo\n").check().await;
    assert_eq!(without_places(report), without_places(of_administrator));
    let server = repository.server.as_ref().unwrap();
    assert_eq!(server.run("ACL LOG"), redis::Value::Array(Vec::new()), "not even an attempt at what it may not do");
    assert_eq!(server.run("DEBUG DIGEST"), before);
}
