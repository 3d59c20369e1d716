import type { JsonObject } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';

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
  const apps = appsIn(sent['extensions']);
  return apps === undefined ? declared : { ...declared, extensions: { [UI_EXTENSION]: apps } };
}

/** MCP Apps: what upstreams want to know before they answer with something to show. */
const UI_EXTENSION = 'io.modelcontextprotocol/ui';
const MAX_TYPES = 8;
const MAX_TYPE = 128;

function appsIn(extensions: unknown): JsonObject | undefined {
  const apps = isObject(extensions) ? extensions[UI_EXTENSION] : undefined;
  if (!isObject(apps)) return undefined;
  const { mimeTypes } = apps;
  if (!Array.isArray(mimeTypes)) return {};
  const isType = (one: unknown): boolean => typeof one === 'string' && one.length <= MAX_TYPE;
  return { mimeTypes: mimeTypes.filter(isType).slice(0, MAX_TYPES) as unknown[] };
}
