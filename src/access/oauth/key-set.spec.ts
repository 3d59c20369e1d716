import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import { KeySet, KeysUnavailable, thumbprintOf } from './key-set.js';

const SECOND = 1000;
const MAX_AGE = 300 * SECOND;

describe(KeySet.name, () => {
  let time: number;
  let published: JSONWebKeySet;
  let isAway: boolean;
  let fetches: number;
  let keySet: KeySet;

  const publish = async (...kids: string[]): Promise<void> => {
    const { publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    published = { keys: kids.map((kid) => ({ ...jwk, kid, alg: 'ES256' })) };
  };
  const ask = async (kid: string): Promise<unknown> =>
    keySet.keyOf({ alg: 'ES256', kid }, { payload: '', signature: '' });
  const outcome = (kid: string): Promise<string> =>
    ask(kid).then(
      () => 'known',
      (error: Error) => (error instanceof KeysUnavailable ? 'unavailable' : error.name),
    );

  it('keeps of a failure as much as a line of the log can hold', async () => {
    const problems: string[] = [];
    const ignore = (): void => undefined;
    const away = (): Promise<JSONWebKeySet> => Promise.reject(new Error('x'.repeat(200_000)));
    const events = {
      onChanged: ignore,
      onFetched: ignore,
      onFailed: (said: string) => void problems.push(said),
    };
    await expect(new KeySet(away, { now: () => time }, events).refresh()).rejects.toThrow('xxx...');
    expect(problems).toEqual([expect.stringMatching(/^x{500}\.\.\.$/)]);
  });

  beforeEach(async () => {
    time = 1_000_000;
    isAway = false;
    fetches = 0;
    await publish('a');
    const source = async (): Promise<JSONWebKeySet> => {
      fetches += 1;
      await Promise.resolve();
      if (isAway) throw new Error('away');
      return published;
    };
    const ignore = (): void => undefined;
    keySet = new KeySet(
      source,
      { now: () => time },
      {
        onFetched: ignore,
        onFailed: ignore,
      },
    );
  });

  it('is fetched once, however many ask at the same time', async () => {
    expect(await Promise.all([outcome('a'), outcome('a'), outcome('a')])).toEqual([
      'known',
      'known',
      'known',
    ]);
    expect(await outcome('a')).toBe('known');
    expect(fetches).toBe(1);
  });

  it('is fetched again when it has grown old, and nobody waits', async () => {
    await ask('a');
    time += MAX_AGE - 1;
    await ask('a');
    expect(fetches).toBe(1);
    await publish('b');
    time += 1;
    expect(await outcome('a')).toBe('known');
    expect(fetches).toBe(2);
    await keySet.refresh();
    expect(await outcome('b')).toBe('known');
  });

  it('looks for an unknown key at once, and then at most every 5 seconds', async () => {
    await ask('a');
    await publish('a', 'b');
    expect(await outcome('b')).toBe('known');
    expect(fetches).toBe(2);
    for (let count = 0; count < 10; count += 1) expect(await outcome(`x${count}`)).toBe('JWKSNoMatchingKey');
    expect(fetches).toBe(2);
    await publish('c');
    time += 5 * SECOND;
    expect(await outcome('c')).toBe('known');
    expect(fetches).toBe(3);
  });

  it('goes on with the keys that it has while the issuer is away', async () => {
    await ask('a');
    isAway = true;
    time += 100 * MAX_AGE;
    expect(await outcome('a')).toBe('known');
    expect(await outcome('b')).toBe('unavailable');
    expect(await outcome('b')).toBe('unavailable');
    expect(keySet.problem).toBe('away');
    isAway = false;
    time += 5 * SECOND;
    expect(await outcome('b')).toBe('JWKSNoMatchingKey');
    expect(keySet.problem).toBeUndefined();
  });

  it('asks an issuer that was away again after 5 seconds, not at every call', async () => {
    isAway = true;
    for (let count = 0; count < 5; count += 1) expect(await outcome('a')).toBe('unavailable');
    expect(fetches).toBe(1);
    isAway = false;
    time += 5 * SECOND;
    expect(await outcome('a')).toBe('known');
    expect(fetches).toBe(2);
  });

  it('publishes a key for as long as the issuer does, whatever joins it and whatever it is called', async () => {
    const key = (await ask('a')) as CryptoKey;
    const thumbprint = await thumbprintOf(key);
    expect(keySet.publishes(thumbprint)).toBe(true);
    const [own] = published.keys;
    await publish('b');
    published = { keys: [...published.keys, { ...own!, kid: 'renamed' }] };
    await keySet.refresh();
    expect(keySet.publishes(thumbprint)).toBe(true);
    expect(keySet.size).toBe(2);
    // Another one under the same name.
    await publish('a');
    await keySet.refresh();
    expect(keySet.publishes(thumbprint)).toBe(false);
    expect(keySet.publishes(await thumbprintOf((await ask('a')) as CryptoKey))).toBe(true);
  });

  it('has the good keys of a set with others that lack a part', async () => {
    const { publicKey } = await generateKeyPair('ES256');
    const good = await exportJWK(publicKey);
    published = {
      keys: [
        { kty: 'RSA', kid: 'broken', alg: 'ES256' },
        { ...good, kid: 'a', alg: 'ES256' },
      ],
    };
    expect(await outcome('a')).toBe('known');
    expect(keySet.publishes('')).toBe(false);
  });

  it('keeps what it has when what is published is no key set', async () => {
    await ask('a');
    published = { keys: ['nonsense'] } as unknown as JSONWebKeySet;
    await expect(keySet.refresh()).rejects.toThrow(KeysUnavailable);
    expect(await outcome('a')).toBe('known');
  });
});
