import { Injectable } from '@nestjs/common'
import type { RowAudience } from '@gemba/contracts/data-file'
import type { Principal } from '../accounts/principal.ts'
import { foreignScope } from '../datasets/data-gate.ts'
import { StoredDatabases } from './databases/stored-databases.service.ts'
import { StoredFiles } from './files/stored-files.service.ts'

/** A file or a database by its id among the datasets of permissions, and the key of its scope for one reader. */
export interface ForeignJudgement {
  object: string
  key: string
}

/** What is kept of rows from elsewhere was made under a judgement; this tells whether it would be the same now. */
@Injectable()
export class ForeignJudgements {
  constructor(
    private readonly files: StoredFiles,
    private readonly databases: StoredDatabases,
  ) {}

  /**
   * Those of the judgements that are others now for this reader, or for nobody (null). What was removed is judged as
   * what nobody has spoken about: it is for who sees everything.
   */
  async changed(judgements: readonly ForeignJudgement[], reader: Principal | null): Promise<ForeignJudgement[]> {
    if (judgements.length === 0) return []
    if (reader === null) return [...judgements]
    const keys = new Map<string, string>()
    for (const object of new Set(judgements.map((each) => each.object)))
      keys.set(object, foreignScope(reader, { object, audience: await this.audienceOf(object) }).key)
    return judgements.filter(({ object, key }) => keys.get(object) !== key)
  }

  private async audienceOf(object: string): Promise<RowAudience> {
    const [kind, id = ''] = [object.slice(0, object.indexOf('.')), object.slice(object.indexOf('.') + 1)]
    const audience =
      kind === 'file'
        ? (await this.files.find(id))?.file.audience
        : (await this.databases.find(id))?.definition.audience
    return audience ?? { kind: 'granted' }
  }
}
