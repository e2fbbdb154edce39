/** Where the page begins. */

import './style/index.css'
import { render } from 'solid-js/web'
import { App } from './app.tsx'
import { keepTime } from './state/now.ts'
import { startSession } from './state/session.ts'

keepTime()
void startSession()
render(() => <App />, document.getElementById('app')!)
