import type { BoardScope, SourceAge } from '@gemba/contracts/board'
import type { TimePlace } from '@gemba/engine/format/times'
import { type ComputedRef, type InjectionKey, type Ref, inject, provide } from 'vue'
import type { Language } from '../language/languages.ts'

/** What every tile of a board needs beside its own data. */
export interface BoardContext {
  /**
   * The instant (ms, server's clock) that ages are counted to. It stands still while the page has no contact: what is
   * shown is then the picture of the last contact.
   */
  now: Readonly<Ref<number>>
  language: ComputedRef<Language>
  /** The side of a bilingual name. */
  side: ComputedRef<'zh' | 'en'>
  place: ComputedRef<TimePlace>
  scope: ComputedRef<BoardScope | null>
  sources: ComputedRef<readonly SourceAge[]>
  /** Paint of planned stops and of what is not trusted, for SVG. */
  hatch: string
  /** Charts are shown as tables. */
  asTables: Readonly<Ref<boolean>>
  /** The pages of the list on this board; one page when it has none. */
  pages: { index: Ref<number>; count: Ref<number>; rows: Ref<number> }
}

const KEY: InjectionKey<BoardContext> = Symbol('board')

export function provideBoard(context: BoardContext): void {
  provide(KEY, context)
}

export function useBoard(): BoardContext {
  const context = inject(KEY)
  if (!context) throw new Error('a tile needs a board around it')
  return context
}
