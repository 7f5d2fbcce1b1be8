import { describe, expect, test } from 'vitest'
import { ownWords } from '../../plugins/sdr/own-words.ts'
import { readReply } from '../../plugins/sdr/read-reply.ts'

const phrases = {
  positive: [
    'Sim, podemos conversar',
    'Sim!',
    'Claro, vamos marcar.',
    'Tenho interesse. Quanto custa?',
    'Podemos conversar amanhã?',
    'Pode ser na quinta às 15h?',
    'Podemos falar no sábado',
    'Oi Ana, quero saber mais sobre o plano',
    'Estou interessada, me liga',
    'Sem problema, podemos marcar',
    'Gostaria de agendar uma reunião',
    'Não só tenho interesse como quero agendar uma demonstração',
    'Bora! Agenda pra semana que vem',
    'Yes, let’s talk next week.',
    'Sounds good',
    "I'd love to learn more",
    'Sure, Thursday works for me',
    'No problem, let’s talk on Monday',
    'Can we talk tomorrow?',
    'Hi! I am interested.',
    'Sim, quanto custa?',
    'Vamos sim, qual horário?',
    'Não tenho dúvidas, vamos em frente!',
    'Please send me a calendar invite',
    'Tuesday at 3pm works',
  ],
  negative: [
    'não tenho interesse',
    'Não tenho interesse no momento, obrigado.',
    'Nao temos interesse',
    'No momento não',
    'Não, obrigada.',
    'Não quero',
    'Não estamos interessados',
    'Não podemos conversar',
    'Não faz sentido para nós',
    'Agora não',
    'Já temos fornecedor',
    'Sem orçamento este ano',
    'Não.',
    'Not interested',
    'We are not really interested',
    'No thanks',
    'No, thank you!',
    'No.',
    "I don't want a call",
    'We already have a vendor',
    "I'll pass",
    'Not now',
    'Infelizmente não temos interesse',
    'Obrigado, mas não',
    'Nem quero saber',
    'Nenhum interesse',
    'Não me interessa',
    "This isn't for us",
    'I have no interest',
  ],
  question: [
    'Quanto custa?',
    'Qual o preço do plano?',
    'Como funciona a integração com o Pipedrive',
    'Por que não?',
    'Podem me mandar mais informações?',
    'Vocês têm interesse em parceria?',
    'How much is it?',
    'Do you support WhatsApp?',
    'Tenho interesse, mas quanto custa?',
  ],
  unsubscribe: [
    'Descadastrar',
    'Me remova da lista, por favor',
    'Por favor, parem de me enviar e-mails',
    'Não quero mais receber mensagens',
    'Não me mande mais e-mails',
    'Quero cancelar minha inscrição',
    'Sair',
    'unsubscribe',
    'Please remove me from your list',
    'Stop emailing me',
    'Take me off this list',
    'Yes, unsubscribe me',
    'Não tenho interesse, me tire da lista',
    'Retire meu contato da sua lista',
    'Não autorizo o uso dos meus dados',
    'Isso é spam',
  ],
  unclear: [
    '',
    'Obrigado',
    'Recebido',
    'ok',
    'Talvez',
    'Não sei, vou pensar',
    'Sim, mas agora não',
    'Não tenho interesse agora, mas podemos conversar em março',
    'Tenho interesse, mas só no próximo ano',
    "I'm not sure",
    'Maybe later',
    'You have the wrong person',
    'Estou de férias até dia 10. Em caso de urgência, me ligue.',
    'I am out of the office, call me on my mobile',
    '👍',
    'Simples assim.',
    'Sim e não',
    'Call me later',
    'Não sei se tenho interesse',
  ],
} as const

describe('a reply is read by its words', () => {
  for (const [label, texts] of Object.entries(phrases))
    test.each([...texts])(`${label}: %s`, text => {
      expect(readReply(ownWords(text))).toMatchObject({ label })
    })
})

describe('the words that decided', () => {
  test('are shown as they were written, with the negation that turned them', () => {
    expect(readReply('Oi! Não tenho MUITO interesse.').words).toEqual(['Não tenho MUITO interesse'])
    expect(readReply('Ótimo, combinado').words).toEqual(['Ótimo', 'combinado'])
  })

  test('come from the sender, not from our own message under the reply', () => {
    const quoted =
      'Não, obrigado.\n\nEm seg., 2 de mar. de 2026 às 10:00, Vendas <v@x.com>\nescreveu:\n> Podemos conversar? Sim?'
    expect(readReply(ownWords(quoted))).toEqual({ label: 'negative', words: ['Não, obrigado'] })
    expect(ownWords('Yes\n\nOn Mon, Mar 2, 2026 at 10:00 AM Sales <s@x.com> wrote:\n> unsubscribe')).toBe('Yes')
    expect(ownWords('Sim\n-- \nAna\nDiretora')).toBe('Sim')
  })

  test('an automatic answer is told by its subject', () => {
    expect(readReply('Sim, volto logo.', 'Resposta automática: Olá')).toMatchObject({
      label: 'unclear',
      words: ['Resposta automática'],
    })
  })
})
