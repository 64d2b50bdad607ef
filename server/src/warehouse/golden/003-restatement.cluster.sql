CREATE TABLE IF NOT EXISTS gemba.equipment_window_version_local ON CLUSTER 'gemba' (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  start_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  end_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  production_date Date CODEC(ZSTD(1)),
  shift_code LowCardinality(String) CODEC(ZSTD(1)),
  all_ms Float64 CODEC(Gorilla, ZSTD(1)),
  unscheduled_ms Float64 CODEC(Gorilla, ZSTD(1)),
  planned_stop_ms Float64 CODEC(Gorilla, ZSTD(1)),
  scheduled_ms Float64 CODEC(Gorilla, ZSTD(1)),
  no_data_ms Float64 CODEC(Gorilla, ZSTD(1)),
  planned_ms Float64 CODEC(Gorilla, ZSTD(1)),
  setup_ms Float64 CODEC(Gorilla, ZSTD(1)),
  down_ms Float64 CODEC(Gorilla, ZSTD(1)),
  micro_stop_ms Float64 CODEC(Gorilla, ZSTD(1)),
  run_ms Float64 CODEC(Gorilla, ZSTD(1)),
  ideal_ms Float64 CODEC(Gorilla, ZSTD(1)),
  ideal_good_ms Float64 CODEC(Gorilla, ZSTD(1)),
  total Float64 CODEC(Gorilla, ZSTD(1)),
  good Float64 CODEC(Gorilla, ZSTD(1)),
  scrap Float64 CODEC(Gorilla, ZSTD(1)),
  rework Float64 CODEC(Gorilla, ZSTD(1)),
  uncovered_pieces Float64 CODEC(Gorilla, ZSTD(1)),
  failures Int64 CODEC(ZSTD(1)),
  micro_stops Int64 CODEC(ZSTD(1)),
  setups Int64 CODEC(ZSTD(1)),
  stops String CODEC(ZSTD(1)),
  no_data String CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/equipment_window_version_local', '{replica}')
PARTITION BY toYYYYMM(start_at)
ORDER BY (unit, start_at, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_window_version ON CLUSTER 'gemba'
AS gemba.equipment_window_version_local
ENGINE = Distributed('gemba', 'gemba', 'equipment_window_version_local', cityHash64(unit));

CREATE TABLE IF NOT EXISTS gemba.restatement_local ON CLUSTER 'gemba' (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  window_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  restated_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  end_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  production_date Date CODEC(ZSTD(1)),
  shift_code LowCardinality(String) CODEC(ZSTD(1)),
  before String CODEC(ZSTD(1)),
  after String CODEC(ZSTD(1)),
  causes String CODEC(ZSTD(1)),
  in_closed_period UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gemba/restatement_local', '{replica}', restated_at)
PARTITION BY toYYYYMM(window_at)
ORDER BY (unit, window_at, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.restatement ON CLUSTER 'gemba'
AS gemba.restatement_local
ENGINE = Distributed('gemba', 'gemba', 'restatement_local', cityHash64(unit));

CREATE TABLE IF NOT EXISTS gemba.reading_carried_local ON CLUSTER 'gemba' (
  point LowCardinality(String) CODEC(ZSTD(1)),
  source_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  number Float64 CODEC(Gorilla, ZSTD(1)),
  text LowCardinality(String) CODEC(ZSTD(1)),
  quality UInt8 CODEC(ZSTD(1)),
  kind UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gemba/reading_carried_local', '{replica}', source_at)
ORDER BY (point)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.reading_carried ON CLUSTER 'gemba'
AS gemba.reading_carried_local
ENGINE = Distributed('gemba', 'gemba', 'reading_carried_local', cityHash64(point));
