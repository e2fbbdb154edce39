/** Where the app begins: which path shows which page. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Frame } from './frame'
import { usePath } from './link'
import { HOME, PAGES } from './views'
import './style.css'

function App() {
  const Shown = PAGES[usePath()] ?? HOME
  return (
    <Frame>
      <Shown />
    </Frame>
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
