/** Every account on one page, for ourselves. What is shown is fetched; every value gets there as text. */

import { GUARDED } from '../http.ts'

const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#16181d,#eceef2);--soft:light-dark(#5b6270,#a4abb8);--line:light-dark(#e3e5ea,#2b2f37);--control:light-dark(#7f8691,#727884);--panel:light-dark(#fff,#15171b);--page:light-dark(#f7f8fa,#0d0e11);--good:light-dark(#17733f,#5fd08e);--warm:light-dark(#8f5a00,#f0b849);--bad:light-dark(#b3261e,#ff8a80)}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:13px/20px Geist,system-ui,sans-serif}
main{max-width:1120px;margin:32px auto;padding:0 16px}header{display:flex;justify-content:space-between;align-items:baseline;gap:16px}
h1{font-size:20px;line-height:28px;letter-spacing:-.01em;margin:0}small,.soft{color:var(--soft)}
#cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(240px,50%),1fr));margin:24px 0;background:var(--panel);border:1px solid var(--line);border-radius:10px;overflow:hidden}
#cards div{padding:16px;box-shadow:-1px -1px 0 0 var(--line)}
#cards b{display:block;font-size:26px;line-height:32px;letter-spacing:-.018em;font-weight:600;font-variant-numeric:tabular-nums}#cards small{display:block}
[role=search]{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:12px}button,input,select{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:5px 12px;min-height:32px}button{font-weight:500}input,select{border-color:var(--control)}
button{cursor:pointer}button[aria-pressed=true]{border-color:var(--ink)}input{flex:1;min-width:160px}
:focus-visible{outline:2px solid var(--ink);outline-offset:1px}
section{background:var(--panel);border:1px solid var(--line);border-radius:10px;overflow-x:auto}
table{width:100%;border-collapse:collapse}th,td{height:40px;padding:6px 16px;text-align:left;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:500}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.good{color:var(--good)}.warm{color:var(--warm)}.bad{color:var(--bad)}#more{margin:12px 0}[hidden]{display:none}`

/** Runs in the browser. It refreshes what is shown every half minute, while somebody looks. */
const SCRIPT = `
const $ = (id) => document.getElementById(id)
const make = (name, text, style) => { const node = document.createElement(name); node.textContent = text; if (style) node.className = style; return node }
const count = (n) => n.toLocaleString('en')
const money = (cents) => (cents / 100).toLocaleString('en', { style: 'currency', currency: 'USD' })
const day = (at) => new Date(at).toISOString().slice(0, 10)
const wish = { filter: 'all', sort: 'created', email: '', pages: 1 }
let turn = 0
async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } })
  if (!answer.ok) throw new Error(answer.status === 403 ? 'Your session at Access has ended. Load the page again.' : 'The reports did not answer (' + answer.status + ').')
  return answer.json()
}
function showTotals(t) {
  const cards = [
    [count(t.accounts), 'accounts'],
    [count(t.paying), 'paying, and ' + count(t.trialing) + ' trialing'],
    [money(t.mrr), 'a month' + (t.mrrLeaving > 0 ? ', and ' + money(t.mrrLeaving) + ' leaving' : '')],
    [money(t.overage), 'overage, of ' + count(t.accountsInOverage) + ' accounts'],
    [count(t.liveCustomers), 'live customers'],
    [count(t.testCustomers), 'test customers'],
    [count(t.accountsWithCustomers), 'accounts with customers'],
    [count(t.averageLiveCustomers), 'live customers an account'],
  ]
  $('cards').replaceChildren(...cards.map(([value, name]) => { const card = make('div', ''); card.append(make('b', value), make('small', name)); return card }))
  const counts = { all: t.accounts, paying: t.paying, trialing: t.trialing, customers: t.accountsWithCustomers, empty: t.accountsWithout }
  for (const button of document.querySelectorAll('[data-filter]')) button.textContent = button.dataset.name + ' ' + count(counts[button.dataset.filter])
}
function trial(a) {
  if (a.status === 'trialing' && a.trialEnd !== null) { const left = Math.ceil((a.trialEnd - Date.now()) / 86400000); return left > 0 ? left + ' d left' : 'ended' }
  return a.status === 'active' || a.status === 'past_due' ? 'paid' : ''
}
function row(a, included) {
  const line = make('tr', '')
  const level = a.liveCustomers >= included ? 'bad' : a.liveCustomers >= included / 2 ? 'warm' : 'good'
  const standing = a.status === 'active' ? 'good' : a.status === 'past_due' ? 'warm' : a.endedAt !== null ? 'bad' : 'soft'
  line.append(
    make('td', a.email ?? a.platformId), make('td', a.status ?? 'no subscription', standing), make('td', trial(a)),
    make('td', count(a.liveCustomers), 'n ' + level), make('td', money(a.overage), 'n'),
    make('td', count(a.testCustomers), 'n'), make('td', day(a.createdAt)))
  line.title = a.platformId
  return line
}
async function load() {
  const mine = ++turn
  try {
    const { totals } = await ask('/admin/totals')
    const rows = []
    let cursor = null
    for (let page = 0; page < wish.pages; page += 1) {
      const query = new URLSearchParams({ filter: wish.filter, sort: wish.sort })
      if (wish.email !== '') query.set('email', wish.email)
      if (cursor !== null) query.set('cursor', cursor)
      const found = await ask('/admin/accounts?' + query)
      rows.push(...found.accounts)
      cursor = found.nextCursor
      if (cursor === null) break
    }
    if (mine !== turn) return
    showTotals(totals)
    $('rows').replaceChildren(...rows.map((account) => row(account, totals.includedCustomers)))
    $('none').hidden = rows.length > 0
    $('more').hidden = cursor === null
    $('state').textContent = 'as of ' + new Date().toLocaleTimeString()
  } catch (error) {
    if (mine === turn) $('state').textContent = error.message
  }
}
for (const button of document.querySelectorAll('[data-filter]'))
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-filter]')) other.setAttribute('aria-pressed', String(other === button))
    Object.assign(wish, { filter: button.dataset.filter, pages: 1 })
    load()
  })
$('sort').addEventListener('change', () => { Object.assign(wish, { sort: $('sort').value, pages: 1 }); load() })
let typing
$('email').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(() => { Object.assign(wish, { email: $('email').value.trim(), pages: 1 }); load() }, 250) })
$('more').addEventListener('click', () => { wish.pages += 1; load() })
setInterval(() => { if (document.visibilityState === 'visible') load() }, 30000)
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') load() })
load()`

const FILTERS = [
  ['all', 'All'],
  ['paying', 'Paying'],
  ['trialing', 'Trialing'],
  ['customers', 'With customers'],
  ['empty', 'Empty'],
] as const

export function adminPage(): Response {
  const nonce = crypto.randomUUID()
  const filters = FILTERS.map(
    ([filter, name]) =>
      `<button type="button" data-filter="${filter}" data-name="${name}" aria-pressed="${filter === 'all'}">${name}</button>`,
  )
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>dream-api accounts</title><style nonce="${nonce}">${STYLE}</style></head><body><main>
<header><h1>Accounts</h1><small id="state" role="status">loading</small></header>
<div id="cards"></div>
<div role="search" aria-label="Accounts">${filters.join('')}<input id="email" type="search" placeholder="E-mail begins with" aria-label="E-mail begins with"><select id="sort" aria-label="Sort by"><option value="created">Newest first</option><option value="customers">Most live customers</option><option value="overage">Most overage</option></select></div>
<section tabindex="0" aria-label="Accounts"><table><thead><tr><th scope="col">E-mail</th><th scope="col">Status</th><th scope="col">Trial</th><th scope="col" class="n">Live customers</th><th scope="col" class="n">Overage</th><th scope="col" class="n">Test</th><th scope="col">Created</th></tr></thead><tbody id="rows"></tbody></table></section>
<p id="none" class="soft" hidden>No account is like that.</p><button id="more" type="button" hidden>More</button>
</main><script nonce="${nonce}">${SCRIPT}</script></body></html>`
  return new Response(html, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      ...GUARDED,
    },
  })
}
