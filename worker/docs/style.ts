/** How the documentation looks: the dashboard's colours, with the fonts that every machine has. */

export const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#16181d,#eceef2);--soft:light-dark(#565d6b,#a4abb8);--line:light-dark(#e3e5ea,#2b2f37);--page:light-dark(#fff,#0d0e11);--panel:light-dark(#f6f7f9,#15171b);--accent:light-dark(#2f2bd6,#a5a1ff)}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.6 system-ui,sans-serif;-webkit-text-size-adjust:100%}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--page);padding:8px}
header,footer{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:center;padding:14px 24px;border-bottom:1px solid var(--line)}
footer{border:0;border-top:1px solid var(--line);font-size:14px;margin-top:48px}
header nav{display:flex;flex-wrap:wrap;gap:4px 20px}
header a,footer a{color:var(--soft);text-decoration:none;padding:4px 0}header a:hover,footer a:hover{color:var(--ink);text-decoration:underline}
header .home{color:var(--ink);font-weight:650;letter-spacing:-.01em;margin-right:auto}
.frame{display:grid;grid-template-columns:220px minmax(0,1fr);gap:40px;max-width:1080px;margin:0 auto;padding:32px 24px}
.pages ul{list-style:none;margin:0;padding:0;position:sticky;top:24px;font-size:14.5px}
.pages li{margin:0}.pages a{display:block;padding:5px 12px;color:var(--soft);text-decoration:none;border-left:2px solid var(--line)}
.pages a:hover{color:var(--ink)}.pages a[aria-current]{color:var(--ink);border-color:var(--accent);font-weight:600}
main{min-width:0;max-width:760px;overflow-wrap:break-word}
h1{font-size:32px;line-height:1.2;letter-spacing:-.02em;margin:0 0 20px}
h2{font-size:22px;line-height:1.3;letter-spacing:-.01em;margin:44px 0 12px}h3{font-size:17px;margin:32px 0 8px}
h1 a,h2 a,h3 a{color:inherit;text-decoration:none}h2 a:hover,h3 a:hover{text-decoration:underline}
p,ul,ol{margin:0 0 16px}li{margin:4px 0}
code{font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--panel);border-radius:4px;padding:.1em .3em}
figure{margin:0 0 20px;border:1px solid var(--line);border-radius:10px;background:var(--panel);overflow:hidden}
figcaption{font-size:12px;color:var(--soft);padding:6px 16px;border-bottom:1px solid var(--line)}
pre{margin:0;padding:14px 16px;overflow-x:auto;font-size:13px;line-height:1.5}pre code{font-size:13px;padding:0;background:none}
.wide{overflow-x:auto;margin:0 0 20px}table{border-collapse:collapse;width:100%;font-size:14.5px}
th{text-align:left;color:var(--soft);font-weight:600}th,td{padding:8px 14px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
td code{white-space:nowrap}.next{margin-top:40px;padding-top:20px;border-top:1px solid var(--line)}
@media(max-width:760px){.frame{grid-template-columns:minmax(0,1fr);gap:24px;padding:20px 16px}header,footer{padding:12px 16px}.pages{order:2}.pages ul{position:static;display:flex;flex-wrap:wrap;gap:0 4px}.pages a{border:0;padding:4px 8px}h1{font-size:27px}td code{white-space:normal}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{header,footer,.pages{display:none}.frame{display:block}}
`
