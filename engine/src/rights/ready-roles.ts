import { type ObjectKind, type Permission, type RoleDefinition, action, objectKind } from '@gemba/contracts/rights'

const ALL_ACTIONS = action.options
const on = (kind: ObjectKind, target: string, ...actions: Permission['actions']): Permission => ({
  kind,
  target,
  actions,
})
const everywhere = (...actions: Permission['actions']): Permission[] =>
  objectKind.options.map((kind) => on(kind, '*', ...actions))
const facts = (...ids: string[]): Permission[] => ids.map((id) => on('dataset', id, 'view'))

const role = (id: string, [zh, en]: readonly [string, string], ...permissions: Permission[]): RoleDefinition => ({
  id,
  name: { zh, en },
  ready: true,
  permissions,
})

/** Roles of people outside the house: without a scope of their own they see nothing. */
export const EXTERNAL_ROLES: ReadonlySet<string> = new Set(['supplier'])

/** Roles that every installation has. */
export const READY_ROLES: readonly RoleDefinition[] = [
  role('admin', ['管理员', 'administrator'], ...everywhere(...ALL_ACTIONS)),
  role(
    'manager',
    ['生产经理', 'production manager'],
    on('board', '*', 'view', 'edit', 'export', 'share', 'publish'),
    on('report', '*', 'view', 'edit', 'export', 'share', 'publish'),
    on('dataset', '*', 'view', 'export'),
    on('source', '*', 'view'),
    on('schedule', '*', 'view', 'edit'),
    on('setting', 'grants', 'view', 'share'),
    on('setting', 'changes', 'view', 'publish'),
  ),
  role(
    'analyst',
    ['分析员', 'analyst'],
    on('board', '*', 'view', 'edit', 'export'),
    on('report', '*', 'view', 'edit', 'export', 'publish'),
    on('dataset', '*', 'view', 'export'),
    on('source', '*', 'view'),
    on('schedule', '*', 'view', 'edit'),
  ),
  role(
    'executive',
    ['高管', 'executive'],
    on('board', '*', 'view'),
    on('report', '*', 'view', 'export'),
    on('dataset', '*', 'view'),
    on('source', '*', 'view'),
  ),
  role(
    'plant-it',
    ['工厂 IT', 'plant IT'],
    on('board', '*', 'view'),
    on('report', '*', 'view'),
    on('source', '*', 'view', 'edit', 'administer'),
    on('setting', '*', 'view', 'edit', 'export', 'share', 'administer'),
    ...facts('equipment', 'energy', 'alarm', 'maintenance', 'reading', 'order', 'stock', 'source', 'quarantine'),
  ),
  role(
    'quality',
    ['质量工程师', 'quality engineer'],
    on('board', '*', 'view'),
    on('report', '*', 'view', 'edit', 'export'),
    on('dataset', '*', 'view', 'export'),
    on('source', '*', 'view'),
    on('setting', 'changes', 'view', 'edit', 'publish'),
  ),
  role(
    'operator',
    ['操作工', 'operator'],
    on('board', '*', 'view'),
    ...facts('equipment', 'energy', 'alarm', 'maintenance', 'reading', 'order', 'stock', 'source', 'lot', 'inspection'),
    on('source', '*', 'view'),
  ),
  role('supplier', ['供应商', 'supplier'], on('report', '/suppliers', 'view', 'export'), ...facts('receipt', 'lot')),
  role('auditor', ['审计员', 'auditor'], ...everywhere('view', 'export')),
]
