import type { FolderDefinition } from '@gemba/contracts/rights'

const folder = (path: string, zh: string, en: string): FolderDefinition => ({ path, name: { zh, en }, inherits: true })

const PRODUCTION = folder('/production', '生产', 'Production')
const QUALITY = folder('/quality', '质量', 'Quality')
const SUPPLY = folder('/supply', '库存与供应', 'Stock and supply')
const ENERGY = folder('/energy', '能源', 'Energy')
const MANAGEMENT = folder('/management', '经营', 'Management')

const FOLDERS: Readonly<Record<string, FolderDefinition>> = {
  'daily-production': PRODUCTION,
  'downtime-pareto': PRODUCTION,
  'equipment-load': PRODUCTION,
  'line-losses': PRODUCTION,
  'oee-by-line': PRODUCTION,
  'oee-loss': PRODUCTION,
  'oee-targets': PRODUCTION,
  'order-progress': PRODUCTION,
  'shift-handover': PRODUCTION,
  'first-pass-yield': QUALITY,
  'lot-trace': QUALITY,
  'spc-capability': QUALITY,
  'stock-ageing-shortage': SUPPLY,
  'stock-status': SUPPLY,
  'erp-open-sales-orders': SUPPLY,
  'supplier-logistics': SUPPLY,
  energy: ENERGY,
  'executive-monthly': MANAGEMENT,
}

/** Where a template of the product stands when it first comes; null = in none. */
export const readyFolder = (id: string): FolderDefinition | null => FOLDERS[id] ?? null
