import type { TaskReason } from '../tasks/task.ts'

type Language = 'pt-BR' | 'en'
type Values = TaskReason['values']
interface Words {
  /** What to do. */
  readonly title: string
  /** Why, with the figures. */
  readonly why: (values: Values) => string
  /** What happens when it is taken up: by the agent or playbook, or by a person where there is none. */
  readonly does: string
  readonly byHand?: string
}

const days = (n: number | string | undefined) => `${n} ${Number(n) === 1 ? 'day' : 'days'}`
const dias = (n: number | string | undefined) => `${n} ${Number(n) === 1 ? 'dia' : 'dias'}`
const more = (all: number | string | undefined, one: string, many: string) =>
  Number(all) > 1 ? ` ${many.replace('#', String(all))}` : one

const WORDS: Readonly<Record<Language, Readonly<Record<string, Words>>>> = {
  en: {
    'lead-waits': {
      title: 'Write to a lead who waits',
      why: ({ days: n, all, score, run }) =>
        `Came in ${days(n)} ago${score === undefined ? '' : `, score ${score}`}, and nobody has written to them.${run === undefined ? '' : ` The playbook ${run} waits meanwhile.`}${more(all, '', '# leads wait like this.')}`,
      does: 'The SDR writes the first message. Nothing is sent: read it in the run, and send it from the lead.',
      byHand: 'It goes to the inbox: write to the lead, and say there that it is done.',
    },
    'lead-silent': {
      title: 'Follow up a lead who is silent',
      why: ({ days: n, all, sent }) =>
        `Qualified, written to ${sent === 1 ? 'once' : `${sent} times`}, the last time ${days(n)} ago, no answer, and nothing is under way.${more(all, '', '# leads are silent like this.')}`,
      does: 'The SDR decides whether to write again, and writes the message. Nothing is sent: read it in the run, and send it from the lead.',
      byHand: 'It goes to the inbox: write to the lead or call, and say there that it is done.',
    },
    'answer-waits': {
      title: 'Answer a lead who wrote',
      why: ({ days: n, all }) =>
        `Wrote ${days(n)} ago and has no answer, and no run is at it.${more(all, '', '# leads wait for an answer.')}`,
      does: 'It goes to the inbox: answer the lead, and say there that it is done.',
    },
    'customer-unwell': {
      title: 'Help a customer who is not well',
      why: ({ health, all, run }) =>
        `Health ${health} of 100, below 70, and nobody has written to them for a week.${run === undefined ? '' : ` The playbook ${run} waits meanwhile.`}${more(all, '', '# customers stand like this.')}`,
      does: 'The agent of onboarding writes a message that offers help. Nothing is sent: read it in the run, and send it from the customer.',
      byHand: 'It goes to the inbox: talk to the customer, and say there that it is done.',
    },
    'health-unknown': {
      title: 'Look at the health of customers',
      why: ({ all }) =>
        `Of ${all} ${Number(all) === 1 ? 'customer' : 'customers'} facts are known, but the health has not been computed for two days.`,
      does: 'The playbook watch-health computes the health of every customer.',
      byHand: 'The playbook watch-health does not run here: it goes to the inbox, for a person to look into.',
    },
    'outbox-waits': {
      title: 'Send what waits to be sent by hand',
      why: ({ all, days: n }) =>
        `${all} ${Number(all) === 1 ? 'message waits' : 'messages wait'} for a person to send, the oldest for ${days(n)}.`,
      does: 'It goes to the inbox: send them on the page To send, and say there that it is done.',
    },
    'module-fails': {
      title: 'Look at runs that fail',
      why: ({ failed, of, playbook }) =>
        `${failed} of ${of} runs of this module failed within a day, most of them of ${playbook}.`,
      does: 'It goes to the inbox: open the failed runs, put the cause right and try them again.',
    },
    'module-held': {
      title: 'Hand the module back',
      why: ({ days: n, all }) =>
        `In the hands of a person for ${days(n)}; ${Number(all) === 1 ? '1 task waits' : `${all} tasks wait`} in the inbox.`,
      does: 'It goes to the inbox: do what waits there, or let the module work by itself again.',
    },
    follows: {
      title: 'Go on with what was done',
      why: ({ module, action }) => `The module ${module} has completed ${action}.`,
      does: 'The first playbook of this module that people may start, for the same lead.',
    },
    'fewer-leads': {
      title: 'Find out why fewer leads come',
      why: v => `${v['leads']} leads in four weeks, ${v['leadsBefore']} in the four before.`,
      does: 'The agent audits the channels: which bring leads, and which no longer do.',
    },
    'few-qualify': {
      title: 'Look at who the leads are',
      why: v => `${v['qualified']} of ${v['leads']} leads of the last four weeks qualify.`,
      does: 'The agent compares the leads with those who buy: the ideal customer profile.',
    },
    'no-meetings': {
      title: 'Find out why there are few meetings',
      why: v => `${v['met']} of ${v['qualified']} qualified leads of the last four weeks had a meeting.`,
      does: 'The agent looks at the figures from lead to meeting.',
    },
    'few-won': {
      title: 'Look at the price',
      why: v => `${v['won']} deals won and ${v['lost']} lost in the last four weeks.`,
      does: 'The agent analyses prices of deals that were won and lost.',
    },
    'more-churn': {
      title: 'Find out why customers leave',
      why: v => `${v['churned']} customers left in four weeks, ${v['churnedBefore']} in the four before.`,
      does: 'The agent looks at how customers are doing and what those who left had in common.',
    },
    'at-risk': {
      title: 'Look at customers at risk',
      why: v => `${v['atRisk']} of ${v['customers']} customers are at risk.`,
      does: 'The agent looks at how customers are doing and says what to do first.',
    },
  },
  'pt-BR': {
    'lead-waits': {
      title: 'Escrever a um lead que espera',
      why: ({ days: n, all, score, run }) =>
        `Chegou há ${dias(n)}${score === undefined ? '' : `, score ${score}`}, e ninguém escreveu.${run === undefined ? '' : ` O playbook ${run} está esperando.`}${more(all, '', '# leads esperam assim.')}`,
      does: 'O SDR escreve a primeira mensagem. Nada é enviado: leia na execução e envie pela página do lead.',
      byHand: 'Vai para a caixa de entrada: escreva ao lead e marque lá como feito.',
    },
    'lead-silent': {
      title: 'Retomar um lead em silêncio',
      why: ({ days: n, all, sent }) =>
        `Qualificado, escrevemos ${sent === 1 ? 'uma vez' : `${sent} vezes`}, a última há ${dias(n)}; sem resposta e nada em andamento.${more(all, '', '# leads estão em silêncio assim.')}`,
      does: 'O SDR decide se vale escrever de novo e escreve a mensagem. Nada é enviado: leia na execução e envie pela página do lead.',
      byHand: 'Vai para a caixa de entrada: escreva ao lead ou ligue, e marque lá como feito.',
    },
    'answer-waits': {
      title: 'Responder a um lead que escreveu',
      why: ({ days: n, all }) =>
        `Escreveu há ${dias(n)} e está sem resposta, e nenhuma execução cuida disso.${more(all, '', '# leads esperam resposta.')}`,
      does: 'Vai para a caixa de entrada: responda ao lead e marque lá como feito.',
    },
    'customer-unwell': {
      title: 'Ajudar um cliente que não vai bem',
      why: ({ health, all, run }) =>
        `Saúde ${health} de 100, abaixo de 70, e ninguém escreve há uma semana.${run === undefined ? '' : ` O playbook ${run} está esperando.`}${more(all, '', '# clientes estão assim.')}`,
      does: 'O agente de onboarding escreve uma mensagem oferecendo ajuda. Nada é enviado: leia na execução e envie pela página do cliente.',
      byHand: 'Vai para a caixa de entrada: fale com o cliente e marque lá como feito.',
    },
    'health-unknown': {
      title: 'Calcular a saúde dos clientes',
      why: ({ all }) =>
        `De ${all} ${Number(all) === 1 ? 'cliente' : 'clientes'} há fatos conhecidos, mas a saúde não é calculada há dois dias.`,
      does: 'O playbook watch-health calcula a saúde de cada cliente.',
      byHand: 'O playbook watch-health não roda aqui: vai para a caixa de entrada, para uma pessoa ver.',
    },
    'outbox-waits': {
      title: 'Enviar o que espera envio manual',
      why: ({ all, days: n }) =>
        `${all} ${Number(all) === 1 ? 'mensagem espera' : 'mensagens esperam'} o envio por uma pessoa, a mais antiga há ${dias(n)}.`,
      does: 'Vai para a caixa de entrada: envie na página A enviar e marque lá como feito.',
    },
    'module-fails': {
      title: 'Ver execuções que falham',
      why: ({ failed, of, playbook }) =>
        `${failed} de ${of} execuções deste módulo falharam em um dia, a maioria de ${playbook}.`,
      does: 'Vai para a caixa de entrada: abra as execuções que falharam, corrija a causa e tente de novo.',
    },
    'module-held': {
      title: 'Devolver o módulo ao automático',
      why: ({ days: n, all }) =>
        `Nas mãos de uma pessoa há ${dias(n)}; ${Number(all) === 1 ? '1 tarefa espera' : `${all} tarefas esperam`} na caixa de entrada.`,
      does: 'Vai para a caixa de entrada: faça o que espera lá, ou devolva o módulo ao automático.',
    },
    follows: {
      title: 'Dar sequência ao que foi feito',
      why: ({ module, action }) => `O módulo ${module} concluiu ${action}.`,
      does: 'O primeiro playbook deste módulo que pessoas podem iniciar, para o mesmo lead.',
    },
    'fewer-leads': {
      title: 'Descobrir por que chegam menos leads',
      why: v => `${v['leads']} leads em quatro semanas, ${v['leadsBefore']} nas quatro anteriores.`,
      does: 'O agente audita os canais: quais trazem leads e quais deixaram de trazer.',
    },
    'few-qualify': {
      title: 'Ver quem são os leads',
      why: v => `${v['qualified']} de ${v['leads']} leads das últimas quatro semanas se qualificam.`,
      does: 'O agente compara os leads com quem compra: o perfil de cliente ideal.',
    },
    'no-meetings': {
      title: 'Descobrir por que há poucas reuniões',
      why: v => `${v['met']} de ${v['qualified']} leads qualificados das últimas quatro semanas tiveram reunião.`,
      does: 'O agente olha as métricas do lead até a reunião.',
    },
    'few-won': {
      title: 'Rever o preço',
      why: v => `${v['won']} negócios ganhos e ${v['lost']} perdidos nas últimas quatro semanas.`,
      does: 'O agente analisa os preços dos negócios ganhos e perdidos.',
    },
    'more-churn': {
      title: 'Descobrir por que clientes saem',
      why: v => `${v['churned']} clientes saíram em quatro semanas, ${v['churnedBefore']} nas quatro anteriores.`,
      does: 'O agente olha como os clientes estão e o que quem saiu tinha em comum.',
    },
    'at-risk': {
      title: 'Olhar clientes em risco',
      why: v => `${v['atRisk']} de ${v['customers']} clientes estão em risco.`,
      does: 'O agente olha como os clientes estão e diz o que fazer primeiro.',
    },
  },
}

/** A suggestion for people, in the language of `locale`; null for a reason that this version has no words for. */
export function stepWords(
  locale: string,
  { code, values }: TaskReason,
  byHand: boolean,
): { readonly title: string; readonly why: string; readonly does: string } | null {
  const all = WORDS[locale.startsWith('pt') ? 'pt-BR' : 'en']
  if (!Object.hasOwn(all, code)) return null
  const { title, why, does, byHand: hand } = all[code]!
  return { title, why: why(values), does: byHand ? (hand ?? does) : does }
}

/** Every reason there are words for. */
export const STEP_CODES: readonly string[] = Object.keys(WORDS.en)
