import { requireLinux } from './linux.js';

describe('requireLinux', () => {
  it('lets Linux pass', () => {
    expect(() => requireLinux('linux')).not.toThrow();
  });

  it.each(['darwin', 'win32', 'freebsd'] as const)('refuses %s by name', (platform) => {
    expect(() => requireLinux(platform)).toThrow(
      expect.objectContaining({
        code: 'not_supported',
        message: expect.stringContaining(platform) as string,
        mend: expect.stringContaining('Linux') as string,
      }) as Error,
    );
  });
});
