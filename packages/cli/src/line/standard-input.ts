/** Standard input read whole: what "-" stands for where the command line wants a file. */

/** All of standard input. */
export async function drain(stdin: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stdin) pieces.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(pieces)
}
