import { createGatewayClient } from '@tanbox/cloud-gateway/client'
import { EnrolError, type EnrolFailureCode } from '@tanbox/cloud-gateway/enrol'
import t, { type Test } from 'tap'
import { scriptedGateway, welcome } from '../../../cloud-gateway/test/support/scripted-gateway.ts'
import { anyIdentity } from '../../../cloud-gateway/test/support/test-box.ts'
import { until } from '../../../cloud-gateway/test/support/until.ts'
import { createEnrolment } from '../../src/llm/enrolment.ts'
import { createGatewayLlm } from '../../src/llm/gateway.ts'
import type { Reason } from '../../src/model.ts'

/** An enrolment whose attempts end as told; null succeeds. */
function attempts(code: string, ...ends: (EnrolFailureCode | null)[]) {
  const notices: (Reason | null)[] = []
  const asked: string[] = []
  const enrolment = createEnrolment({
    code,
    gateway: 'gateway.test',
    async enrol(redeemed) {
      asked.push(redeemed)
      const end = ends.shift()
      if (end) throw new EnrolError(end, 'no')
    },
    notice: (reason) => notices.push(reason),
  })
  return { enrolment, notices, asked }
}

t.test('without a code nothing is tried', async (t) => {
  const { enrolment, asked } = attempts('')
  t.equal(await enrolment.redeem(), false)
  t.same(asked, [])
  t.equal(enrolment.failure, null)
})

t.test('a code is redeemed once', async (t) => {
  const { enrolment, asked, notices } = attempts('CODE', null)
  t.equal(await enrolment.redeem(), true)
  t.equal(
    await enrolment.redeem(),
    false,
    'a gateway that accepted it and does not know the box is not asked again',
  )
  t.same(asked, ['CODE'])
  t.same(notices, [null])
})

t.test('a gateway that cannot be reached is tried again, one that refuses is not', async (t) => {
  const { enrolment, asked, notices } = attempts('CODE', 'unreachable', 'code-expired')
  t.equal(await enrolment.redeem(), false)
  t.match(enrolment.failure, { code: 'enrol-unreachable', zh: /gateway\.test/ })
  t.equal(await enrolment.redeem(), false)
  t.match(enrolment.failure, { code: 'enrol-code-expired' })
  t.equal(await enrolment.redeem(), false)
  t.equal(asked.length, 2)
  t.match(notices, [{ code: 'enrol-unreachable' }, { code: 'enrol-code-expired' }])
})

async function refusedBox(t: Test, enrolment: ReturnType<typeof attempts>['enrolment']) {
  const gateway = await scriptedGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const client = createGatewayClient({
    ...{ url: gateway.url, gateway: 'gateway.test', identity: anyIdentity() },
    ...{ onUnknown: enrolment.redeem, random: () => 0.01 },
  })
  const llm = createGatewayLlm(client, {
    name: 'gateway.test',
    url: gateway.url,
    model: 'default',
    enrolment,
  })
  t.teardown(() => llm.close())
  const link = await gateway.dial()
  await link.next('auth')
  link.close(4401, 'authentication failed')
  return { gateway, llm }
}

t.test('a refused box redeems its code and connects', async (t) => {
  const { enrolment, asked } = attempts('CODE', null)
  const { gateway, llm } = await refusedBox(t, enrolment)
  const link = await gateway.dial()
  t.same(asked, ['CODE'])
  await link.next('auth')
  link.say(welcome)
  await until(() => llm.state === 'connected')
  t.equal(llm.status().problem, null)
})

t.test('why it could not is what the status says', async (t) => {
  const { enrolment } = attempts('CODE', 'code-used')
  const { llm } = await refusedBox(t, enrolment)
  await until(() => llm.status().problem?.code === 'enrol-code-used')
  t.equal(llm.state, 'unreachable')
})

t.test('without a code the status says whom to ask', async (t) => {
  const { llm } = await refusedBox(t, attempts('').enrolment)
  await until(() => llm.status().problem !== null)
  t.match(llm.status().problem, { code: 'cloud-not-enrolled', en: new RegExp(anyIdentity().box) })
})
