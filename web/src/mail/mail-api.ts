import { type ChannelChange, type MailSettingsChange, deliveryChannels, mailSettings } from '@gemba/contracts/delivery'
import { type MailContact, channelTrial, mailContacts, mailPeople, mailTrial } from '@gemba/contracts/mail'
import { request } from '../connection/api.ts'

const part = encodeURIComponent
const AT = '/api/settings/mail'

/** The doors of the mail server, of addresses and webhooks. */
export const mailApi = {
  settings: (signal?: AbortSignal) => request(mailSettings, AT, { signal }),
  change: (body: MailSettingsChange) => request(mailSettings, AT, { method: 'PUT', body }),
  attempt: (to: string) => request(mailTrial, `${AT}/trial`, { method: 'POST', body: { to } }),
  people: (signal?: AbortSignal) => request(mailPeople, `${AT}/people`, { signal }),
  changeAddress: (user: string, address: string | null) =>
    request(mailPeople, `${AT}/people/${part(user)}`, { method: 'PUT', body: { address } }),
  contacts: (signal?: AbortSignal) => request(mailContacts, `${AT}/contacts`, { signal }),
  changeContact: (body: MailContact) => request(mailContacts, `${AT}/contacts`, { method: 'PUT', body }),
  removeContact: (address: string) => request(mailContacts, `${AT}/contacts/${part(address)}`, { method: 'DELETE' }),
  channels: (signal?: AbortSignal) => request(deliveryChannels, `${AT}/channels`, { signal }),
  changeChannel: (body: ChannelChange) => request(deliveryChannels, `${AT}/channels`, { method: 'PUT', body }),
  attemptChannel: (id: string) => request(channelTrial, `${AT}/channels/${part(id)}/trial`, { method: 'POST' }),
  removeChannel: (id: string) => request(deliveryChannels, `${AT}/channels/${part(id)}`, { method: 'DELETE' }),
}
