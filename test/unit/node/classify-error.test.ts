import { describe, expect, test } from 'vitest'
import type { SocketAddress } from '../../../packages/core/src/env/environment.ts'
import {
  addressText,
  connectError,
  handshakeError,
  resolveError,
  streamError,
} from '../../../packages/core/src/node/classify-error.ts'

const TO: SocketAddress = { family: 4, address: '192.0.2.7', port: 443 }

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? 'something'} ${code}`), { code, ...(syscall && { syscall }) })
}

describe('connectError', () => {
  const cases = [
    { system: 'ECONNREFUSED', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'ETIMEDOUT', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'EHOSTUNREACH', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'ENETUNREACH', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'ENOENT', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'EMFILE', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'EADDRNOTAVAIL', syscall: 'connect', code: 'COULDNT_CONNECT' },
    { system: 'EADDRNOTAVAIL', syscall: 'connect', from: '192.0.2.1', code: 'INTERFACE_FAILED' },
    { system: 'EADDRINUSE', syscall: 'connect', from: 'port 5000', code: 'INTERFACE_FAILED' },
    { system: 'EINVAL', syscall: 'bind', from: 'port 5000', code: 'INTERFACE_FAILED' },
    { system: 'ECONNREFUSED', syscall: 'connect', from: 'port 5000', code: 'COULDNT_CONNECT' },
  ]

  test.each(cases)('$syscall $system from $from is $code', ({ system, syscall, from, code }) => {
    const error = connectError(systemError(system, syscall), TO, from)
    expect(error).toMatchObject({ code, phase: 'connect' })
    expect(error.details).toMatchObject({ address: '192.0.2.7', port: 443, system })
    expect(error.message).toMatch(new RegExp(`192\\.0\\.2\\.7:443: .+ \\(${system}\\)$`))
  })

  test('looks at the first of several errors in one', () => {
    const error = connectError({ errors: [systemError('EHOSTUNREACH', 'connect')] }, TO)
    expect(error.message).toBe('could not connect to 192.0.2.7:443: no route to the host (EHOSTUNREACH)')
  })
})

describe('resolveError', () => {
  test.each(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'])('%s is COULDNT_RESOLVE_HOST', (system) => {
    const error = resolveError(systemError(system, 'getaddrinfo'), 'a.test')
    expect(error).toMatchObject({
      code: 'COULDNT_RESOLVE_HOST',
      phase: 'resolve',
      details: { host: 'a.test', system },
    })
  })
})

describe('streamError', () => {
  const cases = [
    { system: 'ECONNRESET', syscall: 'read', code: 'RECV_ERROR', phase: 'receive' },
    { system: 'ETIMEDOUT', syscall: 'read', code: 'RECV_ERROR', phase: 'receive' },
    { system: 'ECONNRESET', syscall: 'write', code: 'SEND_ERROR', phase: 'send' },
    { system: 'EPIPE', syscall: 'write', code: 'SEND_ERROR', phase: 'send' },
    { system: 'EPIPE', syscall: undefined, code: 'SEND_ERROR', phase: 'send' },
    { system: 'ENOTCONN', syscall: 'shutdown', code: 'SEND_ERROR', phase: 'send' },
    {
      system: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
      syscall: undefined,
      code: 'RECV_ERROR',
      phase: 'receive',
    },
  ]

  test.each(cases)('$syscall $system is $code', ({ system, syscall, code, phase }) => {
    expect(streamError(systemError(system, syscall), TO)).toMatchObject({ code, phase })
  })

  test('hands one of ours on as it is', () => {
    const ours = connectError(systemError('ECONNREFUSED'), TO)
    expect(streamError(ours, undefined)).toBe(ours)
  })
})

describe('handshakeError', () => {
  const cases = [
    { system: 'CERT_HAS_EXPIRED', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'DEPTH_ZERO_SELF_SIGNED_CERT', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'SELF_SIGNED_CERT_IN_CHAIN', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'ERR_TLS_CERT_ALTNAME_INVALID', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'CERT_REVOKED', code: 'PEER_FAILED_VERIFICATION' },
    { system: 'ERR_SSL_WRONG_VERSION_NUMBER', code: 'SSL_CONNECT_ERROR' },
    { system: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', code: 'SSL_CONNECT_ERROR' },
    { system: 'ECONNRESET', code: 'SSL_CONNECT_ERROR' },
    { system: 'EPROTO', code: 'SSL_CONNECT_ERROR' },
  ]

  test.each(cases)('$system is $code', ({ system, code }) => {
    const error = handshakeError(systemError(system), 'a.test')
    expect(error).toMatchObject({ code, phase: 'tls', details: { host: 'a.test' } })
    expect(error.message).toContain('a.test')
    expect(error.message).toContain(system)
  })
})

describe('addressText', () => {
  test.each<[string, SocketAddress]>([
    ['192.0.2.7:443', TO],
    ['[2001:db8::1]:80', { family: 6, address: '2001:db8::1', port: 80 }],
    ['/run/a.sock', { family: 'unix', path: '/run/a.sock', abstract: false }],
    ['@a', { family: 'unix', path: 'a', abstract: true }],
  ])('writes %s', (text, address) => {
    expect(addressText(address)).toBe(text)
  })
})
