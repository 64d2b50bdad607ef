import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { LogFile } from './log-file.ts'
import { isAlive } from '../database/embedded-postgres.ts'

export interface ChildSpec {
  readonly name: string
  /** Program and its arguments, run by this Node. */
  readonly program: readonly string[]
  readonly env: Record<string, string>
  readonly cwd: string
  readonly logFile: string
  readonly pidFile: string
  readonly onMessage?: (message: unknown) => void
}

const SHORTEST_WAIT_MS = 200
const LONGEST_WAIT_MS = 10_000
/** A process that ran this long was healthy; the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000

const guard = fileURLToPath(
  new URL(`./exit-with-parent.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/** A program that is started again whenever it ends, later and later while it keeps failing. */
export class SupervisedChild {
  readonly spec: ChildSpec
  private readonly log: LogFile
  private child: ChildProcess | null = null
  private stopping = false
  private waitMs = SHORTEST_WAIT_MS
  private restartTimer: NodeJS.Timeout | undefined
  /** How often it ended by itself. */
  exits = 0
  lastExit = ''
  private startedAt = 0

  constructor(spec: ChildSpec) {
    this.spec = spec
    this.log = new LogFile(spec.logFile)
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  /** How long the present process has lived; 0 while there is none. */
  get aliveMs(): number {
    return this.child ? performance.now() - this.startedAt : 0
  }

  start(): void {
    const { spec, log } = this
    this.startedAt = performance.now()
    log.mark()
    const child = spawn(process.execPath, ['--import', guard, ...spec.program], {
      cwd: spec.cwd,
      env: spec.env,
      // Input: nothing (the warehouse engine would store it). A session of its own: Ctrl-C reaches the supervisor only.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.child = child
    if (child.pid) writeFileSync(spec.pidFile, `${child.pid}\n`)
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk))
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk))
    child.on('message', (message) => spec.onMessage?.(message))
    child.on('error', (error) => log.write(`${error.message}\n`))
    child.once('close', (code, signal) => this.ended(signal ?? `exit code ${code}`, performance.now() - this.startedAt))
  }

  lastLines(count = 8): string[] {
    return this.log.lastLines(count)
  }

  /** Tells the program something, when there is one. */
  say(message: { type: string }): void {
    if (this.child?.connected) this.child.send(message, () => undefined)
  }

  /** Asks the program to stop, then makes it. Gives its whole process group the last signal. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true
    clearTimeout(this.restartTimer)
    const pid = this.child?.pid
    if (pid !== undefined && isAlive(pid)) {
      this.say({ type: 'stop' })
      signal(pid, 'SIGTERM')
      const until = performance.now() + patienceMs
      while (isAlive(pid) && performance.now() < until) await pause(25)
      signal(-pid, 'SIGKILL')
      while (isAlive(pid) && performance.now() < until + 1_000) await pause(25)
    }
    rmSync(this.spec.pidFile, { force: true })
  }

  private ended(how: string, ranMs: number): void {
    const pid = this.child?.pid
    this.child = null
    rmSync(this.spec.pidFile, { force: true })
    if (this.stopping) return this.log.close()
    // What it started itself would hold its ports and files.
    if (pid !== undefined) signal(-pid, 'SIGKILL')
    this.exits += 1
    this.lastExit = how
    if (ranMs > HEALTHY_AFTER_MS) this.waitMs = SHORTEST_WAIT_MS
    this.log.write(`-- ${new Date().toISOString()} ${this.spec.name} ended (${how}); restart in ${this.waitMs} ms\n`)
    this.restartTimer = setTimeout(() => this.start(), this.waitMs)
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended a moment ago.
  }
}
