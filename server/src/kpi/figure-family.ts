import type { KpiAnswer, KpiGrouping, NumbersAnswer } from '@gemba/contracts/kpi'
import type { Principal } from '../accounts/principal.ts'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { PolicyName } from '@gemba/contracts/metric'
import type { VersionedTable } from '../warehouse/warehouse.service.ts'
import type { KpiQuestion } from './figures.service.ts'

/** Entities that a question may be narrowed to beside its equipment; each family takes the ones it knows. */
export const FIGURE_FILTERS = ['material', 'supplier', 'customer', 'characteristic', 'order', 'lot', 'source'] as const
export type FigureFilters = Partial<Record<(typeof FIGURE_FILTERS)[number], string>>

export interface FigureQuestion extends KpiQuestion {
  filters: FigureFilters
  /** Who asks: a family shows only rows that the gate lets through. */
  principal: Principal
}

/** What all figures of a page are asked with. */
export type NumbersQuestion = Pick<FigureQuestion, 'equipment' | 'period' | 'principal' | 'shared'>

/** Rows of a table whose later versions change figures of the past. */
export interface RowHistory {
  table: VersionedTable
  /** Column with the equipment of a row; without one rows belong to the sources of the site. */
  unit?: string
  /** Instants of a row: it concerns a period that one of them lies in; without any every period. */
  at: readonly string[]
}

/** What can be said of figures beside what they are now. */
export interface FigureHistory {
  /** Their rows of the past; a reason where no versions of them are kept. */
  rows: readonly RowHistory[] | Bilingual
  /** They rest on windows of equipment, whose versions are kept: all of them, none, or those named. */
  windows: boolean | readonly string[]
  /** Policies that a what-if may put in place of those in force. */
  policies: readonly PolicyName[]
}

/** Whether a figure is made of windows of equipment, alone or beside its rows. */
export const restsOnWindows = ({ windows }: FigureHistory, metric: string): boolean =>
  typeof windows === 'boolean' ? windows : windows.includes(metric)

export type FigureOfNumbers = NumbersAnswer['figures'][number]

/**
 * Figures that are made from one kind of rows. The data gate has judged the equipment of a question before a family
 * sees it; what else a family shows (suppliers, customers, sources) it passes through the gate itself.
 */
export interface FigureFamily {
  /** Ids of the metric dictionary that it answers. */
  readonly metrics: readonly string[]
  readonly groupings: readonly KpiGrouping[]
  readonly filters: readonly (typeof FIGURE_FILTERS)[number][]
  readonly history: FigureHistory
  /** All its figures rest on rows of this fact alone: who may see some of them at a place may ask there. */
  readonly onlyFact?: string
  answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer>
  /** All of its figures of one scope and period at once, for the page of numbers; each with its own age and coverage. */
  numbers(question: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]>
}

/** Token of the list of all families; the order is the one of the page of numbers. */
export const FIGURE_FAMILIES = Symbol('figure families')
