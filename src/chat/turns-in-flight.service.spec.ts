import { timeForTurns } from './turns-in-flight.service.js';

describe(timeForTurns.name, () => {
  it.each([
    [125_000, 120_000],
    [30_000, 25_000],
    [10_000, 5000],
    [2000, 1000],
    [100, 50],
  ])('of %d ms leaves enough to tell the clients: %d ms', (shutdownTimeoutMs, turnsMs) => {
    expect(timeForTurns(shutdownTimeoutMs)).toBe(turnsMs);
  });
});
