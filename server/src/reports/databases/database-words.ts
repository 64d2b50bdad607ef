import type { Bilingual } from '@gemba/contracts/catalog'
import type { AddressClass } from '@gemba/contracts/network-address'

/** Why a database does not answer, in words for whoever waits for it. */
export class DatabaseAway extends Error {
  readonly words: Bilingual
  readonly remedy: Bilingual

  constructor(words: Bilingual, remedy: Bilingual) {
    super(words.en)
    this.words = words
    this.remedy = remedy
  }
}

const both = (zh: string, en: string): Bilingual => ({ zh, en })

const WHY: Record<AddressClass, Bilingual> = {
  public: both('公网地址必须加密连接', 'a public address is only called over an encrypted line'),
  loopback: both(
    '它是本机，GEMBA_COLLECTOR_NETWORKS 没有列出',
    'it is this machine, which GEMBA_COLLECTOR_NETWORKS does not list',
  ),
  private: both(
    '它所在的网络不在 GEMBA_COLLECTOR_NETWORKS 中',
    'it lies in a network that GEMBA_COLLECTOR_NETWORKS does not list',
  ),
  'link-local': both('链路本地地址从不连接', 'link-local addresses are never called'),
  metadata: both('云平台的密钥服务从不连接', 'services of clouds that give away keys are never called'),
  special: both('它不是主机地址', 'it is no address of a host'),
}

/** What an address is, beside it. */
export const CLASS_WORDS: Record<AddressClass, Bilingual> = {
  public: both('公网', 'public'),
  loopback: both('本机', 'this machine'),
  private: both('内网', 'private network'),
  'link-local': both('链路本地', 'link-local'),
  metadata: both('云平台密钥服务', 'service of a cloud'),
  special: both('特殊地址', 'special'),
}

export const notCalled = (host: string, why: AddressClass): DatabaseAway =>
  new DatabaseAway(
    both(`不连接 ${host}：${WHY[why].zh}`, `${host} is not called: ${WHY[why].en}`),
    both(
      '请更正主机或加密方式，或由服务器管理员开放该网络',
      'correct host or encryption, or let who runs the server open the network',
    ),
  )

const ASK = both('请在“外部数据”页测试该数据库', 'try the database on the page of foreign data')
const LATER = both('请稍后再试；其他数据不受影响', 'try again later; other data are not affected')
const CORRECT = both('请修改查询', 'correct the query')

const SIGN_IN = both('用户名或密码不被接受', 'user or password is not accepted')
const FULL = both('数据库的连接已满', 'the database takes no more connections')
const SLOW = [
  both('查询超时', 'the query took too long'),
  both('请缩小条件，或请对方建索引', 'narrow the conditions, or ask for an index there'),
] as const
const NO_SELECT = [
  both('该账号无权读取', 'the account may not read that'),
  both('请对方授予 SELECT', 'ask for SELECT to be granted there'),
] as const
const ONLY_READ = [
  both('外部数据库只读：查询想要写入', 'databases of others are only read: the query wants to write'),
  CORRECT,
] as const
const STOPPING = both('数据库正在关闭或重启', 'the database is shutting down or starting')
const OTHER_SIGN_IN = both(
  '服务器要求的登录方式不受支持，或会以明文发送密码',
  'the server asks for a way to sign in that is not supported, or that would send the password as it is',
)

/** Of MySQL and MariaDB, by name; by number where they have different names. */
const MYSQL_CAUSES: Readonly<Record<string, readonly [Bilingual, Bilingual]>> = {
  ER_ACCESS_DENIED_ERROR: [SIGN_IN, ASK],
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: [SIGN_IN, ASK],
  ER_HOST_NOT_PRIVILEGED: [both('服务器不接受来自本机的连接', 'the server takes no connection from this machine'), ASK],
  ER_HOST_IS_BLOCKED: [both('服务器已封锁本机', 'the server has blocked this machine'), ASK],
  AUTH_SWITCH_PLUGIN_ERROR: [OTHER_SIGN_IN, ASK],
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: [OTHER_SIGN_IN, ASK],
  ER_BAD_DB_ERROR: [both('没有这个数据库', 'there is no such database'), ASK],
  ER_DBACCESS_DENIED_ERROR: [
    both('没有这个数据库，或该账号无权使用它', 'there is no such database, or the account may not use it'),
    ASK,
  ],
  ER_CON_COUNT_ERROR: [FULL, LATER],
  ER_USER_LIMIT_REACHED: [FULL, LATER],
  ER_TOO_MANY_USER_CONNECTIONS: [FULL, LATER],
  ER_SERVER_SHUTDOWN: [STOPPING, LATER],
  PROTOCOL_CONNECTION_LOST: [both('连接中断', 'the connection broke'), LATER],
  HANDSHAKE_NO_SSL_SUPPORT: [
    both('加密连接失败：服务器不支持 TLS', 'the encrypted line failed: the server has no TLS'),
    ASK,
  ],
  ER_QUERY_TIMEOUT: SLOW,
  ER_STATEMENT_TIMEOUT: SLOW,
  ER_QUERY_INTERRUPTED: SLOW,
  1969: SLOW,
  ER_TABLEACCESS_DENIED_ERROR: NO_SELECT,
  ER_COLUMNACCESS_DENIED_ERROR: NO_SELECT,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: NO_SELECT,
  ER_PROCACCESS_DENIED_ERROR: NO_SELECT,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: ONLY_READ,
}

/** By SQLSTATE, by its class of two characters, or by the code of the operating system. */
const CAUSES: Readonly<Record<string, readonly [Bilingual, Bilingual]>> = {
  ENOTFOUND: [both('找不到主机', 'the host is not known'), ASK],
  EAI_AGAIN: [both('暂时查不到主机', 'the host cannot be looked up now'), LATER],
  ECONNREFUSED: [
    both(
      '对方拒绝连接：数据库没有运行，或端口不对',
      'nothing listens there: the database is down, or the port is wrong',
    ),
    LATER,
  ],
  ECONNRESET: [both('连接中断', 'the connection broke'), LATER],
  ETIMEDOUT: [both('没有应答', 'there is no answer'), LATER],
  EHOSTUNREACH: [both('到不了该主机', 'the host cannot be reached'), LATER],
  '28': [SIGN_IN, ASK],
  '3D000': [both('没有这个数据库', 'there is no such database'), ASK],
  '53300': [FULL, LATER],
  '57P': [STOPPING, LATER],
  '57014': SLOW,
  '42501': NO_SELECT,
  '25006': ONLY_READ,
  ...MYSQL_CAUSES,
}

/** Errors in the text of a query: its message quotes nothing but the query. */
const isAboutTheText = (code: string, errno: number): boolean =>
  /^42(601|P01|703|883|P02|P18|803|702|P10|804|846)$/.test(code) || MYSQL_TEXT.has(errno)
/** Syntax, names of columns, tables and functions, and how many columns stand where. */
const MYSQL_TEXT = new Set([1052, 1054, 1055, 1056, 1060, 1064, 1111, 1140, 1146, 1222, 1241, 1247, 1248, 1305, 1630])

/** What a driver threw as words. Messages that may quote a row, also one that the reader may not see, stay here. */
export function awayOf(error: unknown): DatabaseAway {
  if (error instanceof DatabaseAway) return error
  const { code = '', errno = 0, message = '' } = error as { code?: string; errno?: number; message?: string }
  const known = CAUSES[code] ?? CAUSES[errno] ?? CAUSES[code.slice(0, 3)] ?? CAUSES[code.slice(0, 2)]
  if (known !== undefined) return new DatabaseAway(...known)
  const text = message.split('\n')[0]?.slice(0, 300) ?? ''
  if (isAboutTheText(code, errno))
    return new DatabaseAway(both(`数据库拒绝了查询：${text}`, `the database refused the query: ${text}`), CORRECT)
  if (/SSL|TLS|certificate|self.signed/i.test(message))
    return new DatabaseAway(both(`加密连接失败：${text}`, `the encrypted line failed: ${text}`), ASK)
  if (/timeout/i.test(message)) return new DatabaseAway(...(CAUSES['ETIMEDOUT'] as [Bilingual, Bilingual]))
  return new DatabaseAway(
    code === ''
      ? both('连接中断', 'the connection broke')
      : both(`数据库报告错误 ${code}`, `the database reports error ${code}`),
    LATER,
  )
}
