CREATE TABLE IF NOT EXISTS gemba.stop_entry_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  entry_key String CODEC(ZSTD(1)),
  from_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  to_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  reason LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  priority Int64 CODEC(ZSTD(1)),
  time_certainty LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gemba/stop_entry_local', '{replica}', version_at, is_deleted)
ORDER BY (unit, entry_key, source)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stop_entry ON CLUSTER 'gemba'
AS gemba.stop_entry_local
ENGINE = Distributed('gemba', 'gemba', 'stop_entry_local', cityHash64(unit));
