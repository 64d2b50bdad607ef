CREATE TABLE IF NOT EXISTS gemba.equipment_energy (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  minute_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  state LowCardinality(String) CODEC(ZSTD(1)),
  window_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  kwh Float64 CODEC(Gorilla, ZSTD(1)),
  metered_ms Float64 CODEC(Gorilla, ZSTD(1)),
  computed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at, is_deleted)
PARTITION BY toYYYYMM(minute_at)
ORDER BY (unit, minute_at, window_at, state)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_alarm (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  event_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  alarm String CODEC(ZSTD(1)),
  event LowCardinality(String) CODEC(ZSTD(1)),
  code LowCardinality(String) CODEC(ZSTD(1)),
  severity Int64 CODEC(ZSTD(1)),
  text String CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(event_at)
ORDER BY (unit, event_at, alarm, event)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.maintenance_order (
  source LowCardinality(String) CODEC(ZSTD(1)),
  maintenance_no String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  reason LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  planned_from_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  planned_to_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  failed_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  called_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  arrived_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  repaired_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  restarted_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (maintenance_no, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
