/** Cookies, logins, netrc files. */
import { answer, ok, type Row } from '../row.ts'

const JAR =
  '# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tsession\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tb\tlasting\n127.0.0.1\tFALSE\t/p\tFALSE\t4102444800\tc\tpath\n127.0.0.1\tFALSE\t/\tTRUE\t4102444800\td\tsecure\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t4102444800\te\thttponly\n127.0.0.1\tFALSE\t/\tFALSE\t1\tf\texpired\nexample.org\tFALSE\t/\tFALSE\t4102444800\tg\telsewhere\n.0.0.1\tTRUE\t/\tFALSE\t4102444800\th\ttail\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\ti\t\nnot a line\n\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tj\n'
const HEADS =
  'HTTP/1.1 200 OK\nSet-Cookie: a=b; path=/\nSet-Cookie: c=d; expires=Fri, 01 Jan 2100 00:00:00 GMT; httponly\nX: y\n'
const set = (...cookies: readonly string[]): string =>
  ok('x', ...cookies.map((cookie) => `Set-Cookie: ${cookie}`))

export const COOKIES: readonly (string | Row)[] = [
  '-b a=b URL',
  '-b "a=b; c=d" URL',
  '-b a=b -b c=d URL',
  "-b '' URL",
  '-b missing URL',
  '-b a=b -b missing URL',
  '-b a=b -H "Cookie: c=d" URL',
  '-H "Cookie: c=d" -H "Cookie: e=f" URL',
  '-b "a=b" -H "Cookie:" URL',
  { line: '-b jar URL', files: { jar: JAR } },
  { line: '-b jar URL/p/x', files: { jar: JAR } },
  { line: '-b jar URL/pp', files: { jar: JAR } },
  { line: '-b jar -j URL/', files: { jar: JAR } },
  { line: '-b jar -b x=y URL/', files: { jar: JAR } },
  { line: '-b jar -b jar2 URL/', files: { jar: JAR, jar2: '127.0.0.1\tFALSE\t/\tFALSE\t0\tzz\ttop\n' } },
  { line: '-b jar -c out URL/', files: { jar: JAR } },
  { line: '-b jar -c - -o x URL/', files: { jar: JAR } },
  { line: '-b jar -c jar URL/', files: { jar: JAR } },
  { line: '-b jar -j -c out URL/', files: { jar: JAR } },
  { line: '-b heads -c out URL/', files: { heads: HEADS } },
  { line: '-b - URL/', stdin: JAR },
  {
    line: '-c out URL/a/b',
    answers: [set('a=b', 'c=d; path=/', 'e=f; path=/a', 'g=h; path=/other', 'i=j; path="/q"')],
  },
  {
    line: '-c out URL/a/b',
    answers: [
      set(
        'a=b; max-age=-1',
        'b=c; max-age=0',
        'd=e; expires=Fri, 01 Jan 2100 00:00:00 GMT',
        'f=g; expires=Thu, 01 Jan 1970 00:00:10 GMT',
        'h=i; expires=nonsense',
      ),
    ],
  },
  {
    line: '-c out URL/a/b',
    answers: [
      set(
        'a=b; secure',
        'c=d; HttpOnly',
        'e=f; SameSite=Lax',
        'g=h; domain=127.0.0.1',
        'i=j; domain=.127.0.0.1',
        'k=l; domain=example.org',
        'm=n; domain=0.0.1',
      ),
    ],
  },
  {
    line: '-c out URL/a/b',
    answers: [
      set(
        'noequals',
        '=noname',
        'empty=',
        ' sp ace = v al ',
        'q="quoted; x"',
        'tab=a\tb',
        'long=' + 'x'.repeat(4100),
        'n' + 'x'.repeat(4100) + '=1',
      ),
    ],
  },
  { line: '-c out URL/a/b', answers: [set('a=1', 'a=2', 'A=3', 'a=4; path=/x')] },
  {
    line: '-c out URL/a/b',
    answers: [
      set(
        '__Secure-a=1',
        '__Secure-b=1; secure',
        '__Host-c=1; path=/',
        '__Host-d=1; path=/; secure',
        '__Host-e=1; path=/; secure; domain=127.0.0.1',
        '__host-f=1',
      ),
    ],
  },
  {
    line: '-c out URL/a/b',
    answers: [
      set('a=b;;;path=/', 'c=d; version=1; foo', 'e=f; path', 'g=h; path=', 'i=j; PATH=/z', 'k=l; path=rel'),
    ],
  },
  { line: '-c out URL/', answers: [set('a=\x01b', 'c=d\x7f', 'e=\xff')] },
  {
    line: '-c out URL/ ',
    answers: [set('a=b; max-age=99999999999999999', 'c=d; max-age="100"', 'e=f; max-age=abc')],
  },
  { line: '-b "" -L URL/', answers: [answer('302 Found', '', 'Set-Cookie: a=b', 'Location: /next'), ok()] },
  { line: '-c out -L URL/', answers: [answer('302 Found', '', 'Set-Cookie: a=b', 'Location: /next'), ok()] },
  { line: '-b x=y -L URL/', answers: [answer('302 Found', '', 'Set-Cookie: a=b', 'Location: /next'), ok()] },
  {
    line: '-b x=y -c out -L URL/',
    answers: [answer('302 Found', '', 'Set-Cookie: a=b', 'Location: /next'), ok()],
  },
  {
    line: '-b x=y -L URL/',
    answers: [answer('302 Found', '', 'Location: http://localhost:PORT/next'), ok()],
  },
  {
    line: '-H "Cookie: x=y" -L URL/',
    answers: [answer('302 Found', '', 'Location: http://localhost:PORT/next'), ok()],
  },
  { line: '-b "" URL/1 URL/2', answers: [set('a=b'), ok()] },
  { line: '-b "" URL/1 --next URL/2', answers: [set('a=b'), ok()] },
  { line: '-b "" URL/1 --next -b "" URL/2', answers: [set('a=b'), ok()] },
  { line: '-c out URL/1 --next -c out2 URL/2', answers: [set('a=b'), ok()] },
  { line: '-c out URL/ ', answers: [ok()] },
  { line: '-c nodir/out URL/', answers: [set('a=b')] },
  { line: '-c out -b "" http://localhost:PORT/', answers: [set('a=b; domain=localhost', 'b=c; secure')] },
  {
    line: '-b "" --resolve www.example.com:PORT:127.0.0.1 -c out http://www.example.com:PORT/',
    answers: [
      set(
        'a=b; domain=example.com',
        'b=c; domain=.example.com',
        'd=e; domain=com',
        'f=g; domain=www.example.com',
        'h=i; domain=other.example.com',
        'j=k; domain=.',
        'l=m; domain=',
      ),
    ],
  },
  {
    line: '--resolve www.example.com:PORT:127.0.0.1 -b jar http://www.example.com:PORT/',
    files: {
      jar: '.example.com\tTRUE\t/\tFALSE\t0\ta\t1\nexample.com\tTRUE\t/\tFALSE\t0\tb\t1\nwww.example.com\tFALSE\t/\tFALSE\t0\tc\t1\nexample.com\tFALSE\t/\tFALSE\t0\td\t1\n.www.example.com\tTRUE\t/\tFALSE\t0\te\t1\nle.com\tTRUE\t/\tFALSE\t0\tf\t1\n',
    },
  },
  {
    line: '--resolve www.example.com:PORT:127.0.0.1 -b "a=b;c" -H "Host: other.org" -c out http://www.example.com:PORT/',
    answers: [set('a=b; domain=other.org', 'c=d')],
  },
  {
    line: '-b jar URL/a/b/c',
    files: {
      jar: '127.0.0.1\tFALSE\t/a\tFALSE\t0\tz\t1\n127.0.0.1\tFALSE\t/a/b\tFALSE\t0\ty\t1\n127.0.0.1\tFALSE\t/\tFALSE\t0\tx\t1\n127.0.0.1\tFALSE\t/a/b/\tFALSE\t0\tw\t1\n127.0.0.1\tFALSE\t/\tFALSE\t0\tlonger\t1\n',
    },
  },
  {
    line: '-b jar URL/',
    files: { jar: 'Set-Cookie: a=b; path=/\nset-cookie:c=d\nSet-Cookie: e=f; domain=127.0.0.1; path=/\n' },
  },
]

const DIGEST = answer(
  '401 Nope',
  'denied\n',
  'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", opaque="o"',
)
const BASIC = answer('401 Nope', 'denied\n', 'WWW-Authenticate: Basic realm="r"')

export const LOGINS: readonly (string | Row)[] = [
  '-u a:b URL',
  '-u a: URL',
  '-u :b URL',
  '-u : URL',
  '-u a:b:c URL',
  "-u 'ü:ö' URL",
  'http://u:p@127.0.0.1:PORT/',
  'http://u@127.0.0.1:PORT/',
  'http://:p@127.0.0.1:PORT/',
  'http://u%20v:p%3aq@127.0.0.1:PORT/',
  'http://u:@127.0.0.1:PORT/',
  'http://@127.0.0.1:PORT/',
  '-u a:b http://u:p@127.0.0.1:PORT/',
  '-u a:b -H "Authorization: X y" URL',
  '-u a:b -H "Authorization:" URL',
  '--basic -u a:b URL',
  '--no-basic -u a:b URL',
  '--oauth2-bearer tok URL',
  '--oauth2-bearer tok -u a:b URL',
  "--oauth2-bearer '' URL",
  { line: '--anyauth -u a:b URL', answers: [BASIC, ok()] },
  { line: '--anyauth -u a:b URL', answers: [DIGEST, ok()] },
  {
    line: '--anyauth -u a:b URL',
    answers: [
      answer(
        '401 x',
        '',
        'WWW-Authenticate: Basic realm="r"',
        'WWW-Authenticate: Digest realm="r", nonce="n"',
      ),
      ok(),
    ],
  },
  { line: '--anyauth -u a:b URL', answers: [answer('401 x', 'no', 'WWW-Authenticate: Foo realm="r"'), ok()] },
  { line: '--anyauth -u a:b URL', answers: [answer('401 x', 'no'), ok()] },
  { line: '--anyauth URL', answers: [BASIC, ok()] },
  { line: '--anyauth -u a:b -d data URL', answers: [BASIC, ok()] },
  { line: '--anyauth -u a:b -T f URL', files: { f: 'data' }, answers: [BASIC, ok()] },
  {
    line: '--anyauth --oauth2-bearer t URL',
    answers: [answer('401 x', '', 'WWW-Authenticate: Bearer'), ok()],
  },
  { line: '--digest -u a:b URL', answers: [DIGEST, ok()] },
  { line: '--digest -u a:b URL', answers: [DIGEST, DIGEST] },
  { line: '--digest -u a:b URL', answers: [BASIC, ok()] },
  { line: '--digest -u a:b -d data URL', answers: [DIGEST, ok()] },
  { line: '--digest -u a:b -X POST -d data URL', answers: [DIGEST, ok()] },
  { line: '--digest -u a:b -T - URL/x', stdin: 'data', answers: [DIGEST, ok()] },
  { line: '--digest -u a:b -I URL', answers: [DIGEST.replace(/denied\n/, ''), ok('')] },
  { line: '--digest -u a:b -F a=b URL', answers: [DIGEST, ok()] },
  { line: '--digest -u a:b URL', answers: [ok()] },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [
      answer('401 x', '', 'WWW-Authenticate: Digest realm="r \\"q\\"", nonce="n", algorithm=MD5'),
      ok(),
    ],
  },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [
      answer('401 x', '', 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"'),
      ok(),
    ],
  },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [
      answer(
        '401 x',
        '',
        'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int"',
      ),
      ok(),
    ],
  },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [
      answer(
        '401 x',
        '',
        'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth", userhash=true',
      ),
      ok(),
    ],
  },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [answer('401 x', 'no', 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=FOO'), ok()],
  },
  {
    line: '--digest -u a:b "URL/x?y=z"',
    answers: [answer('401 x', 'no', 'WWW-Authenticate: Digest realm="r"'), ok()],
  },
  {
    line: '--digest -u a:b URL',
    answers: [answer('401 x', 'no', 'WWW-Authenticate: Digest realm="r", nonce="n", stale=true'), ok()],
  },
  {
    line: '--digest -u a:b URL',
    answers: [
      DIGEST,
      answer('401 x', 'no', 'WWW-Authenticate: Digest realm="r", nonce="n2", stale=true, qop="auth"'),
      ok(),
    ],
  },
  {
    line: '--digest -u a:b URL/1 URL/2',
    answers: [DIGEST, ok()],
    // How long a nonce is used beyond a transfer.
    ignores: ['requests'],
  },
  { line: '-u a:b -L URL', answers: [answer('302 x', '', 'Location: /2'), ok()] },
  { line: '-u a:b -L URL', answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()] },
  {
    line: '-u a:b --location-trusted URL',
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  {
    line: '-H "Authorization: s" --location-trusted URL',
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  {
    line: '-H "Authorization: s" -L URL',
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  { line: '-u a:b -L URL', answers: [answer('302 x', '', 'Location: http://127.0.0.1:OTHER/2'), ok()] },
  { line: '-L http://u:p@127.0.0.1:PORT/', answers: [answer('302 x', '', 'Location: /2'), ok()] },
  { line: '-L URL', answers: [answer('302 x', '', 'Location: http://u:p@127.0.0.1:PORT/2'), ok()] },
  {
    line: '-L URL',
    answers: [
      answer('302 x', '', 'Location: http://u:p@127.0.0.1:PORT/2'),
      answer('302 x', '', 'Location: /3'),
      ok(),
    ],
  },
  {
    line: '--oauth2-bearer t -L URL',
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  '--disallow-username-in-url http://u:p@127.0.0.1:PORT/',
  '--aws-sigv4 aws:amz:us-east-1:s3 -u k:s URL/a/b?x=1',
  '--aws-sigv4 aws:amz -u k:s http://s3.us-west-2.localhost:PORT/ --resolve s3.us-west-2.localhost:PORT:127.0.0.1',
  '--aws-sigv4 osc -u k:s http://api.eu.localhost:PORT/ --resolve api.eu.localhost:PORT:127.0.0.1',
  '--aws-sigv4 aws:amz:us-east-1:ec2 -u k:s -d a=b "URL/?b=2&a=1"',
  '--aws-sigv4 aws:amz:us-east-1:ec2 -u k:s -H "X-Amz-Foo:  a   b " -H "Host: h.example" URL',
  '--aws-sigv4 "" -u k:s URL',
  '--aws-sigv4 aws:amz URL',
  '--aws-sigv4 aws:amz -u k:s URL',
  { line: '-f -u a:b URL', answers: [BASIC] },
  { line: '--digest -f -u a:b URL', answers: [DIGEST, ok()] },
  { line: '--digest --fail-with-body -u a:b URL', answers: [DIGEST, DIGEST] },
  { line: '--digest -o out -u a:b URL', answers: [DIGEST, ok()] },
  { line: '--digest -i -u a:b URL', answers: [DIGEST, ok()] },
]

const rc = (text: string): Record<string, string> => ({ '.netrc': text })

export const NETRC: readonly (string | Row)[] = [
  '-n URL',
  '--netrc-optional URL',
  '--netrc-file missing URL',
  { line: '-n URL', files: rc('machine 127.0.0.1 login a password b\n') },
  { line: '-n -u x:y URL', files: rc('machine 127.0.0.1 login a password b\n') },
  { line: '-n -u x: URL', files: rc('machine 127.0.0.1 login x password b\n') },
  { line: '--netrc-optional -u x:y URL', files: rc('machine 127.0.0.1 login a password b\n') },
  {
    line: '--netrc-optional http://x@127.0.0.1:PORT/',
    files: rc('machine 127.0.0.1 login a password b\nmachine 127.0.0.1 login x password c\n'),
  },
  {
    line: '-n http://x@127.0.0.1:PORT/',
    files: rc('machine 127.0.0.1 login a password b\nmachine 127.0.0.1 login x password c\n'),
  },
  { line: '-n http://x:z@127.0.0.1:PORT/', files: rc('machine 127.0.0.1 login a password b\n') },
  {
    line: '--netrc-optional http://x:z@127.0.0.1:PORT/',
    files: rc('machine 127.0.0.1 login a password b\n'),
  },
  { line: '-n http://q@127.0.0.1:PORT/', files: rc('machine 127.0.0.1 login a password b\n') },
  { line: '-n URL', files: rc('default login a password b\n') },
  { line: '-n URL', files: rc('machine other login x password y\ndefault login a password b\n') },
  { line: '-n URL', files: rc('default login a password b\nmachine 127.0.0.1 login x password y\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1\n  login a\n  password b\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 password b login a\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login a\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 password b\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login a password b account c\n') },
  {
    line: '-n URL',
    files: rc(
      'macdef init\necho machine 127.0.0.1 login evil password evil\n\nmachine 127.0.0.1 login a password b\n',
    ),
  },
  { line: '-n URL', files: rc('machine 127.0.0.1 login "a b" password "c\\"d\\\\e\\n"\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login "a b password c\n') },
  { line: '-n URL', files: rc('# comment\nmachine 127.0.0.1 login a password b # c\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login a password #b\n') },
  { line: '-n URL', files: rc('MACHINE 127.0.0.1 LOGIN a PASSWORD b\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login a password b\r\n') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login a password') },
  { line: '-n URL', files: rc('machine 127.0.0.1 login') },
  { line: '-n URL', files: rc('nonsense here\nmachine 127.0.0.1 login a password b\n') },
  { line: '-n URL', files: rc('\tmachine\t127.0.0.1\tlogin\ta\tpassword\tb') },
  { line: '--netrc-file rc URL', files: { rc: 'machine 127.0.0.1 login a password b\n' } },
  { line: '-n --netrc-file rc URL', files: { rc: 'machine 127.0.0.1 login a password b\n' } },
  { line: '--netrc-optional --netrc-file rc URL', files: { rc: 'machine 127.0.0.1 login a password b\n' } },
  { line: '--netrc-file rc --no-netrc URL', files: { rc: 'machine 127.0.0.1 login a password b\n' } },
  { line: '-n URL', env: { NETRC: 'DIR/rc' }, files: { rc: 'machine 127.0.0.1 login a password b\n' } },
  { line: '-n --netrc-optional URL', files: rc('machine 127.0.0.1 login a password b\n') },
  {
    line: '-n -L URL',
    files: rc('machine 127.0.0.1 login a password b\nmachine localhost login c password d\n'),
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  {
    line: '-n -L URL',
    files: rc('machine 127.0.0.1 login a password b\n'),
    answers: [answer('302 x', '', 'Location: http://localhost:PORT/2'), ok()],
  },
  { line: '-n --digest URL', files: rc('machine 127.0.0.1 login a password b\n'), answers: [DIGEST, ok()] },
  { line: '--netrc-optional -H "Authorization: q" URL', files: rc('machine 127.0.0.1 login a password b\n') },
]
