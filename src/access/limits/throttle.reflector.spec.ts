import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { ThrottleReflector } from './throttle.reflector.js';

const LIMIT = 'THROTTLER:LIMITdefault';
const SKIP = 'THROTTLER:SKIPdefault';

class Plain {
  handle(): void {}

  @Throttle({ default: { limit: 3, ttl: 1000 } })
  limited(): void {}
}

@SkipThrottle()
class Skipped extends Plain {}

describe(ThrottleReflector.name, () => {
  let sut: ThrottleReflector;
  const find = (key: string, type: typeof Plain, name: 'handle' | 'limited'): unknown =>
    sut.getAllAndOverride(key, [type.prototype[name], type]);

  beforeEach(() => {
    sut = new ThrottleReflector();
  });

  it('reads what is said of a handler, and of a class, each time', () => {
    for (const _ of [1, 2]) {
      expect(find(LIMIT, Plain, 'limited')).toBe(3);
      expect(find(SKIP, Plain, 'limited')).toBeUndefined();
      expect(find(SKIP, Skipped, 'handle')).toBe(true);
    }
  });

  it('finds nothing where nothing is said, for one class and not for all that inherit the handler', () => {
    expect(find(LIMIT, Plain, 'handle')).toBeUndefined();
    expect(find(SKIP, Plain, 'handle')).toBeUndefined();
    expect(find(SKIP, Skipped, 'handle')).toBe(true);
    expect(find(SKIP, Plain, 'handle')).toBeUndefined();
  });
});
