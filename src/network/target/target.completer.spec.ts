import { callContext } from '../../../test/helpers/application-context.js';
import type { ToolAnswers } from '../tool-answers.service.js';
import { TargetCompleter } from './target.completer.js';

interface Hop {
  readonly gateway: string | null;
  readonly interface: string | null;
}

const route = (destination: string, gateway: string | null, hops: Hop[] = []): object => ({
  destination,
  gateway,
  interface: 'eth0',
  nextHops: hops,
});

/** A route table that this machine does not have. */
const completerOver = (...routes: object[]): TargetCompleter =>
  new TargetCompleter({ ask: () => Promise.resolve({ routes }) } as unknown as ToolAnswers);

describe(TargetCompleter.name, () => {
  const sut = completerOver(
    route('10.0.0.0/8', '192.0.2.9'),
    route('192.0.2.0/24', null),
    route('0.0.0.0/0', '192.0.2.1'),
    route('198.51.100.0/24', '192.0.2.1'),
    route('::/0', 'fe80::1'),
    route('2001:db8::/32', null, [
      { gateway: '2001:db8::2', interface: 'eth1' },
      { gateway: null, interface: 'eth2' },
    ]),
  );
  const complete = (typed: string): Promise<string[]> => sut.complete(typed, {}, callContext());

  it('puts the default routes first, each gateway once, and says where a link-local one is', async () => {
    expect(await complete('')).toEqual(['192.0.2.1', 'fe80::1%eth0', '192.0.2.9', '2001:db8::2']);
  });

  it('keeps to what was typed', async () => {
    expect(await complete('192.')).toEqual(['192.0.2.1', '192.0.2.9']);
    expect(await complete('FE80')).toEqual(['fe80::1%eth0']);
    expect(await complete('10.')).toEqual([]);
  });
});
