import { describe, expect, test } from 'vitest'
import { composeMessage, KINDS, type MessageRequest } from '../../plugins/sdr/compose-message.ts'
import sdr from '../../plugins/sdr/index.ts'
import { readReply } from '../../plugins/sdr/read-reply.ts'
import { translatorOf } from './translate.ts'

const place = { locale: 'pt-BR', timeZone: 'America/Sao_Paulo' }
const compose = (request: MessageRequest, locale = 'pt-BR') =>
  composeMessage(request, translatorOf(sdr.messages), { ...place, locale })
const ana = { name: 'Ana Souza', company: 'Acme', data: { interest: 'automação' } }

describe('a message to a lead', () => {
  test('says what the lead said, and asks one thing that is missing', () => {
    const missing = [
      { field: 'phone', question: 'Qual é o seu telefone?' },
      { field: 'companySize', question: 'Quantas pessoas trabalham na empresa?' },
    ]
    const { subject, body } = compose({ kind: 'first-contact', lead: ana, missing })
    expect(subject).toBe('Recebemos o contato da Acme')
    expect(body).toContain('Olá, Ana!')
    expect(body).toContain('interesse em automação')
    expect(body).toContain('Quantas pessoas trabalham na empresa?')
    expect(body).not.toContain('telefone')
  })

  test('is for a phone what it is in a letter, without a letter’s ending', () => {
    const { text } = compose({ kind: 'first-contact', lead: ana, sender: { company: 'TRAE' } })
    expect(text.split('\n\n')).toEqual([
      'Olá, Ana! Obrigado pelo contato e pelo interesse em automação.',
      'Quero entender como isso funciona hoje na Acme e mostrar onde podemos ajudar.',
      expect.stringContaining('responder “sim”'),
      'TRAE',
      expect.stringContaining('descadastrar'),
    ])
  })

  test('is written in the language of the lead', () => {
    expect(compose({ kind: 'follow-up', lead: ana }, 'en')).toMatchObject({
      subject: 'Does it still make sense to talk about Acme?',
      locale: 'en',
    })
  })

  test('leaves out what is not known, and leaves no gaps', () => {
    for (const kind of KINDS)
      for (const locale of ['pt-BR', 'en']) {
        const { subject, body } = compose(
          { kind, lead: { name: '' }, meeting: { startsAt: '2026-03-05T13:00:00Z' } },
          locale,
        )
        expect(`${subject}\n${body}`).not.toMatch(/[{}]|undefined|null|message\.|\n\n\n/)
      }
  })

  test('tells the time of the meeting in the zone of the workspace and names the zone', () => {
    const { subject, body } = compose({
      kind: 'meeting-confirmation',
      lead: ana,
      meeting: { startsAt: '2026-03-05T13:00:00Z', location: 'Sala 2' },
    })
    expect(subject).toContain('quinta-feira, 5 de março')
    expect(subject).toContain('10:00')
    expect(body).toMatch(/BRT|GMT-3/)
    expect(body).toContain('Onde: Sala 2')
  })

  test('names the page on which they move or cancel the meeting themselves, where it has one', () => {
    const meeting = { startsAt: '2026-03-05T13:00:00Z', changeLink: 'https://trae.example/meetings/m1-x' }
    for (const kind of ['meeting-confirmation', 'meeting-reminder', 'meeting-soon', 'meeting-moved'] as const)
      for (const locale of ['pt-BR', 'en'])
        for (const text of Object.values(compose({ kind, lead: ana, meeting }, locale)).slice(1, 3)) {
          expect(text).toContain(`: ${meeting.changeLink}`)
          expect(text).not.toMatch(/responda a este|reply to this|answer this/)
        }
    for (const changeLink of [null, undefined])
      expect(compose({ kind: 'meeting-moved', lead: ana, meeting: { ...meeting, changeLink } }).body).toMatch(
        /responda a este e-mail e nós remarcamos/,
      )
    expect(compose({ kind: 'meeting-cancelled', lead: ana, meeting }).body).not.toContain('http')
  })

  test('repeats no link, address or letter that somebody typed into the form', () => {
    const lead = { name: 'http://spam.example', company: 'Win big at www.spam.example', data: { interest: 'a\nb' } }
    expect(JSON.stringify(compose({ kind: 'first-contact', lead }))).not.toMatch(/spam|http/)
  })

  test('shows a way out that the classifier understands', () => {
    for (const locale of ['pt-BR', 'en']) {
      const word = /“(descadastrar|unsubscribe)”/.exec(compose({ kind: 'nurture', lead: ana }, locale).body)![1]!
      expect(readReply(word).label).toBe('unsubscribe')
    }
    expect(readReply('sim').label).toBe('positive') // what the first contact asks for
    expect(readReply('yes').label).toBe('positive')
  })
})
