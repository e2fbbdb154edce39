/** How the sign-in pages look: the project's colour where somebody acts, and Clerk's components in the same clothes. */

const OURS = { light: '#2f2bd6', dark: '#a5a1ff' }
const INK = '#0d0e11'

/** Black or white, whichever is easier to read on a colour (WCAG's contrast). */
export function readableOn(color: string): '#ffffff' | typeof INK {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.055 ? '#ffffff' : INK
}

function accent(color: string | null): string {
  const { light, dark } = color === null ? OURS : { light: color, dark: color }
  return `--accent:light-dark(${light},${dark});--on-accent:light-dark(${readableOn(light)},${readableOn(dark)})`
}

/** A colour is `#rrggbb`, as the border let it in: nothing else is ever written here. */
export const signInStyle = (accentColor: string | null): string => `
:root{color-scheme:light dark;--ink:light-dark(#16181d,#eceef2);--soft:light-dark(#5b6270,#a4abb8);--line:light-dark(#e3e5ea,#2b2f37);--panel:light-dark(#fff,#15171b);--page:light-dark(#f7f8fa,${INK});--bad:light-dark(#b3093c,#ff86a4);${accent(accentColor)};
--clerk-color-primary:var(--accent);--clerk-color-primary-foreground:var(--on-accent);--clerk-color-background:var(--panel);--clerk-color-foreground:var(--ink);--clerk-color-muted-foreground:var(--soft);--clerk-color-border:var(--line);--clerk-color-input:var(--panel);--clerk-color-input-foreground:var(--ink);--clerk-color-neutral:var(--ink);--clerk-color-danger:var(--bad);--clerk-color-ring:var(--accent);--clerk-border-radius:10px;--clerk-font-family:system-ui,sans-serif}
*{box-sizing:border-box}body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:32px 16px 12vh;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif;-webkit-font-smoothing:antialiased}
[hidden]{display:none!important}main{width:100%;max-width:400px;text-align:center}main.wide{max-width:880px}
.mark{display:inline-grid;place-items:center;width:48px;height:48px;margin:0 0 16px;border-radius:14px;background:var(--accent);color:var(--on-accent);font-size:20px;font-weight:650}
h1{font-size:22px;line-height:1.25;letter-spacing:-.015em;font-weight:650;margin:0 0 4px;overflow-wrap:anywhere}p{margin:0;color:var(--soft);overflow-wrap:anywhere}
#now:not(:empty){min-height:23px}
.waits::after{content:'';display:block;width:22px;height:22px;margin:24px auto 0;border:2px solid var(--line);border-top-color:var(--accent);border-radius:50%;animation:turn .8s linear infinite}@keyframes turn{to{rotate:1turn}}@media(prefers-reduced-motion:reduce){.waits::after{animation-duration:4s}}
#panel{background:var(--panel);border:1px solid var(--line);border-radius:16px;padding:24px;margin-top:24px;display:grid;gap:12px;box-shadow:0 1px 2px rgb(16 24 40/.04),0 8px 24px rgb(16 24 40/.05)}
#who strong{display:block;color:var(--ink);font-weight:600}#clerk{margin-top:24px;display:grid;justify-items:center}
button,a.back{font:inherit}button{display:block;width:100%;min-height:44px;padding:10px 16px;border-radius:10px;border:1px solid var(--line);background:none;color:inherit;cursor:pointer}button:hover{background:light-dark(#f4f5f7,#1c1f25)}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600}button.main:hover{filter:brightness(1.08)}button:disabled{opacity:.6;cursor:default}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px}a.back{display:inline-block;margin-top:24px;padding:10px;color:var(--soft)}a.back:hover{color:var(--ink)}
#panel .note{font-size:13px}
#wrong{color:var(--bad);font-weight:500}`
