"""Reads features with the real Feast client, from Redis and through a feature server, and prints both as JSON.

Usage: read_with_feast.py REPOSITORY REMOTE
REPOSITORY is a Feast repository whose online store is Redis; REMOTE is the same with `type: remote`.
"""
import json
import sys

from feast import FeatureStore
from feast.infra.online_stores.remote import RemoteOnlineStore
from feast.protos.feast.serving.ServingService_pb2 import FieldStatus
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

redis, remote = (FeatureStore(folder) for folder in sys.argv[1:])


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if hasattr(value, "isoformat") else value


def both(features, rows):
    read = {}
    for name, store in (("redis", redis), ("remote", remote)):
        asked = store.get_feature_service(features) if isinstance(features, str) else features
        columns = store.get_online_features(features=asked, entity_rows=rows).to_dict()
        read[name] = {column: plain(values) for column, values in columns.items()}
    return read


users = [{"user_id": user} for user in ("u01068", "u01006", "u01046", "nobody")]
told = {
    "features": both(["user_features:fraud_score", "user_features:total_orders_30d"], users),
    "service": both("fraud_v1", [{"user_id": "u01068", "driver_id": 5001}, {"user_id": "u01006", "driver_id": 5002}]),
    "typed": both(
        [f"driver_profile:{name}" for name in ("rating", "is_active", "vehicle_class", "trips_total", "zones")],
        [{"driver_id": 5001}, {"driver_id": 5002}],
    ),
}
answer = remote.get_online_features(features=["user_features:fraud_score"], entity_rows=users).proto
told["statuses"] = [[FieldStatus.Name(status) for status in result.statuses] for result in answer.results]

# The older way, in which the client reads row by row.
keys = [EntityKey(join_keys=["user_id"], entity_values=[Value(string_val=user)]) for user in ("u01068", "u01006", "nobody")]
rows = RemoteOnlineStore().online_read(remote.config, remote.get_feature_view("user_features"), keys, ["fraud_score"])
told["read"] = [
    {name: getattr(value, value.WhichOneof("val")) if value.WhichOneof("val") else None for name, value in row.items()}
    for _, row in rows
]

try:
    from feast.infra.online_stores.remote import get_remote_online_features

    get_remote_online_features(config=remote.config, req_body={"features": ["nope:x"], "entities": {"user_id": ["a"]}})
except Exception as error:  # whatever it raises is told
    told["unknown"] = type(error).__name__
json.dump(told, sys.stdout)
