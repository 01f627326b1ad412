import t from 'tap'
import { announce, readAnnouncement } from '../../src/discovery/announcement.ts'
import { cardFingerprint, isFingerprint } from '../../src/discovery/fingerprint.ts'
import { cosignerKeyType, logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { type Card, formatCard } from '../../src/peers/card.ts'

const key = (name: string, type: number, byte: number) =>
  verifierOf(makeSignerKey(name, type, Buffer.alloc(32, byte)))
const card: Card = {
  name: '三楼 third floor',
  log: key('box.test/0123456789abcdef/1', logKeyType, 1),
  cosigner: key('box.test/0123456789abcdef/witness-1', cosignerKeyType, 2),
  admin: key('box.test/0123456789abcdef/admin', logKeyType, 3),
  urls: ['http://10.0.0.7:8472', 'https://box.test/ledger'],
}

t.test('a card reads as it was announced', async (t) => {
  t.equal(formatCard(readAnnouncement(announce(card)!, 'http://10.0.0.9:1')!), formatCard(card))
  const { admin: _, ...rest } = card
  const bare = readAnnouncement(announce({ ...rest, admin: null, urls: [] })!, 'http://10.0.0.9:1')
  t.match(bare, { admin: null, urls: ['http://10.0.0.9:1'] }, 'it is reached where it announced itself')
})

t.test('what is no announcement is left alone, and a wrong key is refused', async (t) => {
  const entries = announce(card)!.map(String)
  const changed = (from: RegExp, to: string) =>
    readAnnouncement(
      entries.map((entry) => Buffer.from(entry.replace(from, to))),
      'http://10.0.0.9:1',
    )
  t.equal(changed(/^v=1$/, 'v=2'), null)
  t.equal(changed(/^log=/, 'log2='), null)
  t.equal(changed(/^cosigner=.*/, 'v=1'), null)
  t.equal(readAnnouncement([], 'http://10.0.0.9:1'), null)
  t.equal(
    readAnnouncement(
      Array.from({ length: 17 }, () => Buffer.from('v=1')),
      'x',
    ),
    null,
  )
  t.throws(() => changed(/^log=.*/, 'log=x'), { name: 'CardError' })
  t.throws(() => changed(/^url=.*/, 'url=ftp://x'), { name: 'CardError' })
  t.equal(changed(/^name=.*/, 'name=a\u202eb')!.name, 'a b', 'nothing turns the writing of a terminal')
})

t.test('a card too long for DNS is not announced', async (t) => {
  t.equal(announce({ ...card, urls: [`http://x/${'y'.repeat(300)}`] }), null)
})

t.test('a fingerprint stands for both keys, and is compared however it is typed', async (t) => {
  const print = cardFingerprint(card)
  t.match(print, /^[0-9a-f]{4}(-[0-9a-f]{4}){4}$/)
  t.not(cardFingerprint({ ...card, cosigner: key('x', cosignerKeyType, 9) }), print)
  t.not(cardFingerprint({ ...card, log: key('x', logKeyType, 9) }), print)
  t.equal(cardFingerprint({ ...card, urls: [] } as Card), print)
  t.ok(isFingerprint(print.toUpperCase().replaceAll('-', ' '), print))
  t.notOk(isFingerprint(print.slice(0, -1), print))
})
