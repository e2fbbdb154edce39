/** Moving between the pages of this app without loading it again. */

import { createSignal, type JSX } from 'solid-js'

const [path, setPath] = createSignal(window.location.pathname)
window.addEventListener('popstate', () => setPath(window.location.pathname))

/** The path of the page that is shown. */
export { path }

/** A link within the app; with a modifier key it is the browser's, as any other. */
export function Link(props: { to: string; class?: string; children: JSX.Element }) {
  const go = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || props.to.includes('#')) return
    event.preventDefault()
    window.history.pushState(null, '', props.to)
    setPath(props.to)
    window.scrollTo(0, 0)
  }
  return (
    <a href={props.to} class={props.class} onClick={go}>
      {props.children}
    </a>
  )
}
