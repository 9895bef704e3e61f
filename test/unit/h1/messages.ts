/** Well-formed messages, and what a reader says of each; shared by the tests that offer them in many ways. */
import type { Reading } from './reading.ts'

export interface MessageCase extends Reading {
  readonly name: string
  readonly text: string
  readonly lines: readonly string[]
}

export const MESSAGES: readonly MessageCase[] = [
  {
    name: 'a response with a length',
    text: 'HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 5\r\n\r\nhello',
    lines: ['response 1.1 200 "OK" [Server: a; Content-Length: 5] length 5', 'data "hello"', 'end'],
  },
  {
    name: 'a response of no bytes',
    text: 'HTTP/1.1 200 \r\ncontent-length:0\r\n\r\n',
    lines: ['response 1.1 200 "" [content-length: 0] length 0', 'end'],
  },
  {
    name: 'a chunked response with extensions and trailers',
    text:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '5;a="b;c"\r\nhello\r\n00a \t;x\r\n0123456789\r\n0\r\nDigest: x\r\nEmpty:\r\n\r\n',
    lines: [
      'response 1.1 200 "OK" [Transfer-Encoding: chunked] chunked',
      'data "hello0123456789"',
      'end [Digest: x; Empty: ]',
    ],
  },
  {
    name: 'a chunked response of no bytes',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n',
    lines: ['response 1.1 200 "OK" [Transfer-Encoding: Chunked] chunked', 'end'],
  },
  {
    name: 'a response that ends with the stream',
    text: 'HTTP/1.0 200 OK\r\n\r\nall of it',
    ends: true,
    lines: ['response 1.0 200 "OK" [] until-close', 'data "all of it"', 'end'],
  },
  {
    name: 'informational responses before the final one',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    lines: [
      'informational 1.1 100 "Continue" []',
      'informational 1.1 103 "Early Hints" [Link: </a>]',
      'response 1.1 204 "No Content" [] none',
      'end',
    ],
  },
  {
    name: 'a response to HEAD',
    methods: ['HEAD'],
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    lines: ['response 1.1 200 "OK" [Content-Length: 5] none', 'end'],
  },
  {
    name: 'pipelined responses, each framed for its own request',
    methods: ['GET', 'HEAD', 'POST'],
    text:
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab' +
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' +
      'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n',
    lines: [
      'response 1.1 200 "OK" [Content-Length: 2] length 2',
      'data "ab"',
      'end',
      'response 1.1 200 "OK" [Content-Length: 2] none',
      'end',
      'response 1.1 201 "Created" [Transfer-Encoding: chunked] chunked',
      'data "c"',
      'end',
    ],
  },
  {
    name: 'lines that end with LF alone, and no space after the status',
    text: 'HTTP/1.1 200\nA: b\r\nC:d\nContent-Length: 1\n\nx',
    lines: ['response 1.1 200 "" [A: b; C: d; Content-Length: 1] length 1', 'data "x"', 'end'],
  },
  {
    name: 'an empty line before the status line',
    text: '\r\nHTTP/1.1 204 OK\r\n\r\n',
    lines: ['response 1.1 204 "OK" [] none', 'end'],
  },
  {
    name: 'blanks around values, and every byte that may be in one',
    text: 'HTTP/1.1 204 \x80 \xff\tx\r\nA: \t a b\t c \t \r\nB:   \r\nC:\x21~\x80\xff:\r\n\r\n',
    lines: ['response 1.1 204 "\x80 \xff\\tx" [A: a b\t c; B: ; C: \x21~\x80\xff:] none', 'end'],
  },
  {
    name: 'values folded over lines',
    text: 'HTTP/1.1 204 OK\r\nA: one \r\n  two\r\n\t \r\n three\t\r\nB: b\r\nC:\r\n c\nD: d\r\n\r\n',
    lines: ['response 1.1 204 "OK" [A: one two three; B: b; C: c; D: d] none', 'end'],
  },
  {
    name: 'both lengths given: chunks count, and the connection is suspicious',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    lines: [
      'response 1.1 200 "OK" [Content-Length: 3; Transfer-Encoding: chunked] chunked ' +
        '(the response has both Content-Length and Transfer-Encoding)',
      'data "a"',
      'end',
    ],
  },
  {
    name: 'two requests, one with a body',
    role: 'server',
    text: 'POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET * HTTP/1.0\r\n\r\n',
    lines: [
      'request POST /a?b 1.1 [Host: x; Content-Length: 3] length 3',
      'data "abc"',
      'end',
      'request GET * 1.0 [] none',
      'end',
    ],
  },
  {
    name: 'a chunked request with a trailer',
    role: 'server',
    text: 'PUT http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n',
    lines: [
      'request PUT http://a/ 1.1 [Transfer-Encoding: chunked] chunked',
      'data "0123456789"',
      'end [X: y]',
    ],
  },
]
