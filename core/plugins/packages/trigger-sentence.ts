import type { ManifestTrigger } from '../manifest.ts'

/** What a plugin hears of by itself, and how, for the person who decides. Portuguese for `pt` and `pt-BR`, else English. */
export function triggerSentence(trigger: ManifestTrigger, locale: string): string {
  const pt = locale.toLowerCase().startsWith('pt')
  if (trigger.kind === 'event')
    return pt
      ? `${trigger.title}: é avisado aqui a cada evento ${trigger.event}.`
      : `${trigger.title}: is told here of each event ${trigger.event}.`
  if (trigger.kind === 'poll')
    return pt
      ? `${trigger.title}: pergunta ao fornecedor a cada ${trigger.every}.`
      : `${trigger.title}: asks the vendor every ${trigger.every}.`
  return pt
    ? `${trigger.title}: o fornecedor avisa num endereço daqui, e prova quem é.`
    : `${trigger.title}: the vendor posts to an address here, and proves who it is.`
}
