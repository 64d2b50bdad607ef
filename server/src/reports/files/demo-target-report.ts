/** A report of the demo that reads an uploaded file beside figures of the dictionary. */
const header = (at: string, zh: string, en: string, more: readonly string[] = []) => ({
  at,
  value: { lit: { 'zh-CN': zh, en } },
  band: 'headerRepeat',
  style: ['th', ...more],
})

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
  styles: {
    title: { size: 17, bold: true },
    sub: { size: 8.5, fg: '#56606b' },
    th: { size: 8.5, bold: true, bg: '#f1f3f5', border: { bottom: { style: 'medium', color: '#56606b' } } },
    td: { size: 9, border: { bottom: { style: 'thin', color: '#d5dae0' } } },
    num: { align: 'right' },
  },
  sheet: {
    name: { 'zh-CN': 'OEE 与年度目标', en: 'OEE against targets' },
    paging: {
      mode: 'paper',
      size: 'A4',
      orientation: 'portrait',
      margins: { top: 12, right: 14, bottom: 16, left: 14 },
      fitToWidth: true,
    },
    defaultRowHeight: 7,
    rowHeights: { 1: 11, 2: 7 },
    columnWidths: { A: 44, B: 52, C: 26, D: 26, E: 30 },
  },
  cells: [
    {
      at: 'A1',
      span: [1, 5],
      value: { lit: { 'zh-CN': 'OEE 与年度目标', en: 'OEE against yearly targets' } },
      style: 'title',
    },
    {
      at: 'A2',
      span: [1, 5],
      value: {
        expr: 'WORDS(param.year && " 年目标来自上传的文件；差距以百分点计", "Targets of " && param.year && " come from an uploaded file; gaps are in percentage points")',
      },
      style: 'sub',
    },
    header('A3', '机台', 'Unit'),
    header('B3', '路径', 'Path'),
    header('C3', 'OEE', 'OEE', ['num']),
    header('D3', '年度目标', 'Yearly target', ['num']),
    header('E3', '差距 百分点', 'Gap, pp', ['num']),
    { at: 'B4', value: { field: 'oee.equipment', as: 'list' }, expand: 'down', style: 'td' },
    { at: 'A4', value: { field: 'oee.equipmentName', as: 'first' }, left: 'B4', style: 'td' },
    { at: 'C4', value: { field: 'oee.value', as: 'first' }, left: 'B4', format: '0.0%', style: ['td', 'num'] },
    {
      at: 'D4',
      value: { expr: 'LOOKUP("targets","unit",B4,"oee_target")' },
      left: 'B4',
      format: '0.0%',
      style: ['td', 'num'],
    },
    {
      at: 'E4',
      value: { expr: 'IF(OR(ISNULL(C4),ISNULL(D4)),NULL,(C4-D4)*100)' },
      left: 'B4',
      format: '+0.0;-0.0;0.0',
      style: ['td', 'num'],
    },
  ],
})
