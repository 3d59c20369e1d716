import {
  type ApplicationContext,
  callContext,
  createContext,
} from '../../test/helpers/application-context.js';
import type { Principal } from '../core/principal.js';
import type { OutcomePolicy } from '../resilience/circuit-breaker.js';
import { CircuitBreakerProvider } from '../resilience/circuit-breaker.provider.js';
import { type Change, Changes } from '../tools/changes.service.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { ServerPolicyResource } from './server-policy.resource.js';
import { ServerStatusResource } from './server-status.resource.js';

const ADMIN: Principal = { id: 'local', kind: 'local', scopes: ['tools:call', 'admin'] };
const PINGER: Principal = { id: 'key:pinger', kind: 'api-key', scopes: ['tools:call:network_ping'] };
const POLICY: OutcomePolicy = { ofResult: () => 'success', ofError: () => 'failure' };

let app: ApplicationContext;

beforeEach(async () => {
  app = await createContext({
    env: { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1', RATE_LIMIT_MAX_REQUESTS: '7', TOOL_TIMEOUT_MS: '9000' },
  });
});
afterEach(() => app.close());

const read = async (name: string, principal: Principal): Promise<Record<string, unknown>> => {
  const found = app.get(ResourceRegistry).find(`mcpo://server/${name}`, principal);
  return (await found?.read(callContext({ principal }))) as Record<string, unknown>;
};

/** What changes in one turn of the event loop is told at its end, once. */
const told = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const openBreaker = async (name: string): Promise<void> => {
  const breaker = app.get(CircuitBreakerProvider).create(name, POLICY);
  await breaker.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
};

describe(ServerStatusResource.name, () => {
  it('shows the status to everybody, and details to admin', async () => {
    const everybody = await read('status', PINGER);
    expect(everybody).toMatchObject({ state: 'starting', version: expect.any(String) as string });
    expect(everybody).not.toHaveProperty('configuration');
    expect(await read('status', ADMIN)).toHaveProperty('configuration.http.port');
  });

  it('sums up the breakers for everybody, and names them to admin', async () => {
    await openBreaker('billing');
    const everybody = await read('upstreams', PINGER);
    expect(everybody).toEqual({
      upstreams: { total: 0 },
      circuitBreaker: expect.objectContaining({ state: 'open', open: 1, total: 1 }) as object,
    });
    expect(await read('upstreams', ADMIN)).toEqual({
      ...everybody,
      breakers: [{ name: 'billing', state: 'open', consecutiveFailures: 1 }],
    });
  });

  it('says that both have changed when a breaker is new, changes its state, or is gone', async () => {
    const changes: Change[] = [];
    app.get(Changes).listen((change) => changes.push(change));
    const both = ['status', 'upstreams'].map((name) => ({ kind: 'resource', uri: `mcpo://server/${name}` }));

    app.get(CircuitBreakerProvider).create('billing', POLICY);
    await told();
    expect(changes).toEqual(both);
    await openBreaker('shipping');
    await told();
    expect(changes).toEqual([...both, ...both]);
    app.get(CircuitBreakerProvider).remove('billing');
    await told();
    expect(changes).toEqual([...both, ...both, ...both]);
  });
});

describe(ServerPolicyResource.name, () => {
  it('shows a caller what holds for it', async () => {
    expect(await read('policy', PINGER)).toEqual({
      principal: PINGER,
      tools: [{ name: 'network_ping', timeoutMs: 9000, duration: 'quick', task: 'forbidden' }],
      rateLimit: { requests: 7, windowMs: 900_000, per: 'address' },
      limits: { requestBytes: 1_048_576, concurrentToolCalls: 128, toolOutputBytes: 1_048_576 },
    });
  });

  it('knows no rate limit for whoever started the process', async () => {
    const { rateLimit, tools } = await read('policy', ADMIN);
    expect(rateLimit).toBeNull();
    expect(tools).toContainEqual(expect.objectContaining({ name: 'network_interfaces' }));
  });
});
