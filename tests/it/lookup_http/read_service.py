"""Reads the service `buyers` from Redis and through a feature server, and prints both as JSON.

Usage: read_service.py REPOSITORY REMOTE
"""
import json
import sys

from feast import FeatureStore

rows = [
    {"user_id": "u01068", "buyer_id": "u01046", "driver_id": 5001},
    {"user_id": "u01006", "buyer_id": "u01068", "driver_id": 5002},
    {"user_id": "nobody", "buyer_id": "u01006", "driver_id": 1},
]
read = {}
for name, folder in zip(("redis", "remote"), sys.argv[1:]):
    store = FeatureStore(folder)
    service = store.get_feature_service("buyers")
    read[name] = store.get_online_features(service, rows, full_feature_names=True).to_dict()
json.dump(read, sys.stdout)
