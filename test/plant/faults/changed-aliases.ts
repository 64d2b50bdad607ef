import { type FeedFault, only } from './feed-fault.ts'

/** The Sparkplug node of Brno is born again every few minutes and numbers its metrics anew; see the running plant. */
export const changedAliases: FeedFault = {
  name: 'changed-aliases',
  concerns: only('S1', 'T1'),
  at: () => ({}),
}
