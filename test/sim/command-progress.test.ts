/** The meters of the command, in virtual time. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { KeptFiles, trunkline, type CommandRun } from '../support/command-line.ts'

/** Each transfer takes so many milliseconds; half of its body comes at once. */
async function run(argv: readonly string[], takesMs: number): Promise<CommandRun> {
  const { value } = await simulate(1, async (world: SimWorld) => {
    world.origin('http://a.test', async (exchange) => {
      const { target } = exchange.request
      await world.sleep(target === '/slow' ? 5 * takesMs : takesMs)
      exchange.respond({ body: 'x'.repeat(1_000) })
    })
    return await trunkline(['--progress-meter', ...argv], {
      environment: world.environment,
      files: new KeptFiles(),
    })
  })
  return value
}

describe('--progress multi, where nothing can be drawn again', () => {
  test('is a line at the end of a short run', async () => {
    const { stderr } = await run(['--progress', 'multi', '-o', '#1', 'http://a.test/[1-3]'], 100)
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^3 done; 3000 bytes, \d+\/s, 0:00:00; 1 open, 0 busy, 1 idle, reused 2 of 3$/),
      '',
    ])
  })

  test('is a line every ten seconds of a long one', async () => {
    const { stderr } = await run(['-Z', '--progress', 'multi', '-o', '#1', 'http://a.test/{1,2,slow}'], 7_000)
    expect(stderr.split('\n').map((line) => line.replace(/ \d+\/s/, ' S'))).toEqual([
      '2 done, 1 running; 2000 bytes, S, 0:00:10; 3 open, 1 busy, 2 idle, reused 0 of 3',
      '2 done, 1 running; 2000 bytes, S, 0:00:20; 3 open, 1 busy, 2 idle, reused 0 of 3',
      '2 done, 1 running; 2000 bytes, S, 0:00:30; 3 open, 1 busy, 2 idle, reused 0 of 3',
      '3 done; 3000 bytes, S, 0:00:35; 3 open, 0 busy, 3 idle, reused 0 of 3',
      '',
    ])
  })

  test('counts failures, and what was reused', async () => {
    const { stderr, exitCode } = await run(
      ['--progress', 'multi', '-o', '#1', 'http://a.test/[1-2]', '-o', 'f', 'foo://x/'],
      100,
    )
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/\n2 done, 1 failed; 2000 bytes, .*; 1 open, 0 busy, 1 idle, reused 1 of 2\n$/)
  })

  test.each([[['-s']], [['--no-progress-meter']], [['--progress', 'none']]])(
    'is nothing with %j',
    async (flags) => {
      const { stderr } = await run(['--progress', 'multi', ...flags, '-o', '#1', 'http://a.test/1'], 20_000)
      expect(stderr).toBe('')
    },
  )
})
