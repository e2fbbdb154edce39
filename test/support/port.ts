/**
 * Ports for the servers of tests. They lie below those that the system hands out by itself, so that a server that was
 * killed finds its port again: no outgoing connection can have taken it meanwhile.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const LOWEST = 10_000
const STARTS_MAX = 10
const given = new Set<number>()

/** A port on which nobody listens now. Another process may still be faster: see `onFreePort`. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (lowestHandedOut() - LOWEST))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

/** Starts something on a free port; on another one if somebody took the port before it could listen. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await start(await freePort())
    } catch (error) {
      if (!isPortTaken(error) || starts === STARTS_MAX) throw error
    }
  }
}

export const isPortTaken = (error: unknown): boolean =>
  /ERR_ADDRESS_IN_USE|EADDRINUSE|address already in use|port \d+ is in use/i.test(String(error))

function lowestHandedOut(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0])
  } catch {
    return 32_768
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
