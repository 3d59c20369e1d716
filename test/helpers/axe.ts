import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core takes for a serious or critical barrier on the page as it is, each with where it is. */
export async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(`if (!('axe' in window)) { ${AXE} }`);
  const { violations, passes } = (await page.evaluate('axe.run()')) as Record<
    'violations' | 'passes',
    readonly Finding[]
  >;
  // A run that has looked at nothing finds nothing.
  for (const rule of ['color-contrast', 'document-title'])
    if (![...passes, ...violations].some(({ id }) => id === rule))
      throw new Error(`axe has not tried ${rule}`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
