import { shareOf } from '../../core/bounds/bounded-store.js';
import type { Principal } from '../../core/principal.js';
import { MemorySessionStore } from './memory.session.store.js';
import { sessionBounds } from './session.store.port.js';
import { MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_LENGTH, Sessions } from './sessions.service.js';

const principal = (id: string): Principal => ({ id, kind: 'api-key', scopes: ['tools:call'] });
const TOTAL = sessionBounds(10_000);

describe(Sessions.name, () => {
  let store: MemorySessionStore;
  let sut: Sessions;

  beforeEach(() => {
    store = new MemorySessionStore({ now: () => 0 }, 1000, TOTAL);
    sut = new Sessions(store);
  });

  it('keeps of what a client declares what it will be asked for, however much there was', async () => {
    const sent = { elicitation: { form: {} }, experimental: { much: 'x'.repeat(300_000) } };
    const { id } = await sut.begin(principal('a'), '2025-11-25', sent);
    expect((await sut.find(id, principal('a'))).capabilities).toEqual({ elicitation: { form: {} } });
    expect(store.used.bytes).toBeLessThan(2048);
  });

  it('refuses subscriptions beyond their number, and beyond the length of their URIs', async () => {
    const subscribe = async (uris: readonly string[]): Promise<void> => {
      const { id } = await sut.begin(principal('a'), '2025-11-25', {});
      for (const uri of uris) await sut.subscribe(await sut.find(id, principal('a')), uri);
    };
    const refused = { code: 'invalid_params' };
    const numbered = Array.from({ length: MAX_SUBSCRIPTIONS }, (_, index) => `x:${index}`);
    await subscribe(numbered);
    await expect(subscribe([...numbered, 'x:more'])).rejects.toMatchObject(refused);
    const half = 'x'.repeat(MAX_SUBSCRIPTIONS_LENGTH / 2);
    await subscribe([half, half.replace('x', 'y')]);
    await expect(subscribe([half, half.replace('x', 'y'), 'z'])).rejects.toMatchObject(refused);
  });

  it('stays within the bounds of a principal, and of all, with the largest sessions that there can be', async () => {
    const large = 'x'.repeat(MAX_SUBSCRIPTIONS_LENGTH);
    const share = shareOf(TOTAL);
    let most = 0;
    for (const owner of ['a', 'b', 'c', 'd', 'e'].map(principal)) {
      for (let count = 0; count < 50; count += 1) {
        await sut.subscribe(await sut.begin(owner, '2025-11-25', {}), large);
        most = Math.max(most, store.used.bytes);
      }
    }
    expect(most).toBeLessThanOrEqual(TOTAL.bytes);
    expect(most).toBeGreaterThan(3 * share.bytes);
  });
});
