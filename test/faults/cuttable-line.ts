/** A TCP line that can be cut as a switch loses power: nothing is closed, bytes just no longer pass. */
import { type Server, type Socket, connect, createServer } from 'node:net'

export class CuttableLine {
  private readonly server: Server
  private readonly ends = new Set<Socket>()
  private isCut = false

  constructor(toPort: number) {
    this.server = createServer((near) => {
      this.hold(near)
      // What knocks while the line is cut hears nothing at all.
      if (this.isCut) return near.pause()
      const far = connect(toPort, '127.0.0.1')
      this.hold(far)
      near.pipe(far)
      far.pipe(near)
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
    })
  }

  async open(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(port, '127.0.0.1', resolve)
    })
  }

  cut(): void {
    this.isCut = true
    for (const end of this.ends) end.unpipe().pause()
  }

  /** The switch is back; connections from before are dead and come to know it. */
  mend(): void {
    this.isCut = false
    for (const end of this.ends) end.destroy()
  }

  async close(): Promise<void> {
    for (const end of this.ends) end.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private hold(end: Socket): void {
    this.ends.add(end)
    end.on('error', () => undefined)
    end.on('close', () => this.ends.delete(end))
  }
}
