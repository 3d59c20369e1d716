import type { AuditEvent } from '../audit-trail.port.js';
import { type AuditedArguments, auditArguments } from './audited-arguments.js';
import type { Pseudonyms } from './pseudonyms.js';

export interface FactsOptions {
  readonly shownArguments: readonly string[];
  /** Absent: addresses and subjects of tokens are written as they are. */
  readonly pseudonyms?: Pick<Pseudonyms, 'of'>;
}

/** How the ids of principals from an authorization server begin: those stand for people. */
const PERSONAL = 'oauth:';

/** What a record says, as the text of a JSON object, before it is numbered and sealed. */
export function factsOf(
  event: AuditEvent,
  time: string,
  { shownArguments, pseudonyms }: FactsOptions,
  audited: AuditedArguments | undefined = event.arguments && auditArguments(event.arguments, shownArguments),
): string {
  const { principal, clientIp } = event;
  const isHidden = pseudonyms !== undefined && principal?.id.startsWith(PERSONAL) === true;
  return JSON.stringify({
    time,
    action: event.action,
    outcome: event.outcome,
    principal: isHidden ? pseudonyms.of(principal.id, time) : principal?.id,
    name: isHidden || principal?.name === principal?.id ? undefined : principal?.name,
    client: clientIp !== undefined && pseudonyms !== undefined ? pseudonyms.of(clientIp, time) : clientIp,
    target: event.target,
    rule: event.rule,
    correlationId: event.correlationId,
    argumentsDigest: audited?.digest,
    arguments: audited?.shown,
    details: event.details,
  });
}
