import { SHARE_HEADER } from '@gemba/contracts/share'

/**
 * The share link that this page speaks for. With it requests and the live connection carry the id of the link, and the
 * server judges by its visit alone, whoever is signed in beside it.
 */
let spoken: string | null = null

export function speakForLink(link: string | null): void {
  spoken = link
}

/** What every request carries beside its own headers. */
export const linkHeaders = (): Record<string, string> => (spoken === null ? {} : { [SHARE_HEADER]: spoken })

/** What the live connection says at its handshake. */
export const linkHandshake = (): Record<string, string> => (spoken === null ? {} : { share: spoken })
