import type { ModuleKey } from '../../playbooks/playbook.ts'
import type { Metric } from '../../sales/metric.ts'
import type { ModuleState, ModuleStatus } from '../brain-status.ts'
import { MODULES } from '../modules.ts'

interface Words {
  readonly modules: Readonly<Record<ModuleKey, string>>
  readonly status: Readonly<Record<Exclude<ModuleStatus, 'manual'>, string>>
  readonly factors: Readonly<Record<string, string>>
  readonly figures: Readonly<Record<Metric, string>>
  manual(reason: string | null): string
  /** `why`: what took points away, or nothing. */
  health(score: number, why: string): string
  from(modules: string): string
  to(modules: string): string
  tasks(tasks: ModuleState['tasks']): string
  active(playbooks: string): string
  resting(playbooks: string): string
  lately(days: number, figures: string): string
}

/** Portuguese, or else English. */
export const wordsOfContext = (locale: string): Words => (locale.startsWith('pt') ? PORTUGUESE : ENGLISH)

const titles = Object.fromEntries(Object.entries(MODULES).map(([key, { title }]) => [key, title])) as Words['modules']

const PORTUGUESE: Words = {
  modules: titles,
  status: {
    idle: 'sem nada a fazer agora.',
    running: 'trabalhando.',
    waiting: 'esperando por respostas, prazos ou pessoas.',
    error: 'falhando: mais da metade das execuções recentes deu erro.',
    completed: 'terminou o que havia a fazer.',
  },
  factors: { failures: 'falhas', quarantine: 'em quarentena', delay: 'atraso', manual: 'manual', stopped: 'parado' },
  figures: {
    leads: 'leads',
    qualified: 'qualificados',
    met: 'com reunião',
    answered: 'responderam',
    won: 'negócios ganhos',
    lost: 'perdidos',
    winRate: 'taxa de ganho',
    revenueBrl: 'receita',
    revenueUsd: 'receita em dólar',
    revenueEur: 'receita em euro',
    customers: 'clientes',
    started: 'novos clientes',
    churned: 'clientes que saíram',
    atRisk: 'clientes em risco',
    mrrBrl: 'receita mensal',
    mrrUsd: 'receita mensal em dólar',
    mrrEur: 'receita mensal em euro',
  },
  manual: reason => `nas mãos de uma pessoa${reason ? `: ${reason}` : '.'}`,
  health: (score, why) => `Saúde ${score} de 100${why ? ` (${why})` : ''}.`,
  from: modules => `Recebe de: ${modules}.`,
  to: modules => `Passa adiante para: ${modules}.`,
  tasks: ({ queued, running, manual, suggested }) =>
    `Tarefas: ${queued} na fila, ${running} em andamento, ${manual} com pessoas, ${suggested} sugeridas.`,
  active: playbooks => `Playbooks em uso: ${playbooks}.`,
  resting: playbooks => `Playbooks em pausa: ${playbooks}.`,
  lately: (days, figures) => `Últimos ${days} dias: ${figures}.`,
}

const ENGLISH: Words = {
  modules: {
    diagnostico: 'Diagnosis',
    posicionamento: 'Positioning',
    oferta: 'Offer',
    aquisicao: 'Acquisition',
    pre_vendas: 'Pre-sales',
    vendas: 'Sales',
    onboarding: 'Onboarding',
    gestao: 'Management',
  },
  status: {
    idle: 'nothing to do now.',
    running: 'at work.',
    waiting: 'waiting for answers, times or people.',
    error: 'failing: more than half of the recent runs failed.',
    completed: 'done with what there was to do.',
  },
  factors: { failures: 'failures', quarantine: 'in quarantine', delay: 'delay', manual: 'manual', stopped: 'stopped' },
  figures: {
    leads: 'leads',
    qualified: 'qualified',
    met: 'with a meeting',
    answered: 'answered',
    won: 'deals won',
    lost: 'lost',
    winRate: 'win rate',
    revenueBrl: 'revenue in reais',
    revenueUsd: 'revenue',
    revenueEur: 'revenue in euros',
    customers: 'customers',
    started: 'new customers',
    churned: 'customers who left',
    atRisk: 'customers at risk',
    mrrBrl: 'monthly revenue in reais',
    mrrUsd: 'monthly revenue',
    mrrEur: 'monthly revenue in euros',
  },
  manual: reason => `in the hands of a person${reason ? `: ${reason}` : '.'}`,
  health: (score, why) => `Health ${score} of 100${why ? ` (${why})` : ''}.`,
  from: modules => `Takes up the work of: ${modules}.`,
  to: modules => `Hands on to: ${modules}.`,
  tasks: ({ queued, running, manual, suggested }) =>
    `Tasks: ${queued} queued, ${running} under way, ${manual} with people, ${suggested} suggested.`,
  active: playbooks => `Playbooks in use: ${playbooks}.`,
  resting: playbooks => `Playbooks that rest: ${playbooks}.`,
  lately: (days, figures) => `Last ${days} days: ${figures}.`,
}
