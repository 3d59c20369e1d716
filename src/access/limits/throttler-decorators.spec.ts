import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { hasThrottlerDecorator } from './throttler-decorators.js';

class Plain {
  handle(): void {}

  @Throttle({ default: { limit: 3, ttl: 1000 } })
  limited(): void {}
}

@SkipThrottle()
class Skipped extends Plain {}

describe(hasThrottlerDecorator.name, () => {
  const isSaid = (type: typeof Plain, name: 'handle' | 'limited'): boolean =>
    hasThrottlerDecorator({ getHandler: () => type.prototype[name], getClass: () => type });

  it('sees what is said of a handler, and of a class, each time', () => {
    for (const _ of [1, 2]) {
      expect(isSaid(Plain, 'limited')).toBe(true);
      expect(isSaid(Skipped, 'handle')).toBe(true);
    }
  });

  it('finds nothing where nothing is said, for one class and not for all that inherit the handler', () => {
    expect(isSaid(Plain, 'handle')).toBe(false);
    expect(isSaid(Skipped, 'handle')).toBe(true);
    expect(isSaid(Plain, 'handle')).toBe(false);
  });
});
