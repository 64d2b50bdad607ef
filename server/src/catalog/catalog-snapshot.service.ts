import type {
  AlarmDefinition,
  Bilingual,
  ClockCorrection,
  CatalogDocument,
  EquipmentDefinition,
  PointDefinition,
  ReasonDefinition,
  SiteDefinition,
} from '@gemba/contracts/catalog'

type Material = CatalogDocument['materials'][number]

/** An imported catalog with the indexes that every reading and every KPI needs. Never changes; a new import makes a new one. */
export class CatalogSnapshot {
  readonly document: CatalogDocument
  private readonly equipmentByPath: Map<string, EquipmentDefinition>
  private readonly pointById: Map<string, PointDefinition>
  private readonly pointsByUnit = new Map<string, PointDefinition[]>()
  private readonly siteById: Map<string, SiteDefinition>
  private readonly reasonByCode: Map<string, ReasonDefinition>
  private readonly alarmByCode: Map<string, AlarmDefinition>
  private readonly materialById: Map<string, Material>
  private readonly secondsByRate: Map<string, number>
  private readonly codes: Map<string, string>

  constructor(document: CatalogDocument) {
    this.document = document
    this.equipmentByPath = new Map(document.equipment.map((equipment) => [equipment.path, equipment]))
    this.pointById = new Map(document.points.map((point) => [point.id, point]))
    this.siteById = new Map(document.sites.map((site) => [site.id, site]))
    this.reasonByCode = new Map(document.reasons.map((reason) => [reason.code, reason]))
    this.alarmByCode = new Map((document.alarms ?? []).map((alarm) => [alarm.code, alarm]))
    this.materialById = new Map(document.materials.map((material) => [material.id, material]))
    this.secondsByRate = new Map(
      document.rates.map((rate) => [`${rate.equipment}\n${rate.material}`, rate.idealCycleSeconds]),
    )
    this.codes = new Map(
      document.codeMappings.map((mapping) => [`${mapping.domain}\n${mapping.source}\n${mapping.code}`, mapping.target]),
    )
    for (const point of document.points) {
      const list = this.pointsByUnit.get(point.equipment)
      if (list) list.push(point)
      else this.pointsByUnit.set(point.equipment, [point])
    }
  }

  /** Name of a place; its path where the catalog does not know it. */
  nameOf(path: string): Bilingual {
    return this.equipment(path)?.name ?? this.site(path)?.name ?? { zh: path, en: path }
  }

  equipment(path: string): EquipmentDefinition | null {
    return this.equipmentByPath.get(path) ?? null
  }

  children(path: string): EquipmentDefinition[] {
    const depth = path.split('/').length + 1
    return this.document.equipment
      .filter((equipment) => equipment.path.startsWith(`${path}/`) && equipment.path.split('/').length === depth)
      .sort((a, b) => a.sortOrder - b.sortOrder || (a.path < b.path ? -1 : 1))
  }

  /** The work unit itself, or all work units below a line, an area or a site. */
  /** Stretches in which the clock of the equipment was wrong. */
  clockCorrectionsOf(path: string): readonly ClockCorrection[] {
    return this.siteOf(path)?.clockCorrections?.filter((each) => each.equipment === path) ?? []
  }

  unitsUnder(path: string): EquipmentDefinition[] {
    return this.document.equipment
      .filter(
        (equipment) =>
          equipment.level === 'work-unit' && (equipment.path === path || equipment.path.startsWith(`${path}/`)),
      )
      .sort((a, b) => a.sortOrder - b.sortOrder || (a.path < b.path ? -1 : 1))
  }

  site(id: string): SiteDefinition | null {
    return this.siteById.get(id) ?? null
  }

  siteOf(path: string): SiteDefinition | null {
    return this.siteById.get(path.split('/')[0] ?? '') ?? null
  }

  point(id: string): PointDefinition | null {
    return this.pointById.get(id) ?? null
  }

  pointsOf(equipment: string): readonly PointDefinition[] {
    return this.pointsByUnit.get(equipment) ?? []
  }

  /** Ideal seconds per piece of a material on a unit; the unit's own default without a rate. */
  idealSeconds(unit: string, material: string | null): number | null {
    const rate = material === null ? undefined : this.secondsByRate.get(`${unit}\n${material}`)
    return rate ?? this.equipmentByPath.get(unit)?.idealCycleSeconds ?? null
  }

  reason(code: string | null): ReasonDefinition | null {
    return code === null ? null : (this.reasonByCode.get(code) ?? null)
  }

  /** What an alarm code is called; null = only the controller has words for it. */
  alarm(code: string): AlarmDefinition | null {
    return this.alarmByCode.get(code) ?? null
  }

  material(id: string | null): Material | null {
    return id === null ? null : (this.materialById.get(id) ?? null)
  }

  /** What a source's code means here; null = unmapped. */
  mapCode(domain: CatalogDocument['codeMappings'][number]['domain'], source: string, code: string): string | null {
    return this.codes.get(`${domain}\n${source}\n${code}`) ?? null
  }
}

export const EMPTY_CATALOG: CatalogDocument = {
  formatVersion: 1,
  enterprise: { zh: 'Gemba', en: 'Gemba' },
  sites: [],
  equipment: [],
  materials: [],
  rates: [],
  reasons: [],
  points: [],
  codeMappings: [],
  sources: [],
}
