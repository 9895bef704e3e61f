import { describe, expect, test } from 'vitest'
import { trunkline } from '../support/command-line.ts'
import { serveHttp, serveTcp } from '../support/loopback.ts'

describe('-v', () => {
  test('shows heads, and which connection is opened, reused and kept, and why', async () => {
    const { url, port } = await serveHttp((request, response) => {
      response.sendDate = false
      response.end(request.url)
    })
    const { stderr } = await trunkline(['-v', '-A', 'me', `${url}/[1-2]`])
    const heads = (path: string) => [
      `> GET ${path} HTTP/1.1`,
      `> Host: 127.0.0.1:${port}`,
      '> User-Agent: me',
      '> Accept: */*',
      '> ',
      '* Request completely sent off',
      '< HTTP/1.1 200 OK',
      '< Connection: keep-alive',
      '< Keep-Alive: timeout=5',
      '< Content-Length: 2',
      '< ',
      '{ [2 bytes data]',
      '* Connection #0 to host 127.0.0.1 left intact',
    ]
    expect(shown(stderr)).toEqual([
      `*   Trying 127.0.0.1:${port}...`,
      `* Connected to 127.0.0.1 (127.0.0.1) port ${port} (#0)`,
      '* Why: opened #0: no connection to the host; waited T for an opening',
      ...heads('/1'),
      '* Re-using existing connection #0 with host 127.0.0.1',
      '* Why: reused #0 (request 2 on it, idle T)',
      ...heads('/2'),
    ])
  })

  test('tells why a connection is closed', async () => {
    const { url } = await serveHttp((request, response) => {
      if (request.url === '/2') response.setHeader('Connection', 'close')
      response.end()
    })
    const { stderr } = await trunkline(['-v', `${url}/[1-3]`])
    expect(notes(stderr).filter((line) => /#\d/.test(line))).toEqual([
      expect.stringMatching(/^\* Connected to 127.0.0.1 \(127.0.0.1\) port \d+ \(#0\)$/),
      '* Why: opened #0: no connection to the host; waited T for an opening',
      '* Connection #0 to host 127.0.0.1 left intact',
      '* Re-using existing connection #0 with host 127.0.0.1',
      '* Why: reused #0 (request 2 on it, idle T)',
      '* Closing connection #0: the server said Connection: close',
      expect.stringMatching(/^\* Connected to 127.0.0.1 \(127.0.0.1\) port \d+ \(#1\)$/),
      '* Why: opened #1; waited T for an opening; #0 closed: the server said Connection: close',
      '* Connection #1 to host 127.0.0.1 left intact',
    ])
  })

  test('tells that a reused connection was dead, and the request goes out again, a POST too', async () => {
    const heads: string[] = []
    const { url } = await serveTcp((socket, nth) => {
      let requests = 0
      socket.on('data', (bytes) => {
        heads.push(`#${nth} ${bytes.toString().split('\r\n')[0]}`)
        requests += 1
        if (nth === 0 && requests === 2) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const { exitCode, stdout, stderr } = await trunkline([
      '-v',
      '-d',
      'x',
      `${url}/[1-2]`,
      '-w',
      '%{num_resends}',
    ])
    expect([exitCode, stdout.toString()]).toEqual([0, 'ok0ok1'])
    expect(heads).toEqual(['#0 POST /1 HTTP/1.1', '#0 POST /2 HTTP/1.1', '#1 POST /2 HTTP/1.1'])
    expect(notes(stderr)).toContain('* Connection #0 was dead, retrying on a new one (retry 1)')
    expect(shown(stderr).filter((line) => line.startsWith('> POST'))).toEqual([
      '> POST /1 HTTP/1.1',
      '> POST /2 HTTP/1.1',
      '> POST /2 HTTP/1.1',
    ])
  })

  test('shows the head with Expect, and after 417 the one without', async () => {
    const { url } = await serveTcp((socket) => {
      let text = ''
      let hasRefused = false
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        if (!hasRefused && text.includes('100-continue')) {
          hasRefused = true
          text = ''
          socket.write('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n')
        } else if (text.endsWith('END')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    })
    const { exitCode, stderr } = await trunkline(['-v', '-d', `${'x'.repeat(1_100_000)}END`, url])
    expect(exitCode).toBe(0)
    expect(shown(stderr).filter((line) => /^> (POST|Expect)/.test(line))).toEqual([
      '> POST / HTTP/1.1',
      '> Expect: 100-continue',
      '> POST / HTTP/1.1',
    ])
  })

  test('tells that bytes of bodies moved, once for those in a row, both with the head and after it', async () => {
    const { url } = await serveHttp((request, response) => {
      request.resume().on('end', () => response.end('y'.repeat(200_000)))
    })
    for (const size of [5, 600_000]) {
      const { stderr } = await trunkline(['-v', '-d', 'x'.repeat(size), url])
      const lines = shown(stderr)
      const at = lines.indexOf('> ')
      expect(lines.slice(at, at + 3)).toEqual([
        '> ',
        `} [${Math.min(size, 262_144)} bytes data]`,
        `* upload completely sent off: ${size} bytes`,
      ])
      expect(lines.filter((line) => line.startsWith('{ ['))).toHaveLength(1)
    }
  })

  test('dumps what is sent as well as what comes', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('there'))
    const { stderr } = await trunkline(['--trace-ascii', '%', '-d', 'here', url])
    expect(stderr).toContain('=> Send data, 4 bytes (0x4)\n0000: here\n')
    expect(stderr).toContain('<= Recv data, 5 bytes (0x5)\n0000: there\n')
  })

  test('parts that --trace-config names tell more, and the others do not', async () => {
    const { url, port } = await serveHttp((_request, response) => void response.end('there'))
    const told = async (list: string): Promise<string[]> => {
      const { stderr } = await trunkline(['-v', '--trace-config', list, '-d', 'here', url])
      return notes(stderr).filter((line) => line.startsWith('* ['))
    }
    expect(await told('nobody')).toEqual([])
    expect(await told('read,WRITE')).toEqual([
      '* [READ] 4 bytes of the request body',
      '* [WRITE] 5 bytes of the response body',
    ])
    expect(await told('network')).toEqual([
      expect.stringMatching(
        `^\\* \\[TCP\\] 127.0.0.1 port ${port} was connected to from 127.0.0.1 port \\d+ in T$`,
      ),
    ])
    expect(await told('multi')).toEqual([
      '* [MULTI] transfer 0 waits: connecting',
      '* [MULTI] transfer 0 goes over #0, request 1 on it',
      '* [MULTI] transfer 0 is done after T',
    ])
  })

  test('ids and the time stand before every line that belongs to a transfer', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('there'))
    const { stderr } = await trunkline(['-v', '--trace-config', 'ids,time', `${url}/[1-2]`])
    const lines = stderr.split('\n').slice(0, -1)
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{6} (\[[01]-[x0]\] )?[*<>{]/)
    expect(lines.filter((line) => / \[1-0\] > GET /.test(line))).toHaveLength(1)
  })

  test('tells of each connection with -Z', async () => {
    const { url, connections } = await serveHttp(
      (_request, response) => void setImmediate(() => response.end()),
    )
    const { stderr } = await trunkline(['-vZ', '--parallel-max', '3', `${url}/[1-9]`])
    const lines = notes(stderr)
    expect(lines.filter((line) => line.startsWith('* Connected to'))).toHaveLength(connections())
    expect(lines.filter((line) => line.startsWith('* Re-using'))).toHaveLength(9 - connections())
    expect(shown(stderr).filter((line) => line.startsWith('> GET'))).toHaveLength(9)
  })
})

/** Lines with durations made equal. */
function shown(stderr: string): string[] {
  return stderr
    .replaceAll(/\d+(\.\d+)? m?s\b/g, 'T')
    .split('\n')
    .slice(0, -1)
}

function notes(stderr: string): string[] {
  return shown(stderr).filter((line) => line.startsWith('* '))
}
