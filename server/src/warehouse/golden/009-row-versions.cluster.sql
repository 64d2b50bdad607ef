CREATE TABLE IF NOT EXISTS gemba.production_order_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/production_order_version_local', '{replica}')
ORDER BY (source, order_no, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.production_order_version ON CLUSTER 'gemba'
AS gemba.production_order_version_local
ENGINE = Distributed('gemba', 'gemba', 'production_order_version_local', cityHash64(order_no));

CREATE TABLE IF NOT EXISTS gemba.order_operation_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  sequence Int64 CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  work_center LowCardinality(String) CODEC(ZSTD(1)),
  standard_seconds Float64 CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/order_operation_version_local', '{replica}')
ORDER BY (source, order_no, operation, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.order_operation_version ON CLUSTER 'gemba'
AS gemba.order_operation_version_local
ENGINE = Distributed('gemba', 'gemba', 'order_operation_version_local', cityHash64(order_no));

CREATE TABLE IF NOT EXISTS gemba.job_report_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/job_report_version_local', '{replica}')
ORDER BY (source, report_key, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.job_report_version ON CLUSTER 'gemba'
AS gemba.job_report_version_local
ENGINE = Distributed('gemba', 'gemba', 'job_report_version_local', cityHash64(report_key));

CREATE TABLE IF NOT EXISTS gemba.reservation_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  item String CODEC(ZSTD(1)),
  component LowCardinality(String) CODEC(ZSTD(1)),
  required Float64 CODEC(Gorilla, ZSTD(1)),
  withdrawn Float64 CODEC(Gorilla, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/reservation_version_local', '{replica}')
ORDER BY (source, order_no, item, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.reservation_version ON CLUSTER 'gemba'
AS gemba.reservation_version_local
ENGINE = Distributed('gemba', 'gemba', 'reservation_version_local', cityHash64(order_no));

CREATE TABLE IF NOT EXISTS gemba.material_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/material_version_local', '{replica}')
ORDER BY (source, material, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.material_version ON CLUSTER 'gemba'
AS gemba.material_version_local
ENGINE = Distributed('gemba', 'gemba', 'material_version_local', cityHash64(material));

CREATE TABLE IF NOT EXISTS gemba.bom_item_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  item LowCardinality(String) CODEC(ZSTD(1)),
  component LowCardinality(String) CODEC(ZSTD(1)),
  quantity_per Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/bom_item_version_local', '{replica}')
ORDER BY (source, material, item, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.bom_item_version ON CLUSTER 'gemba'
AS gemba.bom_item_version_local
ENGINE = Distributed('gemba', 'gemba', 'bom_item_version_local', cityHash64(material));

CREATE TABLE IF NOT EXISTS gemba.supplier_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  supplier LowCardinality(String) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/supplier_version_local', '{replica}')
ORDER BY (source, supplier, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.supplier_version ON CLUSTER 'gemba'
AS gemba.supplier_version_local
ENGINE = Distributed('gemba', 'gemba', 'supplier_version_local', cityHash64(supplier));

CREATE TABLE IF NOT EXISTS gemba.customer_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  customer LowCardinality(String) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  early_days Nullable(Int64) CODEC(ZSTD(1)),
  late_days Nullable(Int64) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/customer_version_local', '{replica}')
ORDER BY (source, customer, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.customer_version ON CLUSTER 'gemba'
AS gemba.customer_version_local
ENGINE = Distributed('gemba', 'gemba', 'customer_version_local', cityHash64(customer));

CREATE TABLE IF NOT EXISTS gemba.stock_movement_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/stock_movement_version_local', '{replica}')
ORDER BY (source, material, posted_at, movement_key, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stock_movement_version ON CLUSTER 'gemba'
AS gemba.stock_movement_version_local
ENGINE = Distributed('gemba', 'gemba', 'stock_movement_version_local', cityHash64(material));

CREATE TABLE IF NOT EXISTS gemba.stock_balance_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  location LowCardinality(String) CODEC(ZSTD(1)),
  status LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/stock_balance_version_local', '{replica}')
ORDER BY (source, material, location, status, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stock_balance_version ON CLUSTER 'gemba'
AS gemba.stock_balance_version_local
ENGINE = Distributed('gemba', 'gemba', 'stock_balance_version_local', cityHash64(material));

CREATE TABLE IF NOT EXISTS gemba.material_consumption_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  consumption_key String CODEC(ZSTD(1)),
  order_no String CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  unit LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  source_unit LowCardinality(String) CODEC(ZSTD(1)),
  consumed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/material_consumption_version_local', '{replica}')
ORDER BY (source, consumption_key, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.material_consumption_version ON CLUSTER 'gemba'
AS gemba.material_consumption_version_local
ENGINE = Distributed('gemba', 'gemba', 'material_consumption_version_local', cityHash64(order_no));

CREATE TABLE IF NOT EXISTS gemba.purchase_order_line_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/purchase_order_line_version_local', '{replica}')
ORDER BY (source, purchase_order, line, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.purchase_order_line_version ON CLUSTER 'gemba'
AS gemba.purchase_order_line_version_local
ENGINE = Distributed('gemba', 'gemba', 'purchase_order_line_version_local', cityHash64(purchase_order));

CREATE TABLE IF NOT EXISTS gemba.purchase_confirmation_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  purchase_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  sequence Int64 CODEC(ZSTD(1)),
  promised_on Date CODEC(ZSTD(1)),
  confirmed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/purchase_confirmation_version_local', '{replica}')
ORDER BY (source, purchase_order, line, sequence, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.purchase_confirmation_version ON CLUSTER 'gemba'
AS gemba.purchase_confirmation_version_local
ENGINE = Distributed('gemba', 'gemba', 'purchase_confirmation_version_local', cityHash64(purchase_order));

CREATE TABLE IF NOT EXISTS gemba.goods_receipt_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  purchase_order String CODEC(ZSTD(1)),
  line LowCardinality(String) CODEC(ZSTD(1)),
  receipt_key String CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  quantity Float64 CODEC(Gorilla, ZSTD(1)),
  lot Nullable(String) CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/goods_receipt_version_local', '{replica}')
ORDER BY (source, purchase_order, line, receipt_key, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.goods_receipt_version ON CLUSTER 'gemba'
AS gemba.goods_receipt_version_local
ENGINE = Distributed('gemba', 'gemba', 'goods_receipt_version_local', cityHash64(purchase_order));

CREATE TABLE IF NOT EXISTS gemba.sales_order_line_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/sales_order_line_version_local', '{replica}')
ORDER BY (source, sales_order, line, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.sales_order_line_version ON CLUSTER 'gemba'
AS gemba.sales_order_line_version_local
ENGINE = Distributed('gemba', 'gemba', 'sales_order_line_version_local', cityHash64(sales_order));

CREATE TABLE IF NOT EXISTS gemba.delivery_line_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/delivery_line_version_local', '{replica}')
ORDER BY (source, delivery, line, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.delivery_line_version ON CLUSTER 'gemba'
AS gemba.delivery_line_version_local
ENGINE = Distributed('gemba', 'gemba', 'delivery_line_version_local', cityHash64(delivery));

CREATE TABLE IF NOT EXISTS gemba.test_result_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  serial String CODEC(ZSTD(1)),
  step LowCardinality(String) CODEC(ZSTD(1)),
  material LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  result LowCardinality(String) CODEC(ZSTD(1)),
  pass Int64 CODEC(ZSTD(1)),
  tested_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/test_result_version_local', '{replica}')
ORDER BY (step, tested_at, serial, pass, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.test_result_version ON CLUSTER 'gemba'
AS gemba.test_result_version_local
ENGINE = Distributed('gemba', 'gemba', 'test_result_version_local', cityHash64(step));

CREATE TABLE IF NOT EXISTS gemba.inspection_characteristic_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/inspection_characteristic_version_local', '{replica}')
ORDER BY (characteristic, version, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_characteristic_version ON CLUSTER 'gemba'
AS gemba.inspection_characteristic_version_local
ENGINE = Distributed('gemba', 'gemba', 'inspection_characteristic_version_local', cityHash64(characteristic));

CREATE TABLE IF NOT EXISTS gemba.inspection_result_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/inspection_result_version_local', '{replica}')
ORDER BY (characteristic, subgroup, sample, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_result_version ON CLUSTER 'gemba'
AS gemba.inspection_result_version_local
ENGINE = Distributed('gemba', 'gemba', 'inspection_result_version_local', cityHash64(characteristic));

CREATE TABLE IF NOT EXISTS gemba.inspection_lot_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/inspection_lot_version_local', '{replica}')
ORDER BY (inspection_lot, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.inspection_lot_version ON CLUSTER 'gemba'
AS gemba.inspection_lot_version_local
ENGINE = Distributed('gemba', 'gemba', 'inspection_lot_version_local', cityHash64(inspection_lot));

CREATE TABLE IF NOT EXISTS gemba.defect_record_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/defect_record_version_local', '{replica}')
ORDER BY (defect_key, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.defect_record_version ON CLUSTER 'gemba'
AS gemba.defect_record_version_local
ENGINE = Distributed('gemba', 'gemba', 'defect_record_version_local', cityHash64(defect_key));

CREATE TABLE IF NOT EXISTS gemba.stop_entry_version_local ON CLUSTER 'gemba' (
  source LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  entry_key String CODEC(ZSTD(1)),
  from_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  to_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  reason LowCardinality(Nullable(String)) CODEC(ZSTD(1)),
  priority Int64 CODEC(ZSTD(1)),
  time_certainty LowCardinality(String) CODEC(ZSTD(1)),
  version_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/stop_entry_version_local', '{replica}')
ORDER BY (unit, entry_key, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.stop_entry_version ON CLUSTER 'gemba'
AS gemba.stop_entry_version_local
ENGINE = Distributed('gemba', 'gemba', 'stop_entry_version_local', cityHash64(unit));

CREATE TABLE IF NOT EXISTS gemba.equipment_alarm_version_local ON CLUSTER 'gemba' (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  event_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  alarm String CODEC(ZSTD(1)),
  event LowCardinality(String) CODEC(ZSTD(1)),
  code LowCardinality(String) CODEC(ZSTD(1)),
  severity Int64 CODEC(ZSTD(1)),
  text String CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/equipment_alarm_version_local', '{replica}')
PARTITION BY toYYYYMM(event_at)
ORDER BY (unit, event_at, alarm, event, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_alarm_version ON CLUSTER 'gemba'
AS gemba.equipment_alarm_version_local
ENGINE = Distributed('gemba', 'gemba', 'equipment_alarm_version_local', cityHash64(unit));

CREATE TABLE IF NOT EXISTS gemba.maintenance_order_version_local ON CLUSTER 'gemba' (
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
  is_deleted UInt8 CODEC(ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/maintenance_order_version_local', '{replica}')
ORDER BY (maintenance_no, source, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.maintenance_order_version ON CLUSTER 'gemba'
AS gemba.maintenance_order_version_local
ENGINE = Distributed('gemba', 'gemba', 'maintenance_order_version_local', cityHash64(maintenance_no));

CREATE TABLE IF NOT EXISTS gemba.equipment_energy_version_local ON CLUSTER 'gemba' (
  unit LowCardinality(String) CODEC(ZSTD(1)),
  start_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  known_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  end_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  energy String CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gemba/equipment_energy_version_local', '{replica}')
PARTITION BY toYYYYMM(start_at)
ORDER BY (unit, start_at, known_at)
SETTINGS replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gemba.equipment_energy_version ON CLUSTER 'gemba'
AS gemba.equipment_energy_version_local
ENGINE = Distributed('gemba', 'gemba', 'equipment_energy_version_local', cityHash64(unit));

INSERT INTO production_order_version (source, order_no, material, quantity, work_center, customer, priority, released_at, scheduled_start_at, due_at, delivered_at, delivered_quantity, status, version_at, is_deleted, known_at) SELECT source, order_no, material, quantity, work_center, customer, priority, released_at, scheduled_start_at, due_at, delivered_at, delivered_quantity, status, version_at, is_deleted, version_at FROM production_order FINAL SETTINGS insert_deduplication_token = 'row-versions-production_order';

INSERT INTO order_operation_version (source, order_no, operation, sequence, name, work_center, standard_seconds, version_at, is_deleted, known_at) SELECT source, order_no, operation, sequence, name, work_center, standard_seconds, version_at, is_deleted, version_at FROM order_operation FINAL SETTINGS insert_deduplication_token = 'row-versions-order_operation';

INSERT INTO job_report_version (source, report_key, order_no, operation, work_center, reported_at, good, scrap, rework, version_at, is_deleted, known_at) SELECT source, report_key, order_no, operation, work_center, reported_at, good, scrap, rework, version_at, is_deleted, version_at FROM job_report FINAL SETTINGS insert_deduplication_token = 'row-versions-job_report';

INSERT INTO reservation_version (source, order_no, item, component, required, withdrawn, version_at, is_deleted, known_at) SELECT source, order_no, item, component, required, withdrawn, version_at, is_deleted, version_at FROM reservation FINAL SETTINGS insert_deduplication_token = 'row-versions-reservation';

INSERT INTO material_version (source, material, name, name_zh, kind, procurement, unit, source_unit, unit_cost, currency, daily_demand, daily_demand_deviation, lead_time_days, lead_time_deviation_days, service_level, version_at, is_deleted, known_at) SELECT source, material, name, name_zh, kind, procurement, unit, source_unit, unit_cost, currency, daily_demand, daily_demand_deviation, lead_time_days, lead_time_deviation_days, service_level, version_at, is_deleted, version_at FROM material FINAL SETTINGS insert_deduplication_token = 'row-versions-material';

INSERT INTO bom_item_version (source, material, item, component, quantity_per, unit, source_unit, version_at, is_deleted, known_at) SELECT source, material, item, component, quantity_per, unit, source_unit, version_at, is_deleted, version_at FROM bom_item FINAL SETTINGS insert_deduplication_token = 'row-versions-bom_item';

INSERT INTO supplier_version (source, supplier, name, version_at, is_deleted, known_at) SELECT source, supplier, name, version_at, is_deleted, version_at FROM supplier FINAL SETTINGS insert_deduplication_token = 'row-versions-supplier';

INSERT INTO customer_version (source, customer, name, early_days, late_days, version_at, is_deleted, known_at) SELECT source, customer, name, early_days, late_days, version_at, is_deleted, version_at FROM customer FINAL SETTINGS insert_deduplication_token = 'row-versions-customer';

INSERT INTO stock_movement_version (source, material, posted_at, movement_key, document, item, kind, source_kind, quantity, unit, source_unit, location, status, lot, order_no, purchase_order, purchase_line, reverses, version_at, is_deleted, known_at) SELECT source, material, posted_at, movement_key, document, item, kind, source_kind, quantity, unit, source_unit, location, status, lot, order_no, purchase_order, purchase_line, reverses, version_at, is_deleted, version_at FROM stock_movement FINAL SETTINGS insert_deduplication_token = 'row-versions-stock_movement';

INSERT INTO stock_balance_version (source, material, location, status, quantity, unit, source_unit, version_at, is_deleted, known_at) SELECT source, material, location, status, quantity, unit, source_unit, version_at, is_deleted, version_at FROM stock_balance FINAL SETTINGS insert_deduplication_token = 'row-versions-stock_balance';

INSERT INTO material_consumption_version (source, consumption_key, order_no, material, quantity, unit, source_unit, consumed_at, version_at, is_deleted, known_at) SELECT source, consumption_key, order_no, material, quantity, unit, source_unit, consumed_at, version_at, is_deleted, version_at FROM material_consumption FINAL SETTINGS insert_deduplication_token = 'row-versions-material_consumption';

INSERT INTO purchase_order_line_version (source, purchase_order, line, supplier, material, quantity, unit, source_unit, source_quantity, ordered_at, first_promised_on, cancelled, version_at, is_deleted, known_at) SELECT source, purchase_order, line, supplier, material, quantity, unit, source_unit, source_quantity, ordered_at, first_promised_on, cancelled, version_at, is_deleted, version_at FROM purchase_order_line FINAL SETTINGS insert_deduplication_token = 'row-versions-purchase_order_line';

INSERT INTO purchase_confirmation_version (source, purchase_order, line, sequence, promised_on, confirmed_at, version_at, is_deleted, known_at) SELECT source, purchase_order, line, sequence, promised_on, confirmed_at, version_at, is_deleted, version_at FROM purchase_confirmation FINAL SETTINGS insert_deduplication_token = 'row-versions-purchase_confirmation';

INSERT INTO goods_receipt_version (source, purchase_order, line, receipt_key, kind, quantity, lot, received_at, version_at, is_deleted, known_at) SELECT source, purchase_order, line, receipt_key, kind, quantity, lot, received_at, version_at, is_deleted, version_at FROM goods_receipt FINAL SETTINGS insert_deduplication_token = 'row-versions-goods_receipt';

INSERT INTO sales_order_line_version (source, sales_order, line, customer, material, quantity, unit, source_unit, ordered_at, requested_on, first_promised_on, current_promised_on, cancelled_on, version_at, is_deleted, known_at) SELECT source, sales_order, line, customer, material, quantity, unit, source_unit, ordered_at, requested_on, first_promised_on, current_promised_on, cancelled_on, version_at, is_deleted, version_at FROM sales_order_line FINAL SETTINGS insert_deduplication_token = 'row-versions-sales_order_line';

INSERT INTO delivery_line_version (source, delivery, line, sales_order, sales_line, customer, material, quantity, unit, source_unit, shipped_at, version_at, is_deleted, known_at) SELECT source, delivery, line, sales_order, sales_line, customer, material, quantity, unit, source_unit, shipped_at, version_at, is_deleted, version_at FROM delivery_line FINAL SETTINGS insert_deduplication_token = 'row-versions-delivery_line';

INSERT INTO test_result_version (source, serial, step, material, unit, result, pass, tested_at, version_at, is_deleted, known_at) SELECT source, serial, step, material, unit, result, pass, tested_at, version_at, is_deleted, version_at FROM test_result FINAL SETTINGS insert_deduplication_token = 'row-versions-test_result';

INSERT INTO inspection_characteristic_version (source, characteristic, version, effective_at, name_zh, name_en, material, unit, chart, value_unit, subgroup_size, lsl, usl, target, center, sigma, baseline_from_at, baseline_to_at, version_at, is_deleted, known_at) SELECT source, characteristic, version, effective_at, name_zh, name_en, material, unit, chart, value_unit, subgroup_size, lsl, usl, target, center, sigma, baseline_from_at, baseline_to_at, version_at, is_deleted, version_at FROM inspection_characteristic FINAL SETTINGS insert_deduplication_token = 'row-versions-inspection_characteristic';

INSERT INTO inspection_result_version (source, characteristic, subgroup, sample, unit, measured_at, value, size, cavity, lot, order_no, version_at, is_deleted, known_at) SELECT source, characteristic, subgroup, sample, unit, measured_at, value, size, cavity, lot, order_no, version_at, is_deleted, version_at FROM inspection_result FINAL SETTINGS insert_deduplication_token = 'row-versions-inspection_result';

INSERT INTO inspection_lot_version (source, inspection_lot, lot, material, kind, unit, inspected, accepted, decision, decided_at, time_certainty, version_at, is_deleted, known_at) SELECT source, inspection_lot, lot, material, kind, unit, inspected, accepted, decision, decided_at, time_certainty, version_at, is_deleted, version_at FROM inspection_lot FINAL SETTINGS insert_deduplication_token = 'row-versions-inspection_lot';

INSERT INTO defect_record_version (source, defect_key, defect, unit, material, disposition, quantity, lot, order_no, found_at, time_certainty, version_at, is_deleted, known_at) SELECT source, defect_key, defect, unit, material, disposition, quantity, lot, order_no, found_at, time_certainty, version_at, is_deleted, version_at FROM defect_record FINAL SETTINGS insert_deduplication_token = 'row-versions-defect_record';

INSERT INTO stop_entry_version (source, unit, entry_key, from_at, to_at, reason, priority, time_certainty, version_at, is_deleted, known_at) SELECT source, unit, entry_key, from_at, to_at, reason, priority, time_certainty, version_at, is_deleted, version_at FROM stop_entry FINAL SETTINGS insert_deduplication_token = 'row-versions-stop_entry';

INSERT INTO equipment_alarm_version (unit, event_at, alarm, event, code, severity, text, received_at, known_at) SELECT unit, event_at, alarm, event, code, severity, text, received_at, received_at FROM equipment_alarm FINAL SETTINGS insert_deduplication_token = 'row-versions-equipment_alarm';

INSERT INTO maintenance_order_version (source, maintenance_no, unit, kind, status, reason, planned_from_at, planned_to_at, failed_at, called_at, arrived_at, repaired_at, restarted_at, version_at, is_deleted, known_at) SELECT source, maintenance_no, unit, kind, status, reason, planned_from_at, planned_to_at, failed_at, called_at, arrived_at, repaired_at, restarted_at, version_at, is_deleted, version_at FROM maintenance_order FINAL SETTINGS insert_deduplication_token = 'row-versions-maintenance_order';
