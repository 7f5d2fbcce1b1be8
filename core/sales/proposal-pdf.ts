import { createRequire } from 'node:module'
import type PDFDocument from 'pdfkit'
import type { ProposalDocument } from './proposal-document.ts'
import { shownAmount } from './proposal.ts'

type Pdf = InstanceType<typeof PDFDocument>

const MARGIN = 56
const WIDTH = 595.28 - 2 * MARGIN // A4, in points
const BOTTOM = 841.89 - 72
const INK = '#191c18'
const SOFT = '#5b6058'
const LINE = '#d9d8cf'
const ACCENT = '#0b7a5b'
const SHADE = '#f4f4ef'

const font = (name: string) => createRequire(import.meta.url).resolve(`@expo-google-fonts/source-sans-3/${name}.ttf`)

/** The file of a proposal: A4, fonts embedded, text that can be selected and searched. The same document gives the same bytes. */
export async function proposalPdf(document: ProposalDocument): Promise<Uint8Array> {
  const { default: Pdfkit } = await import('pdfkit') // a heavy one: whoever prints waits for it, not who starts
  const { proposal, company, locale } = document
  const words = WORDS[locale]
  const pdf: Pdf = new Pdfkit({
    size: 'A4',
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: 56 },
    bufferPages: true,
    lang: locale,
    displayTitle: true,
    font: font('400Regular/SourceSans3_400Regular'),
    info: {
      Title: `${words.proposal} ${proposal.number}: ${proposal.title}`,
      Author: company,
      CreationDate: new Date(proposal.updatedAt),
    },
  })
  const parts: Buffer[] = []
  const finished = new Promise<Uint8Array>((resolve, reject) => {
    pdf.on('data', (part: Buffer) => parts.push(part))
    pdf.on('end', () => resolve(Buffer.concat(parts)))
    pdf.on('error', reject)
  })
  pdf.registerFont('plain', font('400Regular/SourceSans3_400Regular'))
  pdf.registerFont('bold', font('600SemiBold/SourceSans3_600SemiBold'))

  head(pdf, document)
  paragraphs(pdf, proposal.introduction)
  table(pdf, document)
  if (proposal.terms !== null) {
    heading(pdf, words.terms)
    paragraphs(pdf, proposal.terms)
  }
  feet(pdf, document)
  pdf.end()
  return finished
}

function head(pdf: Pdf, { proposal, company, lead, locale, timeZone }: ProposalDocument): void {
  const words = WORDS[locale]
  const day = (at: string | Date, zone: string) =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: zone }).format(new Date(at))
  pdf.rect(0, 0, 595.28, 6).fill(ACCENT)
  pdf
    .font('bold')
    .fontSize(13)
    .fillColor(INK)
    .text(company, MARGIN, MARGIN, { width: WIDTH * 0.6 })
  const belowCompany = pdf.y
  pdf
    .font('plain')
    .fontSize(10.5)
    .fillColor(SOFT)
    .text(`${words.proposal} ${proposal.number}`, MARGIN + WIDTH * 0.6, MARGIN + 2, {
      width: WIDTH * 0.4,
      align: 'right',
    })
  pdf
    .font('bold')
    .fontSize(24)
    .fillColor(INK)
    .text(proposal.title, MARGIN, Math.max(belowCompany, pdf.y) + 34, {
      width: WIDTH,
      lineGap: -2,
    })
  const facts: [string, string][] = [
    [words.for, lead.company ? `${lead.name} · ${lead.company}` : lead.name],
    [words.date, day(proposal.createdAt, timeZone)],
    ...(proposal.validUntil
      ? [[words.validUntil, day(`${proposal.validUntil}T12:00:00Z`, 'UTC')] as [string, string]]
      : []),
  ]
  pdf.moveDown(0.7)
  for (const [name, value] of facts) {
    const { y } = pdf
    pdf.font('plain').fontSize(10.5).fillColor(SOFT).text(name, MARGIN, y, { width: 84 })
    pdf.fillColor(INK).text(value, MARGIN + 88, y, { width: WIDTH - 88 })
    pdf.y += 2
  }
  pdf.x = MARGIN
  pdf.moveDown(1.2)
}

function heading(pdf: Pdf, text: string): void {
  if (pdf.y > BOTTOM - 60) pdf.addPage()
  pdf.moveDown(1)
  pdf.font('bold').fontSize(12).fillColor(INK).text(text, MARGIN, pdf.y, { width: WIDTH })
  pdf.moveDown(0.4)
}

function paragraphs(pdf: Pdf, text: string | null): void {
  if (text === null) return
  pdf.font('plain').fontSize(10.5).fillColor(INK)
  for (const part of text.split(/\n\s*\n/)) {
    pdf.text(part.trim(), MARGIN, pdf.y, { width: WIDTH, lineGap: 2.5 })
    pdf.moveDown(0.6)
  }
}

/** Columns: left edge and width. */
const COLUMNS = [
  { x: MARGIN + 8, width: WIDTH - 266, align: 'left' },
  { x: MARGIN + WIDTH - 250, width: 50, align: 'right' },
  { x: MARGIN + WIDTH - 192, width: 88, align: 'right' },
  { x: MARGIN + WIDTH - 96, width: 88, align: 'right' },
] as const

function table(pdf: Pdf, { proposal, locale }: ProposalDocument): void {
  const words = WORDS[locale]
  const shown = (cents: number) => shownAmount(cents, proposal.currency, locale)
  const number = new Intl.NumberFormat(locale)
  pdf.moveDown(0.6)
  const titles = () => {
    const { y } = pdf
    pdf.rect(MARGIN, y, WIDTH, 22).fill(SHADE)
    line(pdf, [words.item, words.quantity, words.unitPrice, words.total], y + 5, 'bold', SOFT, 9.5)
    pdf.y = y + 22
  }
  if (pdf.y > BOTTOM - 70) pdf.addPage()
  titles()
  for (const { description, quantity, unitAmount } of proposal.items) {
    pdf.font('plain').fontSize(10.5)
    const height = pdf.heightOfString(description, { width: COLUMNS[0].width }) + 13
    if (pdf.y + height > BOTTOM) {
      pdf.addPage()
      titles()
    }
    const { y } = pdf
    line(
      pdf,
      [description, number.format(quantity), shown(unitAmount), shown(quantity * unitAmount)],
      y + 6,
      'plain',
      INK,
      10.5,
    )
    pdf.y = y + height
    pdf
      .moveTo(MARGIN, pdf.y)
      .lineTo(MARGIN + WIDTH, pdf.y)
      .lineWidth(0.6)
      .stroke(LINE)
  }
  if (pdf.y > BOTTOM - 40) pdf.addPage()
  const y = pdf.y + 10
  pdf.font('bold').fontSize(12).fillColor(INK)
  pdf.text(words.total, MARGIN + 8, y + 3, { width: WIDTH / 2 })
  pdf.fontSize(16).fillColor(ACCENT)
  pdf.text(shown(proposal.total), MARGIN + WIDTH / 2, y, { width: WIDTH / 2 - 8, align: 'right' })
  pdf.y = y + 30
  pdf.x = MARGIN
}

function line(pdf: Pdf, cells: readonly string[], y: number, face: string, color: string, size: number): void {
  pdf.font(face).fontSize(size).fillColor(color)
  cells.forEach((cell, index) => {
    const { x, width, align } = COLUMNS[index]!
    pdf.text(cell, x, y, { width, align, lineBreak: true })
  })
}

/** Once it is known how many pages there are. */
function feet(pdf: Pdf, { proposal, company, locale }: ProposalDocument): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page)
    pdf.page.margins.bottom = 0 // what stands below the margin must not begin a page
    pdf.font('plain').fontSize(8.5).fillColor(SOFT)
    pdf.text(`${company} · ${WORDS[locale].proposal} ${proposal.number}`, MARGIN, 841.89 - 44, { width: WIDTH / 2 })
    pdf.text(WORDS[locale].page(page + 1, count), MARGIN + WIDTH / 2, 841.89 - 44, { width: WIDTH / 2, align: 'right' })
  }
}

const WORDS = {
  'pt-BR': {
    proposal: 'Proposta',
    for: 'Para',
    date: 'Data',
    validUntil: 'Válida até',
    item: 'Descrição',
    quantity: 'Qtd.',
    unitPrice: 'Preço unitário',
    total: 'Total',
    terms: 'Condições',
    page: (page: number, of: number) => `Página ${page} de ${of}`,
  },
  en: {
    proposal: 'Proposal',
    for: 'For',
    date: 'Date',
    validUntil: 'Valid until',
    item: 'Description',
    quantity: 'Qty',
    unitPrice: 'Unit price',
    total: 'Total',
    terms: 'Terms',
    page: (page: number, of: number) => `Page ${page} of ${of}`,
  },
} as const
