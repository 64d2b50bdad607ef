import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common'
import type { ZodType } from 'zod'
import { Fault } from './fault.ts'

function describe(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || '·'}: ${issue.message}`)
    .join('; ')
}

/** Checks bodies and queries that carry a schema (`@Body({ schema })`) and names each wrong field. */
@Injectable()
export class InputPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const schema = metadata.schema as ZodType | undefined
    if (!schema) return value
    const result = schema.safeParse(value ?? {})
    if (result.success) return result.data
    const text = describe(result.error.issues)
    throw new Fault('INPUT_INVALID', { fields: result.error.issues.length }, { zh: text, en: text })
  }
}
