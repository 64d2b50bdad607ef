import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { callOf, postingOf } from './channels.service.ts'

const message = { id: 'm-1', title: '生产日报', text: '合格 "188,560"\n', at: 1_795_272_371_492 }

describe('what is sent to a channel', () => {
  it('is plain text in a JSON string for WeCom, whatever the text holds', () => {
    const { url, body } = callOf({ kind: 'wecom', url: 'https://qyapi.weixin.qq.com/x?key=k', secret: null }, message)
    expect(url).toBe('https://qyapi.weixin.qq.com/x?key=k')
    expect(JSON.parse(body)).toEqual({ msgtype: 'text', text: { content: '生产日报\n\n合格 "188,560"\n' } })
  })

  it('is signed in the address for DingTalk, by time and secret', () => {
    const { url } = callOf(
      { kind: 'dingtalk', url: 'https://oapi.dingtalk.com/robot/send?a=1', secret: 'top' },
      message,
    )
    const query = new URL(url).searchParams
    const expected = createHmac('sha256', 'top').update(`${message.at}\ntop`).digest('base64')
    expect([query.get('a'), query.get('timestamp'), query.get('sign')]).toEqual(['1', String(message.at), expected])
  })

  it('is signed over time and body for JSON, under a key that never changes for the same message', () => {
    const { headers, body } = callOf({ kind: 'json', url: 'https://hooks.example', secret: 'top' }, message)
    const mac = createHmac('sha256', 'top').update(`${message.at}.${body}`).digest('hex')
    expect(headers).toMatchObject({ 'idempotency-key': 'm-1', 'x-gemba-signature': `t=${message.at},v1=${mac}` })
  })
})

describe('the answer of a channel', () => {
  it.each([
    [200, '{"errcode":0}', 'accepted'],
    [200, 'ok', 'accepted'],
    [200, '{"errcode":310000,"errmsg":"sign not match"}', 'refused'],
    [302, '', 'refused'],
    [404, 'gone', 'refused'],
    [429, 'slow down', 'later'],
    [503, 'busy', 'later'],
  ])('%i %s means %s', (status, text, outcome) => {
    expect(postingOf(status, text).outcome).toBe(outcome)
  })

  it('is kept without control characters and not longer than a line', () => {
    expect(postingOf(500, `a\r\nb${'x'.repeat(500)}`).response).toMatch(/^500 a b(x){1,158}$/)
  })
})
