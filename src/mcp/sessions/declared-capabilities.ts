import type { JsonObject } from '../../core/client.port.js';

/** What a client may be asked for, and the parts of it that make a difference (2025-11-25, basic/lifecycle). */
const PARTS = {
  elicitation: ['form', 'url'],
  sampling: ['context', 'tools'],
  roots: [],
} as const satisfies Record<string, readonly string[]>;

/** Of the capabilities that a client has sent what is asked of them later, and nothing else: its size is bounded. */
export function declaredCapabilities(sent: JsonObject): JsonObject {
  const declared: Record<string, JsonObject> = {};
  for (const [name, parts] of Object.entries(PARTS)) {
    const capability = sent[name];
    if (typeof capability !== 'object' || capability === null) continue;
    declared[name] = Object.fromEntries(
      parts.filter((part) => Object.hasOwn(capability, part)).map((part) => [part, {}]),
    );
  }
  return declared;
}
