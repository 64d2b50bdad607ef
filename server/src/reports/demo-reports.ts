/** Reports of the demo that read what comes from elsewhere: a file beside figures of the dictionary, and an ERP as it is. */
const header = (at: string, [zh, en]: readonly [string, string], more: readonly string[] = []) => ({
  at,
  value: { lit: { 'zh-CN': zh, en } },
  band: 'headerRepeat',
  style: ['th', ...more],
})

const STYLES = {
  title: { size: 17, bold: true },
  sub: { size: 8.5, fg: '#56606b' },
  th: { size: 8.5, bold: true, bg: '#f1f3f5', border: { bottom: { style: 'medium', color: '#56606b' } } },
  td: { size: 9, border: { bottom: { style: 'thin', color: '#d5dae0' } } },
  num: { align: 'right' },
}
const PAGING = {
  mode: 'paper',
  size: 'A4',
  orientation: 'portrait',
  margins: { top: 12, right: 14, bottom: 16, left: 14 },
  fitToWidth: true,
}

export const TARGET_REPORT = 'oee-targets'
export const TARGET_FILE = 'oee-yearly-targets'

export const targetReport = JSON.stringify({
  formatVersion: 1,
  name: { 'zh-CN': 'OEE 与年度目标', en: 'OEE against yearly targets' },
  description: {
    'zh-CN': '各机台 OEE 与上传文件中的年度目标对比（示例：指标与文件合用）',
    en: 'OEE of each unit against the yearly targets of an uploaded file (an example: a metric and a file together)',
  },
  locale: 'zh-CN',
  timeZone: 'Asia/Shanghai',
  datasets: {
    oee: {
      kind: 'kpi',
      figure: 'oee',
      options: { equipment: 'param.equipment', each: 'work-unit', from: 'param.period' },
      fields: ['equipment', 'equipmentName', 'missing'].map((name) => ({ name, type: 'text' })),
    },
    targets: { kind: 'file', asset: TARGET_FILE, where: { year: 'param.year' } },
  },
  parameters: [
    { name: 'equipment', label: { 'zh-CN': '范围', en: 'Scope' }, type: 'equipment', required: true },
    {
      name: 'period',
      label: { 'zh-CN': '期间', en: 'Period' },
      type: 'dateRange',
      default: '{TODAY()-2,TODAY()-1}',
    },
    {
      name: 'year',
      label: { 'zh-CN': '目标年份', en: 'Year of the targets' },
      type: 'text',
      default: 'TEXT(TODAY(),"yyyy")',
    },
  ],
  styles: STYLES,
  sheet: {
    name: { 'zh-CN': 'OEE 与年度目标', en: 'OEE against targets' },
    paging: PAGING,
    defaultRowHeight: 7,
    rowHeights: { 1: 11, 2: 7 },
    columnWidths: { A: 44, B: 52, C: 26, D: 26, E: 30 },
  },
  cells: [
    {
      at: 'A1',
      span: [1, 5],
      value: { lit: { 'zh-CN': 'OEE 与年度目标', en: 'OEE against yearly targets' } },
      band: 'title',
      style: 'title',
    },
    {
      at: 'A2',
      span: [1, 5],
      value: {
        expr: 'WORDS(param.year && " 年目标来自上传的文件；差距以百分点计", "Targets of " && param.year && " come from an uploaded file; gaps are in percentage points")',
      },
      band: 'title',
      style: 'sub',
    },
    header('A3', ['路径', 'Path']),
    header('B3', ['机台', 'Unit']),
    header('C3', ['OEE', 'OEE'], ['num']),
    header('D3', ['年度目标', 'Yearly target'], ['num']),
    header('E3', ['差距 百分点', 'Gap, pp'], ['num']),
    { at: 'A4', value: { field: 'oee.equipment', as: 'list' }, expand: 'down', style: 'td' },
    { at: 'B4', value: { field: 'oee.equipmentName', as: 'first' }, left: 'A4', style: 'td' },
    { at: 'C4', value: { field: 'oee.value', as: 'first' }, left: 'A4', format: '0.0%', style: ['td', 'num'] },
    {
      at: 'D4',
      value: { expr: 'LOOKUP("targets","unit",A4,"oee_target")' },
      left: 'A4',
      format: '0.0%',
      style: ['td', 'num'],
    },
    {
      at: 'E4',
      value: { expr: 'IF(OR(ISNULL(C4),ISNULL(D4)),NULL,(C4-D4)*100)' },
      left: 'A4',
      format: '+0.0;-0.0;0.0',
      style: ['td', 'num'],
    },
  ],
})

export const SALES_REPORT = 'erp-open-sales-orders'
export const SALES_DATABASE = 'erp-suz'

const OPEN_SALES = `SELECT p.vbeln || '/' || p.posnr AS order_line, ltrim(k.kunnr, '0') AS customer, n.name1 AS customer_name,
  ltrim(p.matnr, '0') AS material, p.kwmeng AS quantity, coalesce(s.shipped, 0) AS shipped,
  p.kwmeng - coalesce(s.shipped, 0) AS open_quantity, to_date(nullif(e.promised, ''), 'YYYYMMDD') AS promised
FROM vbap p
JOIN vbak k ON k.mandt = p.mandt AND k.vbeln = p.vbeln
LEFT JOIN kna1 n ON n.mandt = k.mandt AND n.kunnr = k.kunnr
LEFT JOIN (SELECT mandt, vgbel, vgpos, sum(lfimg) AS shipped FROM lips GROUP BY mandt, vgbel, vgpos) s
  ON s.mandt = p.mandt AND s.vgbel = p.vbeln AND s.vgpos = p.posnr
LEFT JOIN (SELECT mandt, vbeln, posnr, max(edatu) AS promised FROM vbep GROUP BY mandt, vbeln, posnr) e
  ON e.mandt = p.mandt AND e.vbeln = p.vbeln AND e.posnr = p.posnr
WHERE p.abgru = '' AND p.kwmeng > coalesce(s.shipped, 0) [[ AND ltrim(k.kunnr, '0') = :customer ]]
ORDER BY promised, order_line
LIMIT 500`

const column = (letter: string, name: string, more: object = {}) => ({
  at: `${letter}4`,
  value: { field: `o.${name}`, as: 'first' },
  left: 'A4',
  style: 'td',
  ...more,
})
const AMOUNT = { format: '#,##0', style: ['td', 'num'] }

export const salesReport = JSON.stringify({
  formatVersion: 1,
  name: { 'zh-CN': '未交销售订单（直接来自 ERP）', en: 'Open sales orders, straight from the ERP' },
  description: {
    'zh-CN': '运行时直接查询 ERP 的销售订单行（示例：外部数据库）',
    en: 'Lines of sales orders, asked of the ERP when the report is run (an example of an external database)',
  },
  locale: 'zh-CN',
  timeZone: 'Asia/Shanghai',
  datasets: { o: { kind: 'external', source: SALES_DATABASE, sql: OPEN_SALES } },
  parameters: [
    { name: 'customer', label: { 'zh-CN': '客户代码（空 = 全部）', en: 'Customer code (empty = all)' }, type: 'text' },
  ],
  styles: STYLES,
  sheet: {
    name: { 'zh-CN': '未交销售订单', en: 'Open sales orders' },
    paging: PAGING,
    defaultRowHeight: 7,
    rowHeights: { 1: 11, 2: 7 },
    columnWidths: { A: 36, B: 20, C: 30, D: 34, E: 24, F: 24, G: 24, H: 26 },
  },
  cells: [
    {
      at: 'A1',
      span: [1, 8],
      value: { lit: { 'zh-CN': '未交销售订单', en: 'Open sales orders' } },
      band: 'title',
      style: 'title',
    },
    {
      at: 'A2',
      span: [1, 8],
      value: {
        expr: 'WORDS("运行时直接从 ERP 读取，按承诺日期；共 " && COUNT(A4[*]) && " 行", "Read from the ERP when this was run, by promised date; " && COUNT(A4[*]) && " lines")',
      },
      band: 'title',
      style: 'sub',
    },
    header('A3', ['订单行', 'Order line']),
    header('B3', ['客户', 'Customer']),
    header('C3', ['名称', 'Name']),
    header('D3', ['物料', 'Material']),
    header('E3', ['数量', 'Quantity'], ['num']),
    header('F3', ['已发', 'Shipped'], ['num']),
    header('G3', ['未交', 'Open'], ['num']),
    header('H3', ['承诺日期', 'Promised'], ['num']),
    { at: 'A4', value: { field: 'o.order_line', as: 'list' }, expand: 'down', style: 'td' },
    column('B', 'customer'),
    column('C', 'customer_name'),
    column('D', 'material'),
    column('E', 'quantity', AMOUNT),
    column('F', 'shipped', AMOUNT),
    column('G', 'open_quantity', AMOUNT),
    column('H', 'promised', { format: 'yyyy-mm-dd', style: ['td', 'num'] }),
  ],
})
