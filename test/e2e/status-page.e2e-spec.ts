import type { Page } from 'playwright-core';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { barriersOf } from '../helpers/axe.js';
import { Chromium, type Observed } from '../helpers/chromium.js';
import { HOSTILE_TOOL, HostileToolModule, MARKUP } from '../helpers/hostile-tool.module.js';
import { keptBy } from '../helpers/kept-by-page.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { rest } from '../helpers/rest-client.js';
import { TestTools, TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const BROWSER = { accept: 'text/html' };
/** Of the document and all that it loads, uncompressed. */
const MAX_BYTES = 200_000;
const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 3840, height: 2160 },
];

describeWithParts('The status page in a browser', ['chromium', 'traceroute', 'ping'], () => {
  let server: TestServer;
  let browser: Chromium;
  let page: Page;
  let observed: Observed;
  const operator = testKey('operator', { scopes: ['tools:call', 'admin'] });
  const keys = new TestKeysFile(operator);

  beforeAll(async () => {
    const env = { MCP_API_KEYS_FILE: keys.path };
    server = await startServer({ env, modules: [TestToolsModule, HostileToolModule] });
    browser = await Chromium.start({ viewport: SIZES[1]! });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    keys.remove();
  });
  beforeEach(async () => {
    ({ page, observed } = await browser.open());
  });
  afterEach(() => page.close());

  const visit = async (): Promise<void> => {
    await page.goto(`${server.url}/`);
    await page.waitForSelector('.tiles');
  };
  const useKey = async (key = TEST_KEY): Promise<void> => {
    await page.fill('#key-input', key);
    await page.press('#key-input', 'Enter');
  };
  const visitWithKey = async (key = TEST_KEY): Promise<void> => {
    await visit();
    await useKey(key);
    await page.waitForSelector('#forget');
  };
  const choose = (tool: string): Promise<void> => page.locator('.tool', { hasText: tool }).click();
  const run = async (tool: string, args: object = {}): Promise<void> => {
    await choose(tool);
    await page.check('#raw-switch');
    await page.fill('#raw', JSON.stringify(args));
    await page.click('#run-button');
    await page.waitForSelector('.answer:not(.running)');
  };
  const textOf = (selector: string): Promise<string> => page.locator(selector).innerText();

  it('comes from this server alone, in less than 200 KB, and complains of nothing', async () => {
    await visitWithKey();
    const asked = observed.requests.filter((url) => /\/(page\/[\w.-]+)?$/.test(new URL(url).pathname));
    const files = [...new Set(asked)];
    const sizes = files.map(
      async (url) => (await (await fetch(url, { headers: BROWSER })).arrayBuffer()).byteLength,
    );
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(files.length).toBeGreaterThan(15);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(MAX_BYTES);
    const modules = asked.filter((url) => url.endsWith('.js'));
    expect(new Set(modules).size).toBe(modules.length);
    expect(observed.requests.filter((url) => !url.startsWith(`${server.url}/`))).toEqual([]);
    expect(observed.complaints).toEqual([]);
    expect(await textOf('.glance')).toMatch(/Serving[^]*Ready/);
  });

  it('shows without a key what keyless /status shows, and asks for nothing else', async () => {
    await visit();
    const asked = observed.requests.map((url) => new URL(url).pathname);
    expect(asked.filter((path) => path !== '/' && !path.startsWith('/page/'))).toEqual(['/status']);
    expect(await page.locator('.runner').isVisible()).toBe(false);
    expect(await textOf('main')).not.toMatch(/test_echo|network_ping/);
  });

  it('keeps the key in its memory: in no storage, no address, no element, no log', async () => {
    await visitWithKey();
    await run('test_echo', { text: 'hello' });
    const kept = await keptBy(page);
    for (const [place, text] of Object.entries(kept))
      expect([place, text.includes(TEST_KEY)]).toEqual([place, false]);
    expect(['local', 'session', 'cookie', 'databases', 'caches'].map((place) => kept[place])).toEqual([
      '{}',
      '{}',
      '',
      '[]',
      '[]',
    ]);
    expect(observed.requests.filter((url) => url.includes(TEST_KEY))).toEqual([]);
    expect(server.rawLog()).not.toContain(TEST_KEY);

    await page.click('#forget');
    await page.waitForSelector('#key-input');
    expect(await page.inputValue('#key-input')).toBe('');
    await useKey();
    await page.waitForSelector('#forget');
    await page.reload();
    await page.waitForSelector('#key-input');
  });

  it('forgets a key that is not valid, and says so', async () => {
    await visit();
    await useKey('no-such-key-0123456789');
    await page.waitForSelector('#key-note[role=alert]');
    expect(await textOf('#key-note')).toBe('The API key is not valid.');
    const before = observed.requests.length;
    await page.waitForSelector('.tiles');
    expect(observed.requests.slice(before).filter((url) => url.includes('/tools'))).toEqual([]);
  });

  it('asks /status every ten seconds, and not at all while nobody looks', async () => {
    await page.clock.install();
    await visitWithKey();
    const asked = (): string[] => observed.requests.map((url) => new URL(url).pathname);
    const before = asked().length;
    let passed = 0;
    await waitFor(async () => {
      await page.clock.runFor(1000);
      passed += 1000;
      return asked().length >= before + 3;
    });
    expect(asked().slice(before)).toEqual(['/status', '/status', '/status']);
    expect(passed).toBeGreaterThan(20_000);

    await page.evaluate(`
      Object.defineProperty(document, 'hidden', { get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
    await page.waitForLoadState('networkidle');
    const hidden = asked().length;
    await page.clock.runFor(600_000);
    expect(asked()).toHaveLength(hidden);
  });

  it('left open for the time of a limit, uses up nothing of it', async () => {
    const left = async (): Promise<number> =>
      Number((await rest(server.url, '/tools?limit=1')).headers.get('ratelimit-remaining'));
    const before = await left();
    await page.clock.install();
    await visitWithKey();
    // The list of tools, once for the key.
    expect(await left()).toBe(before - 2);
    const polls = (): number => observed.requests.filter((url) => url.endsWith('/status')).length;
    const start = polls();
    await waitFor(async () => {
      await page.clock.runFor(10_000);
      return polls() >= start + 90;
    });
    expect(await left()).toBe(before - 3);
  });

  it('says how long to wait when the limit is used up', async () => {
    const headers = { 'retry-after': '90', 'content-type': 'application/problem+json' };
    const body = JSON.stringify({ status: 429, code: 'rate_limited', title: 'Too many requests', mend: 'x' });
    await page.route('**/tools?*', (route) => route.fulfill({ status: 429, headers, body }));
    await visit();
    await useKey();
    await page.waitForSelector('#key-note[role=alert]');
    expect(await textOf('#key-note')).toBe('Too many requests. It may be tried again in 1 min 30 s.');
  });

  it('tells what is chosen where the system forces its colours', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    await visitWithKey();
    await run('test_echo', { text: 'hello' });
    const looks = (selector: string): Promise<Record<string, string>> =>
      page.evaluate(`(() => {
        const { color, backgroundColor, forcedColorAdjust } = getComputedStyle(document.querySelector('${selector}'));
        return { color, backgroundColor, forcedColorAdjust };
      })()`);
    for (const [chosen, other] of [
      ['.themes input:checked + span', '.themes input:not(:checked) + span'],
      ['.segments input:checked + span', '.segments input:not(:checked) + span'],
      ['.tool[aria-current]', '.tool:not([aria-current])'],
    ] as const) {
      const one = await looks(chosen);
      expect([chosen, one['forcedColorAdjust']]).toEqual([chosen, 'none']);
      expect(one['backgroundColor']).not.toBe(one['color']);
      expect(one['backgroundColor']).not.toBe((await looks(other))['backgroundColor']);
    }
  });

  it('can be worked with the keyboard alone, from the first key to the answer', async () => {
    await visit();
    const press = async (...names: string[]): Promise<void> => {
      for (const name of names) await page.keyboard.press(name);
    };
    const focused = async (): Promise<string> => {
      const place = await page.evaluate(`(() => {
        const element = document.activeElement;
        const outlined = element.closest('.themes, .segments') ?? element;
        if (getComputedStyle(outlined).outlineStyle === 'none') return 'unseen ' + element.outerHTML;
        return element.id || element.getAttribute('value') || element.textContent;
      })()`);
      return String(place);
    };
    const tabTo = async (wanted: string): Promise<string[]> => {
      const way: string[] = [];
      for (let step = 0; step < 60 && way.at(-1) !== wanted; step += 1) {
        await press('Tab');
        way.push(await focused());
      }
      return way;
    };
    expect(await tabTo('key-input')).toEqual(['Skip to the status', 'auto', 'key-input']);
    await page.keyboard.type(TEST_KEY);
    await press('Enter');
    await page.waitForSelector('#forget');
    await page.focus('#filter');
    await page.keyboard.type('test_echo');
    expect(await tabTo('test_echo')).toEqual(['Reload', 'test_echo']);
    await press('Enter');
    await page.waitForSelector('#arguments[aria-label="Arguments of test_echo"]');
    expect((await tabTo('argument-0')).filter((place) => place.startsWith('unseen'))).toEqual([]);
    await press('Enter');
    expect(await page.getAttribute('#argument-0', 'aria-invalid')).toBe('true');
    await page.keyboard.type('hello');
    await press('Enter');
    await page.waitForSelector('.answer.answered');
    expect(await textOf('.answer')).toMatch(/text\s+hello/);
    expect(await textOf('#news')).toBe('test_echo has answered.');
  });

  it('makes a form of a schema, and shows the answer as text and as it came', async () => {
    await visitWithKey();
    await choose('test_echo');
    await page.fill('#argument-0', '"ä"');
    await page.fill('#argument-1', '2');
    await page.selectOption('#argument-2', { label: 'loud' });
    await page.check('#raw-switch');
    expect(JSON.parse(await page.inputValue('#raw'))).toEqual({ text: '"ä"', count: 2, mode: 'loud' });
    await page.uncheck('#raw-switch');
    expect(await page.inputValue('#argument-0')).toBe('"ä"');
    await page.click('#run-button');
    await page.waitForSelector('.answered');
    await page.getByLabel('JSON', { exact: true }).check({ force: true });
    expect(JSON.parse(await textOf('.json'))).toEqual({ text: '"ä"', count: 2 });
  });

  it('draws the way of a real traceroute, hop by hop, and the replies of a real ping', async () => {
    await visitWithKey();
    await run('network_traceroute', { target: '127.0.0.1' });
    const path = page.locator('svg.chart');
    expect(await path.getAttribute('aria-label')).toMatch(/^The way to 127\.0\.0\.1: reached, 1 hop;/);
    expect(await path.locator('.stop').count()).toBe(1);
    expect(await path.locator('.dot').count()).toBe(3);
    expect(await path.innerHTML()).toMatch(/127\.0\.0\.1[^]* ms/);

    await run('network_ping', { target: '127.0.0.1', count: 3 });
    const replies = page.locator('svg.chart');
    expect(await replies.getAttribute('aria-label')).toMatch(/^127\.0\.0\.1: 3 of 3 requests answered/);
    expect(await replies.locator('.stem').count()).toBe(3);
    expect(observed.complaints).toEqual([]);
  });

  it('shows a refusal with its code, what to do and the id that the log has', async () => {
    await visitWithKey();
    await run('test_fail');
    const failed = await textOf('.failed');
    expect(failed).toMatch(/host_not_found[^]*There is no such host\./);
    const id = (await textOf('.failed .copy')).trim();
    await waitFor(() =>
      server
        .requestLogs()
        .some(({ correlationId, toolError }) => correlationId === id && toolError === 'host_not_found'),
    );

    await run('network_ping', { target: 7 });
    expect(await textOf('.failed')).toMatch(/invalid_arguments/);
  });

  it('cancels a call, and the server ends it', async () => {
    await visitWithKey();
    await choose('test_abort');
    await page.click('#run-button');
    await page.click('#cancel');
    await page.waitForSelector('.cancelled');
    await waitFor(() =>
      server.requestLogs().some(({ tool, status }) => tool === 'test_abort' && status === 499),
    );
    expect(server.app.get(TestTools).held).toBe(0);
  });

  it('takes nothing of a hostile tool for markup, and cuts what is long', async () => {
    await visitWithKey();
    await choose(HOSTILE_TOOL);
    await page.click('#run-button');
    await page.waitForSelector('.answered');
    const seen = await textOf('.runner');
    expect(seen).toContain(MARKUP);
    expect(await page.locator('main script, main img, main iframe').count()).toBe(0);
    expect(await page.locator('.answer tbody tr').count()).toBe(50);
    expect(seen.length).toBeLessThan(60_000);
    await page.getByText('Show all 60,000 characters').click();
    await waitFor(async () => (await textOf('.answer')).includes('x'.repeat(60_000)));
    await page.getByLabel('JSON', { exact: true }).check({ force: true });
    expect(await textOf('.json')).toContain('window.pwned');
    expect(await page.evaluate(`'pwned' in window`)).toBe(false);
    expect(observed.complaints).toEqual([]);
  });

  it('cannot be made to take a text for markup, not even by a script of its own', async () => {
    await visit();
    const error = await page.evaluate(`(() => {
      try {
        document.body.innerHTML = '<b>x</b>';
        return '';
      } catch ({ name }) {
        return name;
      }
    })()`);
    expect(error).toBe('TypeError');
  });

  it('shows the details of the status to an admin key', async () => {
    await visitWithKey(operator.key);
    await page.waitForSelector('.limits');
    expect(await textOf('.key')).toContain('admin');
    expect(await textOf('.limits')).toMatch(/Requests of an address[^]*Size of an answer\s+1 MiB/);
  });

  it.each(['light', 'dark'] as const)(
    'fits into each size, and has no serious barrier, in %s',
    async (theme) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await visitWithKey(operator.key);
      await page.waitForSelector('.limits');
      await run('network_traceroute', { target: '127.0.0.1' });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(size.width);
        expect([size.width, await barriersOf(page)]).toEqual([size.width, []]);
      }
      const ground = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      expect(ground).toBe(theme === 'light' ? 'rgb(243, 245, 246)' : 'rgb(13, 18, 22)');
    },
  );

  it('has a theme of its own where somebody chooses one', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await visit();
    await page.getByLabel('Dark').check({ force: true });
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(227, 233, 238)');
  });
});
