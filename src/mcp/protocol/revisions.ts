/** The stateless revision: one request, one answer, no handshake (docs/specification/2026-07-28). */
export const MODERN_REVISION = '2026-07-28';

/** The revisions with a handshake, newest first. */
export const LEGACY_REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** What a server without a supported version in `initialize` answers with. */
export const LATEST_LEGACY_REVISION = LEGACY_REVISIONS[0];

/** What a request without a version header is taken for (2025-11-25, transports, "Protocol Version Header"). */
export const ASSUMED_REVISION = '2025-03-26';

export const SUPPORTED_REVISIONS: readonly string[] = [MODERN_REVISION, ...LEGACY_REVISIONS];

/** Revisions up to this one may send batches; later ones must not. */
const LAST_WITH_BATCHES = '2025-03-26';

// Revisions are dates, so they compare as text.
const REVISION_DATE = /^\d{4}-\d{2}-\d{2}$/;

export type Era = 'legacy' | 'modern';

export const isLegacyRevision = (version: string): boolean =>
  (LEGACY_REVISIONS as readonly string[]).includes(version);

/** Whether a version claims the stateless protocol, be it one that we support or not. */
export const isModernClaim = (version: string): boolean =>
  REVISION_DATE.test(version) && version >= MODERN_REVISION;

export const allowsBatches = (revision: string): boolean => revision <= LAST_WITH_BATCHES;
