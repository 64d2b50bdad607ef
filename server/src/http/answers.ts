import { applyDecorators } from '@nestjs/common'
import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger'
import { type ZodType, z } from 'zod'

/** Documents the answer of a route by its contract. */
export function Answers(schema: ZodType, description: string, status = 200): MethodDecorator {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'output', unrepresentable: 'any' })
  return applyDecorators(
    ApiResponse({
      status,
      description,
      schema: json as NonNullable<Extract<ApiResponseOptions, { schema: unknown }>['schema']>,
    }),
  )
}
