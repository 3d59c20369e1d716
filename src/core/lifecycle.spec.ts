import { Lifecycle } from './lifecycle.js';

describe(Lifecycle.name, () => {
  it('goes from starting over serving to draining, and never back', () => {
    const sut = new Lifecycle();
    const seen = [sut.state];
    for (const step of ['markServing', 'markDraining', 'markServing', 'markDraining'] as const) {
      sut[step]();
      seen.push(sut.state);
    }
    expect(seen).toEqual(['starting', 'serving', 'draining', 'draining', 'draining']);
  });

  it('does not come to serve when it was told to stop while it started', () => {
    const sut = new Lifecycle();
    sut.markDraining();
    sut.markServing();
    expect(sut.state).toBe('draining');
  });
});
