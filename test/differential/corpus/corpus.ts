import { ENVELOPES } from './envelopes.js';
import { HANDSHAKE_METHODS } from './handshake-methods.js';
import { HANDSHAKES } from './handshakes.js';
import { HTTP } from './http.js';
import type { DiffRequest } from './row.js';
import { STATELESS_FAULTS } from './stateless-faults.js';
import { STATELESS_METHODS } from './stateless-methods.js';

/** Every request that is sent to both servers. */
export const CORPUS: readonly DiffRequest[] = [
  ...HANDSHAKES,
  ...HANDSHAKE_METHODS,
  ...STATELESS_METHODS,
  ...STATELESS_FAULTS,
  ...ENVELOPES,
  ...HTTP,
];
