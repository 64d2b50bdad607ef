import { type AuditQuery, auditPage, auditVerification } from '@gemba/contracts/audit'
import {
  type NewToken,
  type PairDevice,
  type PasswordChange,
  type ProvenAnew,
  type SecondFactorEnd,
  type SignInSettings,
  deviceList,
  deviceRow,
  enrolment,
  pairingStarted,
  pairingState,
  profileAnswer,
  recoveryCodes,
  sessionList,
  signInSettings,
  signInWays,
  tokenList,
  tokenMade,
} from '@gemba/contracts/sign-in'
import {
  type SignRequest,
  type SignableKind,
  signableEntries,
  signatureList,
  signatureRow,
} from '@gemba/contracts/signature'
import { z } from 'zod'
import { request } from './api.ts'

const nothing = z.undefined()
const part = encodeURIComponent

export type AuditFilter = Partial<Omit<AuditQuery, 'limit'>>

/** A filter as a query; what is empty is left out. */
export function auditQueryOf(filter: AuditFilter): string {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()
}

/** The doors around one's own account, displays, signatures and the audit trail. */
export const accountApi = {
  ways: () => request(signInWays, '/api/sign-in/ways'),
  profile: (signal?: AbortSignal) => request(profileAnswer, '/api/profile', { signal }),
  changePassword: (body: PasswordChange) => request(nothing, '/api/profile/password', { method: 'POST', body }),
  beginSecondFactor: (body: ProvenAnew) => request(enrolment, '/api/profile/second-factor', { method: 'POST', body }),
  proveSecondFactor: (code: string) =>
    request(recoveryCodes, '/api/profile/second-factor/proof', { method: 'POST', body: { code } }),
  passSecondFactor: (code: string) =>
    request(nothing, '/api/profile/second-factor/pass', { method: 'POST', body: { code } }),
  endSecondFactor: (body: SecondFactorEnd) =>
    request(nothing, '/api/profile/second-factor/end', { method: 'POST', body }),
  sessions: (signal?: AbortSignal) => request(sessionList, '/api/profile/sessions', { signal }),
  closeSession: (id: string) => request(nothing, `/api/profile/sessions/${part(id)}`, { method: 'DELETE' }),
  closeOtherSessions: () => request(nothing, '/api/profile/sessions', { method: 'DELETE' }),
  tokens: (signal?: AbortSignal) => request(tokenList, '/api/tokens', { signal }),
  makeToken: (body: NewToken) => request(tokenMade, '/api/tokens', { method: 'POST', body }),
  revokeToken: (id: string) => request(nothing, `/api/tokens/${part(id)}`, { method: 'DELETE' }),
  beginPairing: () => request(pairingStarted, '/api/pairing', { method: 'POST' }),
  claimPairing: (secret: string) => request(pairingState, '/api/pairing/claim', { method: 'POST', body: { secret } }),
  displays: (signal?: AbortSignal) => request(deviceList, '/api/devices', { signal }),
  pairDisplay: (body: PairDevice) => request(deviceRow, '/api/devices', { method: 'POST', body }),
  revokeDisplay: (id: string) => request(nothing, `/api/devices/${part(id)}`, { method: 'DELETE' }),
  signInSettings: (signal?: AbortSignal) => request(signInSettings, '/api/sign-in/settings', { signal }),
  changeSignInSettings: (body: SignInSettings) =>
    request(signInSettings, '/api/sign-in/settings', { method: 'PUT', body }),
  audit: (filter: AuditFilter, signal?: AbortSignal) =>
    request(auditPage, `/api/audit?${auditQueryOf(filter)}`, { signal }),
  verifyAudit: () => request(auditVerification, '/api/audit/verification'),
  signatures: (kind: string, id: string, signal?: AbortSignal) =>
    request(signatureList, `/api/signatures?${new URLSearchParams({ kind, id })}`, { signal }),
  signableRecords: (kind: SignableKind, search: string, signal?: AbortSignal) =>
    request(signableEntries, `/api/signatures/records?${new URLSearchParams({ kind, search })}`, { signal }),
  sign: (body: SignRequest) => request(signatureRow, '/api/signatures', { method: 'POST', body }),
}
