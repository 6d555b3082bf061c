"""The rows of `skewwatch bench` as a feature view, so that Feast's own server can serve them."""

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Int64

entity = Entity(name="entity", join_keys=["entity"], value_type=ValueType.INT64)

# Nothing is read from it: rows are written by `skewwatch bench load`.
source = FileSource(name="rows", path="rows.parquet", timestamp_field="event_timestamp")

bench = FeatureView(
    name="bench",
    entities=[entity],
    schema=[Field(name="entity", dtype=Int64)] + [Field(name=f"f{number}", dtype=Int64) for number in range(5)],
    source=source,
)
