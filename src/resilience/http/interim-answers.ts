import type { ClientRequest } from 'node:http';
import { silenceParser } from '../../http/parser.callbacks.js';
import { ScatteredAnswerError } from '../outbound.port.js';

/** Interim answers (RFC 9110, 15.2) that may come before the one that counts. */
export const MAX_INTERIM_ANSWERS = 100;

/**
 * Ends a request that is told over and over that its answer is to come: each costs some microseconds, and a read of
 * 64 KiB has 3,400 of them.
 */
export function boundInterimAnswers(request: ClientRequest): void {
  let answers = 0;
  request.on('information', () => {
    answers += 1;
    if (answers <= MAX_INTERIM_ANSWERS || request.destroyed) return;
    // What else is in this read comes whether the connection is closed or not.
    silenceParser(request.socket!);
    request.destroy(new ScatteredAnswerError(`after more than ${MAX_INTERIM_ANSWERS} interim answers`));
  });
}
