CREATE TABLE IF NOT EXISTS gemba.genealogy_forward (
  source LowCardinality(String) CODEC(ZSTD(1)),
  edge_key String CODEC(ZSTD(1)),
  input_lot String CODEC(ZSTD(1)),
  output_lot String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  quantity Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  quantity_unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  operation LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  consumed_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  relation LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (input_lot, output_lot, source, edge_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256;

CREATE TABLE IF NOT EXISTS gemba.genealogy_backward (
  source LowCardinality(String) CODEC(ZSTD(1)),
  edge_key String CODEC(ZSTD(1)),
  input_lot String CODEC(ZSTD(1)),
  output_lot String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  quantity Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  quantity_unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  operation LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  consumed_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  relation LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (output_lot, input_lot, source, edge_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256;

CREATE TABLE IF NOT EXISTS gemba.lot (
  source LowCardinality(String) CODEC(ZSTD(1)),
  lot String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  stage LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  supplier LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  supplier_lot Nullable(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  quantity_unit LowCardinality(String) CODEC(ZSTD(1)),
  made_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (lot, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.lot_stock (
  source LowCardinality(String) CODEC(ZSTD(1)),
  lot String CODEC(ZSTD(1)),
  stock_key String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  location LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  quantity_unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (lot, source, stock_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.lot_movement (
  source LowCardinality(String) CODEC(ZSTD(1)),
  lot String CODEC(ZSTD(1)),
  movement_key String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  place LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  quantity_unit LowCardinality(String) CODEC(ZSTD(1)),
  moved_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (lot, source, movement_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.serial_unit (
  source LowCardinality(String) CODEC(ZSTD(1)),
  serial String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  built_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (serial, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.test_result (
  source LowCardinality(String) CODEC(ZSTD(1)),
  serial String CODEC(ZSTD(1)),
  step LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  result LowCardinality(String) CODEC(ZSTD(1)),
  pass Int64 CODEC(ZSTD(1)),
  tested_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (step, tested_at, serial, pass, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_characteristic (
  source LowCardinality(String) CODEC(ZSTD(1)),
  characteristic LowCardinality(String) CODEC(ZSTD(1)),
  version LowCardinality(String) CODEC(ZSTD(1)),
  effective_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  name_zh String CODEC(ZSTD(1)),
  name_en String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  chart LowCardinality(String) CODEC(ZSTD(1)),
  value_unit LowCardinality(String) CODEC(ZSTD(1)),
  subgroup_size Int64 CODEC(ZSTD(1)),
  lsl Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  usl Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  target Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  center Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  sigma Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  baseline_from_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  baseline_to_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (characteristic, version, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_result (
  source LowCardinality(String) CODEC(ZSTD(1)),
  characteristic LowCardinality(String) CODEC(ZSTD(1)),
  subgroup String CODEC(ZSTD(1)),
  sample Int64 CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  measured_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  size Float64 CODEC(Gorilla, ZSTD(1)),
  cavity Nullable(Int64) CODEC(ZSTD(1)),
  lot Nullable(String) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (characteristic, subgroup, sample, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_lot (
  source LowCardinality(String) CODEC(ZSTD(1)),
  inspection_lot String CODEC(ZSTD(1)),
  lot String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  inspected Float64 CODEC(Gorilla, ZSTD(1)),
  accepted Float64 CODEC(Gorilla, ZSTD(1)),
  decision LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  decided_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  time_certainty LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (inspection_lot, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.defect_record (
  source LowCardinality(String) CODEC(ZSTD(1)),
  defect_key String CODEC(ZSTD(1)),
  defect LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  disposition LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  lot Nullable(String) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  found_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  time_certainty LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (defect_key, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.nonconformance (
  source LowCardinality(String) CODEC(ZSTD(1)),
  nonconformance_no String CODEC(ZSTD(1)),
  lot String CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  reason String CODEC(ZSTD(1)),
  opened_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  closed_at Nullable(DateTime64(3, 'UTC')) CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (nonconformance_no, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
