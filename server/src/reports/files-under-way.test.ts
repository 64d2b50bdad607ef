import { describe, expect, it } from 'vitest'
import { FilesUnderWay, type FileMaking } from './files-under-way.ts'

/** A file that is made when it is told to be, and stopped by its signal. */
function slow() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const making: FileMaking[] = []
  const work = (given: FileMaking): Promise<string> => {
    making.push(given)
    given.signal.throwIfAborted()
    given.signal.addEventListener('abort', () => reject(new Error('stopped')))
    return promise
  }
  return { work, making, done: () => resolve('file') }
}
const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('files that are being made', () => {
  it('are made one after the other for a run, and tell how far each is until it is there', async () => {
    const files = new FilesUnderWay()
    const [pdf, xlsx] = [slow(), slow()]
    const both = [files.make('run', 'pdf', pdf.work), files.make('run', 'xlsx', xlsx.work)]
    await soon()
    expect([pdf.making.length, xlsx.making.length, files.of('run')]).toEqual([1, 0, []])
    pdf.making[0]?.told({ unit: 'pages', done: 40, of: 500 })
    expect(files.of('run')).toEqual([{ format: 'pdf', unit: 'pages', done: 40, of: 500 }])
    expect(files.of('other')).toEqual([])
    pdf.done()
    await both[0]
    await soon()
    expect([xlsx.making.length, files.of('run')]).toEqual([1, []])
    xlsx.done()
    expect(await Promise.all(both)).toEqual(['file', 'file'])
  })

  it('are stopped where one alone waits for them, also before they are begun; another run goes on', async () => {
    const files = new FilesUnderWay()
    const [pdf, xlsx, other] = [slow(), slow(), slow()]
    const made = [
      files.make('run', 'pdf', pdf.work),
      files.make('run', 'xlsx', xlsx.work),
      files.make('other', 'pdf', other.work),
    ]
    await soon()
    files.cancel('run')
    other.done()
    expect((await Promise.allSettled(made)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(xlsx.making[0]?.signal.aborted).toBe(true)
  })

  it('go on where somebody else waits for the same one', async () => {
    const files = new FilesUnderWay()
    const pdf = slow()
    const made = [files.make('run', 'pdf', pdf.work), files.make('run', 'pdf', pdf.work)]
    await soon()
    files.cancel('run')
    pdf.done()
    expect(await Promise.all(made)).toEqual(['file', 'file'])
  })
})
