import type { CellStyle } from '@gemba/contracts/template'
import type { CompiledCell } from './compiled.ts'
import type { Settings } from './display.ts'

/** How one shown cell looks: all styles laid over each other, with the number format and what conditions add. */
export interface Look extends CellStyle {
  format?: string
  icon?: string
  dataBar?: { min?: number; max?: number; color?: string }
}

const STYLE_KEYS = [
  'fg',
  'bg',
  'bold',
  'italic',
  'underline',
  'strike',
  'font',
  'size',
  'align',
  'valign',
  'wrap',
  'indent',
  'rotate',
  'locked',
  'border',
  'format',
  'icon',
  'dataBar',
] as const

/** Size of letters where no style says otherwise, in points. */
export const DEFAULT_SIZE_PT = 9

/** Looks of cells: named styles first, then own ones, then what conditions set. The same look is the same object. */
export class Looks {
  private readonly styles: Readonly<Record<string, CellStyle>>
  private readonly plain = new Map<number, Look>()
  private readonly interned = new Map<string, Look>()

  constructor(styles: Readonly<Record<string, CellStyle>> = {}) {
    this.styles = styles
  }

  of(cell: CompiledCell, settings: Settings | undefined): Look {
    let look = this.plain.get(cell.index)
    if (look === undefined) {
      look = this.intern(this.ofTemplate(cell))
      this.plain.set(cell.index, look)
    }
    if (settings === undefined) return look
    const merged: Record<string, unknown> = { ...look }
    for (const key of STYLE_KEYS) {
      if (!(key in settings)) continue
      const border = key === 'border' ? { ...look.border, ...(settings[key] as CellStyle['border']) } : settings[key]
      merged[key] = border
    }
    return this.intern(merged as Look)
  }

  private ofTemplate(cell: CompiledCell): Look {
    const { style, format } = cell.source
    const parts = style === undefined ? [] : Array.isArray(style) ? style : [style]
    const look: Look = {}
    for (const part of parts) {
      const own = typeof part === 'string' ? (this.styles[part] ?? {}) : part
      Object.assign(look, own, own.border === undefined ? {} : { border: { ...look.border, ...own.border } })
    }
    if (format !== undefined && format !== '') look.format = format
    return look
  }

  private intern(look: Look): Look {
    const key = JSON.stringify(look)
    const known = this.interned.get(key)
    if (known !== undefined) return known
    this.interned.set(key, look)
    return look
  }
}

/** Names of styles that a cell asks for and the template does not have. */
export function unknownStyles(cell: CompiledCell, styles: Readonly<Record<string, CellStyle>>): string[] {
  const { style } = cell.source
  const parts = style === undefined ? [] : Array.isArray(style) ? style : [style]
  return parts.filter((part): part is string => typeof part === 'string' && !Object.hasOwn(styles, part))
}
