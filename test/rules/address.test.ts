import { describe, expect, it } from 'vitest'
import { isPublic, toTarget } from '../../worker/address.ts'

const REFUSED = [
  'http://hooks.example.com/',
  'ftp://hooks.example.com/',
  'hooks.example.com',
  '//hooks.example.com',
  'https://',
  'https://hooks.example.com:8443/',
  'https://hooks.example.com:80/',
  'https://user@hooks.example.com/',
  'https://user:password@hooks.example.com/',
  'https://93.184.215.14/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://１２７.０.０.１/',
  'https://127。0。0。1/',
  'https://0/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[fd00:ec2::254]/',
  'https://[2606:4700::1111]/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://app.localhost/',
  'https://ⓛocalhost/',
  'https://router.local/',
  'https://metadata.google.internal/',
  'https://db.internal./',
  'https://1.0.168.192.in-addr.arpa/',
  'https://intranet/',
  'https://intranet./',
]

const TAKEN = [
  ['https://hooks.example.com/in?x=1', 'hooks.example.com'],
  ['https://hooks.example.com:443/', 'hooks.example.com'],
  ['https://HOOKS.Example.COM./', 'hooks.example.com'],
  ['https://bücher.example/', 'xn--bcher-kva.example'],
  ['https://1.example.com/', '1.example.com'],
  ['https://localhost.example.com/', 'localhost.example.com'],
] as const

describe('[W7] an address that a webhook may not go to', () => {
  it.each(REFUSED)('%s', (text) => {
    expect(toTarget(text, undefined)).toMatchObject({ ok: false, problem: expect.stringMatching(/^The .*\.$/) })
  })
})

describe('an address that is looked up', () => {
  it.each(TAKEN)('%s', (text, name) => {
    expect(toTarget(text, undefined)).toMatchObject({ ok: true, name })
  })
})

describe('on a machine of one’s own', () => {
  it.each(['http://localhost:3000/in', 'http://127.0.0.1:8080/', 'http://127.1/', 'https://[::1]:444/'])(
    '%s is called, without a look-up',
    (text) => {
      expect(toTarget(text, 'allowed')).toMatchObject({ ok: true, name: null })
    },
  )

  it.each(REFUSED.filter((text) => !/127|2130706433|0x7f|017|１|localhost|LOCALHOST|ⓛ|::1/.test(text)))(
    '%s is refused all the same',
    (text) => {
      expect(toTarget(text, 'allowed').ok).toBe(false)
    },
  )
})

describe('an IP address', () => {
  it.each([
    ['0.0.0.0', false],
    ['1.1.1.1', true],
    ['9.255.255.255', true],
    ['10.0.0.0', false],
    ['10.255.255.255', false],
    ['11.0.0.0', true],
    ['100.63.255.255', true],
    ['100.64.0.0', false],
    ['100.127.255.255', false],
    ['100.128.0.0', true],
    ['127.0.0.1', false],
    ['169.254.169.254', false],
    ['172.15.255.255', true],
    ['172.16.0.0', false],
    ['172.31.255.255', false],
    ['172.32.0.0', true],
    ['192.0.0.8', false],
    ['192.0.2.1', false],
    ['192.168.1.1', false],
    ['192.169.0.0', true],
    ['198.18.0.1', false],
    ['198.19.255.255', false],
    ['198.20.0.0', true],
    ['198.51.100.7', false],
    ['203.0.113.7', false],
    ['223.255.255.255', true],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['256.1.1.1', false],
    ['1.1.1', false],
    ['', false],
    ['::', false],
    ['::1', false],
    ['::ffff:10.0.0.1', false],
    ['::ffff:1.1.1.1', false],
    ['64:ff9b::a00:1', false],
    ['100::1', false],
    ['2001::1', false],
    ['2001:db8::1', false],
    ['2001:4860:4860::8888', true],
    ['2002:a00:1::', false],
    ['2606:4700:4700::1111', true],
    ['2a00:1450:4001:81b::200e', true],
    ['3fff::1', false],
    ['4000::1', false],
    ['fc00::1', false],
    ['fd00:ec2::254', false],
    ['fe80::1', false],
    ['fe80::1%eth0', false],
    ['ff02::1', false],
    ['not an address', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected)
  })
})
