CREATE TABLE IF NOT EXISTS gemba.reading (
  point LowCardinality(String) CODEC(ZSTD(1)),
  source_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  number Float64 CODEC(Gorilla, ZSTD(1)),
  text LowCardinality(String) CODEC(ZSTD(1)),
  quality UInt8 CODEC(ZSTD(1)),
  kind UInt8 CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  stream LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(source_at)
ORDER BY (point, source_at, seq)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.gap (
  source LowCardinality(String) CODEC(ZSTD(1)),
  from_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  cause LowCardinality(String) CODEC(ZSTD(1)),
  to_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  lost Nullable(Int64) CODEC(ZSTD(1)),
  stream LowCardinality(String) CODEC(ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (source, from_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.quarantine (
  reason LowCardinality(String) CODEC(ZSTD(1)),
  at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  text String CODEC(ZSTD(1)),
  raw String CODEC(ZSTD(1)),
  stream LowCardinality(String) CODEC(ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (reason, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.production_order (
  source LowCardinality(String) CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  work_center LowCardinality(String) CODEC(ZSTD(1)),
  customer LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  priority Int64 CODEC(ZSTD(1)),
  released_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  scheduled_start_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  due_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  delivered_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  delivered_quantity Float64 CODEC(Gorilla, ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, order_no)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.order_operation (
  source LowCardinality(String) CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  sequence Int64 CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  work_center LowCardinality(String) CODEC(ZSTD(1)),
  standard_seconds Float64 CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, order_no, operation)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.job_report (
  source LowCardinality(String) CODEC(ZSTD(1)),
  report_key String CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  work_center LowCardinality(String) CODEC(ZSTD(1)),
  reported_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  good Float64 CODEC(Gorilla, ZSTD(1)),
  scrap Float64 CODEC(Gorilla, ZSTD(1)),
  rework Float64 CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, report_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.reservation (
  source LowCardinality(String) CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  item String CODEC(ZSTD(1)),
  component LowCardinality(String) CODEC(ZSTD(1)),
  required Float64 CODEC(Gorilla, ZSTD(1)),
  withdrawn Float64 CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, order_no, item)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stock_level (
  source LowCardinality(String) CODEC(ZSTD(1)),
  component LowCardinality(String) CODEC(ZSTD(1)),
  site LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, component, site)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_window (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  start_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
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
  computed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (unit, start_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_state (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  window_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  started_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  ended_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  state LowCardinality(String) CODEC(ZSTD(1)),
  reason LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  order_no LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  material LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  computed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at, is_deleted)
PARTITION BY toYYYYMM(window_at)
ORDER BY (unit, window_at, started_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_count (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  minute_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  window_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  total Float64 CODEC(Gorilla, ZSTD(1)),
  good Float64 CODEC(Gorilla, ZSTD(1)),
  scrap Float64 CODEC(Gorilla, ZSTD(1)),
  rework Float64 CODEC(Gorilla, ZSTD(1)),
  computed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at, is_deleted)
PARTITION BY toYYYYMM(minute_at)
ORDER BY (unit, minute_at, order_no, material)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.reading_1m (
  point LowCardinality(String) CODEC(ZSTD(1)),
  minute_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
  n SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  sum SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  min SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
  max SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
  last AggregateFunction(argMax, Float64, DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute_at)
ORDER BY (point, minute_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS gemba.reading_1m_view TO gemba.reading_1m AS
SELECT point, toStartOfMinute(source_at) AS minute_at, count() AS n, sum(number) AS sum, min(number) AS min, max(number) AS max, argMaxState(number, source_at) AS last
FROM gemba.reading
WHERE kind = 1 AND quality < 2 AND splitByChar(':', toString(point))[-1] NOT IN ('state', 'mode', 'reason', 'order', 'material', 'link', 'total', 'good', 'scrap', 'rework')
GROUP BY point, minute_at;
