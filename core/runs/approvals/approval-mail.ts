import type { Approval, Vote } from './approval.ts'

/** The e-mail that tells a person what they are asked, in their language. Plain text. */
export function mailOf(
  { title, message, dueAt }: Approval,
  { name, locale }: Vote,
  link: string,
): { readonly subject: string; readonly body: string } {
  const words = locale.startsWith('pt') ? pt : en
  const subject = `${words.subject}: ${title}`
  const due = dueAt === null ? [] : [`${words.until} ${dueAt}.`]
  const paragraphs = [
    words.hello(name),
    title,
    ...(message === null ? [] : [message]),
    words.look,
    link,
    ...due,
    words.own,
  ]
  return {
    subject: subject.length > 255 ? `${subject.slice(0, 254)}…` : subject,
    body: paragraphs.join('\n\n'),
  }
}

const pt = {
  subject: 'Aprovação pedida',
  hello: (name: string | null) => (name ? `Olá, ${name},` : 'Olá,'),
  look: 'Veja o pedido e decida aqui:',
  until: 'Decida até',
  own: 'Este link é só seu: quem o tiver decide por você. Não o encaminhe.',
}
const en: typeof pt = {
  subject: 'Approval wanted',
  hello: name => (name ? `Hello ${name},` : 'Hello,'),
  look: 'See what is asked and decide here:',
  until: 'Decide until',
  own: 'This link is yours alone: whoever has it decides in your name. Do not forward it.',
}
