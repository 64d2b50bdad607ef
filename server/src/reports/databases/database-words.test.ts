import { describe, expect, it } from 'vitest'
import { awayOf } from './database-words.ts'

describe('what a driver throws', () => {
  it.each([
    [{ code: 'ENOTFOUND' }, 'the host is not known'],
    [{ code: 'ECONNREFUSED' }, 'nothing listens there'],
    [{ code: '28P01' }, 'user or password is not accepted'],
    [{ code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 }, 'user or password is not accepted'],
    [{ code: 'ER_BAD_DB_ERROR', errno: 1049 }, 'there is no such database'],
    [{ code: '57014' }, 'took too long'],
    [{ code: 'ER_QUERY_TIMEOUT', errno: 3024 }, 'took too long'],
    [{ code: 'UNKNOWN_CODE_1969', errno: 1969 }, 'took too long'],
    [{ code: 'ER_TABLEACCESS_DENIED_ERROR', errno: 1142 }, 'may not read that'],
    [{ code: 'HANDSHAKE_NO_SSL_SUPPORT' }, 'has no TLS'],
    [{ code: 'ER_PARSE_ERROR', errno: 1064, message: "near 'SELEC'" }, "near 'SELEC'"],
    [
      { code: 'ER_TRUNCATED_WRONG_VALUE', errno: 1292, message: "value: 'K3SECRET'" },
      'reports error ER_TRUNCATED_WRONG_VALUE',
    ],
    [{ code: '22P02', message: 'invalid input "K3SECRET"' }, 'reports error 22P02'],
    [{ message: 'Connection terminated unexpectedly' }, 'the connection broke'],
  ])('%o is told as “%s”, in both languages', (error, words) => {
    const away = awayOf(error)
    expect(away.words.en).toContain(words)
    expect(away.words.zh).toMatch(/\p{Script=Han}/u)
    expect(JSON.stringify([away.words, away.remedy])).not.toContain('K3SECRET')
  })
})
