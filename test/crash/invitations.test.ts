import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { type ImapServer, startImapServer } from '../mail/imap-server.ts'
import { type MailServer, startMailServer } from '../mail/mail-server.ts'
import { createTestDatabase, DATABASE_KINDS, shareOf } from '../support/database.ts'
import { Life } from './life.ts'
import type { Standing } from './invitation-process.ts'

/** Longer than any lease and hold: the dead have theirs until then. */
const LATER_MS = 20 * 60_000
const PATIENCE_MS = 90_000
const LEAD = 'ana@cliente.com.br'

/** Where one life after the other dies; what it is at then depends on how far the one before has come. */
const DEATHS: readonly (readonly [what: string, ...at: `${CrashPoint}:${number}`[]])[] = [
  [
    'between booking, moving, and their letters',
    'effect.done:1',
    'effect.intended:1',
    'journal.committed:1',
    'effect.done:2',
  ],
  ['while letters go out', 'letter.sending:1', 'letter.taken:1', 'letter.taken:1', 'letter.sending:1'],
  ['while answers are read', 'letter.read:1', 'wait.ended:1', 'letter.read:1', 'event.dispatched:1'],
]

describe.each(DATABASE_KINDS)('killed while somebody is invited to a meeting and answers, on %s', kind => {
  let smtp: MailServer
  let imap: ImapServer
  beforeAll(async () => {
    smtp = await startMailServer()
    imap = await startImapServer(smtp.pair)
  })
  afterAll(async () => {
    await smtp?.close()
    await imap?.close()
  })

  it.each(shareOf(DEATHS, kind))(
    '%s: each letter once, each answer one event, and SEQUENCE counts the changes',
    { timeout: 300_000 },
    async (_what, ...places) => {
      smtp.letters.length = 0
      const live = await makeHome()
      const lead = answering(imap, smtp)
      for (const place of places) {
        const life = live(place)
        if (await life.ready()) expect(await untilOver(life, lead), `at ${place}`).toBe('dead')
        expect(life.signal, `at ${place}`).toBe('SIGKILL')
        await smtp.quiet() // what it had sent has arrived: a person looks later, too
      }
      const life = live()
      await life.ready()
      const stands = await untilOver(life, lead)
      await life.kill()
      expect(stands).toEqual({
        runs: ['completed'],
        meetings: [{ status: 'CANCELLED', sequence: 2 }],
        letters: ['sent', 'sent', 'sent'],
        answers: ['accepted', 'declined'],
        history: 2,
        told: { 'meeting.moved': 1, 'meeting.cancelled': 1 },
        unread: 0,
      })
      expect(smtp.letters.map(({ source }) => invited(source))).toEqual([
        ['REQUEST', 0],
        ['REQUEST', 1],
        ['CANCEL', 2],
      ])
    },
  )

  const makeHome = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-invited-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) onTestFinished(() => database.drop())
    let now = Date.parse('2026-03-02T12:00:00Z')
    return (crash?: string) => {
      now += LATER_MS
      return new Life('invitation-process.ts', {
        TRAE_DATA_DIR: dataDir,
        TRAE_ENCRYPTION_KEY: '7'.repeat(64),
        TRAE_PUBLIC_URL: 'https://trae.example.com',
        TRAE_LOG_LEVEL: 'error',
        INVITE_SMTP: String(smtp.port),
        INVITE_IMAP: String(imap.port),
        INVITE_CA: smtp.certificate,
        TEST_NOW: new Date(now).toISOString(),
        ...(crash ? { TRAE_CRASH_AT: crash } : {}),
        ...(database ? { DATABASE_URL: database.url } : {}),
      })
    }
  }
  /** Lives until the run is over and all letters are told, with a lead who answers what arrives. */
  const untilOver = async (life: Life, answer: () => Promise<readonly string[]>): Promise<Standing | 'dead'> => {
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const stands = await life.ask<Standing>({ arrived: await answer() }, 'stands')
      if (stands === 'dead') return 'dead'
      const { runs, letters } = stands
      if (runs.every(status => status === 'completed') && runs.length > 0 && letters.every(state => state === 'sent'))
        return stands
      if (Date.now() > deadline) throw new Error(`It does not come to its end: ${JSON.stringify(stands)}`)
      if ((await life.pause(50)) === 'dead') return 'dead'
    }
  }
})

/** The method and SEQUENCE of the invitation in a letter. */
function invited(source: string): [method: string, sequence: number] {
  const { calendar, event } = invitationIn(source)
  return [String(calendar.getFirstPropertyValue('method')), Number(event.getFirstPropertyValue('sequence'))]
}
function invitationIn(source: string) {
  const [, encoded] =
    /content-type: text\/calendar[^]*?content-transfer-encoding: base64[^]*?\r?\n\r?\n([A-Za-z0-9+/=\r\n]+)/i.exec(
      source,
    )!
  const calendar = new ICAL.Component(ICAL.parse(Buffer.from(encoded!, 'base64').toString('utf8')) as never)
  return { calendar, event: calendar.getFirstSubcomponent('vevent')! }
}

/** A lead whose calendar answers each invitation that arrives, once: yes to the first, no to the next. Tells which letters arrived. */
function answering(imap: ImapServer, smtp: MailServer): () => Promise<readonly string[]> {
  let answered = 0
  return async () => {
    for (; answered < smtp.letters.length; answered++) {
      const { calendar, event } = invitationIn(smtp.letters[answered]!.source)
      if (calendar.getFirstPropertyValue('method') !== 'REQUEST') continue
      const status = answered === 0 ? 'ACCEPTED' : 'DECLINED'
      await imap.deliver(
        `From: Ana <${LEAD}>\nTo: vendas@acme.com.br\nSubject: ${status}\nMessage-ID: <a-${answered}@cliente.com.br>\nMIME-Version: 1.0\n` +
          `Content-Type: text/calendar; charset=utf-8; method=REPLY\n\n` +
          [
            'BEGIN:VCALENDAR',
            'PRODID:-//Test//EN',
            'VERSION:2.0',
            'METHOD:REPLY',
            'BEGIN:VEVENT',
            `DTSTAMP:2026030${3 + answered}T120000Z`,
            `UID:${String(event.getFirstPropertyValue('uid'))}`,
            `SEQUENCE:${String(event.getFirstPropertyValue('sequence'))}`,
            `ATTENDEE;PARTSTAT=${status}:mailto:${LEAD}`,
            'END:VEVENT',
            'END:VCALENDAR',
            '',
          ].join('\r\n'),
      )
    }
    return smtp.letters.map(({ mail }) => mail.messageId ?? '')
  }
}
