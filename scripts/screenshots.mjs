// npm run screenshots -- --key KEY [--url URL] [--target HOST] [--further HOST]...: the pictures of docs/img, of a server
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

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  for (const one of PICTURES) await picture(browser, one);
} finally {
  await browser.close();
}
