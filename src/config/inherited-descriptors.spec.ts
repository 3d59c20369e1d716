import { inheritedDescriptors } from './inherited-descriptors.js';

describe(inheritedDescriptors.name, () => {
  const found = (LISTEN_FDS: string | undefined, LISTEN_PID: string | undefined = '42'): readonly number[] =>
    inheritedDescriptors({ LISTEN_FDS, LISTEN_PID }, 42);

  it('counts from 3, as systemd does', () => {
    expect(found('1')).toEqual([3]);
    expect(found('2')).toEqual([3, 4]);
    expect(found('99')).toHaveLength(16);
  });

  it('finds none that are meant for another process, nor where nothing is said', () => {
    expect(found('1', '43')).toEqual([]);
    expect(inheritedDescriptors({ LISTEN_FDS: '1' }, 42)).toEqual([]);
    for (const count of [undefined, '0', '', 'x', '-1', '1e9', '100']) expect(found(count)).toEqual([]);
  });
});
