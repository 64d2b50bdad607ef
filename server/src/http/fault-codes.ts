/** One table of all refusals: code → HTTP status, title in both languages, and whether trying again can help. */
export interface FaultCode {
  status: number
  zh: string
  en: string
  retryable: boolean
}

export const FAULT_CODES = {
  INPUT_INVALID: { status: 400, zh: '请求内容不正确', en: 'The request is not valid', retryable: false },
  RANGE_INVALID: { status: 400, zh: '时间范围不正确', en: 'The time range is not valid', retryable: false },
  ROUTE_UNKNOWN: { status: 404, zh: '没有这个地址', en: 'There is nothing at this address', retryable: false },
  NOT_SIGNED_IN: { status: 401, zh: '请先登录', en: 'Sign in first', retryable: false },
  SIGN_IN_REFUSED: { status: 401, zh: '账号或密码不正确', en: 'User or password is wrong', retryable: false },
  ACCOUNT_LOCKED: { status: 423, zh: '账号已锁定', en: 'The account is locked', retryable: true },
  TOO_MANY_REQUESTS: { status: 429, zh: '请求过于频繁', en: 'Too many requests', retryable: true },
  NO_ACCESS: { status: 403, zh: '无权查看', en: 'No access', retryable: false },
  PARTLY_VISIBLE: {
    status: 403,
    zh: '只能看到其中一部分',
    en: 'Only a part of it is visible to you',
    retryable: false,
  },
  VIEW_ONLY: {
    status: 403,
    zh: '以他人身份查看时不能更改',
    en: 'Nothing can be changed while viewing as another',
    retryable: false,
  },
  BEYOND_OWN_RIGHTS: { status: 403, zh: '超出你自己的权限', en: 'Beyond your own rights', retryable: false },
  ACCESS_UNKNOWN: {
    status: 404,
    zh: '没有这一项权限设置',
    en: 'There is no such user, group, role, rule or grant',
    retryable: false,
  },
  RULE_INVALID: { status: 422, zh: '规则不能使用', en: 'The rule cannot be used', retryable: false },
  ACCESS_CONFLICT: { status: 409, zh: '权限设置相互矛盾', en: 'The change contradicts other rights', retryable: false },
  ORIGIN_REFUSED: { status: 403, zh: '请求来自其他网站', en: 'The request comes from another site', retryable: false },
  EQUIPMENT_UNKNOWN: { status: 404, zh: '没有这台设备', en: 'There is no such equipment', retryable: false },
  METRIC_UNKNOWN: { status: 404, zh: '没有这个指标', en: 'There is no such metric', retryable: false },
  QUESTION_INVALID: { status: 400, zh: '问题不成立', en: 'The question cannot be asked so', retryable: false },
  LOT_UNKNOWN: { status: 404, zh: '没有这个批次', en: 'There is no such lot', retryable: false },
  CHARACTERISTIC_UNKNOWN: {
    status: 404,
    zh: '没有这个检验特性',
    en: 'There is no such inspection characteristic',
    retryable: false,
  },
  SITE_UNKNOWN: { status: 404, zh: '没有这个厂区', en: 'There is no such site', retryable: false },
  BOARD_UNKNOWN: { status: 404, zh: '没有这个看板', en: 'There is no such board', retryable: false },
  BODY_TOO_LARGE: { status: 413, zh: '内容过大', en: 'The body is too large', retryable: false },
  MEDIA_TYPE_UNKNOWN: {
    status: 415,
    zh: '不支持的编码',
    en: 'The content encoding is not supported',
    retryable: false,
  },
  COLLECTOR_REFUSED: { status: 401, zh: '采集器令牌无效', en: 'The collector token is not valid', retryable: false },
  BATCH_HASH_WRONG: { status: 400, zh: '批次校验值不符', en: 'The batch does not match its hash', retryable: true },
  BATCH_COUNT_WRONG: {
    status: 400,
    zh: '批次行数不符',
    en: 'The batch does not hold the lines it names',
    retryable: false,
  },
  BATCH_OUT_OF_ORDER: {
    status: 409,
    zh: '批次序号不连续',
    en: 'The batch does not follow the last one',
    retryable: false,
  },
  CATALOG_INVALID: { status: 422, zh: '主数据不正确', en: 'The catalog is not valid', retryable: false },
  PERIOD_CLOSED: { status: 409, zh: '期间已关闭', en: 'The period is closed', retryable: false },
  HISTORY_DROPPED: {
    status: 409,
    zh: '该时间之前的读数已按保留期清除',
    en: 'The readings of that time have been dropped',
    retryable: false,
  },
  POLICY_WITHOUT_EFFECT: {
    status: 422,
    zh: '该口径不影响这个指标',
    en: 'The policy does not change this figure',
    retryable: false,
  },
  CODE_TARGET_UNKNOWN: {
    status: 422,
    zh: '映射的目标不存在',
    en: 'The target of the mapping does not exist',
    retryable: false,
  },
  STORE_AWAY: { status: 503, zh: '存储暂不可用', en: 'A store cannot be reached', retryable: true },
  STARTING: { status: 503, zh: '正在启动', en: 'Still starting', retryable: true },
  INTERNAL: { status: 500, zh: '出错了', en: 'Something went wrong', retryable: true },
} as const satisfies Record<string, FaultCode>

export type FaultName = keyof typeof FAULT_CODES
