import type { Tool } from '@modelcontextprotocol/client';
import { cut, quote } from '../../core/quote.js';
import { Slices } from '../../core/slices.js';
import type { ToolRegistry } from '../../tools/tool.registry.js';
import { adaptedSchemas, type ToolSchemas } from '../adaptation/adapted-schemas.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import type { Upstream } from '../upstream.js';
import { exposedName } from './exposed-name.js';
import type { Pins } from './pins.js';
import { digestOf, isServed, toDefinition } from './tool.definitions.js';
import type { UriMapping } from './uri-mapping.js';

/** Something of an upstream that is not served, and why. */
export interface Quarantined {
  readonly name: string;
  readonly reason: string;
}

/** A tool that is not served as the upstream has it, and in what it differs. */
export interface Adapted {
  readonly name: string;
  readonly changes: readonly string[];
}

const MAX_REASON = 300;

/** What an upstream says is a stranger's text of any length. */
export const shortReason = (error: unknown): string =>
  cut(error instanceof Error ? error.message : String(error), MAX_REASON);

export interface FederationOptions {
  readonly entry: UpstreamEntry;
  readonly upstream: Upstream;
  readonly uris: UriMapping;
  /** Whether a name is in the territory of another upstream. */
  readonly isForeign: (name: string) => boolean;
}

/** The tools of one upstream in our registry. */
export class FederatedTools {
  /** What is registered, by the name under which it is: the digest, and what is listed beside what it covers. */
  private readonly registered = new Map<string, string>();
  private quarantine: readonly Quarantined[] = [];
  private readonly changes = new Map<string, readonly string[]>();

  constructor(
    private readonly registry: ToolRegistry,
    private readonly pins: Pins,
    private readonly options: FederationOptions,
  ) {}

  get names(): readonly string[] {
    return [...this.registered.keys()].sort();
  }

  get quarantined(): readonly Quarantined[] {
    return this.quarantine;
  }

  get adapted(): readonly Adapted[] {
    return [...this.changes].map(([name, changes]) => ({ name, changes }));
  }

  /** Makes the registry have these tools and no others of this upstream. What has not changed is not touched. */
  async apply(tools: readonly Tool[], signal: AbortSignal): Promise<void> {
    const { entry } = this.options;
    const quarantine: Quarantined[] = [];
    const present = new Set<string>();
    const slices = new Slices();
    for (const tool of tools) {
      if (slices.isOver) await slices.next(signal);
      if (!isServed(entry, tool.name)) continue;
      const name = this.nameOf(tool);
      if (present.has(name)) {
        quarantine.push({ name: tool.name, reason: 'The upstream lists two tools of this name' });
        continue;
      }
      const reason = this.serve(name, tool);
      if (reason === undefined) present.add(name);
      else quarantine.push({ name: tool.name, reason });
    }
    for (const name of this.registered.keys()) if (!present.has(name)) this.remove(name);
    this.quarantine = quarantine;
    this.pins.save();
  }

  clear(): void {
    for (const name of this.registered.keys()) this.remove(name);
  }

  /** Registers a tool, or answers why not. */
  private serve(name: string, tool: Tool): string | undefined {
    const { entry, uris } = this.options;
    const digest = digestOf(tool);
    const refusal = entry.pin ? this.pins.refusal(entry.name, tool.name, digest) : undefined;
    if (refusal !== undefined) return refusal;
    const { icons, execution, _meta } = tool;
    const unread = { icons, execution, meta: uris.toolMeta(_meta) };
    const state = `${digest} ${JSON.stringify(unread)}`;
    if (this.registered.get(name) === state) return undefined;
    try {
      this.remove(name);
      this.register(name, tool);
    } catch (error) {
      return shortReason(error);
    }
    this.registered.set(name, state);
    return undefined;
  }

  private register(name: string, tool: Tool): void {
    const { entry, upstream, uris } = this.options;
    const adapted = adaptedSchemas(tool, entry.inputSchemas);
    const register = (schemas: ToolSchemas): void =>
      this.registry.register(toDefinition(tool, name, schemas, entry, upstream, uris));
    const changes = [...renamed(entry, tool, name), ...adapted.changes];
    try {
      register(adapted.schemas);
    } catch (error) {
      const { outputSchema, ...others } = adapted.schemas;
      if (outputSchema === undefined) throw error;
      register(others);
      changes.push(`outputSchema: It counts as absent. ${shortReason(error)}`);
    }
    if (changes.length > 0) this.changes.set(name, changes);
  }

  private remove(name: string): void {
    this.changes.delete(name);
    if (this.registered.delete(name)) this.registry.unregister(name);
  }

  private nameOf({ name }: Tool): string {
    const { entry, isForeign } = this.options;
    return exposedName(
      entry.prefix,
      wantedName(entry, name),
      (candidate) => isForeign(candidate) || this.isTaken(candidate),
    );
  }

  private isTaken(name: string): boolean {
    return !this.registered.has(name) && this.registry.get(name) !== undefined;
  }
}

/** Where it is more than the prefix of the entry, or what its operator calls it. */
/** Tools are called as they like: `constructor` is a name, and no member of the entry's. */
const wantedName = ({ rename }: Pick<UpstreamEntry, 'rename'>, own: string): string =>
  Object.hasOwn(rename, own) ? rename[own]! : own;

function renamed({ prefix, rename }: UpstreamEntry, { name: own }: Tool, name: string): string[] {
  const wanted = wantedName({ rename }, own);
  return name === (prefix === '' ? wanted : `${prefix}_${wanted}`)
    ? []
    : [`The upstream calls it ${quote(own)}`];
}
