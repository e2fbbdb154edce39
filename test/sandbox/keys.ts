/**
 * Everything the sandbox and the Worker must agree on: the vendors' keys, secrets and signing keys of the sandbox world.
 * None of it opens anything real; the stand-ins accept exactly these values and refuse every other key.
 */

/** Secret keys of the platform's own Stripe account, one a mode. */
export const STRIPE_SECRET_KEY = { test: 'sk_test_sandbox', live: 'sk_live_sandbox' } as const

/** Signing secrets of the two webhook endpoints: connected accounts (one a mode) and the platform's own account. */
export const STRIPE_WEBHOOK_SECRET = {
  connect: { test: 'whsec_sandbox_connect_test', live: 'whsec_sandbox_connect_live' },
  platform: { test: 'whsec_sandbox_platform_test', live: 'whsec_sandbox_platform_live' },
} as const

/** Client ids of the Connect application, one a mode. */
export const CLIENT_ID = { test: 'ca_sandboxTest', live: 'ca_sandboxLive' } as const

/** The keys that sign customer tokens, the newest first. */
export const CUSTOMER_TOKEN_KEYS = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      kid: 'sandbox-1',
      x: 'ArRa1fNZ74bHymJtjgPQPCFbbuoDxI0-kuvze_JTjEc',
      y: 'YlKLtAyAj-6IqD2CixXWdFua5PiIwRGGLhrywRPUdp4',
      d: 'eRlYH4Rd20zvzNjOLk5JeOL7RYgF-DrL7O6A5mZKU5g',
    },
    {
      kty: 'EC',
      crv: 'P-256',
      kid: 'sandbox-0',
      x: 'F8kPoONyhPGqNdCpz8yUPVbFZcCIplQGXnusFSTbgfQ',
      y: '2L0PbnwXZcQBotilybkvujfxSyu7h-0bQzCZug9FYl0',
      d: '_x5h-VpFgk7Lsr0WNYtn-v9wn1puG7bKzrDHTKIUf0w',
    },
  ],
} as const

/** The key of the mail service, whose stand-in is the mailbox. */
export const RESEND_API_KEY = 're_sandbox'

/** Cloudflare Access, in front of what is for ourselves only. */
export const ACCESS = {
  team: 'access.sandbox.localhost',
  audience: 'sandbox-admin',
  keyId: 'access_sandbox',
  privateKey:
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCb0uK2av2FCwUs\nR1w8AVntUiSBHqd3WuooIO9uGcsAFLZO0w6ktHLQnXltCfD8Aki8F0Ab0cXGj47L\nRa9uoEHmD5gOZIHs6iuX9FNk3UH3umAk2P/jC1ckTdysc/NsLV9NUUzVkeRIGMnv\nJGGDFAmj+os9HKYAtInI+ZWMziP6Krg6wgvMYXpH/xT3ic/V7KtPtg1k7caY4YFZ\nhYcTtwNnYrpui1QTS7n4KBZDsKMwLGKE/c9VWjgoSiuJb127Ny0rC+hsra2YpV98\nxs+P025959vtdTj8JS2EATB3yhzl30OQJfa0qZFts0kv6MAq1ZrB9v33GxC8KOa7\nabvGZP3RAgMBAAECggEADp+Eh550QrVFS8G5oeb1j7wu8VAVYrHNOi1XEtPIVW5c\nKnsLi4Dkqnewwr8VVq0HMuGSslmmEAt+WMymGUFgVcz+VdFwUPGr3COBZPyPmYYr\nyiF0KBQzHhTRgfySqkL6x9h6l6tMi0iKQM8++GxbuEAFq5tB59yJdqsXcgKRZUNS\nD/1GTHJvHp/a2F+TQSpsQ8kyZpGASz31parTJ3LV4+WetDMNOwMGsz27JCiHz/Qz\ngEeoT2BmoM/d1/iQcTLPr972qmYCIdrpsOuSWTbbaAw+HW88J3UyqSnX1Svin3Gr\nHwxpRFvzrZP+ONO0EIrfvyR2muN1Ws77WeSWRugOfQKBgQDJ3t1JAeuiGuqIPCpC\natUvm5lh4+RFr6EzYkVut/RkIE8h5ZmpzIZrR6N1NQYs9J22oBb1fcGVBM+pCPLp\nD39bam6J+bxL/2NTbHQ4ANHySvtm+a7fwu1x3n7SnZ7wbyDwLg7ToTrlEHhrC+T8\nPoaZOMnYSyTc+TskJelle4pfRQKBgQDFmzNYlmuUzgA/rQF54vELybIf7TkLVUbN\ndLJkf662LqHaabcSSFd+W+tk4i7hZSZc3wQGnj1S3hyhSjOTPkmdAb14XapmbB/8\ncNanom+Q6TYQDCmZGTGmoctK5vLaqIjrQuQ/oRzGoLzLxWKJu4Gz6ow3m4nNZWfb\nwEiFrpUXHQKBgEvhA5h/qkyChYmz48aXVY7Rk/Phr1oqTBN+as7VQn2oT1ZUcVAL\n2rLUeLKDvdCEGgwdXMPmAy+6YTwOaxADjUGVXftq7cY7NuCSsZSjakcCvEDWtU7S\nfGIC2fTc3nNNsjnVdilCP1r+t+S00dumvP03BVfR1wdgf0R1I6fLqhVpAoGAQNUg\nzYnclh/YWQvsFg9tQo7UUEFGm/9IkZQeC3cQ3VkDZWOV2vu9KQoDez/yXaUQJxxM\nd9dnC08wWYK81Sx0fnzZqyogBCapf+uNocZbkFHTmQREiaSIc8FVr6eCOlddRMLX\nnEDB7jFCgCCsqb/JWDw18PCpD6iboK+/m4yiAckCgYEAsDs9MrDx26QD/bddoGZi\nmb6xzDDh765OelAYuFdlqQJnMT91FJLSZDh/qaO6Bf0wHxhWp+UydKQ0Dfg6Q4Me\nYWeCs8IbHeAp0aUR7Z1rpYrHRBi2Rrub2i7KG/p8GpBraMry2ArfswaewTB06Kfj\nZkaL2iDsw/YgwoLYoACnKds=\n-----END PRIVATE KEY-----\n',
} as const

/** The three Clerk instances: end users in test and live mode, and the developers who use the dashboard. */
export const CLERK = {
  test: {
    host: 'test.clerk.sandbox.localhost',
    issuer: 'https://test.clerk.sandbox.localhost',
    secretKey: 'sk_test_sandbox_clerk_test',
    publishableKey: 'pk_test_dGVzdC5jbGVyay5zYW5kYm94LmxvY2FsaG9zdCQ=',
    webhookSecret: 'whsec_c2FuZGJveC1jbGVyay13ZWJob29rLXNlY3JldC10ZXN0',
    keyId: 'ins_sandbox_test',
    publicKey:
      '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA8225CB3n+/hC3Rnwp0Lw\nJjJ1I25w0d355aIhyMnBnnK1NnSUaVFc8wLGU/FHGtRd+b3Q1sIFtbvs6JsHPcfi\nnPUZcduW5g2vwubSVRn4oftm9h68Aco69IXEoTvTn3MDf8uLNSk1CYNf0y7BQjZX\n9VbYNQSijDjaONouZOxTy7qZ0/ONC6cXTsCZ7rlMtXCovvvRm0iclw/071IjuqDK\nhmcN/qyyj+BM5ku7HlFQiEinGmiovoG4hO1ZbF8deypnMyx6t5KDg9PepDL6uDMJ\ne64VTnJ9ox5tgi9AaQrg6RtOZXpFspfd9NgF5HhQ0Kv8SQfbgr0kVQShA4bJS3NJ\n0wIDAQAB\n-----END PUBLIC KEY-----\n',
    privateKey:
      '-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDzbbkIHef7+ELd\nGfCnQvAmMnUjbnDR3fnloiHIycGecrU2dJRpUVzzAsZT8Uca1F35vdDWwgW1u+zo\nmwc9x+Kc9Rlx25bmDa/C5tJVGfih+2b2HrwByjr0hcShO9OfcwN/y4s1KTUJg1/T\nLsFCNlf1Vtg1BKKMONo42i5k7FPLupnT840LpxdOwJnuuUy1cKi++9GbSJyXD/Tv\nUiO6oMqGZw3+rLKP4EzmS7seUVCISKcaaKi+gbiE7VlsXx17KmczLHq3koOD096k\nMvq4Mwl7rhVOcn2jHm2CL0BpCuDpG05lekWyl9302AXkeFDQq/xJB9uCvSRVBKED\nhslLc0nTAgMBAAECggEABK6VEvtkRVviiVcg4k6uyMVKrHpI0DiJQGnsZWy//Riu\ntJPscNQgSgpBH0cyO2lfP1jvxdmoe3TYWyb0LjOEf8lVCnQTRGx593EyFXHw7sij\nk9NGgXBOzvotrH42lUgEhrY3ALhArWSp+KlbDTd3XKAle2uR5smHJPXJU6aZ+/6a\nsPWbuxQrrc9TdKj7KtPMRahUxPm2kRWlwK5ZVHjpxsDMRmz76fwPxMEEQTwOcH9O\nZkj/NaFPPREtbbf5V9lQCLcSz1GPtWZ8cMEt2Zfo7Wpr8skS0l1KLjL6bozMwYY7\nuFG4VLkxwDNonlD1uJW4szXKtZuwJeOb8fVfzZjO/QKBgQD+6KnsRIDrZKnyLCAL\nAX6VB+JMdwYpdoO1MW/kY1Ozh8m7GWOQ83fuRC8B8eY/zDEoBZjt6fvKdRPMY/0G\nM1RofeROiN6NO5bHi3cmHevTUDP0qXSu9BbQ6i2AF6ZpL8DkuesJzZFjVgXvofTH\nm4W1KB81ori9z3xhRTEzl2UU5wKBgQD0eHqI+llMg9RkifLBLu0UvV/oMHLhCsX1\n867cxnIandM9Un9j03N9CIPkr6fBUGbtV8B/tDoz2YoKXOPa/2a5JI48JbEC+7v0\na5JgyKHji8Y2vVu3cSo66GZbk9vTJuyxQAiNWMikYKQ5c3GN+KOhavAtw+jURztP\nXjS7YhWaNQKBgQCE5NmJ4uDvV8i+B8Eg28OZgMW7JaZhwXbC5SY3hI0joNxMHd1p\nuXTCFGwJcIqgohzSh7CGAKGTmFwdB9fm/qW34EJBq1uTeAiQuaYBikHjJgIgQKQj\nff/TJPNZv3qzhgDjfgYKU1DD4BoyJ1ZNJkib/HHg7Zew5VYsA/21ru006wKBgQC3\nojgI5GRngS7tRmG+ks0rIwUDmEDyofEJSr4ywC29qIegLHPcPF0nslnAUeGk6Awo\nhB3ozyxY/jMejZ/qRKaYs8jTjUxlfUo10wflA0/3aGq/e4WFSc/6587bQzmAZmCs\n0/iYk/RC5QT20qydhAMFoRpAhkRCEC+Q8qaRip/HcQKBgDozMXawSVyInd/iU2n+\ngLx3nyjUrRX1ZID9kz0hxhvYcy8T/Vvv1O18twaiNMZDmj3xnFoPH5CTjUsLZd/L\n8WZ57UOP5Sebirb3x5rDp+rEzuh70Mt5dt+9TJtq/QNx2j0aVqmIzmSXLZCQJ1FF\n9qYEtwOPdcSCIPYUrqDATUA0\n-----END PRIVATE KEY-----\n',
  },
  live: {
    host: 'live.clerk.sandbox.localhost',
    issuer: 'https://live.clerk.sandbox.localhost',
    secretKey: 'sk_live_sandbox_clerk_live',
    publishableKey: 'pk_live_bGl2ZS5jbGVyay5zYW5kYm94LmxvY2FsaG9zdCQ=',
    webhookSecret: 'whsec_c2FuZGJveC1jbGVyay13ZWJob29rLXNlY3JldC1saXZl',
    keyId: 'ins_sandbox_live',
    publicKey:
      '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx7UYtkVjLWjt+fYRipbG\nnBypF04lmAi8/OCCK79FOmV/7PUbLf3cLQbkmel/R9SarzvZIbsA9GzG21Vp/ZTH\neLgvIl5L3FTx082asIa41wgTAainWNeh5YD6Y0u0aQ4FhqAE689jGv8MDrPemvRC\nw2f1VIH67OFmMVjSwkoZQzQg+hYacD+eiegtEp+raIUM24aDM4u95znsVQWWfQ1w\nEQY9Hb4f5q+zi7scUFBR/vTlhL/R/GIZw41zCFKcoCDRia5Gpph5/Nfr1AK4RQ9b\nmZJVGCuZc71FkORG7tHVE9UT4lrLl2WT4rE9UY6GNjpy841p/d1un90o90nLXm5o\n8QIDAQAB\n-----END PUBLIC KEY-----\n',
    privateKey:
      '-----BEGIN PRIVATE KEY-----\nMIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDHtRi2RWMtaO35\n9hGKlsacHKkXTiWYCLz84IIrv0U6ZX/s9Rst/dwtBuSZ6X9H1JqvO9khuwD0bMbb\nVWn9lMd4uC8iXkvcVPHTzZqwhrjXCBMBqKdY16HlgPpjS7RpDgWGoATrz2Ma/wwO\ns96a9ELDZ/VUgfrs4WYxWNLCShlDNCD6FhpwP56J6C0Sn6tohQzbhoMzi73nOexV\nBZZ9DXARBj0dvh/mr7OLuxxQUFH+9OWEv9H8YhnDjXMIUpygINGJrkammHn81+vU\nArhFD1uZklUYK5lzvUWQ5Ebu0dUT1RPiWsuXZZPisT1RjoY2OnLzjWn93W6f3Sj3\nSctebmjxAgMBAAECggEAIjo5T0oCpr6AZPIlzP8s8IYf++jOnClJPLz8ymMoigrp\n2zKiEyaadRQkm3VvtV+smEJ1YyjSD9JR3bccqJO2gUvt9iG7tjpPzRmEvOMGLIKL\ngWIGtn0UmAlcQKbxt3yp+UoVNdYwOekDB8UPrraU97kqTK7PUwiJk4UR8C8zd7ca\nuDpKS2LXh0Q+i+VxAZd9qJt8PSfBPwNPIwC9JPjaCsCoJcY1BpiqejGCNORC2fqL\nDRyj9+B0kX7KkqrS7FeE1KnS0IF7HyLsHiOzgn5BxY0BDGcsY82+GDMhy86OLXjx\n3HyLGC+QrlphYi6LosbTHi842F+GVcEfMShYSr59PQKBgQDmIo2/8yY5e+zBr3f9\nW2MVrdaMqP/kbp56Zo3Iks+7Kw9MUTv/ix3Sqi5ur761GeMfHdVcfe7z7aIXsEhJ\n+i4Att0dYxFu1Ep94Z8TvhfVa9HvA+FFWp+voAUy5fm7T3s2kYjaWI/vhJBts5Pa\nPTCxDUn+ATn+sn+/YgU7QHif5QKBgQDeJxSbM38gal3zkyd6G9JmfW/x9+IOEV23\nbVhyEOsXv5ikm7/Jpt/UVmhbRbj5VmE+HdpwvdQ8Nlp8l4uoLOGcIY1xQTIwGFdL\nOPkVT/KikHGlZuMvPTJ8435J2jdReXplwjiwvAqysyCyhbaqgb4WF1NkbedhMpEN\ntECGOTZcHQKBgQDMKQNPsknK3WGgQiZUoWo5pUqc5qB86pW1SJ2nvnaDOSQNNFPh\n1GzUox0mHMs2poyS4kiSETaXN82A7mZzGnsNLyziES06ASNEoZAaV52VPF21iN+k\nQ00+5Ns32EXAIjbQpjOeYMrwVc47RAB6r6Yuq/dkW3ozte8WvcKeWgeo8QKBgQCV\n85EwNbFw4vtp54F1JgR+U9tVW/oFfulgX/mcfRkDHbveGJd7eR2KyYyFV2nFO+5F\nrIb/JNN2lUW85dpJ+YmMBwXfVZ+X4UZDK0DOhvmDi7Z6bBmbkFZdAH4FQbunTjU1\nLMVxXmxmNQ00E5e6PfteE/6hQqI09Jn+wxXuw/2SbQKBgQCKqoqOLXFSIWkiusM0\n1bfaTBywX8gbN5/JIWqkzw2a/t2+1McqQoNKc6mG9gcn9iucn0dmgehOsHVzN7M3\nIgdZhX9ku6Zb6dLyP1b6oadgdWWS/bS1Zln0C0mMvGN6o4111RBP9Uukapgsvhr5\nwtasfvNcsg+sh/xjNV5CCtEHrA==\n-----END PRIVATE KEY-----\n',
  },
  developer: {
    host: 'developer.clerk.sandbox.localhost',
    issuer: 'https://developer.clerk.sandbox.localhost',
    secretKey: 'sk_test_sandbox_clerk_developer',
    publishableKey: 'pk_test_ZGV2ZWxvcGVyLmNsZXJrLnNhbmRib3gubG9jYWxob3N0JA==',
    webhookSecret: 'whsec_c2FuZGJveC1jbGVyay13ZWJob29rLXNlY3JldC1kZXZlbG9wZXI=',
    keyId: 'ins_sandbox_developer',
    publicKey:
      '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAutM9KV0+CZVuqvoCt8h0\n4VvD0eCIqT88bLGwEPUZ43P7oHxHTul889m3zgTf9u4rabWHO9+FKtyyvMt2cWzb\nLRIZc2wRwU1siGPz341QYpsBfXnDQH5iebcoH/BCQ5DD4o+s+vzYpXnNwrqKIJdF\nYGHr7A+iUWC0MDdd6pxnGPRibu0s8viXy5ZvCjI+Mv7TVCre3eS25D1u/BPQg0Bl\nHT54hY9ONjWiTDiPSV3I9ut6vguIEB8PVY8C907tYpzIPiFWIu99oRFi4s2k+Gk3\nYkdmCDyFgc6SJgzYWVWRGwxKAuT9J1Nf1jptZDhm5UG145kL7juVpNYYmNE1TTiN\n7wIDAQAB\n-----END PUBLIC KEY-----\n',
    privateKey:
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC60z0pXT4JlW6q\n+gK3yHThW8PR4IipPzxssbAQ9Rnjc/ugfEdO6Xzz2bfOBN/27itptYc734Uq3LK8\ny3ZxbNstEhlzbBHBTWyIY/PfjVBimwF9ecNAfmJ5tygf8EJDkMPij6z6/Nilec3C\nuoogl0VgYevsD6JRYLQwN13qnGcY9GJu7Szy+JfLlm8KMj4y/tNUKt7d5LbkPW78\nE9CDQGUdPniFj042NaJMOI9JXcj263q+C4gQHw9VjwL3Tu1inMg+IVYi732hEWLi\nzaT4aTdiR2YIPIWBzpImDNhZVZEbDEoC5P0nU1/WOm1kOGblQbXjmQvuO5Wk1hiY\n0TVNOI3vAgMBAAECggEAEseDDAe3DF2R/JZu9CxZMKykYry63/sJnDTBlE10PGcp\n3E2XGWPiTzILsNDP9nv7BIAzx3Kbad3ktZI6JgKhhsadT6Xa+bRKUZdtKdku7bUp\nEYTOJKB6TkPOlmSfNI12Xe1qn5Fk8ZVBzUN/o5uxDz7TPoJVIvBL4dY0QY4BKwJ8\nX45McQ42XKTeuALK1g107VdKBMhpDq/APY0+Xrk6JX+LAIRf9Dqv1rtaOki1vUIN\nRVoWTZSl7gnEwPcHCXjMdEwuHyqBuow8deXmAL+xV17mvLf2vXeqDjJa41kzyWB5\n9aRjb7LP9a7V7s6jaoyeuRIYlwRuAxVJxtyCaXYeiQKBgQDocVThV/D+HzFtOUHL\nleACVQz1qBPra/84wdLa6VkFVeTn7fkQDloIUN2v8uPOEoWod2G9cQ6AgOEwSvMZ\nJtdWJxfn5RVbx/pAoipp6+IHYhbrozOn9LXOB+XJ0nmhANTCcvy0TY2Yj8Nh4yxM\nsVx/p8zf8NbEaPRzCjnZEcsYxQKBgQDNwl8Nzbrs3cpKE05ag2jEyg0IE1sHHeZZ\n4HRIwD+1h1HgfKr2icmKquFiFCGO/aOnXw3BDHV4xSwj/iSEfDv5Gb7QrLxKnE0L\nwo9qaF4EjV+CEKDYDhkOgI6rIhchUO9q06CwAkteQUQCl89utDy6Yl39VwFfRmal\nThj8/8gvIwKBgQCX6fnfjOokK57SE6m8tKdC3vMpWkAqjNqw7XwxNnDH2+tO6Wjt\n5XNSHAfHBqd79v8Dq4JlnY4szg5e0Z0vwwLZe5NUK5RZ98jGlTXDJDcFPEZemrsX\n+gcYMHEuBjEX2MM0kpI2BLmWC99WCnLZbNFXXQO5GF5E35Nj3DsSc16ZQQKBgDQk\nbbIx0Iz2J61d9x047/PuwB6ryQWkrhtYph9JmNuHz1f0P976S/i4FSWltFtoK3De\nxb2GSr6wON9mKBrq4MffnluDarP9qAiy5WUxzaGZsfpj/F7EM9VY/s6fdP0cZY/M\n0YvJCRB5uaJulkKXqkwRYYAx7EcYsCp0ACEdML3BAoGARNoktF3ZnJKQjt0zS/Ec\nZr5mfFptxn4PYaGPaJAL1C83YypqgafJ1wa4D9jT3dSxDGGlWIs3658RHN/RAQCW\nvuS05Krnt8OH8cSsHCh4Zz4GWAEH0+tt1bu+B+mzVPvIPMwdhS2xs3UPIboCMnxx\nGOJNvC3opd5HTPA0D78vlG8=\n-----END PRIVATE KEY-----\n',
  },
} as const

export type ClerkInstance = keyof typeof CLERK
