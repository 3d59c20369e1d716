import { AppError } from '../../core/errors.js';
import { batchRefusal, MAX_BATCH } from './batch.js';
import type { McpHeaders } from './request-headers.js';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const under = (protocolVersion?: string): McpHeaders => ({
  contentType: 'application/json',
  protocolVersion,
  method: undefined,
  name: undefined,
});
const withParams = (params: unknown): object => ({ ...ping, params });

const refusalOf = (items: unknown[], headers: Parameters<typeof batchRefusal>[1]): string | undefined =>
  batchRefusal(items, headers);

// JSON-RPC 2.0, 6; MCP 2025-03-26, basic/transports, "Sending Messages to the Server".
describe(batchRefusal.name, () => {
  it.each([undefined, '2025-03-26', '2024-11-05'])('lets batches under %s pass', (version) => {
    expect(refusalOf([ping, { jsonrpc: '2.0', method: 'notifications/x' }], under(version))).toBeUndefined();
  });

  it('lets batches pass where there are no headers', () => {
    expect(refusalOf([ping], undefined)).toBeUndefined();
  });

  it('leaves members that are no messages to be answered one by one', () => {
    expect(refusalOf([1, null, 'x', [], {}], under())).toBeUndefined();
  });

  it('lets as many messages pass as are allowed, and not one more', () => {
    const pings = (count: number): object[] => Array.from({ length: count }, () => ping);
    expect(refusalOf(pings(MAX_BATCH), under())).toBeUndefined();
    expect(refusalOf(pings(MAX_BATCH + 1), under())).toMatch(/51 messages/);
  });

  it.each<[string, unknown[], string | undefined, RegExp]>([
    ['nothing', [], undefined, /empty/],
    ['a batch under 2025-06-18', [ping], '2025-06-18', /no batches/],
    ['a batch under 2025-11-25', [ping], '2025-11-25', /no batches/],
    ['a batch under 2026-07-28', [ping], '2026-07-28', /no batches/],
    ['a handshake', [ping, { ...ping, method: 'initialize', params: {} }], undefined, /initialize/],
    [
      'a stateless claim',
      [withParams({ _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } })],
      undefined,
      /2026-07-28/,
    ],
    [
      'a stateless claim that is malformed',
      [withParams({ _meta: { 'io.modelcontextprotocol/protocolVersion': 5 } })],
      undefined,
      /2026-07-28/,
    ],
  ])('refuses %s', (_what, items, version, reason) => {
    expect(refusalOf(items, under(version))).toMatch(reason);
  });

  it('refuses a version that nobody speaks as such', () => {
    expect(() => refusalOf([ping], under('1999-01-01'))).toThrow(
      expect.objectContaining({ code: 'unsupported_protocol_version' }) as AppError,
    );
  });
});
