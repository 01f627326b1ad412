import t from 'tap'
import { createRedaction } from '../../src/answer/redact.ts'

const redact = (text: string) => {
  const redaction = createRedaction([text])
  return { text: redaction.redact(text), counts: redaction.counts(), restorer: redaction.restorer() }
}

t.test('personal numbers and addresses are replaced, the same one by the same placeholder', async (t) => {
  const { text, counts } = redact(
    '张三 13812345678，李四 +86 139-1234-5678，再打 138 1234 5678；zhang.san@example.com',
  )
  t.equal(text, '张三 ⟦手机1⟧，李四 ⟦手机2⟧，再打 ⟦手机1⟧；⟦邮箱1⟧')
  t.same(counts, [
    { kind: 'mobile', count: 3 },
    { kind: 'e-mail', count: 1 },
  ])
})

t.test('identity and card numbers are replaced only when their check digits hold', async (t) => {
  t.equal(redact('身份证 11010519491231002X').text, '身份证 ⟦证件1⟧')
  t.equal(redact('身份证 110105194912310021').text, '身份证 110105194912310021')
  t.equal(redact('卡号 4111 1111 1111 1111').text, '卡号 ⟦卡号1⟧')
  t.equal(redact('卡号 4111 1111 1111 1112').text, '卡号 4111 1111 1111 1112')
  t.equal(redact('１３８１２３４５６７８').text, '⟦手机1⟧', 'full-width figures')
})

t.test('amounts, dates, document and telephone numbers stay', async (t) => {
  for (const text of [
    '1380000000 元',
    '0.13812345678',
    '2022-03-31',
    '沪发改规范〔2022〕12号',
    '010-62345678',
    '统一社会信用代码 91310104MA1FR3YX2K',
    '排放 138123456789 吨',
    'a@b',
    '@某人',
    '20210315123456789',
  ])
    t.equal(redact(text).text, text)
})

t.test('an answer gets the originals back, however it was cut', async (t) => {
  const source = '电话 138 1234 5678，邮箱 a.b@example.com'
  const { text } = redact(source)
  for (const size of [1, 2, 5, 100]) {
    const redaction = createRedaction([source])
    redaction.redact(source)
    const restorer = redaction.restorer()
    let back = ''
    for (const piece of text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!) back += restorer.push(piece)
    t.equal(back + restorer.end(), source, `by ${size}`)
  }
})

t.test('a placeholder that a document already holds is neither used nor filled', async (t) => {
  const { text, restorer } = redact('模板写着⟦手机1⟧，实际 13812345678')
  t.equal(text, '模板写着⟦手机1⟧，实际 ⟦手机2⟧')
  t.equal(
    restorer.push('⟦手机1⟧ ⟦手机2⟧ ⟦手机9⟧ ⟦别的⟧') + restorer.end(),
    '⟦手机1⟧ 13812345678 ⟦手机9⟧ ⟦别的⟧',
  )
})

t.test('a bracket that never becomes a placeholder is not kept back', async (t) => {
  const { restorer } = redact('13812345678')
  t.equal(restorer.push('⟦这里是很长很长很长很长很长的文字'), '⟦这里是很长很长很长很长很长的文字')
  t.equal(restorer.push('⟦手机') + restorer.end(), '⟦手机')
})
