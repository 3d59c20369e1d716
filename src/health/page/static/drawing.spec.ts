import { repliesChart, rowsChart, sparkline, ticksTo } from './chart.js';
import { measuredIn } from './measured.js';
import { type Node, textOf, type Tree } from './tree.js';

const probe = (address: string, ms: number): object => ({ address, ms, annotation: null, mpls: [] });
const TRACE = {
  target: 'far.example',
  address: '203.0.113.9',
  reached: true,
  hops: [
    { ttl: 1, probes: [probe('192.0.2.1', 1), probe('192.0.2.1', 2), probe('192.0.2.1', 3)] },
    { ttl: 2, probes: [null, null, null] },
    { ttl: 3, probes: [probe('203.0.113.9', 10), null, probe('203.0.113.9', 20)] },
  ],
};
const PING = {
  target: 'near.example',
  transmitted: 4,
  replies: [
    { seq: 1, ms: 1 },
    { seq: 3, ms: 3 },
    { seq: 3, ms: 9, duplicate: true },
  ],
  others: [],
};

const nodes = (tree: Tree): Node[] =>
  typeof tree === 'string' ? [] : [tree, ...tree.children.flatMap((child) => nodes(child))];
const withClass = (tree: Tree, name: string): Node[] =>
  nodes(tree).filter(({ attributes }) => String(attributes['class']).split(' ').includes(name));

describe('A path', () => {
  const measured = measuredIn(TRACE);
  if (measured?.kind !== 'path') throw new Error('This is a path');
  const drawing = rowsChart(measured.rows, { width: 700, summary: measured.summary, isPath: true });

  it('has each hop with its times and its loss', () => {
    expect(measured.rows.map(({ mark, label, time, loss }) => [mark, label, time, loss])).toEqual([
      ['1', '192.0.2.1', '2.00 ms', ''],
      ['2', 'no answer', '', '100 % lost'],
      ['3', '203.0.113.9', '15.0 ms', '33 % lost'],
    ]);
    expect(measured.summary).toBe(
      'The way to far.example: reached, 3 hops; the last answer came from 203.0.113.9, 15.0 ms.',
    );
  });

  it('is drawn with a stop for each, a way between them, a dot for each answer and a cross for each that is lost', () => {
    expect(withClass(drawing, 'stop')).toHaveLength(3);
    expect(withClass(drawing, 'rail')).toHaveLength(2);
    expect(withClass(drawing, 'dot')).toHaveLength(5);
    expect(withClass(drawing, 'lost')).toHaveLength(4);
    expect(withClass(drawing, 'end')).toHaveLength(2);
    expect(drawing.attributes).toMatchObject({ role: 'img', 'aria-label': measured.summary });
  });

  it.each([260, 360, 700, 1100])('stays inside of %p pixels, later times to the right', (width) => {
    const made = rowsChart(measured.rows, { width, summary: '', isPath: true });
    const at = withClass(made, 'dot').map(({ attributes }) => Number(attributes['cx']));
    expect(at.toSorted((one, other) => one - other)).toEqual(at);
    const places = nodes(made).flatMap(({ attributes }) =>
      ['x', 'x1', 'x2', 'cx'].flatMap((name) => (name in attributes ? [Number(attributes[name])] : [])),
    );
    expect(Math.max(...places)).toBeLessThanOrEqual(width);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  });
});

describe('Replies', () => {
  const measured = measuredIn(PING);
  if (measured?.kind !== 'replies') throw new Error('These are replies');

  it('are told by request, a duplicate for none', () => {
    expect(measured.times).toEqual([1, null, 3, null]);
    expect(measured.summary).toBe('near.example: 2 of 4 requests answered, mean 2.00 ms.');
  });

  it('are drawn with a dot for each and a cross for each that is missing', () => {
    const drawing = repliesChart(measured, 600);
    expect(withClass(drawing, 'dot')).toHaveLength(2);
    expect(withClass(drawing, 'lost')).toHaveLength(2);
    expect(textOf(drawing)).toContain('mean 2.00 ms');
  });

  it('of several targets are drawn beside each other, failures too', () => {
    const others = [
      { target: 'b', rttMs: { min: 1, avg: 2, max: 4, mdev: 1 }, lossPercent: 50, error: null },
      { target: 'c', rttMs: null, lossPercent: 100, error: { code: 'host_not_found', message: '' } },
    ];
    const several = measuredIn({
      ...PING,
      rttMs: { min: 1, avg: 2, max: 3, mdev: 1 },
      lossPercent: 50,
      others,
    });
    expect(several).toMatchObject({
      rows: [
        { label: 'near.example' },
        { label: 'b', loss: '50 % lost' },
        { label: 'c', loss: 'host_not_found' },
      ],
    });
  });
});

describe('measuredIn', () => {
  it.each([
    undefined,
    null,
    7,
    [],
    {},
    { hops: [] },
    { hops: [null] },
    { hops: [{ ttl: '1', probes: [] }] },
    { hops: {} },
    { replies: [], transmitted: 0 },
    { replies: 'x', transmitted: 4 },
  ])('draws nothing of %j', (answer) => {
    expect(measuredIn(answer)).toBeUndefined();
  });

  it('bounds what a stranger answers, and believes no figure that is none', () => {
    const hops = Array.from({ length: 5000 }, (_, at) => ({
      ttl: at,
      probes: [
        { ms: Infinity },
        { ms: -1 },
        { ms: '1', address: {} },
        7,
        { ms: 2, address: 'x'.repeat(9999) },
      ],
    }));
    const measured = measuredIn({ hops, target: 'y'.repeat(9999) });
    if (measured?.kind !== 'path') throw new Error('This is a path');
    expect(measured.rows).toHaveLength(64);
    expect(measured.summary.length).toBeLessThan(12_000);
    const drawing = rowsChart(measured.rows, { width: 600, summary: '', isPath: true });
    expect(textOf(drawing).length).toBeLessThan(10_000);
    expect(JSON.stringify(drawing)).not.toMatch(/NaN|Infinity|null/);
    const replies = [{ seq: 1e9, ms: 1 }, { seq: -1 }, { seq: 0.5 }, null, { seq: '1' }];
    expect(measuredIn({ replies, transmitted: 1e9 })).toMatchObject({ mean: null });
  });
});

describe('A sparkline', () => {
  it('has a gap where there is no figure', () => {
    const drawing = sparkline([1, 2, null, 4, 3], { width: 96, height: 22, slots: 60, summary: 's' });
    const [line] = withClass(drawing, 'line');
    expect(String(line!.attributes['d']).match(/[ML]/g)).toEqual(['M', 'L', 'M', 'L']);
  });

  it('is a line at the ground for none', () => {
    expect(withClass(sparkline([], { width: 96, height: 22, slots: 60, summary: 's' }), 'line')).toEqual([]);
  });
});

describe('ticksTo', () => {
  it.each([
    [0, [0, 0.00025, 0.0005, 0.00075, 0.001]],
    [0.03, [0, 0.01, 0.02, 0.03]],
    [97, [0, 25, 50, 75, 100]],
    [1234, [0, 500, 1000, 1500]],
  ])('covers %p with round figures', (most, ticks) => {
    expect(ticksTo(most, 4)).toEqual(ticks);
  });
});
