import type { MailSettings } from '@gemba/contracts/delivery'

/** The mail server as the fields of its form hold it. */
export interface MailFields {
  host: string
  port: number
  tls: MailSettings['tls']
  user: string
  /** Empty = as it is. */
  password: string
  from: string
  fromName: string
  publicUrl: string
  mostAttachedMb: number
}

export const mailFieldsOf = ({
  configured: _configured,
  hasPassword: _has,
  user,
  ...rest
}: MailSettings): MailFields => ({
  host: rest.host,
  port: rest.port,
  tls: rest.tls,
  user: user ?? '',
  password: '',
  from: rest.from,
  fromName: rest.fromName,
  publicUrl: rest.publicUrl,
  mostAttachedMb: rest.mostAttachedMb,
})

/** What is sent of the fields. Without a user there is nothing a password could be for. */
export function settingsOf({ user, password, ...rest }: MailFields): unknown {
  if (user === '') return { ...rest, user: null, password: null }
  return { ...rest, user, ...(password === '' ? {} : { password }) }
}
