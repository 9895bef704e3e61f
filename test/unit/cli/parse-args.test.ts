import { describe, expect, test } from 'vitest'
import { FLAGS } from '../../../packages/cli/src/line/flags.ts'
import { helpText } from '../../../packages/cli/src/help/help.ts'
import { planJobs } from '../../../packages/cli/src/line/plan-jobs.ts'
import type { Prepared } from '../../../packages/cli/src/line/request-options.ts'
import { CHANGED_MS, commandOf, operationOf, parseLine } from '../../support/parse-line.ts'
import { versionText } from '../../../packages/cli/src/help/version.ts'
import manifest from '../../../packages/cli/package.json' with { type: 'json' }

describe('options of transfers', () => {
  test.each([
    ['-m in seconds', ['-m', '2.5'], { timeoutMs: 2_500 }],
    ['-m joined to its value', ['-m2'], { timeoutMs: 2_000 }],
    ['--max-time', ['--max-time', '1'], { timeoutMs: 1_000 }],
    ['the last of two', ['-m', '1', '-m', '3'], { timeoutMs: 3_000 }],
    ['--connect-timeout', ['--connect-timeout', '0.5s'], { connectTimeoutMs: 500 }],
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
    ['--cacert', ['--cacert', 'there'], { caInfo: 'there' }],
    ['several --resolve', ['--resolve', 'a:1:::1', '--resolve', 'b:2:b'], { resolve: ['a:1:::1', 'b:2:b'] }],
    ['--connect-to', ['--connect-to', 'a:1:b:2'], { connectTo: ['a:1:b:2'] }],
    ['--unix-socket', ['--unix-socket', '/s'], { unixSocketPath: '/s' }],
    ['--interface', ['--interface', 'lo'], { interface: 'lo' }],
    ['-A', ['-A', ''], { userAgent: '' }],
    ['-e', ['-e', 'http://r/;auto'], { referer: 'http://r/', autoReferer: true }],
    [
      '-L',
      ['-L', '--max-redirs', '3', '--post301'],
      { followLocation: true, redirectMethod: 'kept', maxRedirs: 3, post301: true },
    ],
    ['--follow', ['-L', '--follow'], { followLocation: true, redirectMethod: 'by-status' }],
    [
      '--location-trusted',
      ['--location-trusted'],
      { followLocation: true, redirectMethod: 'kept', unrestrictedAuth: true },
    ],
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
    ['--proxy-digest, the stronger one', ['--proxy-digest', '--proxy-basic'], { proxyAuth: ['digest'] }],
    ['--proxy-anyauth', ['--proxy-anyauth'], { proxyAuth: ['any'] }],
    ['--proxy-ntlm', ['--proxy-ntlm'], { proxyAuth: ['ntlm'] }],
    ['--proxy-insecure', ['--proxy-insecure'], { proxySslVerifyPeer: false, proxySslVerifyHost: false }],
    ['--proxy-cacert', ['--proxy-cacert', 'there'], { proxyCaInfo: 'there' }],
    [
      '--proxy-cert and its kin',
      ['--proxy-cert', 'c', '--proxy-key', 'k', '--proxy-pass', 'p'],
      { proxySslCert: 'c', proxySslKey: 'k', proxyKeyPasswd: 'p' },
    ],
    ['--proxy-http2', ['--proxy-http2'], { proxyType: 'https2' }],
    ['--proxy1.0', ['--proxy1.0', 'p:1'], { proxy: 'p:1', proxyType: 'http1.0' }],
    ['--proxy behind it', ['--proxy1.0', 'p:1', '-x', 'q:1'], { proxy: 'q:1', proxyType: undefined }],
    ['--proxy and --proxy-http2', ['--proxy-http2', '-x', 'q:1'], { proxy: 'q:1', proxyType: 'https2' }],
    ['--haproxy-protocol', ['--haproxy-protocol'], { haproxyProtocol: true }],
    ['--haproxy-clientip', ['--haproxy-clientip', '::1'], { haproxyClientIp: '::1' }],
    ['--suppress-connect-headers', ['--suppress-connect-headers'], { suppressConnectHeaders: true }],
    ['--path-as-is', ['--path-as-is'], { pathAsIs: true }],
    ['--request-target', ['--request-target', '*'], { requestTarget: '*' }],
    ['--proto-default', ['--proto-default', 'https'], { defaultProtocol: 'https' }],
    ['--disallow-username-in-url', ['--disallow-username-in-url'], { disallowUsernameInUrl: true }],
    ['--proto with one', ['--proto', '=https'], { protocols: ['https'] }],
    ['--proto without one', ['--proto', '=http,https', '--proto', '-http'], { protocols: ['https'] }],
    ['--proto from left to right', ['--proto', '-all,+http,ftp,-http'], { protocols: ['ftp'] }],
    ['--proto twice', ['--proto', '=http', '--proto', '+https'], { protocols: ['http', 'https'] }],
    ['--proto-redir', ['--proto-redir', '=HTTPS'], { redirProtocols: ['https'] }],
    [
      '--proto-redir with one more',
      ['--proto-redir', '+file'],
      { redirProtocols: ['http', 'https', 'ftp', 'ftps', 'file'] },
    ],
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
    expect(operationOf([...flags, 'http://a/'], { files: { there: '' } }).options).toEqual(options)
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
    const command = commandOf([...flags, 'http://a/'])
    expect({ ...command.operations[0], ...command }).toMatchObject(part)
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
    expect([...planJobs(preparedOf(argv))].map(({ url, path }) => [url, path])).toEqual(jobs)
  })

  test.each([
    ['-h', ['-h'], 'help'],
    ['--help before a mistake', ['--help', '--foo'], 'help'],
    ['-V', ['-sV'], 'version'],
  ])('answers %s', (_case, argv, answer) => {
    expect(parseLine(argv)).toMatchObject({ is: answer })
  })
})

describe('a command line is refused', () => {
  test.each([
    ['without a URL', [], '(2) no URL specified'],
    ['with an unknown flag', ['--foo'], 'option --foo: is unknown'],
    ['with an unknown short flag', ['-s~', 'u'], 'option -s~: is unknown'],
    ['with an unknown flag turned off', ['--no-foo'], 'option --no-foo: is unknown'],
    [
      'with a flag turned off that takes a value',
      ['--no-output'],
      'option --no-output: the given option cannot be reversed with a --no- prefix',
    ],
    [
      'with a flag turned off that cannot be',
      ['--no-http2'],
      'option --no-http2: the given option cannot be reversed with a --no- prefix',
    ],
    ['with a dash alone', ['-'], 'option -: is unknown'],
    ['without a value', ['u', '-o'], 'option -o: requires parameter'],
    ['without a value at the end of a group', ['u', '-sSo'], 'option -sSo: requires parameter'],
    ['without the value of a long flag', ['u', '--output'], 'option --output: requires parameter'],
    ['with letters for a number', ['-m', 'abc', 'u'], 'option -m: expected a proper numerical parameter'],
    ['with a point for a number', ['-m', '.', 'u'], 'option -m: expected a proper numerical parameter'],
    ['with a fraction for a count', ['-Y', '1.5', 'u'], 'option -Y: expected a proper numerical parameter'],
    [
      'with a number below 0',
      ['--connect-timeout', '-1', 'u'],
      'option --connect-timeout: expected a proper numerical parameter',
    ],
    ['with a number too large', ['-m', '99999999', 'u'], 'option -m: too large number'],
    [
      'with --next and nothing before it',
      ['--next', 'u'],
      ['missing URL before --next', 'option --next: is badly used here'],
    ],
    [
      'with -C and --no-clobber',
      ['--no-clobber', '-C', '3', 'u'],
      ['--continue-at is mutually exclusive with --no-clobber', 'option -C: is badly used here'],
    ],
    [
      'with a newest TLS version that is older than the oldest',
      ['--tlsv1.3', '--tls-max', '1.2', 'u'],
      ['--tls-max set lower than minimum accepted version', 'option --tls-max: is badly used here'],
    ],
    [
      'with an empty value that has to be one',
      ['--cacert', '', 'u'],
      'option --cacert: blank argument where content is expected',
    ],
    [
      'with a protocol that it does not speak',
      ['--ftp-port', '-', 'u'],
      'option --ftp-port: FTP is not supported',
    ],
  ])('%s', (_case, argv, message) => {
    expect(parseLine(argv)).toEqual({
      is: 'refused',
      exitCode: 2,
      warnings: [],
      errors: [message].flat(),
      hints: true,
      stderr: undefined,
    })
  })

  test.each([
    ['with -d and -I', ['-d', 'x', '-I', 'u'], 'POST (-d, --data) and HEAD (-I, --head)', []],
    ['with -d and -T', ['-d', 'x', '-T', 'f', 'u'], 'PUT (-T, --upload-file) and POST (-d, --data)', []],
    [
      'with -I and -F',
      ['-I', '-F', 'a=b', 'u'],
      'multipart formpost (-F, --form) and HEAD (-I, --head)',
      ['option -F: is badly used here'],
    ],
  ])('%s: a request has one method', (_case, argv, both, errors) => {
    expect(parseLine(argv)).toMatchObject({
      is: 'refused',
      exitCode: 2,
      warnings: [`You can only select one HTTP request method! You asked for both ${both}.`],
      errors,
    })
  })

  test.each([
    ['units that are none', '1x', 'is badly used here'],
    ['a part of a byte', '1.5', 'is badly used here'],
    ['no number', 'x', 'expected a proper numerical parameter'],
    ['no fraction', '1.M', 'expected a proper numerical parameter'],
    ['more than can be counted', '9999P', 'too large number'],
  ])('with a size in %s', (_case, size, why) => {
    expect(parseLine(['--max-filesize', size, 'u'])).toMatchObject({
      errors: [`option --max-filesize: ${why}`],
    })
  })

  test.each([
    ['none left (CVE-2024-2004)', '-all', []],
    ['one that nobody knows', '=http,nope', ["unrecognized protocol 'nope'"]],
  ])('with protocols, %s', (_case, list, told) => {
    expect(parseLine(['--proto', list, 'u'])).toMatchObject({
      exitCode: 2,
      errors: [...told, 'option --proto: is badly used here'],
    })
  })

  test('with a glob that is none, with its place in the URL, when its turn comes', () => {
    const jobs = planJobs(preparedOf(['http://y/', 'http://x/[3-1]']))
    expect(jobs.next().value).toMatchObject({ url: 'http://y/' })
    expect(() => jobs.next()).toThrow('bad range in position 15:\nhttp://x/[3-1]\n              ^')
  })

  test('with the name of a glob that there is not', () => {
    const jobs = planJobs(preparedOf(['-o', 'f#<b>', 'http://x/{<a>1,2}']))
    expect(() => jobs.next()).toThrow('no glob exists with this name in position 5:\nf#<b>\n    ^')
  })
})

describe('operations', () => {
  test('have options of their own', () => {
    const { operations, isSilent } = commandOf('-X A u -o f -s --next -H a:b v --next w'.split(' '))
    expect(
      operations.map(({ options, headers, targets }) => [options.method, headers.length, targets[0]!.url]),
    ).toEqual([
      ['A', 0, 'u'],
      [undefined, 1, 'v'],
      [undefined, 0, 'w'],
    ])
    expect(isSilent).toBe(true)
  })

  test('give each URL its upload and its output', () => {
    const { targets } = operationOf('-T a u -o f v -T b -O'.split(' '))
    expect(targets.map(({ url, upload, output }) => [url, upload, output.is])).toEqual([
      ['u', 'a', 'file'],
      ['v', 'b', 'remote-name'],
    ])
  })

  test('name all by their URLs with --remote-name-all, but those with an output of their own', () => {
    const { targets } = operationOf('--remote-name-all h/a h/b --no-remote-name -o f h/c'.split(' '))
    expect(targets.map(({ output }) => output.is)).toEqual(['stdout', 'file', 'remote-name'])
  })
})

describe('values', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    ['joined by =', ['--max-time=5'], { timeoutMs: 5_000 }],
    ['joined by = with another = in them', ['--cookie=a=b=c'], { cookie: 'a=b=c' }],
    [
      'cookies of several -b',
      ['-b', 'a=b', '-b', 'c=d', '-b', 'file'],
      { cookie: 'a=b; c=d', cookieFile: ['file'] },
    ],
    ['several ways to log in', ['--digest', '--ntlm'], { httpAuth: ['digest', 'ntlm'] }],
    ['one of them taken back', ['--digest', '--ntlm', '--no-ntlm'], { httpAuth: ['digest'] }],
    ['any way to log in', ['--digest', '--anyauth'], { httpAuth: ['any'] }],
    ['a token', ['--oauth2-bearer', 't'], { xoauth2Bearer: 't', httpAuth: ['bearer'] }],
    ['a rate', ['--limit-rate', '2k'], { maxRecvSpeed: 2_048, maxSendSpeed: 2_048 }],
    ['ports', ['--local-port', '4000-4003'], { localPort: 4_000, localPortRange: 4 }],
    ['a certificate with its password', ['-E', 'a\\:b:c:d'], { sslCert: 'a:b', keyPasswd: 'c:d' }],
    ['TLS versions', ['--tlsv1.2', '--tls-max', '1.3'], { sslVersion: 'TLSv1.2', sslVersionMax: 'TLSv1.3' }],
    [
      'a newest TLS version below the usual oldest',
      ['--tls-max', '1.1'],
      { sslVersion: 'TLSv1', sslVersionMax: 'TLSv1.1' },
    ],
    [
      'what is on unless told',
      ['--no-keepalive', '--no-alpn'],
      { tcpKeepAlive: false, sslEnableAlpn: false },
    ],
    ['a range without a dash', ['-r', '5'], { range: '5-' }],
    [
      'a date',
      ['-z', 'Tue, 02 Jan 2024 00:00:00 GMT'],
      { timeCondition: 'if-modified-since', timeValueS: CHANGED_MS / 1_000 },
    ],
    [
      'a date to be before',
      ['-z', '-2 Jan 2024'],
      { timeCondition: 'if-unmodified-since', timeValueS: CHANGED_MS / 1_000 },
    ],
    [
      'the date of a file',
      ['-z', 'there'],
      { timeCondition: 'if-modified-since', timeValueS: CHANGED_MS / 1_000 },
    ],
    ['no date', ['-z', 'gone'], { timeCondition: undefined }],
    ['a netrc file', ['--netrc-file', 'there'], { netrcFile: 'there' }],
    [
      'no login for a netrc file that is optional',
      ['--netrc-optional', '--netrc-file', 'there'],
      { netrcFile: 'there', netrc: 'optional' },
    ],
  ])('are read: %s', (_case, argv, options) => {
    expect(operationOf([...argv, 'u'], { files: { there: '' } }).options).toEqual(options)
  })

  test.each([
    ['2/s', 500],
    ['10', 360_000],
    ['1/3m', 180_000],
    ['4/d', 21_600_000],
  ])('of --rate: %s', (rate, ms) => {
    expect(commandOf(['--rate', rate, 'u']).msPerTransfer).toBe(ms)
  })

  test.each([
    ['0', 'option --rate: is badly used here'],
    ['1/w', 'option --rate: is badly used here'],
    ['1001/s', 'option --rate: too large number'],
    ['x/s', 'option --rate: expected a proper numerical parameter'],
  ])('of --rate are refused: %s', (rate, error) => {
    const parsed = parseLine(['--rate', rate, 'u'])
    expect(parsed.is === 'refused' && parsed.errors.at(-1)).toBe(error)
  })

  test('warn of what looks like a mistake, unless -s came before', () => {
    const odd = ['-H', '\u201cx:', '--cert', '-v', 'u']
    expect(commandOf(odd).warnings).toEqual([
      "The argument '\u201cx:' starts with a Unicode character. Maybe ASCII was intended?",
      "The filename argument '-v' looks like a flag.",
    ])
    expect(commandOf([...odd, '-s']).warnings).toHaveLength(2)
    expect(commandOf(['-s', ...odd]).warnings).toEqual([])
  })

  test('of -v count in one argument', () => {
    expect(commandOf(['-vvv', 'u'])).toMatchObject({
      verbosity: 3,
      isVerbose: false,
      trace: { is: 'ascii', path: '%' },
    })
    expect(commandOf(['-v', '-v', 'u'])).toMatchObject({ verbosity: 1, isVerbose: true, trace: undefined })
    expect(commandOf(['-v', '--trace', 'f', 'u'])).toMatchObject({
      isVerbose: false,
      trace: { is: 'hex', path: 'f' },
    })
  })
})

function preparedOf(argv: readonly string[]): readonly Prepared[] {
  return commandOf(argv).operations.map((operation) => ({ operation }) as unknown as Prepared)
}

describe('the help', () => {
  test('has a line for each flag that does something', () => {
    const lines = helpText('all').text.split('\n').slice(0, -1)
    const done = FLAGS.filter(({ does }) => does.is !== 'refused' && does.is !== 'deprecated')
    expect(lines).toHaveLength(done.length)
    expect(lines.find((line) => line.includes('--max-time'))).toMatch(
      /^ -m, --max-time <seconds> +Longest time/,
    )
  })

  test('knows categories, flags, and what is neither', () => {
    expect(helpText('dns').text).toMatch(/^dns: .*\n.*--dns-servers/s)
    expect(helpText('-m').text).toContain('--max-time')
    expect(helpText('--ftp-port').text).toContain('Not available: FTP')
    expect(helpText('--foo').error).toBe('Incorrect option name to show help for, see trunkline -h')
    expect(helpText('foo').text).toContain('Unknown category')
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

  test('is in order, and each flag has a topic and a meaning', () => {
    const names = FLAGS.map(({ long }) => long)
    expect(names).toEqual(names.toSorted())
    for (const { in: topics, does, summary } of FLAGS) {
      expect(topics).not.toBe('')
      expect(summary === '').toBe(does.is === 'refused')
    }
  })
})
