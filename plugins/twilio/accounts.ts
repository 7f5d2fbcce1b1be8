import type { Credential } from 'trae-os/sdk'

export const accounts: Readonly<Record<'twilio', Credential>> = {
  twilio: {
    auth: 'key',
    title: 'Twilio',
    help: 'Account SID and auth token stand on the first page of the Twilio console. The token also proves that posts are from Twilio.',
    fields: {
      accountSid: { title: 'Account SID', help: 'It begins with AC.', secret: false },
      authToken: { title: 'Auth token' },
      smsFrom: {
        title: 'SMS sender',
        help: 'Your number as +5511987654321, or a messaging service: it begins with MG.',
        secret: false,
        optional: true,
      },
      whatsappFrom: {
        title: 'WhatsApp sender',
        help: 'Your number as +5511987654321, or a messaging service: it begins with MG.',
        secret: false,
        optional: true,
      },
    },
    inject: [{ basic: { username: '{accountSid}', password: '{authToken}' } }],
  },
}
