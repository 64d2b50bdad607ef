CREATE TABLE IF NOT EXISTS gemba.material (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  name_zh Nullable(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  procurement LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  unit_cost Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  currency LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  daily_demand Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  daily_demand_deviation Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  lead_time_days Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  lead_time_deviation_days Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  service_level Nullable(Float64) CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, material)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.bom_item (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  item LowCardinality(String) CODEC(ZSTD(1)),
  component LowCardinality(String) CODEC(ZSTD(1)),
  quantity_per Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, material, item)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.supplier (
  source LowCardinality(String) CODEC(ZSTD(1)),
  supplier LowCardinality(String) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, supplier)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.customer (
  source LowCardinality(String) CODEC(ZSTD(1)),
  customer LowCardinality(String) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  early_days Nullable(Int64) CODEC(ZSTD(1)),
  late_days Nullable(Int64) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, customer)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stock_movement (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  posted_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  movement_key String CODEC(ZSTD(1)),
  document String CODEC(ZSTD(1)),
  item LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  source_kind LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  location LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  lot Nullable(String) CODEC(ZSTD(1)),
  order_no Nullable(String) CODEC(ZSTD(1)),
  purchase_order Nullable(String) CODEC(ZSTD(1)),
  purchase_line LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  reverses Nullable(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, material, posted_at, movement_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stock_balance (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  location LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, material, location, status)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.material_consumption (
  source LowCardinality(String) CODEC(ZSTD(1)),
  consumption_key String CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  consumed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, consumption_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.purchase_order_line (
  source LowCardinality(String) CODEC(ZSTD(1)),
  purchase_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  supplier LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  source_quantity Float64 CODEC(Gorilla, ZSTD(1)),
  ordered_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  first_promised_on Date CODEC(ZSTD(1)),
  cancelled UInt8 CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, purchase_order, line)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.purchase_confirmation (
  source LowCardinality(String) CODEC(ZSTD(1)),
  purchase_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  sequence Int64 CODEC(ZSTD(1)),
  promised_on Date CODEC(ZSTD(1)),
  confirmed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, purchase_order, line, sequence)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.goods_receipt (
  source LowCardinality(String) CODEC(ZSTD(1)),
  purchase_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  receipt_key String CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  lot Nullable(String) CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, purchase_order, line, receipt_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.sales_order_line (
  source LowCardinality(String) CODEC(ZSTD(1)),
  sales_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  customer LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  ordered_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  requested_on Nullable(Date) CODEC(ZSTD(1)),
  first_promised_on Nullable(Date) CODEC(ZSTD(1)),
  current_promised_on Nullable(Date) CODEC(ZSTD(1)),
  cancelled_on Nullable(Date) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, sales_order, line)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.delivery_line (
  source LowCardinality(String) CODEC(ZSTD(1)),
  delivery String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  sales_order Nullable(String) CODEC(ZSTD(1)),
  sales_line LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  customer LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  shipped_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version_at, is_deleted)
ORDER BY (source, delivery, line)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
