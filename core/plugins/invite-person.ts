import { type Invitation, invite } from '../access/invitations.ts'
import type { Viewer } from '../access/viewer.ts'
import type { Role } from '../access/role.ts'
import { beginReset } from '../access/password-change.ts'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'
import { writeToPerson } from './write-to-person.ts'

type LetterCore = Parameters<typeof writeToPerson>[0]

type LinkPage = 'invitation' | 'reset'

/** The page of a link, from the public address on; a path where that is not set: whoever is shown it knows how they reach this host. */
export const linkTo = (core: Pick<Core, 'config'>, page: LinkPage, token: string) =>
  `${core.config.publicUrl ?? ''}${pathTo(page, token)}`

/** The same in a letter, where a path would lead nowhere. */
const linkInLetter = (core: Pick<Core, 'config'>, page: LinkPage, token: string) =>
  `${publicBase(core.config)}${pathTo(page, token)}`

const pathTo = (page: LinkPage, token: string) => `/admin/${page}#${token}` // behind the #: no proxy logs it

/**
 * Invites somebody and writes to them. The link is told to the inviter, this once, to hand on where the letter cannot
 * carry it. Throws as `invite` does.
 */
export async function invitePerson(
  core: LetterCore,
  viewer: Pick<Viewer, 'workspaceId' | 'userId' | 'role'>,
  given: { readonly email: string; readonly role: Role },
): Promise<{ invitation: Invitation; link: string; mailed: boolean }> {
  const { invitation, token } = await invite(core, viewer, given)
  const link = linkTo(core, 'invitation', token)
  const { name, locale } = await getWorkspace(core, viewer.workspaceId)
  const words = locale.startsWith('pt') ? pt : en
  const mailed = await writeToPerson(core, viewer.workspaceId, {
    to: invitation.email,
    locale,
    key: `invitation:${invitation.id}`,
    subject: words.invited(name),
    body: withLink =>
      `${words.invited(name)}.\n\n${withLink ? `${words.follow}\n\n${linkInLetter(core, 'invitation', token)}` : words.asked}`,
  })
  return { invitation, link, mailed }
}

/** Writes to who has forgotten their password. Says nothing of whether there is such a person, and takes no longer for one. */
export async function sendReset(core: LetterCore, email: string): Promise<void> {
  const reset = await beginReset(core, email)
  if (!reset) return
  const words = reset.locale.startsWith('pt') ? pt : en
  void writeToPerson(core, reset.workspaceId, {
    to: email.trim().toLowerCase(),
    locale: reset.locale,
    key: `reset:${reset.userId}:${core.clock.now().getTime()}`,
    subject: words.forgotten,
    body: withLink =>
      withLink ? `${words.setNew}\n\n${linkInLetter(core, 'reset', reset.token)}\n\n${words.ignore}` : words.askedReset,
  })
}

const pt = {
  invited: (name: string) => `Você foi convidado para ${name} no TRAE OS`,
  follow: 'Siga o link para entrar. Ele vale por sete dias e só uma vez; não o encaminhe.',
  asked: 'Quem convidou você tem o link de entrada: peça a essa pessoa.',
  forgotten: 'Sua senha do TRAE OS',
  setNew: 'Alguém, provavelmente você, pediu uma nova senha. Defina-a aqui dentro de uma hora:',
  ignore: 'Se não foi você, ignore esta mensagem: nada muda.',
  askedReset:
    'Alguém pediu uma nova senha para esta conta. Este e-mail fica dentro do TRAE OS, por isso não traz o link: um proprietário ou administrador cria um em Configurações, Pessoas, e o entrega.',
}
const en: typeof pt = {
  invited: name => `You were invited to ${name} on TRAE OS`,
  follow: 'Follow the link to come in. It is good for seven days and once; do not forward it.',
  asked: 'Whoever invited you has the link to come in: ask them for it.',
  forgotten: 'Your TRAE OS password',
  setNew: 'Somebody, probably you, asked for a new password. Set it here within an hour:',
  ignore: 'If it was not you, ignore this message: nothing changes.',
  askedReset:
    'Somebody asked for a new password for this account. This mail stays inside of TRAE OS, so it does not carry the link: an owner or admin makes one under Settings, People, and hands it over.',
}
