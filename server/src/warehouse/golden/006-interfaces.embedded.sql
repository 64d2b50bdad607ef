CREATE TABLE IF NOT EXISTS gemba.source_call (
  source LowCardinality(String) CODEC(ZSTD(1)),
  at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  duration_ms Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1)),
  row_count Int64 CODEC(ZSTD(1)),
  rejected Int64 CODEC(ZSTD(1)),
  newest_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  stream LowCardinality(String) CODEC(ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (source, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.source_drift (
  source LowCardinality(String) CODEC(ZSTD(1)),
  at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  foreign_table LowCardinality(String) CODEC(ZSTD(1)),
  foreign_column LowCardinality(String) CODEC(ZSTD(1)),
  change LowCardinality(String) CODEC(ZSTD(1)),
  type_before LowCardinality(String) CODEC(ZSTD(1)),
  type_after LowCardinality(String) CODEC(ZSTD(1)),
  stream LowCardinality(String) CODEC(ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (source, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
