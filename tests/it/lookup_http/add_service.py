"""Adds a feature service that takes a view twice, for two entities, and prints the services that there are.

Usage: add_service.py REPOSITORY
"""
import json
import sys

from feast import FeatureService, FeatureStore

store = FeatureStore(sys.argv[1])
users, drivers = (store.get_feature_view(name) for name in ("user_features", "driver_profile"))
# Feast cannot compare services that take a view twice, unless each time has a name.
seller = users[["fraud_score"]].with_name("seller")
buyer = users[["fraud_score"]].with_name("buyer").with_join_key_map({"user_id": "buyer_id"})
store.apply([FeatureService(name="buyers", features=[seller, buyer, drivers[["rating"]]])])
json.dump(sorted(service.name for service in store.list_feature_services()), sys.stdout)
