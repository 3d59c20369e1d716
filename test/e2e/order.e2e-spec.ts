import type { OnApplicationShutdown, Type } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AuditLog } from '../../src/audit/audit-log.service.js';
import { WatchedFiles } from '../../src/observability/watched-files.service.js';
import { HttpPools } from '../../src/resilience/http/http-pools.service.js';
import { CircuitBreakerProvider } from '../../src/resilience/circuit-breaker.provider.js';
import { RedisConnection } from '../../src/storage/redis.connection.js';
import { startServer, type TestServer } from '../helpers/app.js';

/** What depends on an order that nobody sees in one file: the modules of the composition root decide it. */
describe('The order', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });

  it('of the guards is: can it be taken down, who is calling, how much', () => {
    const guards = server.app.get(ApplicationConfig).getGlobalRequestGuards();
    const names = [...server.app.get(ApplicationConfig).getGlobalGuards(), ...guards].map(
      (guard) => guard.constructor.name,
    );
    expect(names).toEqual(['AuditGuard', 'AuthenticationGuard', 'RateLimitGuard']);
  });

  it('of the routes begins with the one that nearly every request is for', () => {
    const { router } = server.app.getHttpAdapter().getInstance() as {
      router: { stack: { route?: { path: string } }[] };
    };
    const paths = router.stack.flatMap(({ route }) => route?.path ?? []);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths[0]).toBe('/mcp');
  });

  it('of the shutdown is the opposite of the imports: what is needed to the last ends last', async () => {
    const ended: string[] = [];
    const watch = (type: Type<OnApplicationShutdown>): void => {
      const instance = server.app.get<OnApplicationShutdown>(type);
      const end = instance.onApplicationShutdown.bind(instance);
      jest.spyOn(instance, 'onApplicationShutdown').mockImplementation(async (signal) => {
        await end(signal);
        ended.push(type.name);
      });
    };
    for (const type of [WatchedFiles, RedisConnection, AuditLog, HttpPools, CircuitBreakerProvider])
      watch(type);
    await server.close();
    const byRoom = (name: string): number => ended.indexOf(name);
    expect(ended).toHaveLength(5);
    // The last audit checkpoint goes to Redis, and the last record is of what everything else did.
    expect(ended.slice(-3)).toEqual(['AuditLog', 'RedisConnection', 'WatchedFiles']);
    expect(byRoom('HttpPools')).toBeLessThan(byRoom('AuditLog'));
    expect(byRoom('CircuitBreakerProvider')).toBeLessThan(byRoom('AuditLog'));
  });
});
