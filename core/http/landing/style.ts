/** The whole style of the landing pages: sent inside the page, under a nonce. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f5f0;--card:#fff;--ink:#191c18;--soft:#5b6058;--line:#d9d8cf;--accent:#0b7a5b;--accent-ink:#fff;--deep:#0d3328;--deep-soft:#a9cdbd;--bad:#b3261e;--bad-soft:#fdf0ee;--focus:#0b7a5b33}
@media (prefers-color-scheme:dark){:root{--paper:#101311;--card:#191d1a;--ink:#eaece8;--soft:#a5aca5;--line:#353c37;--accent:#3fbf90;--accent-ink:#06231a;--deep:#0a241d;--deep-soft:#8fbcaa;--bad:#f2867d;--bad-soft:#331a19;--focus:#3fbf9033}}
*,*::before,*::after{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 -apple-system,'Segoe UI Variable Text','Segoe UI',Roboto,'Helvetica Neue','Noto Sans',Arial,sans-serif;-webkit-font-smoothing:antialiased}
main{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);min-height:100vh}
.story{background:var(--deep);color:#f2f6f3;padding:clamp(28px,6vw,88px) clamp(24px,5vw,72px);display:flex;flex-direction:column;gap:28px}
.story>div{max-width:34rem;margin-block:auto}
h1{font:500 clamp(2.1rem,1.3rem + 2.9vw,3.4rem)/1.1 'Iowan Old Style','Palatino Linotype',Palatino,Georgia,'Times New Roman',serif;letter-spacing:-.015em;margin:0 0 20px;text-wrap:balance}
.story p{margin:0;font-size:1.08rem;color:#d7e6de;text-wrap:pretty}
.story h2{font-size:.95rem;font-weight:600;margin:44px 0 14px;color:#fff}
.story ol{list-style:none;counter-reset:step;margin:0;padding:0;display:grid;gap:14px}
.story li{counter-increment:step;display:grid;grid-template-columns:30px 1fr;gap:12px;color:#d7e6de}
.story li::before{content:counter(step);display:grid;place-items:center;width:28px;height:28px;border-radius:50%;border:1px solid #ffffff3d;font-size:.85rem;color:#fff}
.foot{font-size:.85rem;color:var(--deep-soft);display:flex;flex-wrap:wrap;gap:4px 16px}
.foot a{color:inherit}
.panel{padding:clamp(24px,5vw,72px) clamp(20px,5vw,72px);display:grid;align-content:center;justify-items:center}
.panel>*{width:min(100%,34rem)}
.lang{text-align:right;font-size:.88rem;margin-bottom:12px}
a{color:var(--accent)}
form{display:grid;grid-template-columns:1fr 1fr;gap:18px 16px}
form>*{grid-column:1/-1;min-width:0}
form>.half{grid-column:auto}
.title{font-size:1.35rem;font-weight:620;letter-spacing:-.01em;margin:0 0 2px}
label,legend{display:flex;justify-content:space-between;gap:8px;font-size:.9rem;font-weight:550;margin-bottom:6px}
label small{font-weight:400;color:var(--soft)}
input:not([type=checkbox]),select,textarea{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:11px 13px;min-height:46px;transition:border-color .15s,box-shadow .15s}
textarea{min-height:104px;resize:vertical;display:block}
::placeholder{color:var(--soft);opacity:.75}
input:focus,select:focus,textarea:focus{outline:0;border-color:var(--accent);box-shadow:0 0 0 4px var(--focus)}
[aria-invalid=true]{border-color:var(--bad)!important}
.error{margin:6px 0 0;font-size:.88rem;color:var(--bad)}
.check{display:grid;grid-template-columns:20px 1fr;gap:12px;font-size:.88rem;color:var(--soft);font-weight:400;justify-content:start;margin:0}
.check input{width:20px;height:20px;margin:1px 0 0;accent-color:var(--accent)}
.check input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
button,.button{display:inline-block;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--accent-ink);background:var(--accent);border:0;border-radius:10px;padding:13px 22px;cursor:pointer;transition:filter .15s}
button:hover,.button:hover{filter:brightness(1.08)}
button:focus-visible,.button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:3px}
.story a:focus-visible{outline-color:#fff}
.note{margin:-6px 0 0;font-size:.85rem;color:var(--soft);text-align:center}
.alert{margin:0;padding:12px 16px;border-radius:10px;background:var(--bad-soft);color:var(--bad);font-size:.95rem}
.trap{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}
.done{display:grid;gap:14px;justify-items:start}
.done h1{margin:0}
.done p{margin:0;color:var(--soft);font-size:1.08rem}
.tick{display:grid;place-items:center;width:56px;height:56px;border-radius:50%;background:var(--accent);color:var(--accent-ink)}
.actions{display:flex;flex-wrap:wrap;gap:12px 22px;align-items:center;margin-top:10px}

.single{grid-template-columns:1fr}
@media (max-width:880px){main{grid-template-columns:1fr;min-height:0}.single{min-height:90vh}.story{padding-block:36px}.story h2{margin-top:28px}.panel{padding-block:32px 56px}.lang{margin-bottom:4px}}
@media (max-width:460px){form>.half{grid-column:1/-1}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
`

/** Of a page that is one sheet in the middle: a proposal, a meeting. */
export const SHEET = `
.sheet .panel>*{width:min(100%,46rem)}.sheet .panel{align-content:start}
.sheet article{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(20px,5vw,52px);display:grid;gap:18px}
.sheet h1{font-size:clamp(1.7rem,1.2rem + 2vw,2.5rem);margin:0;overflow-wrap:anywhere}.sheet p{margin:0}.above{display:flex;justify-content:space-between;gap:12px}.above span,.facts{color:var(--soft)}
.quiet{background:transparent;color:var(--ink);border:1px solid var(--line)}.answer{padding:14px 16px;border-radius:10px;border:1px solid var(--accent);font-weight:550}
`
