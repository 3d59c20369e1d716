import type { Page } from 'playwright-core';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { barriersOf } from '../helpers/axe.js';
import { Chromium, type Observed } from '../helpers/chromium.js';
import { keptBy } from '../helpers/kept-by-page.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 3840, height: 2160 },
];

describeWithParts('/docs in a browser', ['chromium'], () => {
  let server: TestServer;
  let browser: Chromium;
  let page: Page;
  let observed: Observed;

  beforeAll(async () => {
    server = await startServer({ modules: [TestToolsModule] });
    browser = await Chromium.start({ viewport: SIZES[1]! });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  beforeEach(async () => {
    ({ page, observed } = await browser.open());
    await page.goto(`${server.url}/docs`);
  });
  afterEach(() => page.close());

  const useKey = async (key: string): Promise<void> => {
    await page.fill('#key', key);
    await page.press('#key', 'Enter');
  };
  const operation = (tool: string): ReturnType<Page['locator']> => page.locator(`[id$="-${tool}"].opblock`);
  const run = async (tool: string, args?: object): Promise<void> => {
    await operation(tool).locator('.opblock-summary-control').click();
    if (args !== undefined) await operation(tool).locator('textarea').fill(JSON.stringify(args));
    await operation(tool).locator('.execute').click();
    await operation(tool).locator('.live-responses-table .response').waitFor();
  };

  it('runs a tool, and asks nobody but this server', async () => {
    await useKey(TEST_KEY);
    await run('test_echo', { text: 'hello', count: 2 });
    const answer = await operation('test_echo').locator('.live-responses-table').innerText();
    expect(answer).toMatch(/200[^]*"text": "hello",\s+"count": 2/);
    await waitFor(() =>
      server.requestLogs().some(({ tool, status }) => tool === 'test_echo' && status === 200),
    );
    expect(observed.requests.filter((url) => !url.startsWith(`${server.url}/`) && url !== 'data:,')).toEqual(
      [],
    );
    expect(observed.complaints).toEqual([]);
  });

  it('shows the refusal of a tool as it came', async () => {
    await useKey(TEST_KEY);
    await run('test_fail');
    const answer = await operation('test_fail').locator('.live-responses-table').innerText();
    expect(answer).toMatch(/404[^]*"code": "host_not_found"/);
  });

  it('keeps the key in its memory: in no storage, no address, no element, no log', async () => {
    await useKey(TEST_KEY);
    await run('test_echo', { text: 'hello' });
    const kept = await keptBy(page);
    expect(kept['html']).toContain('test_echo');
    for (const [place, text] of Object.entries(kept))
      expect([place, text.includes(TEST_KEY)]).toEqual([place, false]);
    expect([kept['local'], kept['session'], kept['cookie'], kept['databases']]).toEqual([
      '{}',
      '{}',
      '',
      '[]',
    ]);
    expect(observed.requests.filter((url) => url.includes(TEST_KEY))).toEqual([]);
    expect(server.rawLog()).not.toContain(TEST_KEY);
    await page.reload();
    await page.waitForSelector('#key');
    expect(await page.inputValue('#key')).toBe('');
  });

  it('says in plain words when a key is not valid, and when nothing answers', async () => {
    await useKey('no-such-key-0123456789');
    const problem = page.locator('#problem');
    await waitFor(async () => (await problem.innerText()) === 'The API key is not valid.');
    await page.route('**/openapi.json', (route) => route.abort());
    await useKey(TEST_KEY);
    await waitFor(async () => (await problem.innerText()) === 'The server does not answer.');
    await page.unroute('**/openapi.json');
    await page.route('**/openapi.json', (route) => route.fulfill({ status: 502, body: '<html>Bad gateway' }));
    await useKey(TEST_KEY);
    await waitFor(async () => (await problem.innerText()) === 'The server has answered with status 502.');
    expect(await page.locator('.opblock').count()).toBe(0);
  });

  it('can be worked with the keyboard alone', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.type(TEST_KEY);
    await page.keyboard.press('Enter');
    await operation('test_echo').waitFor();
    const tabTo = async (wanted: string): Promise<void> => {
      for (let step = 0; step < 150; step += 1) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(wanted)})`)) return;
      }
      throw new Error(`Tab does not lead to ${wanted}`);
    };
    await tabTo('[id$="-test_log"] .opblock-summary-control');
    await page.keyboard.press('Enter');
    await operation('test_log').locator('.execute:enabled').waitFor();
    await tabTo('[id$="-test_log"] .execute');
    await page.keyboard.press('Enter');
    await operation('test_log').locator('.live-responses-table .response').waitFor();
  });

  it('runs a tool whose button is pressed the moment it can be', async () => {
    await useKey(TEST_KEY);
    await operation('test_log').waitFor();
    await page.evaluate(`(() => {
      const operation = document.querySelector('[id$="-test_log"].opblock');
      const press = () => {
        const button = operation.querySelector('.execute:enabled');
        if (button === null) setTimeout(press);
        else button.click();
      };
      operation.querySelector('.opblock-summary-control').click();
      press();
    })()`);
    await operation('test_log').locator('.live-responses-table .response').waitFor();
    expect(observed.complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'fits into each size, and has no serious barrier, in %s',
    async (theme) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await useKey(TEST_KEY);
      await run('test_echo', { text: 'hello' });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(size.width);
      }
      await page.setViewportSize(SIZES[theme === 'light' ? 0 : 1]!);
      expect(await barriersOf(page)).toEqual([]);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(theme === 'light' ? 'rgba(0, 0, 0, 0)' : 'rgb(28, 32, 34)');
    },
  );
});
