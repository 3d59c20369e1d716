import { hash } from 'node:crypto';
import type { RegisteredTool } from '../../tools/tool.registry.js';
import type { OfferedTool } from '../server/chat-server.port.js';

/** What the OpenAI API takes for the name of a function. */
const WIRE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_WIRE_NAME = 64;

/**
 * The name of a tool on the wire to the chat server. One with dots, or over 64 characters, gets a digest of the whole
 * at its end, so that two of them never become one.
 */
export function wireNameOf(name: string): string {
  if (WIRE_NAME.test(name)) return name;
  const digest = hash('sha256', name, 'hex').slice(0, 8);
  return `${name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_WIRE_NAME - digest.length - 1)}_${digest}`;
}

/** The tools of one turn, as the model sees them. */
export class ToolOffer {
  readonly tools: readonly OfferedTool[];
  private readonly names: ReadonlyMap<string, string>;

  /** @param leftOut how many there are besides, which this turn has no room for */
  constructor(
    tools: readonly RegisteredTool[],
    readonly leftOut = 0,
  ) {
    this.names = new Map(tools.map(({ definition: { name } }) => [wireNameOf(name), name]));
    this.tools = tools.map(({ definition: { name, description, inputSchema } }) => {
      const { $schema: _dialect, ...parameters } = inputSchema;
      return { name: wireNameOf(name), description, parameters };
    });
  }

  /** The tool behind a name on the wire; `undefined` for a name that was not offered. */
  nameOf(wireName: string): string | undefined {
    return this.names.get(wireName);
  }
}
