import { z } from 'zod'

/**
 * Units of measure of values. `ratio` is a fraction shown as per cent, `count` a number without unit,
 * `piece` counted goods, `order` counted orders, `ppm` parts per million.
 */
export const unitOfMeasure = z.enum([
  'ratio',
  'count',
  'piece',
  'order',
  'ppm',
  'ms',
  's',
  'min',
  'h',
  'd',
  'kg',
  'g',
  'm',
  'mm',
  'degC',
  'bar',
  'kWh',
  'text',
])
export type UnitOfMeasure = z.infer<typeof unitOfMeasure>
