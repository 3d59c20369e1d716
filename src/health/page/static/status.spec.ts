import { type History, KEPT, remember } from './history.js';
import { MAX_WAIT_MS, POLL_MS, Poller, waitAfter } from './poller.js';
import { facesOff, failuresIn, latenciesIn, warningsIn } from './reading.js';
import { type Problem, ProblemError } from './session.js';
import { textOf } from './tree.js';
import { cards, glance } from './view-status.js';

const refusal = (retryAfterSeconds?: number): ProblemError =>
  new ProblemError({ title: 'no', detail: '', retryAfterSeconds } as Problem);
const SEEN = { history: new Map() as History, allowance: undefined, endpoint: 'http://localhost/mcp' };
const shown = (report: Record<string, unknown>): string =>
  textOf({
    tag: 'div',
    attributes: {},
    children: [glance(report), ...cards(report, SEEN)],
  });

describe(Poller.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const start = (
    answers: (Error | undefined)[],
  ): { poller: Poller; asked: () => number; waits: number[] } => {
    let asked = 0;
    const waits: number[] = [];
    const poller = new Poller({
      ask: () => {
        const answer = answers[asked];
        asked += 1;
        return answer === undefined ? Promise.resolve() : Promise.reject(answer);
      },
      onFailure: (_error, wait) => waits.push(wait),
    });
    poller.resume();
    return { poller, asked: () => asked, waits };
  };

  it('asks at once, then every ten seconds, and not while nobody looks', async () => {
    const { poller, asked } = start([]);
    await jest.advanceTimersByTimeAsync(0);
    expect(asked()).toBe(1);
    await jest.advanceTimersByTimeAsync(3 * POLL_MS);
    expect(asked()).toBe(4);
    poller.pause();
    await jest.advanceTimersByTimeAsync(10 * POLL_MS);
    expect(asked()).toBe(4);
    poller.resume();
    await jest.advanceTimersByTimeAsync(0);
    expect(asked()).toBe(5);
  });

  it('asks more seldom while it fails, and as often as before when it goes again', async () => {
    const down = new Error('down');
    const { asked, waits } = start([down, down, undefined]);
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect(asked()).toBe(2);
    await jest.advanceTimersByTimeAsync(2 * POLL_MS);
    expect(asked()).toBe(3);
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect(asked()).toBe(4);
    expect(waits).toEqual([POLL_MS, 2 * POLL_MS]);
  });

  it('does not ask before it may, whoever hurries it', async () => {
    const { poller, asked } = start([refusal(100)]);
    await jest.advanceTimersByTimeAsync(0);
    poller.hurry();
    poller.pause();
    poller.resume();
    await jest.advanceTimersByTimeAsync(99_000);
    expect(asked()).toBe(1);
    await jest.advanceTimersByTimeAsync(1000);
    expect(asked()).toBe(2);
  });

  it('waits no longer than two minutes of its own accord', () => {
    expect(waitAfter(new Error('down'), 50)).toBe(MAX_WAIT_MS);
    expect(waitAfter(refusal(900), 1)).toBe(900_000);
    expect(waitAfter(refusal(1), 1)).toBe(POLL_MS);
  });
});

describe('A history', () => {
  const latency = (
    tool: string,
    p95Ms: number | null,
  ): { tool: string; calls: number; p50Ms: null; p95Ms: number | null } => ({
    tool,
    calls: 1,
    p50Ms: null,
    p95Ms,
  });

  it('keeps the latest figures of the tools that there are', () => {
    let history: History = new Map();
    for (let at = 0; at < KEPT + 5; at += 1)
      history = remember(history, [latency('a', at), latency(`b${at}`, null)]);
    expect([...history.keys()]).toEqual(['a', `b${KEPT + 4}`]);
    expect(history.get('a')).toHaveLength(KEPT);
    expect(history.get('a')?.at(-1)).toBe(KEPT + 4);
  });

  it('is bounded in tools', () => {
    expect(
      remember(
        new Map(),
        Array.from({ length: 999 }, (_, at) => latency(String(at), 1)),
      ).size,
    ).toBe(200);
  });
});

describe('A report', () => {
  it('is told whole to admin', () => {
    const text = shown({
      state: 'serving',
      ready: false,
      version: '1.2.3',
      uptimeSeconds: 61,
      tools: { total: 3, callsInFlight: 1 },
      circuitBreakers: {
        open: 1,
        total: 2,
        failureThreshold: 5,
        resetTimeoutMs: 60_000,
        list: [
          { name: 'calm', state: 'closed' },
          { name: 'broken', state: 'open', consecutiveFailures: 5 },
        ],
      },
      upstreams: {
        total: 2,
        up: 1,
        failing: 1,
        list: [
          {
            name: 'gone',
            state: 'waiting',
            lastError: { message: 'It cannot be reached', at: '2026-11-28T09:00:00Z' },
          },
        ],
      },
      warnings: ['The key is weak'],
      metrics: { enabled: false },
      configuration: { rateLimit: { maxRequests: 100, windowMs: 900_000 }, tools: { timeoutMs: 25_000 } },
    });
    for (const part of [
      'Not ready',
      '1 min 1 s',
      'It cannot be reached',
      'The key is weak',
      '100 in 15 min',
      'Switched off: metrics',
    ])
      expect(text).toContain(part);
    expect(text.indexOf('broken')).toBeLessThan(text.indexOf('calm'));
  });

  it.each([
    {},
    { state: 7, tools: [], upstreams: 'x', circuitBreakers: null, warnings: {}, configuration: {} },
    {
      upstreams: { total: 1, list: [{}, 7, null, { name: {}, state: [], lastError: 'x', tools: 3 }] },
      configuration: {},
    },
  ])('is told as far as it can be read: %j', (report) => {
    expect(shown(report)).not.toMatch(/\[object|undefined|NaN/);
  });

  it('names what is off, and counts what it does not name', () => {
    expect(
      facesOff({
        page: { enabled: true },
        metrics: { enabled: false },
        rest: { enabled: true, docs: false },
      }),
    ).toEqual(['metrics', 'docs']);
    expect(warningsIn({ warnings: 2 })).toEqual({ count: 2, sentences: [] });
    expect(latenciesIn({ tools: { latencies: { b: 7, a: { calls: 2, p50Ms: 1, p95Ms: 3 } } } })).toEqual([
      { tool: 'a', calls: 2, p50Ms: 1, p95Ms: 3 },
      { tool: 'b', calls: 0, p50Ms: null, p95Ms: null },
    ]);
    expect(failuresIn({})).toEqual([]);
  });
});
