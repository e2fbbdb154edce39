/** The one stylesheet of the sandbox's pages. */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #687385; --line: #e3e8ee; --back: #f6f8fa; --card: #fff;
  --accent: #4b45e0; --on-accent: #fff; --bad: #b3093c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #98a2b3; --line: #2b3140; --back: #10131a;
  --card: #181c25; --accent: #8b86ff; --on-accent: #0d0f16; --bad: #ff7a9c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1rem; }
main.wide { max-width: 60rem; }
.ribbon { margin: 0; padding: .4rem; text-align: center; font-size: .8rem; background: #ffde92; color: #4f3a00; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 1rem 0; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; color: var(--soft); }
td, th { padding: .35rem 0; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
td:last-child { text-align: right; }
.list td:last-child { text-align: left; }
.total { font-size: 2rem; font-weight: 600; margin: 0; }
.soft { color: var(--soft); margin: .25rem 0; }
.bad { color: var(--bad); font-weight: 600; }
label { display: block; margin: .75rem 0; }
label.choice { display: flex; gap: .6rem; align-items: center; margin: 0; padding: .6rem 0; border-bottom: 1px solid var(--line); }
input[type=email], input[type=text] { width: 100%; padding: .6rem; font: inherit; color: inherit; background: var(--back);
  border: 1px solid var(--line); border-radius: .4rem; }
fieldset { border: 0; padding: 0; margin: 0; }
legend { font-weight: 600; padding: 0; }
button { font: inherit; font-weight: 600; padding: .6rem 1rem; border-radius: .4rem; border: 1px solid var(--line);
  background: var(--card); color: var(--ink); cursor: pointer; }
button.main { width: 100%; margin-top: 1rem; background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
form.row { display: inline-block; margin: .25rem .5rem .25rem 0; }
code { font: .875rem ui-monospace, monospace; overflow-wrap: anywhere; }
`.trim()
