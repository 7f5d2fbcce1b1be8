import type { RuleKey, Unit } from './rules.ts'

export type AlertLanguage = 'pt-BR' | 'en'
export const languageOf = (locale: string): AlertLanguage => (locale.startsWith('pt') ? 'pt-BR' : 'en')

/** What is told of an alert: `name` as `Figure.name`, figures already written out. */
interface Told {
  readonly name: string
  readonly value: string
  readonly threshold: string
}
interface RuleTexts {
  /** What the rule is called. */
  readonly title: string
  /** When it fires. */
  readonly condition: (threshold: string) => string
  /** One of its alerts, in one line. */
  readonly summary: (told: Told) => string
  /** What to do. */
  readonly advice: string
}

/** One line of an alert in the language of whoever reads it. */
export const summaryOf = (language: AlertLanguage, rule: RuleKey, told: Told): string =>
  TEXTS[language][rule].summary(told)

/** A figure as people write it: 7.5 %, 12 min, R$ comes with the name. */
export function figureText(language: AlertLanguage, unit: Unit, value: number): string {
  const number = (n: number, digits = 0) => n.toLocaleString(language, { maximumFractionDigits: digits })
  switch (unit) {
    case 'share':
      return `${number(value * 100, 1)}%`
    case 'seconds':
      return value < 120 ? `${number(value)} s` : `${number(value / 60)} min`
    case 'hours':
      return value < 96 ? `${number(value)} h` : `${number(value / 24)} ${language === 'en' ? 'days' : 'dias'}`
    case 'days':
      return `${number(Math.floor(value))} ${language === 'en' ? 'days' : 'dias'}`
    case 'score':
    case 'count':
      return number(value)
    case 'money':
      return number(value, 2)
    default:
      return unit satisfies never
  }
}

export const TEXTS: Readonly<Record<AlertLanguage, Readonly<Record<RuleKey, RuleTexts>>>> = {
  'pt-BR': {
    'brain-health': {
      title: 'Saúde do cérebro',
      condition: threshold => `A saúde fica abaixo de ${threshold}.`,
      summary: ({ value, threshold }) => `A saúde do cérebro está em ${value}, abaixo de ${threshold}.`,
      advice: 'A página Cérebro mostra o que tira pontos da saúde, e de qual número cada ponto vem.',
    },
    'module-errors': {
      title: 'Erros de um módulo',
      condition: threshold => `Mais de ${threshold} das execuções de um módulo falham, entre 20 ou mais em 15 minutos.`,
      summary: ({ name, value, threshold }) =>
        `No módulo ${name}, ${value} das execuções falham (limite: ${threshold}).`,
      advice: 'Veja na página Execuções o que falha e por quê; corrija a causa e reinicie as execuções.',
    },
    'module-manual': {
      title: 'Módulo em modo manual',
      condition: () => 'O cérebro não conseguiu recuperar um módulo e o passou para uma pessoa.',
      summary: ({ name }) => `O módulo ${name} precisa de você: ele está em modo manual.`,
      advice:
        'O que falha e o que falta fazer espera na caixa de entrada da página Cérebro. Playbooks que eventos ou horários iniciam continuam: pause os que devem descansar. Faça o que for urgente à mão, ou corrija a causa e devolva o módulo ao automático.',
    },
    'queue-age': {
      title: 'Fila parada',
      condition: threshold => `Algo espera na fila há mais de ${threshold}.`,
      summary: ({ value, threshold }) => `O mais antigo da fila espera há ${value} (limite: ${threshold}).`,
      advice:
        'Veja se há processos de trabalho suficientes (trae_recommended_workers) e se o banco de dados responde bem.',
    },
    'runs-quarantined': {
      title: 'Execuções em quarentena',
      condition: threshold =>
        threshold === '0' ? 'Uma execução está em quarentena.' : `Mais de ${threshold} execuções estão em quarentena.`,
      summary: ({ value }) => `Execuções em quarentena, à espera de uma pessoa: ${value}.`,
      advice: 'Abra a página Execuções com o filtro Quarentena: cada uma diz o que precisa ser decidido.',
    },
    'credential-broken': {
      title: 'Conta desconectada',
      condition: () => 'Uma conta em um fornecedor venceu ou foi revogada.',
      summary: ({ name }) => `A conta ${name} não vale mais: ela venceu ou foi revogada.`,
      advice: 'Conecte a conta de novo na página Contas; os passos que precisam dela continuam depois disso.',
    },
    'plugin-disabled': {
      title: 'Plugin desativado',
      condition: () =>
        'O TRAE OS desativou um plugin: ele derrubou a própria sandbox várias vezes, ou está na lista de bloqueio.',
      summary: ({ name }) => `O TRAE OS desativou o plugin ${name}.`,
      advice:
        'Os passos que precisam dele esperam e continuam quando ele for ativado de novo, na página Plugins. Antes, procure uma versão corrigida ou fale com quem o publica.',
    },
    'kill-list': {
      title: 'Lista de bloqueio de plugins',
      condition: () => 'A lista de bloqueio de plugins deste servidor não pode ser lida, ou a assinatura não confere.',
      summary: () => 'A lista de bloqueio de plugins não pode ser lida; vale a última que foi aceita.',
      advice: 'Confira TRAE_PLUGIN_KILL_LIST e TRAE_PLUGIN_KILL_LIST_KEY, ou fale com quem publica a lista.',
    },
    'backup-late': {
      title: 'Backup atrasado',
      condition: threshold => `O último backup tem mais de ${threshold}.`,
      summary: ({ value, threshold }) => `O último backup tem ${value} (limite: ${threshold}).`,
      advice:
        'O log diz por quê, e o alerta também. Confira TRAE_BACKUP_DIR: se o diretório existe, se há espaço e se o TRAE OS pode escrever nele. O servidor tenta de novo a cada hora (docs/backups.md).',
    },
    'backup-untried': {
      title: 'Backup não testado',
      condition: threshold => `Nenhum backup foi restaurado para teste há mais de ${threshold}.`,
      summary: ({ value, threshold }) => `O último teste de um backup foi há ${value} (limite: ${threshold}).`,
      advice:
        'Rode trae backup verify com o último backup: ele diz o que não confere, ou o que falta. O teste precisa de espaço no diretório de dados (docs/backups.md).',
    },
    'hard-bounces': {
      title: 'E-mails devolvidos',
      condition: threshold => `Mais de ${threshold} dos e-mails das últimas 24 horas voltam, entre 20 ou mais.`,
      summary: ({ value, threshold }) => `${value} dos e-mails das últimas 24 horas voltaram (limite: ${threshold}).`,
      advice: 'Pause as campanhas e confira de onde vêm os endereços: devoluções prejudicam a reputação do remetente.',
    },
    'no-leads': {
      title: 'Nenhum lead novo',
      condition: threshold => `Nenhum lead chega há mais de ${threshold}.`,
      summary: ({ value, threshold }) => `Nenhum lead chega há ${value} (limite: ${threshold}).`,
      advice: 'Envie um formulário de teste pela página de destino e confira os anúncios e os webhooks.',
    },
    'revenue-below-goal': {
      title: 'Receita abaixo da meta',
      condition: goal => `Os negócios ganhos em 30 dias somam menos que a meta: ${goal}.`,
      summary: ({ name, value, threshold }) =>
        `Ganhos dos últimos 30 dias: ${name} ${value}, abaixo da meta de ${threshold}.`,
      advice: 'Veja na página Negócios o que está parado e o que pode fechar neste mês.',
    },
    'session-stolen': {
      title: 'Sessão roubada',
      condition: () => 'Um token de renovação já usado voltou: duas partes o têm, e uma delas o roubou.',
      summary: ({ name }) => `Alguém tem uma cópia da sessão de ${name}. A sessão foi encerrada.`,
      advice:
        'Peça que a pessoa entre de novo, troque a senha e confira suas sessões em Configurações, Minha conta. O registro de auditoria mostra de qual endereço a cópia veio.',
    },
    'privacy-request-late': {
      title: 'Pedido de titular atrasado',
      condition: threshold => `Um pedido de um titular (LGPD) espera há mais de ${threshold}.`,
      summary: ({ value }) => `Um pedido de titular espera há ${value}; o prazo legal é de 15 dias.`,
      advice: 'Abra a página Privacidade e conclua o pedido.',
    },
  },
  en: {
    'brain-health': {
      title: 'Health of the brain',
      condition: threshold => `The health stays below ${threshold}.`,
      summary: ({ value, threshold }) => `The health of the brain is ${value}, below ${threshold}.`,
      advice: 'The page Brain shows what takes points away, and which figure each point comes from.',
    },
    'module-errors': {
      title: 'Errors of a module',
      condition: threshold => `More than ${threshold} of the runs of a module fail, among 20 or more in 15 minutes.`,
      summary: ({ name, value, threshold }) =>
        `In the module ${name}, ${value} of the runs fail (threshold: ${threshold}).`,
      advice: 'The page Runs shows what fails and why; mend the cause and restart the runs.',
    },
    'module-manual': {
      title: 'Module in manual mode',
      condition: () => 'The brain could not heal a module and has handed it to a person.',
      summary: ({ name }) => `The module ${name} needs you: it is in manual mode.`,
      advice:
        'What fails, and what is still to do, waits in the inbox of the page Brain. Playbooks that events or schedules start run on: pause those that should rest. Do what is urgent by hand, or mend the cause and let the module work by itself again.',
    },
    'queue-age': {
      title: 'The queue stands',
      condition: threshold => `Something has been waiting in the queue for more than ${threshold}.`,
      summary: ({ value, threshold }) =>
        `The oldest in the queue has been waiting for ${value} (threshold: ${threshold}).`,
      advice:
        'See whether there are enough processes at work (trae_recommended_workers), and whether the database answers fast enough.',
    },
    'runs-quarantined': {
      title: 'Runs in quarantine',
      condition: threshold =>
        threshold === '0' ? 'A run is in quarantine.' : `More than ${threshold} runs are in quarantine.`,
      summary: ({ value }) => `Runs in quarantine that wait for a person: ${value}.`,
      advice: 'Open the page Runs with the filter Quarantine: each says what is to be decided.',
    },
    'credential-broken': {
      title: 'Account disconnected',
      condition: () => 'An account at a vendor has expired or was revoked.',
      summary: ({ name }) => `The account ${name} is not valid any more: it has expired or was revoked.`,
      advice: 'Connect it again on the page Accounts; the steps that need it go on after that.',
    },
    'plugin-disabled': {
      title: 'Plugin disabled',
      condition: () => 'TRAE OS has disabled a plugin: it ended its sandbox again and again, or is on the kill list.',
      summary: ({ name }) => `TRAE OS has disabled the plugin ${name}.`,
      advice:
        'Steps that need it wait, and go on when it is enabled again on the page Plugins. Look for a corrected version first, or ask its publisher.',
    },
    'kill-list': {
      title: 'Kill list of plugins',
      condition: () => 'The kill list of plugins of this host cannot be read, or its signature does not fit.',
      summary: () => 'The kill list of plugins cannot be read; the last one that was accepted holds.',
      advice: 'Look at TRAE_PLUGIN_KILL_LIST and TRAE_PLUGIN_KILL_LIST_KEY, or ask who publishes the list.',
    },
    'backup-late': {
      title: 'Backup is late',
      condition: threshold => `The last backup is older than ${threshold}.`,
      summary: ({ value, threshold }) => `The last backup is ${value} old (threshold: ${threshold}).`,
      advice:
        'The alert says why, as the log does. Look at TRAE_BACKUP_DIR: is the directory there, is there space, may TRAE OS write to it? The host tries again every hour (docs/backups.md).',
    },
    'backup-untried': {
      title: 'Backup was not tried',
      condition: threshold => `No backup was restored on trial for more than ${threshold}.`,
      summary: ({ value, threshold }) => `A backup was last tried ${value} ago (threshold: ${threshold}).`,
      advice:
        'Run trae backup verify on the last backup: it says what does not fit, or what is missing. A trial needs space in the data directory (docs/backups.md).',
    },
    'hard-bounces': {
      title: 'E-mails that come back',
      condition: threshold => `More than ${threshold} of the e-mails of the last 24 hours come back, among 20 or more.`,
      summary: ({ value, threshold }) =>
        `${value} of the e-mails of the last 24 hours came back (threshold: ${threshold}).`,
      advice: 'Pause campaigns and find out where the addresses come from: bounces harm the reputation of the sender.',
    },
    'no-leads': {
      title: 'No new lead',
      condition: threshold => `No lead has come for more than ${threshold}.`,
      summary: ({ value, threshold }) => `No lead has come for ${value} (threshold: ${threshold}).`,
      advice: 'Send a form of a landing page as a test, and look at advertisements and webhooks.',
    },
    'revenue-below-goal': {
      title: 'Revenue below the goal',
      condition: goal => `The deals won in 30 days come to less than the goal: ${goal}.`,
      summary: ({ name, value, threshold }) =>
        `Won in the last 30 days: ${name} ${value}, below the goal of ${threshold}.`,
      advice: 'The page Deals shows what stands still and what can be closed this month.',
    },
    'session-stolen': {
      title: 'A stolen session',
      condition: () => 'A refresh token that had been used came back: two hold it, and one of them stole it.',
      summary: ({ name }) => `Somebody has a copy of the session of ${name}. The session was ended.`,
      advice:
        'Let them sign in again, change the password and look through their sessions under Settings, My account. The audit log shows the address that the copy came from.',
    },
    'privacy-request-late': {
      title: 'A request of a person is late',
      condition: threshold => `A request of a data subject (LGPD) has been waiting for more than ${threshold}.`,
      summary: ({ value }) => `A request of a data subject has been waiting for ${value}; the law gives 15 days.`,
      advice: 'Open the page Privacy and complete the request.',
    },
  },
}
