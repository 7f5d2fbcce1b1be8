import { html, type Html, linked } from '../../html.ts'
import type { MeetingOfLink } from '../../sales/meeting-of-link.ts'
import { textarea } from '../landing/fields.ts'
import { page, saidPage } from '../landing/page.ts'
import { SHEET } from '../landing/style.ts'
import { type Locale, TEXTS } from '../landing/texts.ts'
import { type MeetingWords, WORDS } from './meeting-words.ts'

export interface OfferedTime {
  readonly startsAt: Date
  /** What the form says of it. */
  readonly value: string
}

export interface MeetingPageView {
  readonly nonce: string
  /** Where the file for a calendar is, if there is one. */
  readonly file: string | undefined
  /** Times that may be chosen instead; none where it can be moved no more, undefined where the calendar does not say. */
  readonly times: readonly OfferedTime[] | undefined
  /** What has just been done. */
  readonly done?: keyof MeetingWords['done'] | undefined
  readonly problem?: keyof MeetingWords['problems'] | undefined
  /** What was typed as the reason to cancel. */
  readonly reason?: string | undefined
}

/** A meeting as its lead sees it, with forms to move and to cancel it; or that it is over, or called off. */
export function meetingPage(meeting: MeetingOfLink, view: MeetingPageView): string {
  const { locale, state, wish } = meeting
  const words = WORDS[locale]
  const asked = wish?.state === 'asked' && state !== 'cancelled'
  const said = view.problem ?? (state === 'open' || state === 'soon' ? problemOf(wish) : undefined)
  return page(
    locale,
    view.nonce,
    `${meeting.title}, ${dayOf(meeting.startsAt, meeting)}`,
    html`<main class="single sheet">
      <section class="panel">
        <article>
          <p class="above"><strong>${meeting.company}</strong><span>${words.meeting}</span></p>
          <h1>${meeting.title}</h1>
          ${view.done && html`<p class="answer" role="status">${meeting.provider && view.done === 'moved' ? words.movedElsewhere : words.done[view.done]}</p>`}
          ${said && html`<p class="alert" role="alert">${words.problems[said]}</p>`}
          ${asked && html`<p class="state" role="status">${askedOf(meeting)}</p>`}
          ${state !== 'open' && !(state === 'cancelled' && view.done) && html`<p class="state">${words.states[state]}</p>`}
          ${facts(meeting)}
          ${
            (state === 'open' || state === 'soon') &&
            html`${view.file && html`<p><a class="button quiet" href="${view.file}">${words.addToCalendar}</a></p>`}
            ${!asked && html`${state === 'open' && moving(meeting, view, said)} ${cancelling(meeting, view)}`}`
          }
        </article>
      </section>
    </main>`,
    STYLE,
  )
}

/** What came of what the lead has asked for last. */
const problemOf = (wish: MeetingOfLink['wish']) => (wish === null || wish.state === 'asked' ? undefined : wish.state)

function askedOf({ wish, ...meeting }: MeetingOfLink): string {
  const { asked } = WORDS[meeting.locale]
  return wish?.startsAt
    ? asked.move(`${dayOf(wish.startsAt, meeting)}, ${timeOf(wish.startsAt, meeting)}`)
    : asked.cancel
}

export function noMeetingPage(locale: Locale, nonce: string): string {
  return saidPage(locale, nonce, WORDS[locale].unknown)
}

function facts(meeting: MeetingOfLink): Html {
  const { startsAt, endsAt, company, taker, location, locale, state } = meeting
  const words = WORDS[locale]
  const day = dayOf(startsAt, meeting)
  const time = `${timeOf(startsAt, meeting)} – ${timeOf(endsAt, meeting)}`
  const gone = state === 'cancelled'
  return html`<dl>
    <div>
      <dt>${words.when}</dt>
      <dd>
        ${gone ? html`<s>${day}, ${time}</s>` : html`<strong>${day}</strong><br />${time}`}
        <small>${zoneOf(startsAt, meeting)}</small>
      </dd>
    </div>
    <div>
      <dt>${words.with}</dt>
      <dd>${taker === null ? words.team(company) : `${taker}, ${company}`}</dd>
    </div>
    ${
      location !== null &&
      !gone &&
      html`<div>
        <dt>${words.where}</dt>
        <dd>${linked(location)}</dd>
      </div>`
    }
  </dl>`
}

function moving(meeting: MeetingOfLink, { times }: MeetingPageView, problem: MeetingPageView['problem']): Html {
  const words = WORDS[meeting.locale]
  const days = [...Map.groupBy(times ?? [], ({ startsAt }) => dayOf(startsAt, meeting))]
  // Whoever chose a time that is gone is looking for another one
  return html`<details class="change" ${(problem === 'taken' || problem === 'choose') && html`open`}>
    <summary>${words.move}</summary>
    ${
      days.length === 0
        ? html`<p>${times === undefined ? words.timesUnknown : words.noTimes}</p>`
        : html`<form method="post">
            <p class="facts">${words.zone(zoneNamed('longGeneric', meeting.startsAt, meeting))}</p>
            ${days.map(([day, those], index) => dayOfTimes(day, those, { meeting, open: index === 0 }))}
            <input type="hidden" name="sequence" value="${meeting.sequence}" />
            <p class="confirm"><button name="do" value="move">${words.confirmMove}</button></p>
          </form>`
    }
  </details>`
}

function dayOfTimes(
  day: string,
  times: readonly OfferedTime[],
  { meeting, open }: { meeting: MeetingOfLink; open: boolean },
): Html {
  return html`<details class="day" ${open && html`open`}>
    <summary>${day} <small>${WORDS[meeting.locale].count(times.length)}</small></summary>
    <fieldset>
      <legend class="hidden">${day}</legend>
      ${times.map(
        ({ startsAt, value }) =>
          html`<label class="time"
            ><input type="radio" name="startsAt" value="${value}" required /><span
              >${timeOf(startsAt, meeting)}</span
            ></label
          >`,
      )}
    </fieldset>
  </details>`
}

function cancelling(meeting: MeetingOfLink, { reason, problem }: MeetingPageView): Html {
  const words = WORDS[meeting.locale]
  const field = {
    name: 'reason',
    label: words.reason,
    optional: TEXTS[meeting.locale].optional,
    value: reason ?? '',
    error: undefined,
    focus: false,
  }
  return html`<details class="change" ${problem !== undefined && reason !== undefined && html`open`}>
    <summary>${words.cancel}</summary>
    <form method="post">
      <p class="facts">${words.cancelText}</p>
      ${textarea(field)}
      <input type="hidden" name="sequence" value="${meeting.sequence}" />
      <button class="danger" name="do" value="cancel">${words.confirmCancel}</button>
    </form>
  </details>`
}

type Place = Pick<MeetingOfLink, 'locale' | 'timeZone'>
/** `terça-feira, 3 de março` */
const dayOf = (at: Date, { locale, timeZone }: Place) =>
  new Intl.DateTimeFormat(locale, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }).format(at)
/** `09:00`; in English `9:00 AM`. */
const timeOf = (at: Date, { locale, timeZone }: Place) =>
  new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: locale === 'en' ? 'numeric' : '2-digit',
    minute: '2-digit',
  }).format(at)

/** `Horário Padrão de Brasília (GMT-3)`: a name for people, and what it is at that moment. */
const zoneOf = (at: Date, place: Place) => `${zoneNamed('long', at, place)} (${zoneNamed('shortOffset', at, place)})`

/** A zone that has no name for people is called by its own: `America/Punta Arenas`. */
function zoneNamed(
  timeZoneName: 'long' | 'longGeneric' | 'shortOffset',
  at: Date,
  { locale, timeZone }: Place,
): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName }).formatToParts(at)
  const name = parts.find(({ type }) => type === 'timeZoneName')!.value
  return timeZoneName !== 'shortOffset' && name.startsWith('GMT') ? timeZone.replaceAll('_', ' ') : name
}

const STYLE = `${SHEET}
dl{margin:8px 0 0;display:grid;gap:16px}dl>div{display:grid;grid-template-columns:6.5rem 1fr;gap:4px 16px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}dd strong::first-letter{text-transform:uppercase}dd small{display:block;color:var(--soft);font-size:.85rem}
.state{padding:14px 16px;border-radius:10px;border:1px solid var(--line);background:var(--paper)}
.change{border-top:1px solid var(--line);padding-top:18px}summary{cursor:pointer;font-weight:600;border-radius:6px}summary:focus-visible{outline:2px solid var(--accent);outline-offset:3px}.change>form,.change>p{margin-top:16px}
.day{border:1px solid var(--line);border-radius:10px;padding:12px 14px}.day>summary::first-letter{text-transform:uppercase}.day summary small{font-weight:400;color:var(--soft);margin-left:6px}
.sheet form{gap:12px 16px}fieldset{border:0;margin:12px 0 2px;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(5.2rem,1fr));gap:8px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.time{display:block;margin:0;position:relative;font-size:1rem;font-weight:450}.time input:not([type=checkbox]){position:absolute;inset:0;width:100%;height:100%;min-height:0;margin:0;opacity:0;cursor:pointer}.time span{display:block;text-align:center;padding:10px 2px;white-space:nowrap;border:1px solid var(--line);border-radius:9px;font-variant-numeric:tabular-nums}
.time input:hover+span{border-color:var(--accent)}.time input:checked+span{background:var(--accent);border-color:var(--accent);color:var(--accent-ink);font-weight:650}.time input:focus-visible+span{outline:2px solid var(--accent);outline-offset:2px}
.confirm{position:sticky;bottom:0;background:var(--card);padding:12px 0;border-top:1px solid var(--line)}.confirm button{width:100%}.danger{background:transparent;color:var(--bad);border:1px solid var(--bad)}
@media (max-width:460px){dl>div{grid-template-columns:1fr}.day summary small{display:none}}
`
