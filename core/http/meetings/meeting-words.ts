import type { Refusal } from '../../sales/change-by-lead.ts'
import type { Locale } from '../landing/texts.ts'

const pt = {
  meeting: 'Reunião',
  when: 'Quando',
  with: 'Com',
  where: 'Onde',
  team: (company: string) => `Equipe da ${company}`,
  addToCalendar: 'Adicionar à minha agenda',
  move: 'Escolher outro horário',
  zone: (zone: string) => `Horários livres (${zone}). Nada muda até você confirmar.`,
  count: (n: number) => (n === 1 ? '1 horário' : `${n} horários`),
  confirmMove: 'Mudar para o horário escolhido',
  noTimes: 'Não há horário livre nas próximas semanas. Responda ao e-mail da reunião e combinamos um.',
  timesUnknown:
    'Não conseguimos ver os horários livres agora. Tente de novo em alguns minutos, ou responda ao e-mail da reunião.',
  cancel: 'Cancelar a reunião',
  cancelText: 'O horário fica livre e quem ia falar com você é avisado.',
  reason: 'Motivo',
  confirmCancel: 'Sim, cancelar a reunião',
  done: {
    moved: 'Pronto: a reunião mudou para o horário abaixo. Se ela já estava na sua agenda, adicione de novo.',
    cancelled: 'Pronto: a reunião foi cancelada. Para marcar outra, responda ao e-mail da reunião.',
  },
  movedElsewhere: 'Pronto: a reunião mudou para o horário abaixo. O convite que você recebeu muda junto.',
  asked: {
    move: (when: string) =>
      `Pedido recebido: mudar para ${when}. Ainda falta a agenda confirmar; você recebe um e-mail quando isso acontecer. Até lá vale o horário abaixo.`,
    cancel:
      'Pedido recebido: cancelar a reunião. Ainda falta a agenda confirmar; você recebe um e-mail quando isso acontecer.',
  },
  states: {
    soon: 'A reunião está para começar e não dá mais para mudar o horário por aqui. Você ainda pode cancelar; para um atraso curto, responda ao e-mail da reunião.',
    begun: 'A reunião já começou. Se não conseguir participar, responda ao e-mail da reunião.',
    over: 'Esta reunião já terminou. Para conversar de novo, responda ao e-mail da reunião.',
    cancelled: 'Esta reunião foi cancelada. Para marcar outra, responda ao e-mail da reunião.',
  },
  problems: {
    choose: 'Escolha um dos horários livres antes de confirmar. Nada mudou.',
    taken: 'Esse horário acabou de ser ocupado. A reunião continua como estava: escolha outro, a lista é de agora.',
    changed: 'A reunião mudou depois que você abriu a página. Nada foi feito: veja abaixo como ela está agora.',
    late: 'A reunião está para começar: não deu mais para mudar o horário. Ela continua como estava.',
    over: 'A reunião já começou ou terminou. Nada foi feito.',
    cancelled: 'A reunião já tinha sido cancelada. Nada foi feito.',
    pending: 'O que você pediu antes ainda está a caminho da agenda. Nada mais foi feito: veja abaixo como está.',
    refused:
      'A agenda não fez o que você pediu. A reunião continua como estava, e a equipe foi avisada. Tente de novo, ou responda ao e-mail da reunião.',
    tooMany: 'Foram muitas mudanças em pouco tempo. Espere um pouco, ou responda ao e-mail da reunião.',
    unavailable: 'Não conseguimos gravar agora. A reunião continua como estava: espere um instante e tente de novo.',
  } satisfies Record<Refusal | 'choose' | 'refused' | 'tooMany' | 'unavailable', string>,
  unknown: {
    title: 'Este link não vale',
    text: 'Confira o link inteiro que você recebeu, ou responda ao e-mail da reunião.',
  },
}
export type MeetingWords = typeof pt

const en: MeetingWords = {
  meeting: 'Meeting',
  when: 'When',
  with: 'With',
  where: 'Where',
  team: company => `The team of ${company}`,
  addToCalendar: 'Add to my calendar',
  move: 'Choose another time',
  zone: zone => `Free times (${zone}). Nothing changes until you confirm.`,
  count: n => (n === 1 ? '1 time' : `${n} times`),
  confirmMove: 'Move to the chosen time',
  noTimes: 'There is no free time in the next weeks. Answer the e-mail of the meeting and we will find one.',
  timesUnknown:
    'We cannot see the free times just now. Try again in a few minutes, or answer the e-mail of the meeting.',
  cancel: 'Cancel the meeting',
  cancelText: 'The time becomes free, and whoever was to talk with you is told.',
  reason: 'Reason',
  confirmCancel: 'Yes, cancel the meeting',
  done: {
    moved: 'Done: the meeting was moved to the time below. If it was in your calendar, add it again.',
    cancelled: 'Done: the meeting is cancelled. To book another one, answer the e-mail of the meeting.',
  },
  movedElsewhere: 'Done: the meeting was moved to the time below. The invitation that you received changes with it.',
  asked: {
    move: when =>
      `Received: move it to ${when}. The calendar has yet to confirm; you get an e-mail when it does. Until then the time below holds.`,
    cancel: 'Received: cancel the meeting. The calendar has yet to confirm; you get an e-mail when it does.',
  },
  states: {
    soon: 'The meeting is about to begin and cannot be moved here any more. You can still cancel it; if you are a little late, answer the e-mail of the meeting.',
    begun: 'The meeting has begun. If you cannot come, answer the e-mail of the meeting.',
    over: 'This meeting is over. To talk again, answer the e-mail of the meeting.',
    cancelled: 'This meeting was cancelled. To book another one, answer the e-mail of the meeting.',
  },
  problems: {
    choose: 'Choose one of the free times before you confirm. Nothing has changed.',
    taken: 'That time has just been taken. The meeting stays as it was: choose another one, the list is up to date.',
    changed: 'The meeting was changed after you opened the page. Nothing was done: see below how it stands now.',
    late: 'The meeting is about to begin: it was too late to move it. It stays as it was.',
    over: 'The meeting has begun or is over. Nothing was done.',
    cancelled: 'The meeting was cancelled before. Nothing was done.',
    pending:
      'What you asked for before is still on its way to the calendar. Nothing else was done: see below how it stands.',
    refused:
      'The calendar did not do what you asked for. The meeting stays as it was, and the team was told. Try again, or answer the e-mail of the meeting.',
    tooMany: 'These were many changes in a short time. Wait a little, or answer the e-mail of the meeting.',
    unavailable: 'We could not store that just now. The meeting stays as it was: wait a moment and try again.',
  },
  unknown: {
    title: 'This link is not valid',
    text: 'Check the whole link that you received, or answer the e-mail of the meeting.',
  },
}

export const WORDS: Readonly<Record<Locale, MeetingWords>> = { 'pt-BR': pt, en }
