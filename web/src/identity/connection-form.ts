import {
  type ConnectionKind,
  type DirectoryChange,
  type DirectoryConnection,
  type OidcChange,
  type OidcConnection,
  directoryChange,
  oidcChange,
} from '@gemba/contracts/identity'

/** The settings as they are typed: every field is text, a switch, or the table of groups. */
export interface ConnectionForms {
  oidc: Omit<OidcConnection, 'name' | 'secondFactorValues'> & {
    nameZh: string
    nameEn: string
    secondFactorValues: string
    clientSecret: string
  }
  directory: Omit<DirectoryConnection, 'caPem' | 'bindDn' | 'groupBase' | 'groupFilter'> & {
    caPem: string
    bindDn: string
    groupBase: string
    groupFilter: string
    bindPassword: string
  }
}

const noGroups = () => [{ group: '', roles: [], equipment: null }]

/** What most providers and directories are like. `origin`: how this browser reaches Gemba. */
export function emptyForms(origin: string): ConnectionForms {
  return {
    oidc: {
      nameZh: '用公司账号登录',
      nameEn: 'Sign in with the company account',
      issuer: '',
      clientId: '',
      clientSecret: '',
      publicUrl: origin,
      scope: 'openid profile email groups',
      userClaim: 'preferred_username',
      nameClaim: 'name',
      groupClaim: 'groups',
      groups: noGroups(),
      secondFactorValues: '',
      allowInsecure: false,
    },
    directory: {
      url: '',
      startTls: false,
      caPem: '',
      bindDn: '',
      bindPassword: '',
      base: '',
      userFilter: '(uid={user})',
      userAttribute: 'uid',
      nameAttribute: 'cn',
      groupBase: '',
      groupFilter: '',
      groupAttribute: 'cn',
      groups: noGroups(),
      timeoutMs: 5_000,
    },
  }
}

export function formOfOidc({ name, secondFactorValues, ...rest }: OidcConnection): ConnectionForms['oidc'] {
  return {
    ...rest,
    nameZh: name.zh,
    nameEn: name.en,
    secondFactorValues: secondFactorValues.join(', '),
    clientSecret: '',
  }
}

export function formOfDirectory(settings: DirectoryConnection): ConnectionForms['directory'] {
  const { caPem, bindDn, groupBase, groupFilter } = settings
  return {
    ...settings,
    caPem: caPem ?? '',
    bindDn: bindDn ?? '',
    groupBase: groupBase ?? '',
    groupFilter: groupFilter ?? '',
    bindPassword: '',
  }
}

/** Words between commas, Chinese ones too. */
export const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，、;；\n]/)
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  ),
]
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

/** Field → key of the text that stands below it. */
export type FieldFaults = Record<string, string>
export type Checked<T> = { value: T; faults: null } | { value: null; faults: FieldFaults }

const BY_FIELD: Readonly<Record<string, string>> = {
  issuer: 'url',
  publicUrl: 'url',
  scope: 'openid',
  userFilter: 'user',
  groupFilter: 'dn',
  caPem: 'pem',
  url: 'ldap',
}

/** A fault of the contract, said in words of the page. */
function faultOf(path: readonly PropertyKey[], value: unknown, message: string): [field: string, key: string] {
  const [first, index, part] = path.map(String)
  if (first === 'groups') {
    if (index === undefined) return ['groups', message.includes('twice') ? 'twice' : 'groups']
    if (part !== 'equipment') return [`groups.${index}`, 'group']
    return [`groups.${index}`, message.includes('administrator') ? 'admin' : 'places']
  }
  if (first === 'name') return [index === 'zh' ? 'nameZh' : 'nameEn', 'missing']
  const field = first ?? ''
  if (value === '' || value === undefined) return [field, 'missing']
  return [field, BY_FIELD[field] ?? 'other']
}

function checked<T>(
  result:
    { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } },
  given: Record<string, unknown>,
): Checked<T> {
  if (result.success) return { value: result.data, faults: null }
  const faults = result.error.issues.map(({ path, message }) => faultOf(path, given[String(path[0])], message))
  // The first fault of a field is the one to mend first.
  return { value: null, faults: Object.fromEntries(faults.reverse()) }
}

export function oidcOf(form: ConnectionForms['oidc']): Checked<OidcChange> {
  const { nameZh, nameEn, secondFactorValues, clientSecret, ...rest } = form
  const given = {
    ...rest,
    name: { zh: nameZh, en: nameEn },
    secondFactorValues: listOf(secondFactorValues),
    ...(clientSecret === '' ? {} : { clientSecret }),
  }
  return checked(oidcChange.safeParse(given), given)
}

export function directoryOf(form: ConnectionForms['directory']): Checked<DirectoryChange> {
  const { caPem, bindDn, groupBase, groupFilter, bindPassword, ...rest } = form
  const given = {
    ...rest,
    caPem: orNull(caPem),
    bindDn: orNull(bindDn),
    groupBase: orNull(groupBase),
    groupFilter: orNull(groupFilter),
    ...(bindPassword === '' ? {} : { bindPassword }),
  }
  return checked(directoryChange.safeParse(given), given)
}

/** Lines of the form: text fields by section; `area` is a field of several lines. */
export interface FieldLine {
  readonly name: string
  readonly kind: 'text' | 'secret' | 'area' | 'switch'
  readonly hint?: true
}
const text = (name: string): FieldLine => ({ name, kind: 'text' })
const hinted = (name: string): FieldLine => ({ name, kind: 'text', hint: true })

export const FIELDS: Readonly<Record<ConnectionKind, Readonly<Record<string, readonly FieldLine[]>>>> = {
  oidc: {
    where: [
      hinted('issuer'),
      hinted('publicUrl'),
      text('clientId'),
      { name: 'clientSecret', kind: 'secret' },
      text('nameZh'),
      text('nameEn'),
    ],
    people: [hinted('scope'), text('userClaim'), text('nameClaim'), text('groupClaim')],
    safety: [hinted('secondFactorValues')],
  },
  directory: {
    where: [
      hinted('url'),
      { name: 'startTls', kind: 'switch' },
      hinted('bindDn'),
      { name: 'bindPassword', kind: 'secret' },
      text('base'),
      { name: 'caPem', kind: 'area', hint: true },
    ],
    people: [
      hinted('userFilter'),
      hinted('userAttribute'),
      text('nameAttribute'),
      text('groupBase'),
      hinted('groupFilter'),
      text('groupAttribute'),
    ],
  },
}
