import { parseRedisUrl } from './redis-url.js';

const node = (host: string, port: number): object => ({ host, port });

describe(parseRedisUrl.name, () => {
  const single = { kind: 'single', nodes: [node('r', 6379)], isTls: false, db: 0 };

  it.each<[string, object]>([
    ['redis://r', single],
    ['redis://r/', single],
    ['redis://r:7000/15', { ...single, nodes: [node('r', 7000)], db: 15 }],
    ['REDISS://r', { ...single, isTls: true }],
    ['redis://secret@r', { ...single, password: 'secret' }],
    ['redis://:secret@r', { ...single, password: 'secret' }],
    ['redis://user:secret@r', { ...single, username: 'user', password: 'secret' }],
    ['redis://us%40er:p%3Aa%2Fss%20%25@r', { ...single, username: 'us@er', password: 'p:a/ss %' }],
    ['redis://user:a@b:c@r', { ...single, username: 'user', password: 'a@b:c' }],
    ['redis://[2001:db8::1]:7000', { ...single, nodes: [node('2001:db8::1', 7000)] }],
    ['redis://127.0.0.1:1', { ...single, nodes: [node('127.0.0.1', 1)] }],
  ])('%s is one server', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  const sentinel = { kind: 'sentinel', nodes: [node('a', 26_379)], isTls: false, db: 0, masterName: 'm' };

  it.each<[string, object]>([
    ['redis+sentinel://a/m', sentinel],
    ['redis+sentinel://a/m/', sentinel],
    [
      'redis+sentinel://a,b:1,[::1]:2/m',
      { ...sentinel, nodes: [node('a', 26_379), node('b', 1), node('::1', 2)] },
    ],
    ['rediss+sentinel://u:p@a/m/3', { ...sentinel, isTls: true, username: 'u', password: 'p', db: 3 }],
    ['redis+sentinel://a/my%20master', { ...sentinel, masterName: 'my master' }],
    [
      'redis+sentinel://p@a/m?sentinelPassword=s%26t',
      { ...sentinel, password: 'p', sentinelPassword: 's&t' },
    ],
  ])('%s is what sentinels know', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  const cluster = { kind: 'cluster', nodes: [node('a', 6379)], isTls: false, db: 0 };

  it.each<[string, object]>([
    ['redis+cluster://a', cluster],
    ['redis+cluster://a/', cluster],
    [
      'rediss+cluster://p@a:1,b',
      { ...cluster, isTls: true, password: 'p', nodes: [node('a', 1), node('b', 6379)] },
    ],
  ])('%s is a cluster', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    '',
    'redis:',
    'redis://',
    'redis:///0',
    'redis://user:pass@',
    'redis://r:0',
    'redis://r:65536',
    'redis://r:port',
    'redis://a,b',
    'redis://r/name',
    'redis://r/0/1',
    'redis://r/12345',
    'redis://r?db=1',
    'redis://r#0',
    'redis://r?sentinelPassword=s',
    'redis://%ff@r',
    'redis://2001:db8::1',
    'redis://a b',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a,,b/m',
    'redis+cluster://a/1',
    'redis+cluster://a?sentinelPassword=s',
    'redis+ring://a',
    'valkey://r',
    'unix:///run/redis.sock',
  ])('%p is none', (url) => {
    expect(parseRedisUrl(url)).toBeUndefined();
  });
});
