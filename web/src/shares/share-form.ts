import type { NewShare, ShareTarget } from '@gemba/contracts/share'

/** What can be shared of an object: one of them is chosen. */
export interface ShareChoice {
  key: 'run' | 'fixed' | 'defaults' | 'board'
  target: ShareTarget
  /** Place that a board is shown for. */
  place?: string
}

/** What somebody has typed. */
export interface ShareForm {
  choice: ShareChoice['key']
  name: string
  days: number
  password: string
  mostOpenings: string
  downloads: boolean
}

const OFFERED_DAYS = [1, 3, 7, 14, 30, 90, 180, 365]
const USUAL_DAYS = 7

/** How long a link may be made for: the usual spans up to the longest one that is allowed. */
export function daysOffered(longestDays: number): number[] {
  return [...new Set([...OFFERED_DAYS.filter((days) => days < longestDays), longestDays])]
}

export const usualDays = (longestDays: number): number => Math.min(USUAL_DAYS, longestDays)

/** The link that the form asks for; null while something in it is missing or wrong. */
export function shareOf(form: ShareForm, choices: readonly ShareChoice[]): NewShare | null {
  const choice = choices.find(({ key }) => key === form.choice)
  const name = form.name.trim()
  const openings = form.mostOpenings.trim()
  const mostOpenings = openings === '' ? null : Number(openings)
  const isCounted =
    mostOpenings === null || (/^\d{1,6}$/.test(openings) && mostOpenings >= 1 && mostOpenings <= 100_000)
  if (!choice || name === '' || !isCounted || isShort(form.password)) return null
  return {
    target: choice.target,
    name,
    days: form.days,
    password: form.password === '' ? null : form.password,
    downloads: form.downloads && choice.target.kind !== 'board',
    mostOpenings,
  }
}

/** Too short for a password; none at all is no password. */
export const isShort = (password: string): boolean => password !== '' && password.length < 8
