//! Feature servers: what is asked of them, what their answers are taken for, and how many connections they see.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value as Json, json};
use skewwatch::bench::target::{Asked, Cell, Entities, Http, HttpAddress, HttpSettings, Reply as _, Target as _};
use skewwatch::bench::truth::value;

use super::server::{Answer, Server, entities, right};
use super::{FEATURES, http, rows, settings, whole};

const DEADLINE: Duration = Duration::from_secs(20);

fn target(server: &Server, deadline: Duration) -> Http {
    let settings = HttpSettings { address: server.address.parse().unwrap(), connections: 3 };
    Http::new(&settings, &rows(), deadline).unwrap()
}

/// What is known of each of `asked`, feature by feature.
async fn cells(target: &Http, asked: &[u32]) -> Vec<Vec<Cell>> {
    let mut drawn = asked.iter().copied();
    let Asked::Later(later) = target.ask(Entities::draw(asked.len(), || drawn.next().unwrap())) else {
        panic!("a server cannot have answered at once");
    };
    let mut reply = later.await;
    reply.open();
    (0..asked.len()).map(|position| reply.cells(position).collect()).collect()
}

fn numbers(entity: u32) -> Vec<Cell> {
    (0..FEATURES).map(|feature| Cell::Number(value(entity, feature, 0))).collect()
}

/// What becomes of one request for entities 4 and 9 when the right answer is changed so.
async fn changed(change: impl Fn(&mut Json) + Clone + Send + Sync + 'static) -> Vec<Vec<Cell>> {
    let server = Server::start(move |body| {
        let mut answer = right(body);
        change(&mut answer);
        Answer::Said(200, answer.to_string())
    });
    let server = server.await;
    cells(&target(&server, DEADLINE), &[4, 9]).await
}

#[tokio::test]
async fn a_server_is_asked_as_feast_s_own_is() {
    let server = Server::start(|body| Answer::Said(200, right(body).to_string())).await;
    let target = target(&server, DEADLINE);
    assert_eq!(cells(&target, &[7]).await, [numbers(7)]);
    assert_eq!(cells(&target, &[7, 3, 7]).await, [numbers(7), numbers(3), numbers(7)]);
    let features = json!(["bench:f0", "bench:f1", "bench:f2", "bench:f3", "bench:f4"]);
    let body = |entities: Json| json!({"features": features, "entities": {"entity": entities}});
    assert_eq!(*server.seen.bodies.lock().unwrap(), [body(json!([7])), body(json!([7, 3, 7]))]);
}

#[tokio::test]
async fn columns_are_known_by_their_names_and_not_by_their_places() {
    let reversed = changed(|answer| {
        answer["metadata"]["feature_names"].as_array_mut().unwrap().reverse();
        answer["results"].as_array_mut().unwrap().reverse();
    });
    assert_eq!(reversed.await, [numbers(4), numbers(9)]);
    let full = changed(|answer| {
        for name in answer["metadata"]["feature_names"].as_array_mut().unwrap().iter_mut().skip(1) {
            *name = json!(format!("bench__{}", name.as_str().unwrap()));
        }
    });
    assert_eq!(full.await, [numbers(4), numbers(9)]);
}

#[tokio::test]
async fn numbers_may_be_written_as_texts() {
    let texts = changed(|answer| {
        for column in answer["results"].as_array_mut().unwrap() {
            for value in column["values"].as_array_mut().unwrap() {
                *value = json!(value.to_string());
            }
        }
    });
    assert_eq!(texts.await, [numbers(4), numbers(9)]);
}

#[tokio::test]
async fn what_is_absent_is_told_from_what_is_wrong_and_from_what_failed() {
    let found = changed(|answer| {
        // Feast's own server says `PRESENT` of what Redis does not have.
        answer["results"][1]["values"][1] = Json::Null;
        answer["results"][2]["values"][1] = Json::Null;
        answer["results"][2]["statuses"][1] = json!("NOT_FOUND");
        answer["results"][3]["statuses"][1] = json!("OUTSIDE_MAX_AGE");
        answer["results"][4]["values"][1] = json!(0.5);
        answer["results"][5]["statuses"][1] = json!("UNREADABLE");
    });
    let expected = [Cell::Absent, Cell::Absent, Cell::Absent, Cell::Other, Cell::Failed];
    assert_eq!(found.await, [numbers(4), expected.to_vec()]);
}

#[tokio::test]
async fn values_of_other_kinds_are_no_numbers() {
    for other in [json!("a"), json!(true), json!([1, [2]]), json!({"a": {"b": 1}}), json!(u64::MAX), json!(-0.0)] {
        let found = changed(move |answer| answer["results"][3]["values"][0] = other.clone()).await;
        let mut expected = numbers(4);
        expected[2] = Cell::Other;
        assert_eq!(found, [expected, numbers(9)]);
    }
}

#[tokio::test]
async fn an_answer_that_is_none_has_failed_as_a_whole() {
    let failed = vec![vec![Cell::Failed; FEATURES as usize]; 2];
    let fewer_values = changed(|answer| {
        answer["results"][2]["values"].as_array_mut().unwrap().pop();
    });
    assert_eq!(fewer_values.await, failed);
    let fewer_columns = changed(|answer| {
        answer["results"].as_array_mut().unwrap().pop();
    });
    assert_eq!(fewer_columns.await, failed);
    let another_name = changed(|answer| answer["metadata"]["feature_names"][1] = json!("f9"));
    assert_eq!(another_name.await, failed);
    for (status, text) in [(200, "{"), (200, "null"), (204, ""), (404, "{}"), (500, "\"what\"")] {
        let server = Server::start(move |_| Answer::Said(status, text.to_owned())).await;
        assert_eq!(cells(&target(&server, DEADLINE), &[4, 9]).await, failed, "{status} {text}");
    }
    let refused = Server::start(|body| Answer::Said(503, right(body).to_string())).await;
    assert_eq!(cells(&target(&refused, DEADLINE), &[4, 9]).await, failed, "a status counts");
}

#[tokio::test]
async fn what_is_not_answered_within_the_deadline_has_failed_also_while_it_waits_for_a_connection() {
    let server = Server::start(|_| Answer::Silence).await;
    let target = target(&server, Duration::from_millis(50));
    let asked = (0..20).map(|_| cells(&target, &[1]));
    let failed = vec![vec![Cell::Failed; FEATURES as usize]];
    assert_eq!(futures_util::future::join_all(asked).await, vec![failed; 20]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_bounded_and_used_again() {
    let server = Server::start(|body| Answer::Said(200, right(body).to_string())).await;
    let target = target(&server, DEADLINE);
    let asked = (0..300).map(|entity| cells(&target, std::slice::from_ref(Box::leak(Box::new(entity)))));
    let answered = futures_util::future::join_all(asked).await;
    assert_eq!(answered, (0..300).map(|entity| vec![numbers(entity)]).collect::<Vec<_>>());
    assert!(server.seen.most_at_once.load(Ordering::SeqCst) <= 3);
    // One may be opened while another is about to become free.
    let peers = server.seen.peers.lock().unwrap().len();
    assert!((1..=30).contains(&peers), "{peers} connections for 300 requests");
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_named_before_anything_is_measured() {
    let server = Server::start(|_| Answer::Said(404, "\"no view `bench`\"".to_owned())).await;
    let refused = target(&server, DEADLINE).probe(&rows()).await.unwrap_err().to_string();
    let address = format!("{}/get-online-features", server.address);
    let told = "answered a request for one entity with status 404: \"no view `bench`\"\n  hint: does it serve `bench`?";
    assert_eq!(refused, format!("{address} {told}"));
    let nobody: HttpAddress = "http://bob:secret@127.0.0.1:1".parse().unwrap();
    let settings = HttpSettings { address: nobody, connections: 1 };
    let nobody = Http::new(&settings, &rows(), DEADLINE).unwrap().probe(&rows()).await.unwrap_err().to_string();
    assert_eq!(nobody, "could not ask http://bob:****@127.0.0.1:1/get-online-features for features");
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    for (text, reason) in [
        ("foo", "relative URL without a base"),
        ("ftp://a", "`ftp` is neither `http` nor `https`"),
        ("http://a?b", "it has more than a host, a port and a path"),
        ("http://", "empty host"),
    ] {
        let message = text.parse::<HttpAddress>().unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{text}` is no address of a feature server: {reason}\n")), "{message}");
    }
    let shown =
        ["http://a", "http://a/", "http://a:80/b/"].map(|text| text.parse::<HttpAddress>().unwrap().to_string());
    let expected = ["http://a/get-online-features", "http://a/get-online-features", "http://a/b/get-online-features"];
    assert_eq!(shown, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_counts_what_is_wrong_absent_and_failed_of_requests_of_several() {
    let server = Server::start(|body| {
        let mut answer = right(body);
        // Entity 0 has a wrong value, entity 1 has one too few, entity 2 makes the server fail.
        for (position, entity) in entities(body).into_iter().enumerate() {
            match entity {
                0 => answer["results"][1]["values"][position] = json!(value(0, 0, 0) ^ (1 << 40)),
                1 => answer["results"][1]["values"][position] = Json::Null,
                2 => return Answer::Said(500, String::new()),
                _ => {}
            }
        }
        Answer::Said(200, answer.to_string())
    });
    let server = server.await;
    let mut run = settings(http(&server.address), 40);
    run.batch = 3;
    // The request before the run is for entity 0.
    let found = whole(run).await;
    let bodies = server.seen.bodies.lock().unwrap();
    // One to see whether it answers, and those of the warm-up.
    let measured: Vec<Vec<u32>> = bodies.iter().skip(1 + 100).map(entities).collect();
    let with = |entity: u32| measured.iter().filter(move |asked| asked.contains(&entity));
    let failed = with(2).count() as u64;
    let incomplete = with(1).filter(|asked| !asked.contains(&2)).count() as u64;
    let wrong: usize =
        with(0).filter(|asked| !asked.contains(&2)).map(|it| it.iter().filter(|one| **one == 0).count()).sum();
    assert_eq!((found.due(), found.failed, found.incomplete), (200, failed, incomplete));
    assert!(failed > 0 && incomplete > 0 && wrong > 0);
    assert!(found.faults.wrong >= wrong as u64 && found.faults.all() == found.faults.wrong);
    assert_eq!(found.misses.count(), 200 - failed - incomplete);
    assert_eq!(found.keys.response.count(), 0);
}
