import { createContext } from '../../../test/helpers/application-context.js';
import { MAX_TOOL_LIMITS, RateLimiter } from './rate-limiter.service.js';

describe(RateLimiter.name, () => {
  it('remembers the limits of tools, but not of every name that there has ever been', async () => {
    const context = await createContext({ env: { RATE_LIMIT_TOOLS: 'big_*=5/60' } });
    try {
      const sut = context.get(RateLimiter);
      const first = sut.toolLimit('big_first');
      expect(first?.maxRequests).toBe(5);
      expect(sut.toolLimit('small')).toBeUndefined();
      expect(sut.toolLimit('big_first')).toBe(first);
      for (let name = 0; name < MAX_TOOL_LIMITS; name += 1) sut.toolLimit(`big_${name}`);
      expect(sut.toolLimit('big_first')).not.toBe(first);
      expect(sut.toolLimit('big_first')?.policy).toBe(first?.policy);
    } finally {
      await context.close();
    }
  });
});
