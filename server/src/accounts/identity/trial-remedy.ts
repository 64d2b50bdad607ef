import type { ConnectionStage } from '@gemba/contracts/identity'
import { InvalidCredentialsError, NoSuchObjectError } from 'ldapts'
import { Fault } from '../../http/fault.ts'

export interface Text {
  readonly zh: string
  readonly en: string
}

const LONGEST = 300

const UNTRUSTED: Text = {
  zh: '不信任签发者：请把公司 CA 的证书（PEM）粘贴到「信任的证书」，或装入服务器系统。',
  en: 'Its issuer is not trusted: paste the certificate of the company CA (PEM), or install it in the system.',
}

/** Words of the system and of OpenSSL, and what they mean for whoever sets up the connection. */
const BY_CODE: Readonly<Record<string, Text>> = {
  ECONNREFUSED: {
    zh: '这个端口没有服务在听：请核对端口，并确认服务已启动。',
    en: 'Nothing listens on this port: check the port, and that the service runs.',
  },
  ETIMEDOUT: {
    zh: '没有回应：多半被防火墙挡住；请为 Gemba 所在的服务器放行此端口。',
    en: 'No answer, mostly because of a firewall: open this port for the machine of Gemba.',
  },
  EHOSTUNREACH: { zh: '网络不通：请检查路由。', en: 'There is no way through the network: check the routes.' },
  ECONNRESET: {
    zh: '对方断开了连接：多半是协议不符，例如 ldap 与 ldaps 用错端口。',
    en: 'The other side hung up, mostly because the protocol does not fit: ldap and ldaps use different ports.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    zh: '证书是自签的：请把签发它的 CA 证书（PEM）粘贴到「信任的证书」，或装入服务器系统。',
    en: 'The certificate is self-signed: paste the certificate of its CA (PEM), or install it in the system.',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    zh: '对方的证书已过期，须由对方更换。',
    en: 'The certificate has expired; the other side has to renew it.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    zh: '证书不是发给这个主机名的：请填写证书上的主机名，不要填 IP。',
    en: 'The certificate is for another name: enter the name that stands in it rather than an address.',
  },
}

const BY_OAUTH: Readonly<Record<string, Text>> = {
  invalid_client: {
    zh: '提供方不认这个客户端标识或密钥：请与提供方登记的核对。',
    en: 'The provider does not accept client id or secret: compare both with what is registered there.',
  },
  unauthorized_client: {
    zh: '此客户端未获准使用授权码方式：请在提供方启用。',
    en: 'The client may not use the authorization code grant: allow it at the provider.',
  },
}

const PERSON: Readonly<Record<string, Text>> = {
  nobody: {
    zh: '目录中没有此人：请核对账号、搜索起点和用户过滤式。',
    en: 'The directory knows nobody of this name: check it, the search base and the filter of users.',
  },
  several: {
    zh: '过滤式找到多人，登录时不能确定是谁：请让过滤式只匹配唯一的属性。',
    en: 'The filter finds several people, so nobody could sign in: make it match an attribute that is unique.',
  },
}
const BIND: Text = {
  zh: '目录拒绝了查询账号：请核对查询账号（完整 DN）和密码。',
  en: 'The directory refuses the account that searches: check its full DN and password.',
}
const BASE: Text = {
  zh: '目录中没有这个搜索起点（DN）：请核对拼写。',
  en: 'There is no such place in the directory: check how the search base is written.',
}
const DISCOVERY: Text = {
  zh: '签发方地址没有给出 OpenID 配置：请用提供方文档里的 issuer，并确认「地址/.well-known/openid-configuration」能打开。',
  en: 'The issuer gives no OpenID configuration: enter the issuer as its manual names it; its address followed by /.well-known/openid-configuration has to open.',
}

/** The errors from the outer to its cause; those of networks say nothing without it. */
function* chainOf(error: unknown): Generator<Error> {
  let each = error
  for (let depth = 0; each instanceof Error && depth < 5; depth += 1, each = each.cause) yield each
}

function knownRemedy(each: Error): Text | null {
  if (each instanceof Fault) return PERSON[String(each.facts['why'])] ?? each.detail ?? null
  if (each instanceof InvalidCredentialsError) return BIND
  if (each instanceof NoSuchObjectError) return BASE
  const code = 'code' in each && typeof each.code === 'string' ? each.code : ''
  const oauth = 'error' in each && typeof each.error === 'string' ? each.error : ''
  return BY_CODE[code] ?? BY_OAUTH[oauth] ?? null
}

/** What went wrong and what to do; the words of the other side stand behind it. */
export function remedyOf(stage: ConnectionStage, error: unknown): Text {
  const errors = [...chainOf(error)]
  const said = errors
    .filter((each) => !(each instanceof Fault) && each.message !== '')
    .map(({ message }) => message)
    .join(': ')
    .slice(0, LONGEST)
  const known = errors.map((each) => knownRemedy(each)).find((text) => text !== null)
  const remedy = known ?? (stage === 'discovery' ? DISCOVERY : null)
  const behind = said === '' ? '' : ` (${said})`
  return { zh: `${remedy?.zh ?? '失败。'}${behind}`, en: `${remedy?.en ?? 'It failed.'}${behind}` }
}
