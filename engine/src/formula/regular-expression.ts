/**
 * Regular expressions without backtracking: time is pattern × text, whatever the author or the data say. Known are
 * `. [] [^] \d \w \s \D \W \S ^ $ | () (?:) * + ? {n,m}` and lazy forms, which match the same texts.
 */
export interface Match {
  start: number
  end: number
  /** Start and end of each group, −1 where it took no part. */
  groups: Int32Array
}

type Test = (code: number) => boolean

type Instruction =
  | { kind: 'character'; test: Test }
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { kind: 'save'; slot: number }
  | { kind: 'start' }
  | { kind: 'end' }
  | { kind: 'match' }

/** The pattern cannot be read, or is too big. */
export class PatternError extends Error {}

const MAX_PROGRAM = 5_000
const MAX_REPEAT = 200

export class RegularExpression {
  readonly groupCount: number
  private readonly program: Instruction[]

  /** Throws a PatternError. */
  constructor(pattern: string, ignoreCase = false) {
    const compiler = new Compiler(pattern, ignoreCase)
    this.program = compiler.compile()
    this.groupCount = compiler.groups
  }

  /** Leftmost match at or after a position, or undefined. */
  match(text: string, from = 0): Match | undefined {
    const size = 2 * (this.groupCount + 1)
    let threads: { at: number; saved: Int32Array }[] = []
    let best: Int32Array | undefined
    for (let at = from; at <= text.length;) {
      const marked = new Uint8Array(this.program.length)
      const now: typeof threads = []
      for (const thread of threads) this.follow(now, thread, { marked, text, position: at })
      if (best === undefined)
        this.follow(now, { at: 0, saved: new Int32Array(size).fill(-1) }, { marked, text, position: at })
      if (now.length === 0) break
      const code = at < text.length ? (text.codePointAt(at) as number) : -1
      threads = []
      for (const thread of now) {
        const instruction = this.program[thread.at] as Instruction
        if (instruction.kind === 'match') {
          best = thread.saved
          break
        }
        if (instruction.kind === 'character' && code >= 0 && instruction.test(code))
          threads.push({ at: thread.at + 1, saved: thread.saved })
      }
      at += code > 0xffff ? 2 : 1
      if (best !== undefined && threads.length === 0) break
    }
    return best === undefined
      ? undefined
      : { start: best[0] as number, end: best[1] as number, groups: best.subarray(2) }
  }

  /** Adds what a thread can reach without reading a character, in order of preference. */
  private follow(
    into: { at: number; saved: Int32Array }[],
    thread: { at: number; saved: Int32Array },
    where: { marked: Uint8Array; text: string; position: number },
  ): void {
    const stack = [thread]
    while (stack.length > 0) {
      const { at, saved } = stack.pop() as typeof thread
      if (where.marked[at] === 1) continue
      where.marked[at] = 1
      const instruction = this.program[at] as Instruction
      switch (instruction.kind) {
        case 'jump':
          stack.push({ at: instruction.to, saved })
          break
        case 'split':
          stack.push({ at: instruction.second, saved }, { at: instruction.first, saved })
          break
        case 'save': {
          const copy = saved.slice()
          copy[instruction.slot] = where.position
          stack.push({ at: at + 1, saved: copy })
          break
        }
        case 'start':
          if (where.position === 0) stack.push({ at: at + 1, saved })
          break
        case 'end':
          if (where.position === where.text.length) stack.push({ at: at + 1, saved })
          break
        default:
          into.push({ at, saved })
      }
    }
  }
}

type Tree =
  | { kind: 'empty' }
  | { kind: 'test'; test: Test }
  | { kind: 'edge'; at: 'start' | 'end' }
  | { kind: 'group'; index: number; inner: Tree }
  | { kind: 'sequence'; parts: Tree[] }
  | { kind: 'choice'; parts: Tree[] }
  | { kind: 'repeat'; inner: Tree; least: number; most: number; lazy: boolean }

class Compiler {
  groups = 0
  private readonly characters: string[]
  private readonly ignoreCase: boolean
  private at = 0
  private depth = 0
  private readonly program: Instruction[] = []

  constructor(pattern: string, ignoreCase: boolean) {
    this.characters = [...pattern]
    this.ignoreCase = ignoreCase
  }

  compile(): Instruction[] {
    const tree = this.choice()
    if (this.at < this.characters.length) throw new PatternError('a bracket too many')
    this.emit({ kind: 'group', index: 0, inner: tree })
    this.push({ kind: 'match' })
    return this.program
  }

  private choice(): Tree {
    if ((this.depth += 1) > 50) throw new PatternError('too deep')
    const parts = [this.sequence()]
    while (this.take('|')) parts.push(this.sequence())
    this.depth -= 1
    return parts.length === 1 ? (parts[0] as Tree) : { kind: 'choice', parts }
  }

  private sequence(): Tree {
    const parts: Tree[] = []
    while (this.at < this.characters.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated())
    return { kind: 'sequence', parts }
  }

  private repeated(): Tree {
    let tree = this.atom()
    for (;;) {
      const bounds = this.bounds()
      if (bounds === undefined) return tree
      tree = { kind: 'repeat', inner: tree, ...bounds, lazy: this.take('?') }
    }
  }

  private bounds(): { least: number; most: number } | undefined {
    if (this.take('*')) return { least: 0, most: Infinity }
    if (this.take('+')) return { least: 1, most: Infinity }
    if (this.take('?')) return { least: 0, most: 1 }
    const match = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.characters.slice(this.at, this.at + 12).join(''))
    if (!match) return undefined
    this.at += match[0].length
    const least = Number(match[1])
    const most = match[2] === undefined ? least : match[3] === '' ? Infinity : Number(match[3])
    if (least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT) || most < least)
      throw new PatternError('repeat out of range')
    return { least, most }
  }

  private atom(): Tree {
    const character = this.next()
    switch (character) {
      case '(':
        return this.group()
      case '[':
        return { kind: 'test', test: this.set() }
      case '.':
        return { kind: 'test', test: (code) => code !== 10 && code !== 13 }
      case '^':
        return { kind: 'edge', at: 'start' }
      case '$':
        return { kind: 'edge', at: 'end' }
      case '\\':
        return { kind: 'test', test: this.escape() }
      case '*':
      case '+':
      case '?':
        throw new PatternError('nothing to repeat')
      default:
        return { kind: 'test', test: this.literal(character) }
    }
  }

  private group(): Tree {
    if (this.peek() === '?' && this.characters[this.at + 1] === ':') {
      this.at += 2
      const inner = this.choice()
      this.expect(')')
      return inner
    }
    if (this.peek() === '?') throw new PatternError('this kind of group is not known')
    const index = (this.groups += 1)
    const inner = this.choice()
    this.expect(')')
    return { kind: 'group', index, inner }
  }

  private literal(character: string): Test {
    const code = character.codePointAt(0) as number
    if (!this.ignoreCase) return (other) => other === code
    const [lower, upper] = [character.toLowerCase().codePointAt(0), character.toUpperCase().codePointAt(0)]
    return (other) => other === code || other === lower || other === upper
  }

  private escape(): Test {
    const character = this.next()
    const known = CLASSES[character]
    if (known !== undefined) return known
    const control = { n: '\n', t: '\t', r: '\r' }[character]
    if (control !== undefined) return this.literal(control)
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`\\${character} is not known`)
    return this.literal(character)
  }

  private set(): Test {
    const negated = this.take('^')
    const tests: Test[] = []
    for (let first = true; first || this.peek() !== ']'; first = false) {
      const character = this.next()
      if (character === '\\') {
        tests.push(this.escape())
        continue
      }
      if (this.peek() === '-' && this.characters[this.at + 1] !== ']' && this.at + 1 < this.characters.length) {
        this.at += 1
        tests.push(this.span(character, this.next()))
      } else tests.push(this.literal(character))
    }
    this.expect(']')
    return (code) => tests.some((test) => test(code)) !== negated
  }

  private span(from: string, to: string): Test {
    const [low, high] = [from.codePointAt(0) as number, to.codePointAt(0) as number]
    if (high < low) throw new PatternError('range out of order')
    const inside: Test = (code) => code >= low && code <= high
    if (!this.ignoreCase) return inside
    return (code) => {
      const character = String.fromCodePoint(code)
      return (
        inside(code) ||
        inside(character.toLowerCase().codePointAt(0) ?? -1) ||
        inside(character.toUpperCase().codePointAt(0) ?? -1)
      )
    }
  }

  private emit(tree: Tree): void {
    switch (tree.kind) {
      case 'empty':
        return
      case 'test':
        return void this.push({ kind: 'character', test: tree.test })
      case 'edge':
        return void this.push({ kind: tree.at })
      case 'group':
        this.push({ kind: 'save', slot: 2 * tree.index })
        this.emit(tree.inner)
        return void this.push({ kind: 'save', slot: 2 * tree.index + 1 })
      case 'sequence':
        for (const part of tree.parts) this.emit(part)
        return
      case 'choice':
        return this.emitChoice(tree.parts)
      case 'repeat':
        return this.emitRepeat(tree)
    }
  }

  private emitChoice(parts: Tree[]): void {
    const ends: number[] = []
    parts.forEach((part, i) => {
      if (i === parts.length - 1) return this.emit(part)
      const split = this.push({ kind: 'split', first: 0, second: 0 })
      this.emit(part)
      ends.push(this.push({ kind: 'jump', to: 0 }))
      this.program[split] = { kind: 'split', first: split + 1, second: this.program.length }
    })
    for (const end of ends) this.program[end] = { kind: 'jump', to: this.program.length }
  }

  private emitRepeat({ inner, least, most, lazy }: Extract<Tree, { kind: 'repeat' }>): void {
    for (let i = 0; i < least; i += 1) this.emit(inner)
    const fork = (at: number, after: number): Instruction =>
      lazy ? { kind: 'split', first: after, second: at + 1 } : { kind: 'split', first: at + 1, second: after }
    if (most === Infinity) {
      const split = this.push({ kind: 'split', first: 0, second: 0 })
      this.emit(inner)
      this.push({ kind: 'jump', to: split })
      this.program[split] = fork(split, this.program.length)
      return
    }
    const splits: number[] = []
    for (let i = least; i < most; i += 1) {
      splits.push(this.push({ kind: 'split', first: 0, second: 0 }))
      this.emit(inner)
    }
    for (const split of splits) this.program[split] = fork(split, this.program.length)
  }

  private push(instruction: Instruction): number {
    if (this.program.length >= MAX_PROGRAM) throw new PatternError('too big')
    return this.program.push(instruction) - 1
  }

  private peek(): string | undefined {
    return this.characters[this.at]
  }

  private next(): string {
    const character = this.characters[this.at]
    if (character === undefined) throw new PatternError('unfinished')
    this.at += 1
    return character
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false
    this.at += 1
    return true
  }

  private expect(character: string): void {
    if (!this.take(character)) throw new PatternError(`${character} expected`)
  }
}

const isDigit: Test = (code) => code >= 48 && code <= 57
const isWord: Test = (code) => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
const isSpace: Test = (code) => code === 32 || (code >= 9 && code <= 13) || code === 160 || code === 0x3000

const CLASSES: Record<string, Test> = {
  d: isDigit,
  D: (code) => !isDigit(code),
  w: isWord,
  W: (code) => !isWord(code),
  s: isSpace,
  S: (code) => !isSpace(code),
}
