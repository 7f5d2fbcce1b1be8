import { MODULE_KEYS, type ModuleKey } from '../playbooks/playbook.ts'
import { TraeError } from '../errors.ts'
import { didYouMean } from '../did-you-mean.ts'

/** The eight modules: what they are called, and which ones work on with what they have done. */
export const MODULES: Readonly<Record<ModuleKey, { readonly title: string; readonly feeds: readonly ModuleKey[] }>> = {
  diagnostico: { title: 'Diagnóstico', feeds: ['posicionamento'] },
  posicionamento: { title: 'Posicionamento', feeds: ['oferta'] },
  oferta: { title: 'Oferta', feeds: ['aquisicao'] },
  aquisicao: { title: 'Aquisição', feeds: ['pre_vendas'] },
  pre_vendas: { title: 'Pré-vendas', feeds: ['vendas'] },
  vendas: { title: 'Vendas', feeds: ['onboarding'] },
  onboarding: { title: 'Onboarding', feeds: ['gestao'] },
  gestao: { title: 'Gestão', feeds: ['aquisicao', 'pre_vendas'] },
}

/** The modules whose work a module takes up. */
export const dependsOn = (key: ModuleKey): ModuleKey[] =>
  MODULE_KEYS.filter(other => MODULES[other].feeds.includes(key))

/** Throws `NOT_FOUND` with all there are. */
export function requireModule(key: string): ModuleKey {
  const found = MODULE_KEYS.find(known => known === key)
  if (found) return found
  const meant = didYouMean(key, MODULE_KEYS)
  throw new TraeError(
    'NOT_FOUND',
    `There is no module ${JSON.stringify(key.slice(0, 60))}${meant ? `; did you mean ${meant}?` : '.'} There are: ${MODULE_KEYS.join(', ')}.`,
  )
}
