import { parsePorts, portRanges } from './port-list.js';

describe(parsePorts.name, () => {
  it.each([
    ['22', [22]],
    ['443, 22,22', [22, 443]],
    ['8000-8003,8002', [8000, 8001, 8002, 8003]],
    ['1,65535', [1, 65535]],
  ])('reads %j', (text, ports) => {
    expect(parsePorts(text)).toEqual(ports);
  });

  it.each(['', '0', '65536', '22,', '22-', '30-20', '1-2-3', '22 23', '1e3', '000022', 'http'])(
    'refuses %j, and says how to write ports',
    (text) => {
      expect(() => parsePorts(text)).toThrow(
        expect.objectContaining({
          code: 'invalid_arguments',
          mend: expect.stringContaining('8000-8010') as string,
        }) as Error,
      );
    },
  );

  it('takes a hundred ports, and no more', () => {
    expect(parsePorts('1-100')).toHaveLength(100);
    expect(parsePorts('1-50,26-100')).toHaveLength(100);
    for (const text of ['1-101', '1-65535', '1-100,200']) {
      expect(() => parsePorts(text)).toThrow('more than 100 ports');
    }
  });
});

describe(portRanges.name, () => {
  it('writes consecutive ports as a range', () => {
    expect(portRanges([22, 80, 81, 82, 443])).toBe('22, 80-82, 443');
    expect(portRanges([])).toBe('');
  });
});
