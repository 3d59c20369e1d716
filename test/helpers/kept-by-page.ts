import type { Page } from 'playwright-core';

/** Whatever of a page outlives a moment: its elements, every storage of the browser, its address and what is global. */
export const keptBy = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(`(async () => ({
    html: document.documentElement.outerHTML,
    inputs: JSON.stringify([...document.querySelectorAll('input, textarea')].map(({ value }) => value)),
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    cookie: document.cookie,
    address: location.href,
    state: JSON.stringify(history.state),
    globals: JSON.stringify(Object.entries(window).filter(([, value]) => typeof value === 'string')),
    databases: JSON.stringify(await indexedDB.databases()),
    caches: JSON.stringify(await caches.keys()),
  }))()`);
