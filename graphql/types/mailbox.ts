import { z } from 'zod'
import { connectMailbox, disconnectMailbox, testMailbox } from '../../core/mail/connect-mailbox.ts'
import { findMailbox, type Mailbox } from '../../core/mail/mailbox.ts'
import type { MailFolder, MailServer } from '../../core/mail-settings.ts'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { present } from '../loaders.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const MailSecurity = builder.enumType('MailSecurity', {
  description: 'How a mail server is spoken to. Certificates are always checked.',
  values: {
    TLS: { value: 'tls', description: 'TLS from the first byte; usual at port 465 (SMTP) and 993 (IMAP).' },
    STARTTLS: { value: 'starttls', description: 'TLS before anything is said; usual at port 587 and 143.' },
    NONE: { value: 'none', description: 'Unencrypted: only to hosts that the operator named in TRAE_PRIVATE_HOSTS.' },
  } as const,
})

const MailServerRef = builder.objectRef<MailServer | MailFolder>('MailServer').implement({
  description: 'A mail server, and who signs in there. Its password is told to nobody.',
  fields: t => ({
    host: t.exposeString('host', { description: 'Its name.' }),
    port: t.exposeInt('port', { description: 'Its port.' }),
    security: t.field({ type: MailSecurity, description: 'How it is spoken to.', resolve: ({ security }) => security }),
    user: t.exposeString('user', { nullable: true, description: 'Who signs in; null where nobody has to.' }),
    folder: t.string({
      nullable: true,
      description: 'Of IMAP: what is read.',
      resolve: server => ('folder' in server ? server.folder : null),
    }),
  }),
})

const MailboxRef = builder.objectRef<Mailbox>('Mailbox').implement({
  description: 'The servers that carry the e-mail of the built-in mailbox.',
  fields: t => ({
    address: t.exposeString('address', { description: 'Whom letters are from.' }),
    name: t.exposeString('name', { description: 'The name beside the address; may be empty.' }),
    smtp: t.field({
      type: MailServerRef,
      ...guarded('credentials:write', 'By which letters go out.'),
      resolve: ({ smtp }) => smtp,
    }),
    imap: t.field({
      type: MailServerRef,
      nullable: true,
      ...guarded('credentials:write', 'From which answers and bounces are read; null: nothing is read.'),
      resolve: ({ imap }) => imap,
    }),
    isOfEnvironment: t.boolean({
      description: 'Did whoever runs this host set it (TRAE_SMTP_URL)? Then it is not changed here.',
      resolve: ({ source }) => source === 'environment',
    }),
    outgoingProblem: t.exposeString('outgoingProblem', {
      nullable: true,
      description: 'Why nothing goes out; letters wait meanwhile.',
    }),
    outgoingAt: t.expose('outgoingAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a letter last went out.',
    }),
    incomingProblem: t.exposeString('incomingProblem', { nullable: true, description: 'Why nothing is read.' }),
    incomingAt: t.expose('incomingAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the folder was last read.',
    }),
  }),
})

builder.queryField('mailbox', t =>
  t.field({
    type: MailboxRef,
    nullable: true,
    ...guarded('messages:read', 'The mail servers of the workspace; null where e-mail stays on this host.'),
    resolve: (_root, _args, c) => findMailbox(c.core, workspaceOf(c)),
  }),
)

const MailServerInput = builder.inputType('MailServerInput', {
  description: 'A mail server.',
  fields: t => ({
    host: t.string({ required: true, description: 'Its name: smtp.example.com.' }),
    port: t.int({ required: true, description: 'Its port.' }),
    security: t.field({ type: MailSecurity, required: true, description: 'How it is spoken to.' }),
    user: t.string({ description: 'Who signs in; often the whole address. IMAP needs one.' }),
    password: t.string({ description: 'Left out: the one from before, for the same server and user.' }),
    folder: t.string({ description: 'Of IMAP: what is read; INBOX without it.' }),
  }),
})
const MailboxConnectInput = builder.inputType('MailboxConnectInput', {
  description: 'The servers that carry the e-mail of the workspace.',
  fields: t => ({
    address: t.string({ required: true, description: 'Whom letters are from.' }),
    name: t.string({ description: 'The name beside it.' }),
    smtp: t.field({ type: MailServerInput, required: true, description: 'By which letters go out.' }),
    imap: t.field({ type: MailServerInput, description: 'From which answers are read.' }),
  }),
})

const text = z.string().trim().min(1).max(255)
const SERVER = z.object({
  host: text.regex(/^[a-z0-9.-]+$/i, 'must be the name of a host, as smtp.example.com'),
  port: z.int().min(1).max(65535),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().trim().max(255).nullish(),
  password: z.string().max(1000).nullish(),
  folder: z.string().trim().max(255).nullish(),
})
const SETTINGS = z.object({
  address: z.email().max(255),
  name: z
    .string()
    .trim()
    .max(100)
    .regex(/^[^<>"\r\n]*$/, 'must be without < > and "')
    .nullish(),
  smtp: SERVER,
  imap: SERVER.extend({ user: text }).nullish(),
})

function settingsOf(input: typeof MailboxConnectInput.$inferInput) {
  const { address, name, smtp, imap } = accepted(SETTINGS, input, 'input')
  const { host, port, security } = smtp
  return {
    address: address.toLowerCase(),
    name: name ?? '',
    smtp: { host, port, security, user: smtp.user || null },
    imap: imap
      ? { host: imap.host, port: imap.port, security: imap.security, user: imap.user, folder: imap.folder || 'INBOX' }
      : null,
    passwords: { smtp: smtp.password || null, imap: imap?.password || null },
  }
}

const MailboxPayload = builder.objectRef<Outcome<{ mailbox: Mailbox }>>('MailboxPayload').implement({
  description: 'The mail servers as they are now.',
  fields: t => ({
    mailbox: t.field({
      type: MailboxRef,
      nullable: true,
      description: 'Null where e-mail stays on this host.',
      resolve: ({ mailbox }) => mailbox,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way, in the words of the server.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
interface Tested {
  readonly sentTo: string
  readonly answer: string
}
const MailboxTestPayload = builder.objectRef<Outcome<Tested>>('MailboxTestPayload').implement({
  description: 'What became of a test.',
  fields: t => ({
    sentTo: t.exposeString('sentTo', { nullable: true, description: 'Where the letter went.' }),
    answer: t.exposeString('answer', { nullable: true, description: 'What the mail server said.' }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way, in the words of the server.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

builder.mutationFields(t => ({
  mailboxConnect: t.field({
    type: MailboxPayload,
    ...guarded(
      'credentials:write',
      'Signs in at both mail servers, and keeps them where they let us in: from then on letters of the built-in mailbox go out for real.',
    ),
    args: { input: t.arg({ type: MailboxConnectInput, required: true, description: 'The servers.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ mailbox: null }, async () => ({
        mailbox: await connectMailbox(c.core, viewerOf(c), settingsOf(input)),
      })),
  }),
  mailboxDisconnect: t.field({
    type: MailboxPayload,
    ...guarded('credentials:write', 'E-mail stays on this host from now on. What was still to go out has failed.'),
    resolve: (_root, _args, c) =>
      outcome<{ mailbox: Mailbox | null }>({ mailbox: null }, async () => {
        await disconnectMailbox(c.core, viewerOf(c))
        return { mailbox: null }
      }) as Promise<Outcome<{ mailbox: Mailbox }>>,
  }),
  mailboxTest: t.field({
    type: MailboxTestPayload,
    ...guarded('credentials:write', 'Sends a letter to the viewer’s own address, and looks into the folder.'),
    resolve: (_root, _args, c) =>
      outcome<Tested>({ sentTo: null, answer: null }, async () => {
        const { email } = await present(c.loaders.user.load(viewerOf(c).userId), 'your account')
        return { sentTo: email, answer: await testMailbox(c.core, viewerOf(c), email) }
      }),
  }),
}))
