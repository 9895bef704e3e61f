/**
 * What is measured. In each case the first client is the one whose cost is divided by each of the others';
 * `exchanges` is how many a round has, `quick` how many a round of `--quick`.
 */
export const CASES = [
  {
    name: 'h1-small',
    title: 'HTTP/1.1 clear, 50 connections, 35-byte bodies, Multi with reused handles',
    connections: 50,
    exchanges: 30_000,
    quick: 10_000,
    clients: {
      'Trunkline Multi': 'trunkline-multi.mjs',
      'undici request': 'undici-request.mjs',
      'undici dispatch': 'undici-dispatch.mjs',
      'node:http': 'node-http.mjs',
      'bare sockets': 'bare-sockets.mjs',
    },
  },
  {
    name: 'h1-small-new-handles',
    title: 'The same with a new Easy handle per transfer',
    connections: 50,
    exchanges: 30_000,
    quick: 10_000,
    clients: {
      'Trunkline Multi, new handles': 'trunkline-new-easy.mjs',
      'undici request': 'undici-request.mjs',
      'undici dispatch': 'undici-dispatch.mjs',
      'bare sockets': 'bare-sockets.mjs',
    },
  },
  {
    name: 'h1-sequential',
    title: 'HTTP/1.1 clear, one after the other on one connection, 35-byte bodies',
    connections: 1,
    exchanges: 10_000,
    quick: 4_000,
    clients: {
      'Trunkline Easy': 'trunkline-easy.mjs',
      'undici request': 'undici-request.mjs',
      'undici dispatch': 'undici-dispatch.mjs',
      'node:http': 'node-http.mjs',
      'bare socket': 'bare-sockets.mjs',
    },
  },
  {
    name: 'download-callback',
    title: 'Download of 100 MB, HTTP/1.1 clear, through callbacks',
    connections: 1,
    exchanges: 10,
    quick: 3,
    clients: {
      'Trunkline write function': 'trunkline-download-callback.mjs',
      'undici stream': 'undici-download-stream.mjs',
      'undici dispatch': 'undici-download-dispatch.mjs',
      'bare socket': 'bare-download.mjs',
    },
  },
  {
    name: 'download-iterable',
    title: 'Download of 100 MB, HTTP/1.1 clear, through the async iterable',
    connections: 1,
    exchanges: 10,
    quick: 3,
    clients: {
      'Trunkline iterable': 'trunkline-download-iterable.mjs',
      'undici request iterable': 'undici-download-iterable.mjs',
      'undici stream': 'undici-download-stream.mjs',
    },
  },
]
