import type { ParameterValues, RunDataset, RunNote } from '@gemba/contracts/report'
import type { Mask } from '@gemba/contracts/rights'
import type { FieldType } from '@gemba/contracts/template'
import { formatClock, formatDate } from '@gemba/engine/format/times'
import type { Principal } from '../accounts/principal.ts'
import type { ForeignJudgement } from './foreign-judgements.service.ts'
import type { SharedQuestions } from './shared-questions.ts'

/** Rows that one dataset of a run may have. More are cut, and every artefact says so. */
export interface DatasetMost {
  rows: number
  bytes: number
}

const MIB = 1024 * 1024

/** Limits of one dataset of a run. */
export const DATASET_LIMITS = { rows: 200_000, timeoutMs: 60_000, bytes: 256 * MIB } as const

/** The same where the report never holds its rows all at once. */
export const STREAMED_LIMITS: DatasetMost = { rows: 500_000, bytes: 512 * MIB }

/** Who reads for what. */
export interface DatasetQuestion {
  principal: Principal
  /** Parameters as used. */
  params: ParameterValues
  locale: 'zh-CN' | 'en'
  timeZone: string
  nowAt: number
  knownAt: number | undefined
  signal: AbortSignal
  /** How many rows may come; `DATASET_LIMITS` without it. */
  most?: DatasetMost
  /** What datasets of the same run read in common. */
  shared?: SharedQuestions
}

export const mostRows = ({ most }: Pick<DatasetQuestion, 'most'>): number => most?.rows ?? DATASET_LIMITS.rows

/** Takes one row as a line of JSON. */
export type LineSink = (line: string) => Promise<void>

/** What is known of the rows once they have been read. */
export type DatasetMark = Omit<RunDataset, 'name' | 'kind' | 'rows' | 'hash'> & {
  notes: RunNote[]
  /** Types of columns that JSON does not tell. */
  types: Record<string, FieldType>
  /** How columns are masked for the caller. */
  masks: Readonly<Record<string, Mask['kind']>>
  /** How rows from elsewhere were judged: what is kept of them is shown while they are judged so. */
  judged: ForeignJudgement | null
  /** Rules that the query of a database said itself, and those that were judged after it. */
  applied: { inQuery: readonly string[]; inMemory: readonly string[] } | null
}

export const NO_MARK: DatasetMark = {
  total: null,
  scanned: null,
  sourceTime: null,
  coverage: null,
  quality: 'good',
  rules: [],
  masked: [],
  notes: [],
  types: {},
  masks: {},
  judged: null,
  applied: null,
}

/** `2026-01-05 12:00` in the zone of the plant. */
export const plantTime = (at: Date, timeZone: string): string =>
  `${formatDate(at.getTime(), timeZone)} ${formatClock(at.getTime(), timeZone)}`

/** A dataset that cannot be read as it stands, in words for whoever runs the report. */
export class DatasetRefused extends Error {
  readonly words: { zh: string; en: string }
  readonly remedy: { zh: string; en: string }

  constructor(cause: { zh: string; en: string }, remedy: { zh: string; en: string }) {
    super(cause.en)
    this.words = cause
    this.remedy = remedy
  }
}

/** Codes of the rules that narrow rows; `scope` for a limit by place, supplier or customer. */
export const rulesOf = ({ isWhole, rules }: { isWhole: boolean; rules: readonly string[] }): string[] =>
  isWhole ? [] : rules.length > 0 ? [...rules] : ['scope']

/** `显示 20 / 18,760 行`: a cut is never silent. */
export function cutNote(dataset: string, shown: number, total: number | null): RunNote {
  const number = (value: number): string => new Intl.NumberFormat('en').format(value)
  const of = total === null ? null : number(total)
  return {
    key: 'rows-cut',
    dataset,
    text: {
      zh:
        of === null
          ? `数据集 ${dataset}：只取前 ${number(shown)} 行，后面还有`
          : `数据集 ${dataset}：显示 ${number(shown)} / ${of} 行`,
      en:
        of === null
          ? `Dataset ${dataset}: only the first ${number(shown)} rows; there are more`
          : `Dataset ${dataset}: ${number(shown)} of ${of} rows`,
    },
  }
}

const MASK_WORDS: Record<Mask['kind'], { zh: string; en: string }> = {
  hide: {
    zh: '对你隐藏：由它得出的数字不给出，或不含它',
    en: 'hidden from you: numbers made from it are not given, or leave it out',
  },
  bucket: {
    zh: '对你按档取整：合计由取整后的值得出',
    en: 'rounded down to steps for you: sums are of the rounded values',
  },
  partial: { zh: '只给你首字符：按它分组会合并', en: 'shown to you by its first character: groups of it run together' },
  hash: { zh: '以代码代替', en: 'replaced by a code for you' },
}

/** Says on every artefact which column is not shown as it is, and what that does to numbers. */
export function maskNote(dataset: string, column: string, kind: Mask['kind']): RunNote {
  const { zh, en } = MASK_WORDS[kind]
  return {
    key: 'masked',
    dataset,
    text: { zh: `数据集 ${dataset}：列 ${column} ${zh}`, en: `Dataset ${dataset}: the column ${column} is ${en}` },
  }
}
