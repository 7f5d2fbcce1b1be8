/**
 * The words of replies, in folded Portuguese and English (lower case, no accents: `foldText`). Every list is one
 * global expression of whole words. Add a phrase here with a line in the tests that shows why.
 */
const words = (...phrases: readonly string[]) => new RegExp(`(?<![\\w'])(?:${phrases.join('|')})(?![\\w])`, 'g')

/** Written by a machine. */
export const AUTOMATIC = words(
  'resposta automatica',
  'auto-?reply',
  'automatic reply',
  'out of (?:the )?office',
  'fora do escritorio',
  '(?:estou|estarei) (?:de ferias|ausente|em licenca)',
  '(?:on|away on) (?:vacation|annual leave|parental leave|maternity leave)',
  'undeliverable',
  'mail delivery (?:failed|subsystem)',
  'delivery status notification',
  'nao foi possivel entregar',
)

export const UNSUBSCRIBE = words(
  'descadastr\\w*',
  'unsubscribe',
  'opt ?-?out',
  'remov(?:a|am|er) (?:me|o meu|meu|este|esse|de)[^.]{0,40}',
  'me (?:remov\\w+|tir[ae]m?|exclu\\w+)(?: d[aeo])?[^.]{0,30}',
  '(?:re)?tir(?:a|e|em|ar) (?:o )?meu (?:e-?mail|nome|contato)',
  '(?:cancelar?|cancele) (?:a )?(?:minha )?(?:inscricao|assinatura)',
  'sair d(?:a|essa|esta) lista',
  'excluam?',
  'nao autoriz\\w+',
  '(?:isso|isto) e spam',
  'this is spam',
  '(?:nao|nunca) (?:me )?(?:envi\\w+|mand\\w+|escrev\\w+) mais',
  'nao (?:me )?(?:envi\\w+|mand\\w+) (?:mais )?(?:e-?mails?|mensage(?:m|ns)|nada)',
  'nao (?:quero|desejo|gostaria de) (?:mais )?receber(?! (?:uma|a|o|um) )',
  'par(?:e|em) de (?:me )?(?:envi\\w+|mand\\w+|escrev\\w+|contat\\w+)',
  'remove (?:me|my)[^.]{0,30}',
  'take me off[^.]{0,30}',
  'stop (?:emailing|e-mailing|messaging|writing|contacting|sending)(?: me)?',
  "(?:do not|don't|dont|never) (?:email|e-mail|contact|message|write)(?: to)? me(?: again| anymore)?",
  'delete my (?:data|details|email)',
  '^\\s*(?:stop|pare|parar|sair|remover?)\\s*[.!]*$',
)

/** Sounds like a negation or a wish, and is neither. Read first, then forgotten. */
export const NEUTRAL = words(
  'sem problemas?',
  'nao (?:tem|ha|vejo) (?:nenhum )?problemas?',
  'nao se preocupe',
  'nao tenho duvidas?',
  'no problem',
  'no worries',
  'por que nao',
  'porque nao',
  'why not',
  'se nao for incomodo',
  'nao so',
  'not only',
  'bom dia',
  'boa tarde',
  'boa noite',
  "can't wait",
  'nao vejo a hora',
)

/** Doubt, delay, somebody else: for a person to judge. */
export const HEDGES = words(
  'talvez',
  'quem sabe',
  'maybe',
  'perhaps',
  "(?:i'?m |i am |we'?re )?not (?:so |quite |really )?sure(?: (?:yet|if))?",
  'nao (?:sei|tenho certeza)',
  'nao estou (?:cert|segur)[ao]',
  'vou (?:pensar|avaliar|verificar|ver)',
  'preciso (?:pensar|avaliar|verificar|falar com)',
  '(?:let me|need to|have to|will) (?:think|check|discuss)',
  "i'll (?:think|check)",
  'depende',
  'it depends',
  'depends on',
  'sim e nao',
  'yes and no',
  'call me (?:back )?later',
  '(?:nao sou|voce deveria falar com|fale com|falar com) (?:a |o )?(?:pessoa (?:certa|responsavel)|responsavel|meu|minha|nosso|nossa)',
  'not the right person',
  'wrong person',
  'mais (?:para frente|tarde)',
  '(?:mes|ano|semestre|trimestre) que vem',
  'proxim[oa] (?:ano|semestre|trimestre)',
  '(?:next|later this) (?:year|quarter)',
  'me (?:procure|chame|liga|ligue) (?:de novo |novamente )?(?:em|depois|daqui)',
)

export const NEGATIVE = words(
  'sem interesse',
  'sem (?:orcamento|verba|budget)(?: (?:agora|no momento))?',
  'desinteress\\w+',
  'dispenso',
  'deixa pra la',
  '(?:agora|hoje|por enquanto|no momento|infelizmente|mas),? nao(?=\\s*(?:[.,;!]|$))',
  'nao (?:vai dar|vou querer|vamos querer|e prioridade|(?:me|nos) interess\\w+|(?:e|seria) (?:pra|para) (?:mim|nos|a gente))',
  'nao,? (?:muito )?obrigad[oa]',
  'nao,? (?:valeu|grat[oa])',
  'nao (?:e|seria) (?:o|um) (?:bom )?momento',
  'nao (?:neste|nesse|no) momento',
  'nao (?:preciso|precisamos|estou procurando|estamos procurando|estou buscando|estamos buscando|faz sentido|se aplica|vai rolar|vamos seguir|temos? (?:como|verba|orcamento|budget|tempo|necessidade))',
  'ja (?:temos|tenho|usamos|contratamos|contratei|fechamos|fechei|trabalhamos)(?: com)?(?: (?:um|uma|outro|outra))?(?: (?:fornecedor|solucao|parceiro|ferramenta|sistema|empresa|contrato))?',
  'not (?:for (?:me|us)|now|right now|at this time|at the moment|a (?:good )?fit|a priority)',
  'no,? (?:thanks|thank you|thx)',
  'no (?:interest|budget|need)',
  'but no(?=\\s*(?:[.,;!]|$))',
  "(?:i'?ll|we'?ll|i will|we will) pass",
  "(?:we're|we are|i'm|i am) good(?=,? thank)",
  "(?:isn't|is not|not) (?:for us|for me|looking)",
  '(?:already|currently) (?:have|use|using|work with)(?: (?:a|an|another))?(?: (?:vendor|provider|supplier|solution|tool))?',
  "(?:don't|do not|dont) (?:need|want|have (?:the )?(?:budget|time))",
  "(?:can't|cannot|can not|won't) (?:make|do|afford|commit)",
  '^\\s*nao(?=\\s*(?:[.,!]|$))',
  '^\\s*no(?=\\s*(?:[.,!]|$))',
  'nope',
)

/** Agreement and interest. A negation before any of them in its clause turns it into a refusal. */
export const POSITIVE = words(
  'sim',
  'claro',
  'com certeza',
  'com toda certeza',
  'certamente',
  'combinad[oa]',
  'fechad[oa]',
  'bora',
  'topo',
  'vamos (?:sim|conversar|falar|marcar|agendar|nessa|la)',
  'podemos (?:sim|conversar|falar|marcar|agendar|bater um papo)',
  'pode(?:m)? (?:sim|marcar|agendar|ser|me ligar|ligar)',
  'posso (?:sim|conversar|falar)',
  '(?:quero|queremos|gostaria de|gostariamos de|adoraria|aceito|aceitamos|interesse em|vontade de) (?:sim|conversar|falar|marcar|agendar|conhecer|entender|saber|ver|uma|um|participar)',
  'quero',
  'aceito',
  '(?:tenho|temos|ha|tem) (?:muito |bastante |total |sim )?interesse',
  'interesse',
  '(?:estou|estamos|fiquei|ficamos) (?:muito |bem |bastante )?interessad[oa]s?',
  'interessad[oa]s?',
  'faz (?:todo )?sentido',
  '(?:me )?(?:liga|ligue)(?: (?:para|pra) mim)?',
  '(?:pode )?(?:agende|agenda|marque|marca)(?: (?:um|uma|a|o|para|pra))?',
  '(?:estou|estarei|estamos|tenho) (?:disponivel|disponibilidade|livre|agenda|horario)',
  'fico no aguardo d(?:o convite|a agenda)',
  'a disposicao',
  '(?:mand[ae]|envi[ae])(?: me)?(?: o| um)? convite',
  'vamos em frente',
  'otima ideia',
  'otimo',
  'perfeito',
  'maravilha',
  'yes',
  'yeah',
  'yep',
  'sure',
  'absolutely',
  'definitely',
  'of course',
  'sounds (?:good|great|interesting)',
  'interested',
  'interest',
  "(?:i'd|i would|we'd|we would) (?:love|like|be happy|be glad)(?: to)?",
  "(?:let's|lets) (?:talk|chat|meet|do|schedule|book|set)",
  '(?:happy|glad|keen) to (?:talk|chat|meet|connect)',
  '(?:can|could) we (?:talk|chat|meet|schedule|book)',
  '(?:call|ring) me',
  '(?:book|schedule) (?:a|the|it|me)',
  'works? for (?:me|us)',
  'that works',
  '(?:mon|tues|wednes|thurs|fri)day[^.,!?]{0,15} works',
  'send (?:me |us )?(?:a |an |the )?(?:calendar )?invit(?:e|ation)',
  "(?:i'm|i am|we're|we are) (?:free|available|in)",
  'great',
  'perfect',
)

/** Agreement that stays one when it is put as a question. */
export const PROPOSAL =
  /^(?:(?:podemos|vamos) sim|(?:podemos|vamos) (?:conversar|falar|marcar|agendar|bater um papo)|pode(?:m)? (?:ser|marcar|agendar|me ligar|ligar)|(?:can|could) we .+|works? for .+|me (?:liga|ligue).*|call me|let'?s .+)$/

/** Before a word of agreement. A bare `no` is missing: in Portuguese it is "in the". */
export const NEGATIONS =
  /\b(?:nao|nunca|jamais|nem|nenhum|nenhuma|tampouco|not|never|don't|dont|do not|can't|cannot|won't|wouldn't|isn't|aren't|sem)\b/g

/** Asks although the question mark was forgotten. */
export const QUESTION =
  /^\s*(?:(?:ola|oi|hi|hello|bom dia|boa tarde),? )?(?:quanto|quantos|quantas|qual|quais|como|quando|onde|quem|por que|o que|what|how|when|where|which|who|do you|does|is there|are there)\b/
