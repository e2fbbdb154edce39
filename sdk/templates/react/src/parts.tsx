/** The small parts that every page is made of. Their looks are in src/style.css, their words in src/config.ts. */

import type { ReactNode } from 'react'
import { config } from './config'
import { env } from './env'
import { Link } from './link'
import { said } from './words'

/** A page between the bar on top and the lines at the foot. */
export function Page({ bar, children }: { bar?: ReactNode; children: ReactNode }) {
  return (
    <>
      <a className="skip button" href="#main">
        {config.page.skip}
      </a>
      <header className="top">
        <div className="wrap row between">
          <Link className="brand" to="/">
            {config.name}
          </Link>
          <nav className="links" aria-label={config.page.menu}>
            {bar}
          </nav>
        </div>
      </header>
      <main id="main">{env.publishableKey === '' ? <KeyMissing /> : children}</main>
      <footer className="foot">
        <div className="wrap row between">
          <span>{config.footer.line}</span>
          <span className="row">
            {config.footer.links.map(({ label, href }) => (
              <a key={href} href={href}>
                {label}
              </a>
            ))}
          </span>
        </div>
      </footer>
    </>
  )
}

/** For whoever builds the app, before it has its key. */
function KeyMissing() {
  return (
    <div className="narrow band stack">
      <h2>One key is missing</h2>
      <p className="soft">
        Copy <code>.env.example</code> to <code>.env.local</code>, put your project's publishable key in, and start
        again.
      </p>
    </div>
  )
}

/** What went wrong, as a sentence, to the eye and to a screen reader. */
export function Failure({ of }: { of: unknown }) {
  return of === null ? null : (
    <p className="notice bad" role="alert">
      {said(of)}
    </p>
  )
}

/** The place of what is still on its way. */
export const Waiting = () => <div className="waiting" role="status" aria-label={config.page.loading} />

export const Questions = ({ list }: { list: readonly { question: string; answer: string }[] }) =>
  list.map(({ question, answer }) => (
    <details className="question" key={question}>
      <summary>{question}</summary>
      <p>{answer}</p>
    </details>
  ))
