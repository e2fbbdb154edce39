/** Where the app begins: which path shows which page. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { usePath } from './link'
import { HOME, PAGES } from './pages'
import { SessionProvider } from './session'
import './style.css'

function App() {
  const Shown = PAGES[usePath()] ?? HOME
  return (
    <SessionProvider>
      <Shown />
    </SessionProvider>
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
