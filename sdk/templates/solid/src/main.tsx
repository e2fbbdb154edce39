/** Where the app begins: which path shows which page. */

import { Dynamic, render } from 'solid-js/web'
import { path } from './link'
import { HOME, PAGES } from './views'
import './style.css'

render(() => <Dynamic component={PAGES[path()] ?? HOME} />, document.getElementById('root')!)
