export const LOCALES = ['pt-BR', 'en'] as const
export type Locale = (typeof LOCALES)[number]

/** What the form asks, in the order it asks. */
export const FIELDS = ['name', 'email', 'phone', 'company', 'jobTitle', 'companySize', 'message', 'consent'] as const
export type Field = (typeof FIELDS)[number]

/** Numbers of people. */
export const COMPANY_SIZES = ['1-10', '11-50', '51-200', '201-1000', '1000+'] as const

const pt = {
  title: 'Conte o que você precisa',
  lead: 'Seu time comercial responde no mesmo dia?',
  text: 'Conte em poucas linhas o que você procura. A resposta chega por e-mail em instantes, já com o próximo passo que faz sentido para você.',
  nextTitle: 'O que acontece depois',
  next: [
    'Lemos o que você escreveu e o que sua empresa faz.',
    'Você recebe um e-mail de quem pode ajudar.',
    'Se quiser conversar, basta responder: marcamos um horário com quem entende do assunto.',
  ],
  labels: {
    name: 'Nome',
    email: 'E-mail de trabalho',
    phone: 'Telefone',
    company: 'Empresa',
    jobTitle: 'Cargo',
    companySize: 'Pessoas na empresa',
    message: 'O que você procura?',
    consent:
      'Autorizo o uso destes dados para responder à minha solicitação. Posso pedir acesso, correção ou exclusão quando quiser, conforme a LGPD (Lei 13.709/2018).',
  } satisfies Record<Field, string>,
  hints: { phone: '+55 11 98765-4321', message: 'Prazos, tamanho do time, o que já tentou…' } as Partial<
    Record<Field, string>
  >,
  optional: 'opcional',
  choose: 'Selecione',
  submit: 'Enviar',
  privacy: 'Usamos seus dados só para responder a este pedido.',
  problems: (count: number) => (count === 1 ? 'Falta ajustar um campo.' : `Falta ajustar ${count} campos.`),
  unavailable:
    'Não conseguimos registrar seu pedido agora. Nada do que você digitou se perdeu: espere um instante e envie de novo.',
  errors: {
    name: 'Diga como podemos chamar você.',
    email: 'Escreva um e-mail válido, como nome@empresa.com.br.',
    phone: 'Escreva o telefone com DDD, como 11 98765-4321, ou deixe em branco.',
    company: 'Escreva o nome da empresa em até 255 caracteres.',
    jobTitle: 'Escreva o cargo em até 255 caracteres.',
    companySize: 'Escolha uma das opções.',
    message: 'Escreva em até 4000 caracteres.',
    consent: 'Precisamos da sua autorização para responder.',
  } satisfies Record<Field, string>,
  missingEmail: 'Escreva seu e-mail: é por ele que respondemos.',
  thanksTitle: 'Recebemos, obrigado',
  thanksText: 'Sua mensagem já está com a gente, e a resposta sai em instantes.',
  again: 'Enviar outro pedido',
  demo: 'Página de exemplo do TRAE OS.',
  demoNote: 'Nesta página de exemplo o e-mail fica na caixa local do TRAE OS: veja-o no painel e responda por lá.',
  admin: 'Acompanhar no painel',
  missingTitle: 'Esta página não existe',
  missingText: 'O endereço pode ter mudado. Confira o link que você recebeu.',
  trap: 'Deixe este campo vazio',
  otherLanguage: 'English',
}

export type Texts = typeof pt

const en: Texts = {
  title: 'Tell us what you need',
  lead: 'Does your sales team answer the same day?',
  text: 'Tell us in a few lines what you are looking for. The answer arrives by e-mail in moments, with the next step that makes sense for you.',
  nextTitle: 'What happens next',
  next: [
    'We read what you wrote and what your company does.',
    'You get an e-mail from somebody who can help.',
    'If you want to talk, just answer it: we book a time with somebody who knows the matter.',
  ],
  labels: {
    name: 'Name',
    email: 'Work e-mail',
    phone: 'Phone',
    company: 'Company',
    jobTitle: 'Job title',
    companySize: 'People in the company',
    message: 'What are you looking for?',
    consent:
      'I agree to the use of these data to answer my request. I may ask for access, correction or deletion at any time, as the LGPD (Brazilian law 13.709/2018) grants.',
  },
  hints: { phone: '+55 11 98765-4321', message: 'Dates, size of the team, what you have tried…' },
  optional: 'optional',
  choose: 'Choose',
  submit: 'Send',
  privacy: 'We use your data only to answer this request.',
  problems: count => (count === 1 ? 'One field needs your attention.' : `${count} fields need your attention.`),
  unavailable: 'We could not store your request just now. Nothing you typed is lost: wait a moment and send it again.',
  errors: {
    name: 'Tell us what to call you.',
    email: 'Write a valid e-mail, as name@company.com.',
    phone: 'Write the phone with its country code, as +55 11 98765-4321, or leave it empty.',
    company: 'Write the name of the company in at most 255 characters.',
    jobTitle: 'Write the job title in at most 255 characters.',
    companySize: 'Choose one of the options.',
    message: 'Write at most 4000 characters.',
    consent: 'We need your agreement to answer.',
  },
  missingEmail: 'Write your e-mail: that is where we answer.',
  thanksTitle: 'We have it, thank you',
  thanksText: 'Your message is with us, and the answer goes out in moments.',
  again: 'Send another request',
  demo: 'A sample page of TRAE OS.',
  demoNote:
    'On this sample page the e-mail stays in the local mailbox of TRAE OS: see it in the admin interface and answer there.',
  admin: 'Follow it in the admin interface',
  missingTitle: 'This page does not exist',
  missingText: 'The address may have changed. Check the link you were given.',
  trap: 'Leave this field empty',
  otherLanguage: 'Português',
}

export const TEXTS: Readonly<Record<Locale, Texts>> = { 'pt-BR': pt, en }

/** `?lang=` first, then the visitor's own order of languages; Portuguese for who says nothing, English for who reads neither. */
export function chooseLocale(lang: unknown, acceptLanguage: string | undefined): Locale {
  const asked = typeof lang === 'string' ? known(lang) : undefined
  if (asked) return asked
  if (!acceptLanguage) return 'pt-BR'
  const wanted = acceptLanguage
    .split(',')
    .map(part => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const quality = parameters
        .map(parameter => /^\s*q=([\d.]+)$/.exec(parameter)?.[1])
        .find(found => found !== undefined)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return wanted.map(({ tag }) => known(tag)).find(locale => locale !== undefined) ?? 'en'
}

function known(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split('-')[0]
  return language === 'pt' ? 'pt-BR' : language === 'en' ? 'en' : undefined
}
