import type { Reason } from './model.ts'

/**
 * The one catalogue of errors: code -> [HTTP status, Chinese, English]. A sentence says what happened and,
 * where a person can do something, what. `{0}` is filled with the detail.
 */
export const catalogue = {
  // requests
  'bad-request': [400, '请求格式不正确：{0}', 'The request is malformed: {0}'],
  'unknown-route': [404, '没有这个地址。', 'There is nothing at this address.'],
  'host-not-ours': [421, '请求的主机名不属于本机。', 'The Host header does not name this box.'],
  'origin-not-ours': [
    403,
    '请求来自其他网站，已拒绝。',
    'The request comes from another site and was refused.',
  ],
  'too-large': [413, '内容过大：上限为 {0}。', 'Too large: the limit is {0}.'],
  'too-many': [429, '尝试次数过多，请稍后再试。', 'Too many attempts; please wait a while.'],
  'not-found': [404, '找不到：{0}', 'Not found: {0}'],
  internal: [500, '内部错误，详情见日志。', 'Something went wrong inside the box; the log has the details.'],
  'shutting-down': [503, '服务正在停止。', 'The box is shutting down.'],
  // access
  'not-claimed': [403, '这台设备尚未认领。', 'This box has not been claimed yet.'],
  'already-claimed': [409, '这台设备已被认领。', 'This box has already been claimed.'],
  'claim-code-wrong': [403, '认领码不正确。', 'The claim code is not right.'],
  'password-wrong': [401, '密码不正确。', 'The password is not right.'],
  'password-weak': [400, '密码至少需要 8 个字符，最多 256 个字符。', 'A password needs 8 to 256 characters.'],
  'not-signed-in': [401, '请先登录。', 'Please sign in first.'],
  // questions
  'question-empty': [400, '问题是空的。', 'The question is empty.'],
  'question-too-long': [
    400,
    '问题过长：最多 {0} 个字符。',
    'The question is too long: at most {0} characters.',
  ],
} satisfies Record<string, readonly [status: number, zh: string, en: string]>

export type ErrorCode = keyof typeof catalogue

/** An error with a code from the catalogue; the cause stays attached for the log and never reaches a response. */
export class TanboxError extends Error {
  readonly code: ErrorCode
  readonly detail: string

  constructor(code: ErrorCode, detail = '', options?: ErrorOptions) {
    super(reasonOf(code, detail).en, options)
    this.name = 'TanboxError'
    this.code = code
    this.detail = detail
  }

  get status(): number {
    return catalogue[this.code][0]
  }

  get reason(): Reason {
    return reasonOf(this.code, this.detail)
  }
}

/** The sentence pair of a code with its detail filled in. */
export function reasonOf(code: ErrorCode, detail = ''): Reason {
  const [, zh, en] = catalogue[code]
  return { code, zh: zh.replace('{0}', detail), en: en.replace('{0}', detail) }
}
