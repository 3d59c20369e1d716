import { allowsBatches, isLegacyRevision, isModernClaim, SUPPORTED_REVISIONS } from './revisions.js';

describe('The revisions', () => {
  it('are the modern one and four with a handshake, newest first', () => {
    expect(SUPPORTED_REVISIONS).toEqual([
      '2026-07-28',
      '2025-11-25',
      '2025-06-18',
      '2025-03-26',
      '2024-11-05',
    ]);
    expect(SUPPORTED_REVISIONS.map(isLegacyRevision)).toEqual([false, true, true, true, true]);
  });

  it.each([
    ['2026-07-28', true],
    ['2026-07-29', true],
    ['9999-12-31', true],
    ['2026-07-27', false],
    ['2025-11-25', false],
    ['latest', false],
    ['2026-7-28', false],
    ['2026-07-28x', false],
    ['', false],
  ])('%p claims the stateless protocol: %s', (version, expected) => {
    expect(isModernClaim(version)).toBe(expected);
  });

  it.each([
    ['2024-11-05', true],
    ['2025-03-26', true],
    ['2025-06-18', false],
    ['2025-11-25', false],
    ['2026-07-28', false],
  ])('%s has batches: %s', (revision, expected) => {
    expect(allowsBatches(revision)).toBe(expected);
  });
});
