"""Reads a demo folder with the real Feast and prints what it sees as JSON.

Usage: read_with_feast.py FOLDER ENTITIES.json CUT
ENTITIES.json holds the entity keys to read; CUT is the instant of the historical read, in RFC 3339.
"""
import json
import sys

import pandas as pd
from feast import FeatureStore

folder, entities_file, cut = sys.argv[1:]
with open(entities_file) as file:
    entities = json.load(file)

store = FeatureStore(folder)
view = store.get_feature_view("user_features")
names = [f"user_features:{feature.name}" for feature in view.features]

online = store.get_online_features(features=names, entity_rows=[{"user_id": entity} for entity in entities]).to_dict()
frame = pd.DataFrame({"user_id": entities, "event_timestamp": pd.Timestamp(cut)})
historical = store.get_historical_features(entity_df=frame, features=names).to_df()


def by_entity(columns):
    return {
        entity: {feature.name: columns[feature.name][row] for feature in view.features}
        for row, entity in enumerate(columns["user_id"])
    }


def plain(column):
    return [None if pd.isna(value) else getattr(value, "item", lambda value=value: value)() for value in column]


json.dump(
    {
        "views": [listed.name for listed in store.list_feature_views()],
        "entities": sorted(listed.name for listed in store.list_entities() if listed.name != "__dummy"),
        "types": {feature.name: str(feature.dtype) for feature in view.features},
        "ttl_seconds": view.ttl.total_seconds(),
        "online": by_entity(online),
        "historical": by_entity({name: plain(historical[name]) for name in historical.columns}),
    },
    sys.stdout,
)
