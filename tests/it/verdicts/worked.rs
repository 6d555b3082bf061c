//! The worked cells, settled by the crate and by the slow reference.

use serde_json::Value as Json;
use skewwatch::measure::CellVersion;
use skewwatch::model::online::{
    OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason,
};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value};

use super::reference::{self, Case, How, OfflineVersion};
use super::{settled, view_of};

const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 3_600_000_000_000;

/// `09:00`, `-1d 11:00`: a time of the worked day or of one before it, in nanoseconds since its midnight.
fn time(text: &str) -> i64 {
    let (days, clock) = text.split_once("d ").map_or((0, text), |(days, clock)| (days.parse().unwrap(), clock));
    let (hours, minutes) = clock.split_once(':').unwrap();
    days * DAY + hours.parse::<i64>().unwrap() * HOUR + minutes.parse::<i64>().unwrap() * HOUR / 60
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        Json::Object(typed) => {
            let number = |name: &str| typed.get(name).and_then(Json::as_f64);
            number("float32")
                .map(|single| Value::Float32(single as f32))
                .or(number("float64").map(Value::Float64))
                .unwrap()
        }
        other => panic!("no value: {other}"),
    }
}

/// The value as the reference knows it; floats stand for themselves rounded to single precision.
fn plain(value: &Value) -> Option<i64> {
    match value {
        Value::Null => None,
        Value::Int(number) => Some(*number),
        other => Some(i64::from((other.as_number().unwrap() as f32).to_bits())),
    }
}

#[test]
fn the_worked_cells_get_their_verdicts_from_the_crate_and_from_the_reference() {
    let fixture: Json = serde_json::from_str(include_str!("../../fixtures/verdicts/worked_cells.json")).unwrap();
    let midnight = Timestamp::parse_rfc3339("2026-06-15T00:00:00Z").unwrap().nanos();
    let usual = serde_json::json!([["08:00", null, 1, null], ["09:00", null, 2, null]]);
    for cell in fixture["cells"].as_array().unwrap() {
        let name = cell["name"].as_str().unwrap();
        let at = |json: &Json| json.as_str().map(|text| midnight + time(text));
        let held = cell.get("versions").unwrap_or(&usual).as_array().unwrap();
        let versions: Vec<CellVersion> = held
            .iter()
            .map(|version| CellVersion {
                event_timestamp: Timestamp::from_nanos(at(&version[0]).unwrap()),
                created: at(&version[1]).map(Timestamp::from_nanos),
                available: Timestamp::from_nanos(at(&version[3]).or(at(&version[0])).unwrap()),
                value: value(&version[2]),
            })
            .collect();
        let row = match &cell["online"] {
            Json::Array(row) => Some((at(&row[0]), value(&row[1]))),
            _ => None,
        };
        let case = Case {
            how: match (cell["pairing"].as_str(), cell["written_from"].as_str()) {
                (Some("as_of"), _) => How::AsOf,
                (Some("value"), written) => How::Value { copied_from_snapshot: written == Some("snapshot") },
                _ => How::Version,
            },
            ttl: Some(DAY),
            write_delay: cell["write_delay_hours"].as_i64().unwrap_or(0) * HOUR,
            now: midnight + 12 * HOUR,
            watermark: Some(midnight + 9 * HOUR),
            snapshot_horizon: Some(midnight + 8 * HOUR),
            versions: versions
                .iter()
                .map(|version| OfflineVersion {
                    at: version.event_timestamp.nanos(),
                    created: version.created.map(Timestamp::nanos),
                    value: plain(&version.value),
                    available: version.available.nanos(),
                })
                .collect(),
            deleted: false,
            unit: 1_000,
            online: row.as_ref().map(|(stamp, value)| (*stamp, plain(value))),
        };
        let found = |value: OnlineCell, stamp: Option<i64>| {
            Ok(OnlineRow::Found(StoredRow {
                event_timestamp: stamp.map_or(StoredTimestamp::NotKept, |stamp| {
                    StoredTimestamp::At(Timestamp::from_nanos(stamp), Precision::Micros)
                }),
                cells: vec![value],
                remaining_ttl: None,
            }))
        };
        let read = match (&row, cell["online"].as_str()) {
            (Some((stamp, value)), _) => found(OnlineCell::Value(value.clone()), *stamp),
            (None, Some("undecodable")) => {
                found(OnlineCell::Undecodable("a string where an int64 is declared".into()), Some(midnight + 9 * HOUR))
            }
            (None, Some("unread")) => Err(Unread { reason: UnreadReason::Timeout, message: "no answer".into() }),
            (None, _) => Ok(OnlineRow::Absent),
        };
        let reading = OnlineReading { read_at: Timestamp::from_nanos(case.now), row: read };
        let kind = if cell["kind"] == "float32" { ScalarKind::Float32 } else { ScalarKind::Int64 };
        let settled = settled(&case, &view_of(&case, kind), &reading, &versions);

        assert_eq!(settled.verdict.name(), cell["verdict"], "{name}");
        let behind = settled.behind.map(|behind| (u64::from(behind.versions), behind.time.as_secs()));
        if let Some(versions) = cell["versions_behind"].as_u64() {
            assert_eq!(behind, Some((versions, cell["seconds_behind"].as_u64().unwrap())), "{name}");
        }
        let remark = serde_json::to_value(settled.remark).unwrap();
        assert_eq!(remark, cell.get("remark").cloned().unwrap_or("plain".into()), "{name}");
        let expired = serde_json::to_value(settled.expired).unwrap();
        assert_eq!(expired, cell.get("expired").cloned().unwrap_or(Json::Null), "{name}");
        if let Some(layer) = cell.get("layer") {
            assert_eq!(&serde_json::to_value(settled.layer).unwrap(), layer, "{name}");
        }
        if !matches!(cell["online"].as_str(), Some("undecodable" | "unread")) {
            assert_eq!(reference::settle(&case).verdict, settled.verdict, "the reference on: {name}");
        }
    }
}
