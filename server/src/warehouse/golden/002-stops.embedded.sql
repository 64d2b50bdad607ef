CREATE TABLE IF NOT EXISTS gemba.equipment_stop (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  window_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  state LowCardinality(String) CODEC(ZSTD(1)),
  reason LowCardinality(String) CODEC(ZSTD(1)),
  ms Float64 CODEC(Gorilla, ZSTD(1)),
  count Int64 CODEC(ZSTD(1)),
  computed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at, is_deleted)
PARTITION BY toYYYYMM(window_at)
ORDER BY (unit, window_at, state, reason)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
