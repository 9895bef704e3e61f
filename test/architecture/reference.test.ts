/** The reference pages of docs/ say what the tables say. `npm run reference` runs this file to write them. */
import { describe, expect, test } from 'vitest'
import { manualSections } from '../../packages/cli/src/help/manual.ts'
import { VERSION } from '../../packages/cli/src/help/version.ts'
import { FLAGS } from '../../packages/cli/src/line/flags.ts'
import { CLOSE_REASONS } from '../../packages/core/src/tables/close-reasons.ts'
import { ERROR_CODES } from '../../packages/core/src/tables/error-codes.ts'
import { INFO_VALUES } from '../../packages/core/src/tables/info-table.ts'
import {
  CACHE_OPTIONS,
  EASY_OPTIONS,
  MULTI_OPTIONS,
  type OptionRow,
} from '../../packages/core/src/tables/option-table.ts'
import { REUSE_REASONS } from '../../packages/core/src/tables/reuse-reasons.ts'
import { compatibilityPage } from './compatibility-page.ts'
import { CURL_DIFFERENCES } from './curl-differences.ts'
import { manualPage } from './manual-page.ts'
import { errorsPage, infoPage, optionsPage } from './reference-pages.ts'

describe('the reference pages', () => {
  test.each([
    ['curl-compatibility.md', compatibilityPage(FLAGS, CURL_DIFFERENCES)],
    ['errors.md', errorsPage(ERROR_CODES)],
    ['info.md', infoPage(INFO_VALUES, REUSE_REASONS, CLOSE_REASONS)],
    ['options.md', optionsPage(EASY_OPTIONS, CACHE_OPTIONS, MULTI_OPTIONS)],
  ])('say what the tables say: docs/%s', async (name, text) => {
    await expect(text, 'run `npm run reference`').toMatchFileSnapshot(`../../docs/${name}`)
  })

  test('and the manual page says what the manual says', async () => {
    await expect(manualPage(manualSections(), VERSION), 'run `npm run reference`').toMatchFileSnapshot(
      '../../packages/cli/man/trunkline.1',
    )
  })

  test('tell of an option what it takes, what it is by default, and what it shapes', () => {
    const row: OptionRow = {
      curl: 'CURLOPT_X',
      kind: 'duration',
      unit: 'ms',
      perCurlUnit: 1_000,
      default: 5,
      min: 0,
      max: 2 ** 31 - 1,
      identity: 'bind',
      summary: 'A | B.',
    }
    expect(optionsPage({ xMs: row }, {}, {})).toContain(
      '| `xMs` | `CURLOPT_X` (seconds) | duration, ms, 0 or more | `5` | bind | A \\| B. |',
    )
  })
})
