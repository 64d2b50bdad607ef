import { z } from 'zod'
import { PLANT_NETWORKS } from './network-address.ts'
import { sourceDefinition, sourceReport } from './source.ts'

/**
 * `POST /ingest/v1/batches`: body NDJSON, one line per reading, alive, gap, quarantine or record;
 * `Content-Encoding` zstd, gzip or none; `Authorization: Bearer <collector token>`. The batch is frozen: a retry
 * sends the same bytes. Line i has sequence `first + i`.
 */
export const batchHeaders = z.object({
  'x-gemba-collector': z.string().regex(/^[a-z0-9-]{1,60}$/),
  'x-gemba-epoch': z.string().regex(/^[a-f0-9]{16,40}$/),
  'x-gemba-stream': z.string().regex(/^[a-z0-9-]{1,60}$/),
  'x-gemba-first': z.coerce.number().int().min(1),
  'x-gemba-last': z.coerce.number().int().min(1),
  /** SHA-256 of the plain body, hex. */
  'x-gemba-sha256': z.string().regex(/^[a-f0-9]{64}$/),
})
export type BatchHeaders = z.infer<typeof batchHeaders>

/** 200: durable. `duplicate` when the batch was there already. Rejected lines are in quarantine before the answer. */
export const batchAnswer = z.object({
  ack: z.int(),
  duplicate: z.boolean().optional(),
  rejected: z.array(z.object({ seq: z.int(), code: z.string(), reason: z.string() })).optional(),
})
export type BatchAnswer = z.infer<typeof batchAnswer>

/** 409: the server expects another first sequence for this (collector, epoch, stream). */
export const batchConflict = z.object({ expected: z.int() })

/** `GET /ingest/v1/state?epoch=…`: acknowledged sequence per stream of the asking collector. */
export const ingestState = z.object({ acked: z.record(z.string(), z.int()) })

/** `GET /ingest/v1/config`: what the asking collector shall collect. `version` changes with any setting. */
export const collectorConfig = z.object({
  version: z.string(),
  sources: z.array(sourceDefinition),
  /** Networks in which sources may be called, beside public addresses. */
  networks: z.array(z.string()).default([...PLANT_NETWORKS]),
})
export type CollectorConfig = z.infer<typeof collectorConfig>

/** `POST /ingest/v1/heartbeat`, every 5 s. Answer: the config version in force and the server's time (ms). */
export const collectorHeartbeat = z.object({
  collector: z.string(),
  version: z.string(),
  startedAt: z.int(),
  configVersion: z.string().nullable(),
  sentAt: z.int(),
  reports: z.array(sourceReport),
})
export type CollectorHeartbeat = z.infer<typeof collectorHeartbeat>
export const heartbeatAnswer = z.object({ configVersion: z.string(), serverTime: z.int() })
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>

/** Limits of one batch. */
export const BATCH_LIMITS = {
  maxLines: 100_000,
  maxPlainBytes: 32 * 1024 * 1024,
  maxWireBytes: 16 * 1024 * 1024,
} as const
