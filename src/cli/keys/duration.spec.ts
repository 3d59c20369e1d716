import { parseDuration, parseTime } from './duration.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe(parseDuration.name, () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
    ['0s', 0],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '15', 'm', '1.5h', '-1h', '1 h', '1w', '1H', '99999999999d'])('does not read %p', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe(parseTime.name, () => {
  it.each([
    ['90d', '2027-02-20T12:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:00:00Z', '2027-01-31T10:00:00.000Z'],
    ['2027-01-31T10:00:00.5+02:00', '2027-01-31T08:00:00.500Z'],
  ])('reads %s', (text, time) => {
    expect(parseTime(text, NOW)?.toISOString()).toBe(time);
  });

  it.each(['', 'tomorrow', '2027', '2027-13-01', '2027-01-31T10:00:00', '31.1.2027', '999999999d'])(
    'does not read %p',
    (text) => {
      expect(parseTime(text, NOW)).toBeUndefined();
    },
  );
});
