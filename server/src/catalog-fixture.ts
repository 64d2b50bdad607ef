import type { CatalogDocument } from '@gemba/contracts/catalog'

/** Stands in the settings of a source and must never leave the server but to a collector. */
export const SOURCE_PASSWORD = 'plc-password-for-tests'
export const UNIT = 'SUZ/MOLD/IM/IM01'

const CODES = ['IM01', 'IM02']
const login = { user: 'reader', password: SOURCE_PASSWORD }
const name = (text: string) => ({ zh: text, en: text })

/** Scheduled around the clock, so that a test finds a running shift whenever it runs. */
const site: CatalogDocument['sites'][number] = {
  id: 'SUZ',
  name: name('Suzhou'),
  timeZone: 'Asia/Shanghai',
  productionDayStart: '08:00',
  shifts: [
    { code: 'D', name: name('Day'), start: '08:00', end: '20:00', endOffsetDays: 0, breaks: [] },
    { code: 'N', name: name('Night'), start: '20:00', end: '08:00', endOffsetDays: 1, breaks: [] },
  ],
  workdays: [1, 2, 3, 4, 5, 6, 7],
  exceptions: [],
}

const equipment: CatalogDocument['equipment'] = [
  { path: 'SUZ', level: 'site', name: name('Suzhou'), sortOrder: 0 },
  { path: 'SUZ/MOLD', level: 'area', name: name('Molding'), sortOrder: 0 },
  { path: 'SUZ/MOLD/IM', level: 'line', name: name('IM'), sortOrder: 0 },
  { path: 'SUZ/STORE', level: 'area', name: name('Store'), sortOrder: 1 },
  ...CODES.map((code, sortOrder) => ({
    path: `SUZ/MOLD/IM/${code}`,
    level: 'work-unit' as const,
    name: name(code),
    idealCycleSeconds: 10,
    source: 'im-opcua',
    sortOrder,
  })),
]

const points: CatalogDocument['points'] = CODES.map((code) => `SUZ/MOLD/IM/${code}`).flatMap((unit) => [
  ...(['state', 'total', 'material'] as const).map((role) => ({
    id: `${unit}:${role}`,
    equipment: unit,
    role,
    name: name(role),
  })),
  { id: `${unit}:temperature`, equipment: unit, role: 'process', name: name('temperature') },
])

function device(): CatalogDocument['sources'][number] {
  const pace = { publishingIntervalMs: 250, samplingIntervalMs: 0, queueSize: 10 }
  const endpoint = { endpointUrl: 'opc.tcp://localhost:4840', security: 'None' as const }
  return {
    id: 'im-opcua',
    collector: 'edge-1',
    name: name('IM'),
    family: 'device',
    site: 'SUZ',
    periodMs: 1_000,
    limitMs: 10_000,
    guarantee: 'no-loss-within-queue',
    settings: { kind: 'opcua', ...endpoint, ...login, ...pace, items: [] },
  }
}

function office(id: 'erp' | 'mes', mapping: 'sap' | 'mes'): CatalogDocument['sources'][number] {
  const pace = { everyMs: 1_000, overlapMs: 0, pageRows: 10, statementTimeoutMs: 1_000 }
  const place = { host: 'localhost', port: 5432, database: id, timeZone: 'Asia/Shanghai' }
  return {
    id,
    collector: id === 'erp' ? 'edge-1' : 'edge-2',
    name: name(id.toUpperCase()),
    family: id,
    site: 'SUZ',
    periodMs: 60_000,
    limitMs: 300_000,
    guarantee: 'no-loss',
    settings: { kind: 'sql', dialect: 'postgresql', ...place, ...login, ...pace, mapping },
  }
}

/** For tests: one site, one line with two units, an area without any, one source of each family. */
export function fixtureCatalog(): CatalogDocument {
  return {
    formatVersion: 1,
    enterprise: name('Works'),
    sites: [site],
    equipment,
    materials: [{ id: 'M1', name: name('Part'), unit: 'piece' }],
    rates: [],
    reasons: [{ code: 'R1', name: name('Jam'), category: 'failure', owner: name('Maintenance') }],
    points,
    codeMappings: [{ domain: 'work-center', source: 'erp', code: 'W01', target: UNIT }],
    sources: [device(), office('erp', 'sap'), office('mes', 'mes')],
  }
}
