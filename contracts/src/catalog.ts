import { z } from 'zod'
import { instantText, localDate, localTime } from './time.ts'
import { sourceDefinition } from './source.ts'

/** A name in both languages. */
export const bilingual = z.object({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) })
export type Bilingual = z.infer<typeof bilingual>

/** The path of an equipment, ISA-95 levels joined by `/`, e.g. `SUZ/MOLD/IM/IM01`. */
export const equipmentPath = z
  .string()
  .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+){0,7}$/)
  .max(200)

/** ISA-95 equipment level. `work-unit` carries OEE; `station` is a place inside a synchronous work unit. */
export const equipmentLevel = z.enum(['site', 'area', 'line', 'work-unit', 'station'])

/** One break of a shift, local wall-clock times of the site; a break after midnight belongs to the same shift. */
export const breakRule = z.object({ start: localTime, end: localTime })

/** A shift rule of a site, local wall-clock. The policy `productionDateOwner` says to which production date it belongs. */
export const shiftRule = z.object({
  code: z.string().min(1).max(8),
  name: bilingual,
  start: localTime,
  end: localTime,
  endOffsetDays: z.int().min(0).max(1),
  breaks: z.array(breakRule),
})
export type ShiftRule = z.infer<typeof shiftRule>

/** Days on which the rule does not hold: no shifts at all, or only those named. */
export const calendarException = z.object({
  from: localDate,
  to: localDate,
  /** Shift codes that run on these days; empty = nothing is scheduled. */
  shifts: z.array(z.string()),
  /**
   * Shifts with times or breaks of their own on these days: each replaces the rule of the same code, or is a shift that
   * no rule knows (overtime). They run when `shifts` names them.
   */
  rules: z.array(shiftRule).optional(),
  name: bilingual,
})
export type CalendarException = z.infer<typeof calendarException>

/**
 * A stretch in which the clock of a unit was wrong, and by how much: the explicit rule by which its readings are put
 * right. Stored source times stay as they came; the derivation takes `offsetMs` off those that lie in `[fromAt, toAt)`
 * by the device's own clock.
 */
export const clockCorrection = z.object({
  equipment: equipmentPath,
  fromAt: z.int(),
  toAt: z.int(),
  /** How far the clock was ahead, ms; negative = behind. */
  offsetMs: z.int().min(-86_400_000).max(86_400_000),
  name: bilingual,
})
export type ClockCorrection = z.infer<typeof clockCorrection>

export const siteDefinition = z.object({
  id: z.string().regex(/^[A-Z0-9]{2,8}$/),
  name: bilingual,
  /** IANA time zone. */
  timeZone: z.string(),
  /** Local start of the production day. */
  productionDayStart: localTime,
  shifts: z.array(shiftRule).min(1),
  /** ISO weekdays (1 = Monday … 7 = Sunday) that are scheduled by rule. */
  workdays: z.array(z.int().min(1).max(7)),
  exceptions: z.array(calendarException),
  clockCorrections: z.array(clockCorrection).optional(),
  /**
   * Which production day owns a shift over midnight, from which instant on (ms, rising): the one of its start or of its
   * end; before the first entry that of its start. Set by the server from the policy `productionDateOwner`.
   */
  productionDateOwners: z.array(z.object({ fromAt: z.int(), owner: z.enum(['start', 'end']) })).optional(),
})
export type SiteDefinition = z.infer<typeof siteDefinition>

export const equipmentDefinition = z.object({
  path: equipmentPath,
  level: equipmentLevel,
  name: bilingual,
  /**
   * Of a work unit: seconds per piece at ideal speed (cycle / cavities) when no rate for the material exists. Of a line:
   * seconds per piece of the whole line, against which its last operation is judged.
   */
  idealCycleSeconds: z.number().positive().optional(),
  /** Stops shorter than this are micro-stops (performance loss). Default 120 000. */
  microStopThresholdMs: z.int().positive().optional(),
  /** Target fractions. */
  targets: z
    .object({
      oee: z.number(),
      availability: z.number(),
      performance: z.number(),
      quality: z.number(),
    })
    .partial()
    .optional(),
  /** The source that delivers the live state of this unit. */
  source: z.string().optional(),
  sortOrder: z.int().default(0),
})
export type EquipmentDefinition = z.infer<typeof equipmentDefinition>

/** Ideal rate of a material on a work unit: seconds per piece. */
export const rateDefinition = z.object({
  equipment: equipmentPath,
  material: z.string(),
  idealCycleSeconds: z.number().positive(),
})

export const materialDefinition = z.object({ id: z.string(), name: bilingual, unit: z.string().default('piece') })

/** One component of a material: how much of it one base unit of the material takes. */
export const componentDefinition = z.object({
  material: z.string(),
  item: z.string(),
  component: z.string(),
  quantityPer: z.number().positive(),
})
export type ComponentDefinition = z.infer<typeof componentDefinition>

/** A stop reason. `category` decides the loss bucket; `owner` is the department that answers for it. */
export const reasonDefinition = z.object({
  code: z.string(),
  name: bilingual,
  category: z.enum(['failure', 'changeover', 'micro-stop', 'starved', 'blocked', 'operator', 'planned', 'other']),
  owner: bilingual,
})
export type ReasonDefinition = z.infer<typeof reasonDefinition>

/** What an alarm code of controllers is called; controllers themselves speak one language. */
export const alarmDefinition = z.object({ code: z.string().max(60), name: bilingual })
export type AlarmDefinition = z.infer<typeof alarmDefinition>

/** Roles of points from which windows of equipment are derived: time, counts, and the register of the energy meter (kWh). */
export const drivingRole = z.enum([
  'state',
  'mode',
  'reason',
  'order',
  'material',
  'link',
  'total',
  'good',
  'scrap',
  'rework',
  'energy',
])
export type DrivingRole = z.infer<typeof drivingRole>

/** Beside them: `alarm` tells of alarms (`alarmMessage`); `process` is any other number that is only stored and shown. */
export const pointRole = z.enum([...drivingRole.options, 'alarm', 'process'])
export type PointRole = z.infer<typeof pointRole>

/** Whether windows of equipment are derived from a point of this role. */
export const isDriving = (role: PointRole): role is DrivingRole => role !== 'process' && role !== 'alarm'

/**
 * A point (tag). Its id is `<equipment path>:<name>`; for every role but `process` the name is the role.
 * Counters may roll over at `rolloverAt` (exclusive maximum). A decrease is a reset to zero, unless the device is known
 * to take pieces back (`decreases: 'correction'`): then it counts as it stands, and the sum over any time is the
 * difference of the counter.
 */
export const pointDefinition = z.object({
  id: z.string().max(300),
  equipment: equipmentPath,
  role: pointRole,
  name: bilingual,
  unit: z.string().optional(),
  rolloverAt: z.number().positive().optional(),
  decreases: z.enum(['reset', 'correction']).optional(),
  low: z.number().optional(),
  high: z.number().optional(),
})
export type PointDefinition = z.infer<typeof pointDefinition>

/**
 * A code of a source system and what it means here, from an instant on; without one it has always meant that. A code that
 * is used again for something else has a row for each meaning.
 */
export const codeMapping = z.object({
  domain: z.enum(['work-center', 'material', 'reason', 'customer', 'order-status']),
  source: z.string(),
  code: z.string(),
  target: z.string(),
  validFrom: instantText.optional(),
})
export type CodeMapping = z.infer<typeof codeMapping>

/**
 * Everything a site is described by, as one document: provisioning as code. Importing the same document
 * twice changes nothing; ids that vanished are retired, never deleted.
 */
export const catalogDocument = z.object({
  formatVersion: z.literal(1),
  enterprise: bilingual,
  sites: z.array(siteDefinition),
  equipment: z.array(equipmentDefinition),
  materials: z.array(materialDefinition),
  rates: z.array(rateDefinition),
  /** Bill of materials, for sites without a system that delivers it. */
  components: z.array(componentDefinition).optional(),
  reasons: z.array(reasonDefinition),
  alarms: z.array(alarmDefinition).optional(),
  points: z.array(pointDefinition),
  codeMappings: z.array(codeMapping),
  sources: z.array(sourceDefinition),
})
export type CatalogDocument = z.infer<typeof catalogDocument>
