import { describe, expect, test } from 'vitest'
import type { Command } from '../../../packages/cli/src/command.ts'
import { FLAGS } from '../../../packages/cli/src/flags.ts'
import { helpText } from '../../../packages/cli/src/help.ts'
import { parseCommandLine } from '../../../packages/cli/src/parse-args.ts'
import { planJobs } from '../../../packages/cli/src/plan-jobs.ts'
import { versionText } from '../../../packages/cli/src/version.ts'
import manifest from '../../../packages/cli/package.json' with { type: 'json' }

describe('options of transfers', () => {
  test.each([
    ['-m in seconds', ['-m', '2.5'], { timeoutMs: 2_500 }],
    ['-m joined to its value', ['-m2'], { timeoutMs: 2_000 }],
    ['--max-time', ['--max-time', '1'], { timeoutMs: 1_000 }],
    ['the last of two', ['-m', '1', '-m', '3'], { timeoutMs: 3_000 }],
    ['--connect-timeout', ['--connect-timeout', '.5'], { connectTimeoutMs: 500 }],
    ['-f', ['-f'], { failOnError: true }],
    ['-f turned off', ['-f', '--no-fail'], { failOnError: undefined }],
    ['-I', ['-I'], { noBody: true }],
    ['-X', ['-XDELETE'], { method: 'DELETE' }],
    ['-0', ['-0'], { httpVersion: '1.0' }],
    ['--http1.1', ['--http1.0', '--http1.1'], { httpVersion: '1.1' }],
    ['-4', ['-4'], { ipResolve: 'v4' }],
    ['-6', ['-6'], { ipResolve: 'v6' }],
    ['-k', ['-k'], { sslVerifyPeer: false, sslVerifyHost: false }],
    ['-k turned off', ['-k', '--no-insecure'], { sslVerifyPeer: true, sslVerifyHost: true }],
    ['--cacert', ['--cacert', 'ca.pem'], { caInfo: 'ca.pem' }],
    ['several --resolve', ['--resolve', 'a:1:::1', '--resolve', 'b:2:b'], { resolve: ['a:1:::1', 'b:2:b'] }],
    ['--connect-to', ['--connect-to', 'a:1:b:2'], { connectTo: ['a:1:b:2'] }],
    ['--unix-socket', ['--unix-socket', '/s'], { unixSocketPath: '/s' }],
    ['--interface', ['--interface', 'lo'], { interface: 'lo' }],
    ['-A', ['-A', ''], { userAgent: '' }],
    ['-e', ['-e', 'http://r/;auto'], { referer: 'http://r/', autoReferer: true }],
    ['-L', ['-L', '--max-redirs', '3', '--post301'], { followLocation: true, maxRedirs: 3, post301: true }],
    ['--location-trusted', ['--location-trusted'], { followLocation: true, unrestrictedAuth: true }],
    ['--compressed', ['--compressed', '--tr-encoding'], { acceptEncoding: '', transferEncoding: true }],
    ['--raw', ['--raw'], { httpContentDecoding: false, httpTransferDecoding: false }],
    ['--raw turned off', ['--no-raw'], { httpContentDecoding: true, httpTransferDecoding: true }],
    ['--http0.9', ['--http0.9'], { http09Allowed: true }],
    ['-u', ['-u', 'me:pass:word'], { username: 'me', password: 'pass:word' }],
    ['--max-filesize', ['--max-filesize', '2K'], { maxFilesize: 2_048 }],
    ['-Y and what -y is then', ['-Y', '10'], { lowSpeedLimit: 10, lowSpeedTimeMs: 30_000 }],
    ['-y and what -Y is then', ['-y', '10'], { lowSpeedLimit: 1, lowSpeedTimeMs: 10_000 }],
    ['-x', ['-x', 'p:1'], { proxy: 'p:1' }],
    ['-x ""', ['-x', ''], { proxy: '' }],
    ['-U', ['-U', 'me:pass:word'], { proxyUsername: 'me', proxyPassword: 'pass:word' }],
    ['-p', ['-p'], { httpProxyTunnel: true }],
    ['--preproxy', ['--preproxy', 'socks5://p'], { preProxy: 'socks5://p' }],
    ['--noproxy', ['--noproxy', '*'], { noProxy: '*' }],
    ['--socks4', ['--socks4', 'p:1'], { proxy: 'socks4://p:1' }],
    ['--socks4a', ['--socks4a', 'p:1'], { proxy: 'socks4a://p:1' }],
    ['--socks5', ['--socks5', 'p:1'], { proxy: 'socks5://p:1' }],
    ['--socks5-hostname', ['--socks5-hostname', 'p:1'], { proxy: 'socks5h://p:1' }],
    ['--socks5 with a scheme of its own', ['--socks5', 'socks5h://p'], { proxy: 'socks5h://p' }],
    ['--proxy-digest, the last', ['--proxy-basic', '--proxy-digest'], { proxyAuth: ['digest'] }],
    ['--proxy-anyauth', ['--proxy-anyauth'], { proxyAuth: ['any'] }],
    ['--proxy-ntlm', ['--proxy-ntlm'], { proxyAuth: ['ntlm'] }],
    ['--proxy-insecure', ['--proxy-insecure'], { proxySslVerifyPeer: false, proxySslVerifyHost: false }],
    ['--proxy-cacert', ['--proxy-cacert', 'ca.pem'], { proxyCaInfo: 'ca.pem' }],
    [
      '--proxy-cert and its kin',
      ['--proxy-cert', 'c', '--proxy-key', 'k', '--proxy-pass', 'p'],
      { proxySslCert: 'c', proxySslKey: 'k', proxyKeyPasswd: 'p' },
    ],
    ['--proxy-http2', ['--proxy-http2'], { proxyType: 'https2' }],
    ['--haproxy-protocol', ['--haproxy-protocol'], { haproxyProtocol: true }],
    ['--haproxy-clientip', ['--haproxy-clientip', '::1'], { haproxyClientIp: '::1' }],
    ['--suppress-connect-headers', ['--suppress-connect-headers'], { suppressConnectHeaders: true }],
    ['--path-as-is', ['--path-as-is'], { pathAsIs: true }],
    ['--request-target', ['--request-target', '*'], { requestTarget: '*' }],
    ['--proto-default', ['--proto-default', 'https'], { defaultProtocol: 'https' }],
    ['--disallow-username-in-url', ['--disallow-username-in-url'], { disallowUsernameInUrl: true }],
    ['--proto with one', ['--proto', '=https'], { protocols: ['https'] }],
    ['--proto without one', ['--proto', '-http'], { protocols: ['https'] }],
    ['--proto with none left (CVE-2024-2004)', ['--proto', '-all'], { protocols: [] }],
    ['--proto from left to right', ['--proto', '-all,+http,ftp,-http'], { protocols: ['ftp'] }],
    ['--proto twice', ['--proto', '-http', '--proto', '-https'], { protocols: [] }],
    ['--proto-redir', ['--proto-redir', '=HTTPS'], { redirProtocols: ['https'] }],
    ['--doh-url', ['--doh-url', 'https://d/'], { dohUrl: 'https://d/' }],
    ['--doh-insecure', ['--doh-insecure'], { dohSslVerifyPeer: false, dohSslVerifyHost: false }],
    ['--dns-servers', ['--dns-servers', '1.2.3.4,[::1]:53'], { dnsServers: ['1.2.3.4', '[::1]:53'] }],
    [
      'where name servers are asked from',
      ['--dns-interface', 'lo', '--dns-ipv4-addr', '127.0.0.2', '--dns-ipv6-addr', '::1'],
      { dnsInterface: 'lo', dnsLocalIp4: '127.0.0.2', dnsLocalIp6: '::1' },
    ],
    ['a value that looks like a flag', ['-X', '-v'], { method: '-v' }],
  ])('are set by %s', (_case, flags, options) => {
    expect(commandOf(...flags, 'http://a/').options).toEqual(options)
  })
})

describe('the command', () => {
  test.each([
    ['-s', ['-s'], { isSilent: true }],
    ['a group of short flags', ['-sSv'], { isSilent: true, showsErrors: true, isVerbose: true }],
    ['--no-silent', ['-s', '--no-silent'], { isSilent: false }],
    ['-i', ['-i'], { showsHead: true }],
    ['-I', ['-I'], { headOnly: true }],
    ['-Z', ['-Z'], { isParallel: true, parallelMax: 50 }],
    ['--parallel-max', ['--parallel-max', '7'], { parallelMax: 7 }],
    ['--parallel-max 0', ['--parallel-max', '0'], { parallelMax: 50 }],
    ['--parallel-max beyond all ports', ['--parallel-max', '70000'], { parallelMax: 65_535 }],
    ['-w', ['-w', '%{url}'], { writeOut: { is: 'text', text: '%{url}' } }],
    ['-w @', ['-w', '@f'], { writeOut: { is: 'file', path: 'f' } }],
    [
      '-H',
      ['-H', 'A: b', '-H', '@f'],
      {
        headers: [
          { is: 'text', text: 'A: b' },
          { is: 'file', path: 'f' },
        ],
      },
    ],
    [
      '-d and its kin, in order',
      ['-d', 'a', '-d', '@f', '--data-binary', '@-', '--data-raw', '@r'],
      {
        data: [
          { source: { is: 'text', text: 'a' }, isJoined: true },
          { source: { is: 'file', path: 'f' }, isJoined: true },
          { source: { is: 'file', path: '-' }, isJoined: false },
          { source: { is: 'text', text: '@r' }, isJoined: false },
        ],
      },
    ],
    ['more outputs than URLs', ['-o', 'a', '-O'], { warnings: ['Got more output options than URLs'] }],
  ])('understands %s', (_case, flags, part) => {
    expect(commandOf(...flags, 'http://a/')).toMatchObject(part)
  })

  test.each<[string, string[], [string, string | undefined][]]>([
    ['standard output by itself', ['u'], [['u', undefined]]],
    ['a file', ['-o', 'f', 'u'], [['u', 'f']]],
    ['a file after the URL, in a group', ['u', '-sSof'], [['u', 'f']]],
    [
      'a file for each, in order',
      ['-o', 'f', '-o', 'g', 'u', 'v'],
      [
        ['u', 'f'],
        ['v', 'g'],
      ],
    ],
    [
      'a file for the first only',
      ['-o', 'f', 'u', 'v'],
      [
        ['u', 'f'],
        ['v', undefined],
      ],
    ],
    [
      'standard output for the first only',
      ['-o', '-', '-o', 'g', 'u', 'v'],
      [
        ['u', undefined],
        ['v', 'g'],
      ],
    ],
    [
      'files and names of URLs',
      ['-O', 'h/a', '-o', 'b', 'v'],
      [
        ['h/a', 'a'],
        ['v', 'b'],
      ],
    ],
    [
      'a name without query and fragment',
      ['-O', 'http://h/d/a.b?c/d#e/f'],
      [['http://h/d/a.b?c/d#e/f', 'a.b']],
    ],
    ['a name for what has none', ['-O', 'http://h'], [['http://h', 'curl_response']]],
    ['no folder', ['-O', 'http://h/..'], [['http://h/..', 'curl_response']]],
    [
      'names with globs',
      ['-o', '#1#2', 'h/{a,b}/[1-2]'],
      [
        ['h/a/1', 'a1'],
        ['h/a/2', 'a2'],
        ['h/b/1', 'b1'],
        ['h/b/2', 'b2'],
      ],
    ],
    [
      'names of globs',
      ['-O', 'h/[1-2]'],
      [
        ['h/1', '1'],
        ['h/2', '2'],
      ],
    ],
    ['globs as they are', ['-g', 'h/{a'], [['h/{a', undefined]]],
    ['--url', ['--url', 'u'], [['u', undefined]]],
    [
      'what follows --',
      ['--', '-v', 'u'],
      [
        ['-v', undefined],
        ['u', undefined],
      ],
    ],
  ])('sends to %s', (_case, argv, jobs) => {
    expect([...planJobs(commandOf(...argv))].map(({ url, path }) => [url, path])).toEqual(jobs)
  })

  test.each([
    ['-h', ['-h'], 'help'],
    ['--help before a mistake', ['--help', '--foo'], 'help'],
    ['-V', ['-sV'], 'version'],
  ])('answers %s', (_case, argv, answer) => {
    expect(parseCommandLine(argv)).toEqual({ is: answer })
  })
})

describe('a command line is refused', () => {
  const hint = `trunkline: try 'trunkline --help' for more information`

  test.each([
    ['without a URL', [], '(2) no URL specified'],
    ['with an unknown flag', ['--foo'], 'option --foo: is unknown'],
    ['with an unknown short flag', ['-sj', 'u'], 'option -j: is unknown'],
    ['with an unknown flag turned off', ['--no-foo'], 'option --no-foo: is unknown'],
    ['with a flag turned off that cannot be', ['--no-output'], 'option --no-output: is unknown'],
    ['with a value after "="', ['--max-time=5'], 'option --max-time=5: is unknown'],
    ['without a value', ['u', '-o'], 'option -o: requires parameter'],
    ['without a value at the end of a group', ['u', '-sSo'], 'option -o: requires parameter'],
    ['without the value of a long flag', ['u', '--output'], 'option --output: requires parameter'],
    ['with letters for a number', ['-m', 'abc', 'u'], 'option -m: expected a proper numerical parameter'],
    ['with a point for a number', ['-m', '.', 'u'], 'option -m: expected a proper numerical parameter'],
    ['with a fraction for a count', ['-Y', '1.5', 'u'], 'option -Y: expected a proper numerical parameter'],
    [
      'with a number below 0',
      ['--connect-timeout', '-1', 'u'],
      'option --connect-timeout: expected a positive numerical parameter',
    ],
    ['with a number too large', ['-m', '99999999', 'u'], 'option -m: value is too large'],
    [
      'with a size in unknown units',
      ['--max-filesize', '1x', 'u'],
      'option --max-filesize: expected a proper numerical parameter',
    ],
    [
      'with a user without a password',
      ['-u', 'me', 'u'],
      'option -u: wants user:password; the password is not asked for',
    ],
    [
      'with a proxy of another age',
      ['--proxy1.0', 'p', 'u'],
      'option --proxy1.0: proxies are spoken to in HTTP/1.1',
    ],
    [
      'with -d and -I',
      ['-d', 'x', '-I', 'u'],
      '(2) You can only select one HTTP request method! You asked for both POST (-d, --data) and HEAD (-I, --head).',
    ],
  ])('%s', (_case, argv, message) => {
    expect(parseCommandLine(argv)).toEqual({
      is: 'refused',
      exitCode: 2,
      lines: [`trunkline: ${message}`, hint],
    })
  })

  test('with a glob that is none, with its place in the URL', () => {
    expect(parseCommandLine(['http://x/[3-1]'])).toEqual({
      is: 'refused',
      exitCode: 3,
      lines: ['trunkline: (3) bad range in URL position 15:\nhttp://x/[3-1]\n              ^'],
    })
  })
})

describe('the help', () => {
  test('has a line for each flag', () => {
    const lines = helpText().split('\n').slice(1, -1)
    expect(lines).toHaveLength(FLAGS.length)
    expect(lines.find((line) => line.includes('--max-time'))).toMatch(
      /^ -m, --max-time <seconds> +Longest time/,
    )
  })

  test('names the version of the package', () => {
    expect(versionText().split(' ').slice(0, 2)).toEqual(['trunkline', manifest.version])
    expect(versionText('curl')).toMatch(
      /^curl 8\.22\.0 \(\S+\) libcurl\/8\.22\.0 trunkline\/\S+\nProtocols: .*\nFeatures: .*\n$/,
    )
  })
})

describe('the flag table', () => {
  test('gives each name to one flag', () => {
    const names = FLAGS.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]))
    expect(new Set(names).size).toBe(names.length)
  })
})

function commandOf(...argv: string[]): Command {
  const parsed = parseCommandLine(argv)
  if (parsed.is !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.command
}
