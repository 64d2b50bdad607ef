import { z } from 'zod'

export const role = z.enum([
  'admin',
  'manager',
  'analyst',
  'executive',
  'plant-it',
  'quality',
  'operator',
  'supplier',
  'auditor',
])
export type Role = z.infer<typeof role>
