import { specTypeSchemas } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';

type Members = Readonly<Record<string, unknown>>;

/** How a server is called, and its version, where it does not say (2025-11-25, schema, "Implementation"). */
export const UNKNOWN = 'unknown';

/**
 * Sets aside what is odd in what a server says of itself when it is connected, in place: each piece by itself, the
 * smallest that will do. What is said to be there with a bare `true` is there, and a server that does not say what it
 * can do is asked for its tools. Its revisions stay: without them nothing can go on.
 */
export function mendHandshake(result: Members): void {
  const isHandshake = 'protocolVersion' in result;
  if ((!isHandshake && !('supportedVersions' in result)) || 'content' in result) return;
  if (!isObject(result['capabilities'])) Object.assign(result, { capabilities: { tools: {} } });
  if (isHandshake) {
    const { serverInfo } = result;
    const named = { name: UNKNOWN, version: UNKNOWN };
    Object.assign(result, { serverInfo: isObject(serverInfo) ? { ...named, ...serverInfo } : named });
  }
  const schema = isHandshake ? specTypeSchemas.InitializeResult : specTypeSchemas.DiscoverResult;
  const checked = schema['~standard'].validate(result);
  if (checked instanceof Promise || checked.issues === undefined) return;
  for (const { path = [] } of checked.issues) {
    const steps = path.map((step) => (typeof step === 'object' ? step.key : step));
    if (steps.length > 0 && !REVISIONS.has(steps[0]!)) setAside(result, steps);
  }
}

const REVISIONS: ReadonlySet<PropertyKey> = new Set(['protocolVersion', 'supportedVersions']);

function setAside(result: Members, steps: readonly PropertyKey[]): void {
  let holder: unknown = result;
  let [name] = steps;
  for (const step of steps.slice(1)) {
    const within: unknown = (holder as Record<PropertyKey, unknown>)[name!];
    // One item does not go without its list.
    if (typeof within !== 'object' || within === null || Array.isArray(within)) break;
    [holder, name] = [within, step];
  }
  const members = holder as Record<PropertyKey, unknown>;
  if (members[name!] === true) members[name!] = {};
  else if (steps[0] === 'serverInfo' && (name === 'name' || name === 'version')) members[name] = UNKNOWN;
  else Reflect.deleteProperty(members, name!);
}
