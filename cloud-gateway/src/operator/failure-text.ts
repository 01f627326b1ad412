import { type AskErrorCode, askErrors } from '../errors.ts'

/** What keeps a model server from answering, as an operator is told it. English is that of errors.ts. */
const chinese: Partial<Record<AskErrorCode, string>> = {
  'model-unreachable': '连接不到模型服务器',
  'model-connect-timeout': '模型服务器没有及时接受连接',
  'model-auth': '模型服务器不接受密钥',
  'model-balance': '模型服务器的账户余额不足',
  'model-overloaded': '模型服务器过载',
  'model-missing': '模型服务器没有这个模型',
  'model-prompt-too-long': '问题超出模型的上下文长度',
  'model-refused': '模型服务器拒绝请求',
  'model-content': '模型服务器拒绝这样的内容',
  'model-error': '模型服务器出错',
  'model-bad-response': '模型服务器的应答不合规范',
  incomplete: '回答没有写完就断了',
  'first-token-timeout': '模型没有及时开始作答',
  'idle-timeout': '模型中途没有了声音',
  'too-slow': '模型写得太慢',
  deadline: '超过了回答的时限',
  'answer-too-long': '模型停不下来',
  internal: '网关内部出错',
}

/** Empty for a code that nobody has a sentence for. */
export function failureText(code: string, language: 'zh' | 'en'): string {
  const known = Object.hasOwn(askErrors, code) ? (code as AskErrorCode) : null
  if (known === null) return ''
  // Details are not kept.
  const english = askErrors[known][1].replace(/(: \{0\}| \([^)]*\{0\}\))$/, '')
  return language === 'zh' ? (chinese[known] ?? english) : english
}
