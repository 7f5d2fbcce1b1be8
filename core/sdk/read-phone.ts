export interface PhoneOrigin {
  readonly country: string | null
  readonly state: string | null
  readonly city: string | null
  /** The digits that the conclusion rests on: `+55 11`. */
  readonly prefix: string
}

/**
 * Where a number was registered. Only an international number (`+…`, `00…`) says its country, and only a code that one
 * country uses alone: `+1` may be twenty of them. A Brazilian number says its DDD, hence state and region as well.
 */
export function readPhone(phone: string | null | undefined): PhoneOrigin {
  const digits = /^\s*(?:\+|00)([\d\s().-]{7,})$/.exec(phone ?? '')?.[1]?.replace(/\D/g, '')
  if (digits === undefined) return UNKNOWN
  const code = [3, 2, 1].map(length => digits.slice(0, length)).find(prefix => countryOf(prefix) !== undefined)
  if (code === undefined) return UNKNOWN
  const country = countryOf(code)!
  const ddd = digits.slice(2, 4)
  const area = country === 'BR' && /^55\d{10,11}$/.test(digits) ? areaOf(ddd) : undefined
  if (!area) return { country, state: null, city: null, prefix: `+${code}` }
  return { country, state: area.state, city: area.city, prefix: `+55 ${ddd}` }
}

const UNKNOWN: PhoneOrigin = { country: null, state: null, city: null, prefix: '' }

// Texts, not maps: a plugin that reads no phones then bundles none of this.
/** The country whose code this is; undefined for a code that several share, and for none. */
const countryOf = (code: string): string | undefined => new RegExp(`(?:^| )${code}:(..)`).exec(COUNTRIES)?.[1]

/** State and main city of a Brazilian area code. */
function areaOf(ddd: string): { readonly state: string; readonly city: string } | undefined {
  const [, state, city] = new RegExp(`(?:^|;)\\s*${ddd} (..) ([^;]+)`).exec(AREAS) ?? []
  return state === undefined || city === undefined ? undefined : { state, city }
}

/** ITU-T E.164 country codes that stand for one country; `+1`, `+7` and `+44` are shared and therefore missing. */
const COUNTRIES =
  '20:EG 27:ZA 30:GR 31:NL 32:BE 33:FR 34:ES 36:HU 39:IT 40:RO 41:CH 43:AT 45:DK 46:SE 47:NO 48:PL 49:DE 51:PE 52:MX ' +
  '53:CU 54:AR 55:BR 56:CL 57:CO 58:VE 60:MY 61:AU 62:ID 63:PH 64:NZ 65:SG 66:TH 81:JP 82:KR 84:VN 86:CN 90:TR 91:IN ' +
  '92:PK 94:LK 98:IR 212:MA 213:DZ 216:TN 233:GH 234:NG 238:CV 239:ST 244:AO 245:GW 254:KE 258:MZ 351:PT 352:LU 353:IE ' +
  '354:IS 356:MT 357:CY 358:FI 359:BG 370:LT 371:LV 372:EE 380:UA 381:RS 385:HR 386:SI 420:CZ 421:SK 502:GT 503:SV ' +
  '504:HN 505:NI 506:CR 507:PA 509:HT 591:BO 592:GY 593:EC 595:PY 597:SR 598:UY 670:TL 852:HK 853:MO 886:TW 961:LB ' +
  '966:SA 971:AE 972:IL 974:QA'

/** The 67 area codes of Brazil (DDD): state and main city. 61 also serves towns of Goiás around the capital. */
const AREAS = `
  11 SP São Paulo; 12 SP São José dos Campos; 13 SP Santos; 14 SP Bauru; 15 SP Sorocaba; 16 SP Ribeirão Preto;
  17 SP São José do Rio Preto; 18 SP Presidente Prudente; 19 SP Campinas; 21 RJ Rio de Janeiro;
  22 RJ Campos dos Goytacazes; 24 RJ Volta Redonda; 27 ES Vitória; 28 ES Cachoeiro de Itapemirim; 31 MG Belo Horizonte;
  32 MG Juiz de Fora; 33 MG Governador Valadares; 34 MG Uberlândia; 35 MG Poços de Caldas; 37 MG Divinópolis;
  38 MG Montes Claros; 41 PR Curitiba; 42 PR Ponta Grossa; 43 PR Londrina; 44 PR Maringá; 45 PR Cascavel;
  46 PR Francisco Beltrão; 47 SC Joinville; 48 SC Florianópolis; 49 SC Chapecó; 51 RS Porto Alegre; 53 RS Pelotas;
  54 RS Caxias do Sul; 55 RS Santa Maria; 61 DF Brasília; 62 GO Goiânia; 63 TO Palmas; 64 GO Rio Verde; 65 MT Cuiabá;
  66 MT Rondonópolis; 67 MS Campo Grande; 68 AC Rio Branco; 69 RO Porto Velho; 71 BA Salvador; 73 BA Itabuna;
  74 BA Juazeiro; 75 BA Feira de Santana; 77 BA Vitória da Conquista; 79 SE Aracaju; 81 PE Recife; 82 AL Maceió;
  83 PB João Pessoa; 84 RN Natal; 85 CE Fortaleza; 86 PI Teresina; 87 PE Petrolina; 88 CE Juazeiro do Norte;
  89 PI Picos; 91 PA Belém; 92 AM Manaus; 93 PA Santarém; 94 PA Marabá; 95 RR Boa Vista; 96 AP Macapá; 97 AM Tefé;
  98 MA São Luís; 99 MA Imperatriz`
