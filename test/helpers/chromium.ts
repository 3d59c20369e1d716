import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** What a page has done that no page of ours may do. */
export interface Observed {
  /** Errors and warnings of the console, exceptions, and violations of the content security policy. */
  readonly complaints: string[];
  /** Every URL that was asked for. */
  readonly requests: string[];
}

/** A real browser with a profile of its own, which is gone afterwards. */
export class Chromium {
  private constructor(
    private readonly profile: string,
    readonly context: BrowserContext,
  ) {}

  static async start(options: BrowserContextOptions = {}): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'mcpo-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
        ...['--disable-background-networking', '--disable-component-update'],
      ],
      ...options,
    });
    return new Chromium(profile, context);
  }

  /** A new page, and what is seen of it from the first moment on. */
  async open(): Promise<{ page: Page; observed: Observed }> {
    const page = await this.context.newPage();
    const observed: Observed = { complaints: [], requests: [] };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) observed.complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => observed.complaints.push(message));
    page.on('request', (request) => observed.requests.push(request.url()));
    return { page, observed };
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
