/** The one stylesheet of the sandbox's pages. */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #5d6878; --line: #e1e6ec; --back: #f6f8fa; --card: #fff;
  --field: #fff; --edge: #c9d1da; --accent: #4b45e0; --on-accent: #fff; --tint: #f1f0ff; --bad: #b3093c; --bad-back: #fdf0f4;
  --ribbon: #fdeec4; --on-ribbon: #5a4500; --lift: 0 1px 2px rgb(16 24 40 / .05), 0 4px 16px rgb(16 24 40 / .05); }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --soft: #9aa5b5; --line: #272d39; --back: #0f1218;
  --card: #171b23; --field: #10141b; --edge: #3a4252; --accent: #938eff; --on-accent: #0d0f16; --tint: #1d1e33;
  --bad: #ff86a4; --bad-back: #2b1820; --ribbon: #332a10; --on-ribbon: #f0d58a; --lift: none; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  -webkit-font-smoothing: antialiased; }
main { max-width: 36rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
main.wide { max-width: 62rem; }
.ribbon { margin: 0; padding: .35rem 1rem; text-align: center; font-size: .8125rem; background: var(--ribbon);
  color: var(--on-ribbon); }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; margin: 1.5rem 0 .75rem; }
h1.lead { font-size: 1rem; font-weight: 500; letter-spacing: 0; color: var(--soft); margin: 1.5rem 0 .25rem; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .875rem; padding: 1.5rem; margin: 1rem 0;
  box-shadow: var(--lift); }
section > :last-child, label > :last-child { margin-bottom: 0; }
.split { display: grid; gap: 1rem 4rem; }
@media (min-width: 52rem) { .split { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; margin-top: 1.5rem; }
  .split > * { margin-top: 0; } }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; font-size: .875rem; color: var(--soft); }
td, th { padding: .625rem 0; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td + td, th + th { padding-left: 1rem; }
tr:last-child td { border-bottom: 0; }
td:last-child { text-align: right; white-space: nowrap; }
p ~ .goods { margin-top: 1.5rem; }
.goods tr:first-child td { padding-top: 0; }
.goods strong { font-weight: 500; display: block; }
.goods .soft { font-size: .875rem; }
.sums { margin-top: 1rem; border-top: 1px solid var(--line); }
.sums td { border-bottom: 0; padding: .375rem 0; color: var(--soft); }
.sums tr:first-child td { padding-top: 1rem; }
.sums tr:last-child td { padding-top: .75rem; color: var(--ink); font-weight: 600; }
.list td { padding: .75rem 0; }
.list td:first-child { width: 42%; padding-right: 2rem; }
.list td:last-child { text-align: left; white-space: normal; padding-left: 0; }
.list tr:last-child td { padding-bottom: 0; }
.call { display: grid; grid-template-columns: 3.25rem 1fr; }
code.body { display: block; color: var(--soft); margin-top: .25rem; }
.total { font-size: 2.25rem; line-height: 1.2; letter-spacing: -.02em; font-weight: 600; margin: 0;
  font-variant-numeric: tabular-nums; }
.total.plan { font-size: 1.5rem; }
.soft { color: var(--soft); }
p.soft { margin: .125rem 0 1rem; }
.bad { color: var(--bad); background: var(--bad-back); border-radius: .5rem; padding: .625rem .875rem; font-weight: 500; }
.badge { display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; background: var(--tint); font-size: .8125rem;
  font-weight: 500; vertical-align: middle; }
label { display: block; margin: 0 0 .875rem; font-size: .875rem; font-weight: 500; }
label .soft { font-weight: 400; }
input[type=email], input[type=text], input[type=tel], select { display: block; width: 100%; margin-top: .25rem;
  padding: .625rem .75rem; font: 1rem/1.4 system-ui, sans-serif; color: var(--ink); background: var(--field);
  border: 1px solid var(--edge); border-radius: .5rem; }
::placeholder { color: var(--soft); opacity: 1; }
.pair { display: grid; grid-template-columns: 2fr 3fr; gap: 0 .75rem; }
.joined { display: flex; gap: .5rem; margin: .75rem 0 1rem; max-width: 22rem; }
.joined input { margin: 0; min-width: 0; flex: 1; }
.applied { margin: .75rem 0 1rem; }
.applied code { background: var(--tint); border-radius: .375rem; padding: .25rem .5rem; margin-right: .5rem; font-weight: 600; }
form { margin: 0; }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; min-width: 0; }
legend { font-weight: 600; padding: 0; margin-bottom: .75rem; }
.known { margin: 0 0 .875rem; overflow-wrap: anywhere; }
.known .soft { margin-right: .5rem; font-size: .875rem; }
.choices { border: 1px solid var(--edge); border-radius: .5rem; overflow: hidden; }
label.choice { display: flex; gap: .625rem; align-items: center; margin: 0; padding: .75rem; font-size: 1rem; font-weight: 400;
  background: var(--field); border-bottom: 1px solid var(--line); cursor: pointer; }
label.choice:last-child { border-bottom: 0; }
label.choice:has(:checked) { background: var(--tint); }
label.choice .soft { margin-left: auto; white-space: nowrap; font-size: .875rem; }
input[type=radio] { accent-color: var(--accent); width: 1.0625rem; height: 1.0625rem; margin: 0; flex: none; }
button { font: 600 .9375rem/1.4 system-ui, sans-serif; padding: .625rem 1rem; border-radius: .5rem; cursor: pointer;
  border: 1px solid var(--edge); background: var(--card); color: var(--ink); }
button.main { display: block; width: 100%; padding: .8125rem 1rem; font-size: 1rem; background: var(--accent);
  color: var(--on-accent); border-color: transparent; }
button.wide { display: block; width: 100%; margin-top: .5rem; }
button:hover { border-color: var(--soft); }
button.main:hover { filter: brightness(1.08); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); text-underline-offset: .15em; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
.buttons:empty { display: none; }
.buttons:last-child { margin-bottom: 0; }
.choices + label { display: block; margin-top: 1rem; }
.letter { white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: .8125rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 34rem) { section { padding: 1.25rem 1rem; } .total { font-size: 2rem; }
  .list, .list tbody, .list tr, .list td { display: block; } .list td { border: 0; padding: .125rem 0; }
  .list td:first-child { width: auto; padding-right: 0; } .list tr { border-bottom: 1px solid var(--line); padding: .75rem 0; }
  .list tr:last-child { border-bottom: 0; } }
`.trim()
