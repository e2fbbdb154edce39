#!/usr/bin/env node
/** `npm create dream-app`: the command `create` of the package's command line, by the name that npm looks for. */

process.argv.splice(2, 0, 'create')
await import(new URL('../cli.js', import.meta.resolve('@dream-api/sdk')).href)
