import { Globs, globMatches, starsIn } from './glob.js';

describe(globMatches.name, () => {
  it.each([
    ['network_ping', 'network_ping'],
    ['*', ''],
    ['*', 'anything'],
    ['**', 'anything'],
    ['network_*', 'network_'],
    ['network_*', 'network_ping'],
    ['*_ping', 'network_ping'],
    ['*work*', 'network_ping'],
    ['n*k*p*g', 'network_ping'],
    ['a*a', 'aa'],
    ['*a*b*', 'xxaxxbxx'],
    ['a*b*c', 'abcbc'],
    ['files.read-*', 'files.read-all'],
    ['', ''],
  ])('%s matches %s', (glob, text) => {
    expect(globMatches(glob, text)).toBe(true);
  });

  it.each([
    ['network_ping', 'network_pin'],
    ['network_ping', 'network_ping2'],
    ['network_ping', 'Network_Ping'],
    ['network_*', 'network'],
    ['network_*', 'x_network_ping'],
    ['*_ping', 'network_ping_'],
    ['a*a', 'a'],
    ['ab*ba', 'aba'],
    ['*a*b*', 'xxbxxaxx'],
    ['a*b*c', 'acb'],
    ['*aa*aa', 'aaa'],
    ['network.ping', 'network_ping'],
    ['network_?ing', 'network_ping'],
    ['network_[p]ing', 'network_ping'],
    ['', 'a'],
  ])('%s does not match %s', (glob, text) => {
    expect(globMatches(glob, text)).toBe(false);
  });

  it('agrees with a regular expression on every short pattern and text', () => {
    const words = (alphabet: string, length: number): string[] =>
      length === 0
        ? ['']
        : words(alphabet, length - 1).flatMap((word) => [...alphabet].map((letter) => word + letter));
    const texts = [0, 1, 2, 3, 4].flatMap((length) => words('ab', length));
    for (const glob of [0, 1, 2, 3, 4].flatMap((length) => words('ab*', length))) {
      const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
      for (const text of texts) {
        expect(`${glob} ${text} ${globMatches(glob, text)}`).toBe(`${glob} ${text} ${pattern.test(text)}`);
      }
    }
  });

  it('does not take for ever over a hostile pattern', () => {
    expect(globMatches(`${'a*'.repeat(5_000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});

describe(Globs.name, () => {
  const sut = (...globs: string[]): Globs => new Globs(globs, (glob) => (glob === 'none' ? undefined : glob));

  it.each([
    [['a*', 'ab', '*b'], 'ab', 'a*'],
    [['ab', 'a*', '*b'], 'ab', 'ab'],
    [['c', '*b', 'a*'], 'ab', '*b'],
    [['c', 'd*'], 'ab', undefined],
    [['none'], 'none', undefined],
    [['none', 'n*'], 'none', 'n*'],
    [[], '', undefined],
  ])('of %j the first that matches %s is %s', (globs, text, expected) => {
    expect(sut(...globs).find(text)).toBe(expected);
  });

  it('finds one among thousands of names without going through them', () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `name-${at}`);
    const many = sut(...names);
    expect(names.every((name) => many.find(name) === name)).toBe(true);
  });
});

describe(starsIn.name, () => {
  it.each([
    ['a', 0],
    ['*', 1],
    ['a*b', 1],
    ['***a**', 2],
    ['a*b*c', 2],
  ])('of %s: %d', (glob, expected) => {
    expect(starsIn(glob)).toBe(expected);
  });
});
