CREATE TABLE IF NOT EXISTS gemba.equipment_window_version (
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
ENGINE = MergeTree
PARTITION BY toYYYYMM(start_at)
ORDER BY (unit, start_at, known_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.restatement (
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
ENGINE = ReplacingMergeTree(restated_at)
PARTITION BY toYYYYMM(window_at)
ORDER BY (unit, window_at, known_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.reading_carried (
  point LowCardinality(String) CODEC(ZSTD(1)),
  source_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  number Float64 CODEC(Gorilla, ZSTD(1)),
  text LowCardinality(String) CODEC(ZSTD(1)),
  quality UInt8 CODEC(ZSTD(1)),
  kind UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(source_at)
ORDER BY (point)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
