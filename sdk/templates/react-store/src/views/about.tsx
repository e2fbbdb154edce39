/** Who sells this, and how to reach them. */

import { Bar } from '../bar'
import { config } from '../config'
import { Page } from '../parts'

export function About() {
  const { title, paragraphs } = config.about
  return (
    <Page bar={<Bar />}>
      <div className="narrow band stack">
        <h1>{title}</h1>
        {paragraphs.map((paragraph) => (
          <p className="lead" key={paragraph}>
            {paragraph}
          </p>
        ))}
      </div>
    </Page>
  )
}

export function Contact() {
  const { title, line, email } = config.contact
  return (
    <Page bar={<Bar />}>
      <div className="narrow band stack">
        <h1>{title}</h1>
        <p className="lead">{line}</p>
        <p>
          <a className="button main" href={`mailto:${email}`}>
            {email}
          </a>
        </p>
      </div>
    </Page>
  )
}
