// npm run screenshots -- --key KEY [--url URL] [--target HOST] [--further HOST]... [--gallery-only]: the pictures of docs/img, of a server
// that runs. The key is one with the scope admin.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const DIRECTORY = fileURLToPath(new URL('../docs/img/', import.meta.url));
const { values } = parseArgs({
  options: {
    key: { type: 'string', default: '' },
    url: { type: 'string', default: 'http://localhost:8000/' },
    target: { type: 'string', default: '127.0.0.1' },
    'gallery-only': { type: 'boolean', default: false },
    further: { type: 'string', multiple: true, default: [] },
  },
});
const { url, key, target, further } = values;

const PICTURES = [
  {
    name: 'status-page-light',
    theme: 'light',
    size: { width: 1240, height: 1190 },
    tool: 'network_traceroute',
    args: { target },
  },
  {
    name: 'status-page-dark',
    theme: 'dark',
    size: { width: 1240, height: 1190 },
    tool: 'network_ping',
    args: { target, count: 16, targets: further },
    scrollTo: '.actions',
  },
  {
    name: 'status-page-narrow',
    theme: 'light',
    size: { width: 360, height: 780 },
    tool: 'network_traceroute',
    args: { target },
    scrollTo: '#answer',
  },
];

async function picture(browser, { name, theme, size, tool, args, scrollTo }) {
  const page = await browser.newPage({ viewport: size, colorScheme: theme });
  await page.goto(url);
  await page.fill('#key-input', key);
  await page.press('#key-input', 'Enter');
  await page.waitForSelector('.limits');
  await page.locator('.tool', { hasText: tool }).click();
  await page.check('#raw-switch');
  await page.fill('#raw', JSON.stringify(args));
  // Back in the fields, which show more of the product than JSON does.
  await page.uncheck('#raw-switch');
  await page.click('#run-button');
  await page.waitForSelector('.answered');
  await page.evaluate((place) => {
    window.scrollTo(0, 0);
    if (place !== undefined) document.querySelector(place).scrollIntoView();
  }, scrollTo);
  await page.screenshot({ path: join(DIRECTORY, `${name}.png`) });
  await page.close();
}

/** The page and /docs in each size and theme, with a tool that has answered. A large screen is drawn at half its size. */
const SIZES = [
  { width: 360, height: 740, scale: 1 },
  { width: 1280, height: 800, scale: 1 },
  { width: 3840, height: 2160, scale: 0.5 },
];

async function gallery(browser, theme, { width, height, scale }) {
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: theme,
  });
  const save = (name) => page.screenshot({ path: join(DIRECTORY, `${name}-${width}-${theme}.png`) });
  await page.goto(url);
  await page.waitForSelector('.tiles');
  console.log(`${width} ${theme}: first paint after ${await firstPaint(page)} ms`);
  await page.fill('#key-input', key);
  await page.press('#key-input', 'Enter');
  await page.waitForSelector('.limits');
  await page.locator('.tool', { hasText: 'network_ping' }).click();
  await page.fill('#argument-0', target);
  await page.click('#run-button');
  await page.waitForSelector('.answered');
  await page.evaluate(`window.scrollTo(0, 0)`);
  await save('page');

  await page.goto(new URL('docs', url).href);
  await page.fill('#key', key);
  await page.press('#key', 'Enter');
  const operation = page.locator('[id$="-network_interfaces"].opblock');
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('textarea').fill('{"name":"lo"}');
  await operation.locator('.execute').click();
  await operation.locator('.live-responses-table .response').waitFor();
  await operation.evaluate((element) => element.scrollIntoView());
  await save('docs');
  await page.close();
}

const firstPaint = (page) =>
  page.evaluate(`Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)`);

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  for (const theme of ['light', 'dark']) for (const size of SIZES) await gallery(browser, theme, size);
  for (const one of values['gallery-only'] ? [] : PICTURES) await picture(browser, one);
} finally {
  await browser.close();
}
